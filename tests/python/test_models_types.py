"""Every type that a field can have: what goes in comes out, as the same type."""

import collections
import datetime as dt
import enum
import math
import uuid
from dataclasses import dataclass, field, make_dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, Optional, TypedDict, Union

import attrs
import msgspec
import pydantic
import pytest
from databases import EVERY
from ommi import FieldType, ModelCollection, Ommi, UnsupportedError, ValidationError, ommi_model

pytestmark = pytest.mark.databases(*EVERY)

UTC = dt.UTC
UserId = NewType("UserId", int)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Kind(enum.StrEnum):
    A = "a"


class Mixed(enum.Enum):
    ONE = 1
    TWO = "two"
    POINT = (1, 2)


class Rights(enum.IntFlag):
    READ = 1
    WRITE = 2


class Slug(str):
    pass


class Metres(float):
    pass


class Point(NamedTuple):
    x: int
    at: dt.date


class Options(TypedDict):
    name: str
    since: NotRequired[dt.date]


@dataclass
class Address:
    street: str
    when: Optional[dt.datetime] = None
    inner: "Optional[Address]" = None
    tags: set[str] = field(default_factory=set)


@attrs.frozen
class Size:
    width: Decimal
    _unit: str = "m"


class Profile(pydantic.BaseModel):
    motto: str = pydantic.Field(alias="Motto")
    addresses: list[Address] = []
    colour: Colour = Colour.RED


class Wheel(msgspec.Struct):
    radius: float
    made: Optional[dt.date] = None


NOON = dt.datetime(2026, 11, 21, 12, 30, 15, 123456)
ZONED = NOON.replace(tzinfo=UTC)

SCALARS: list[tuple[Any, Any]] = [
    (str, ""),
    (str, "häß\U0001f600'\"\\%_$;--"),
    (int, 0),
    (int, 2**63 - 1),
    (int, -(2**63)),
    (float, 1.5),
    (float, math.inf),
    (bool, True),
    (bool, False),
    (bytes, b""),
    (bytes, bytes(range(256))),
    (Decimal, Decimal("0.1")),
    (Decimal, Decimal("-12345678901234567890.123456789")),
    (uuid.UUID, uuid.UUID("12345678-1234-5678-1234-567812345678")),
    (dt.datetime, NOON),
    (dt.datetime, ZONED),
    (dt.datetime, dt.datetime(1, 1, 1)),
    (dt.datetime, dt.datetime(9999, 12, 31, 23, 59, 59, 999999)),
    (dt.date, dt.date(2026, 11, 21)),
    (dt.time, dt.time(23, 59, 59, 999999)),
    (dt.timedelta, dt.timedelta(days=-3, microseconds=7)),
    (Colour, Colour.BLUE),
    (Level, Level.HIGH),
    (Kind, Kind.A),
    (Mixed, Mixed.POINT),
    (Rights, Rights.READ | Rights.WRITE),
    (Literal["a", "b"], "b"),
    (Literal[1, 2], 2),
    (Literal[Colour.RED], Colour.RED),
    (Literal["a", 1], 1),
    (UserId, 7),
    (Slug, Slug("a-b")),
    (Metres, Metres(1.5)),
    (Annotated[int, "note"], 3),
    (Optional[int], None),
    (Optional[Colour], None),
    (Optional[Colour], Colour.RED),
    (dt.date | None, dt.date(2026, 1, 1)),
]

# A Literal of several types is a nested value: it can be compared for None only.
FOUND_BY_VALUE = [pair for pair in SCALARS if pair[1] is not None and pair[0] != Literal["a", 1]]

NESTED: list[tuple[Any, Any]] = [
    (list[int], [1, 2, 3]),
    (list[str], []),
    (list[float], [0.5]),
    (list[bool], [True]),
    (list, ["a", 1, None]),
    (list[Optional[int]], [1, None]),
    (list[dt.date], [dt.date(2026, 1, 1)]),
    (list[list[int]], [[1], []]),
    (set[int], {1, 2}),
    (frozenset[Colour], frozenset({Colour.RED})),
    (tuple[int, str], (1, "a")),
    (tuple[int, ...], (1, 2, 3)),
    (tuple, (1, "a")),
    (collections.deque[int], collections.deque([1, 2])),
    (dict[str, int], {"a": 1}),
    (dict, {"a": {"b": [1, 2.5, None, True]}}),
    (dict[int, str], {1: "a"}),
    (dict[dt.date, Decimal], {dt.date(2026, 1, 1): Decimal("1.10")}),
    (dict[tuple[int, int], str], {(1, 2): "a"}),
    (dict[Colour, list[int]], {Colour.RED: [1]}),
    (collections.Counter[str], collections.Counter(a=2)),
    (Any, {"anything": ["goes"]}),
    (Union[int, str], "a"),
    (Union[int, str], 1),
    (Union[dt.date, Colour, None], Colour.RED),
    (Union[dt.date, Colour, None], None),
    (Point, Point(1, dt.date(2026, 1, 1))),
    (Options, {"name": "a", "since": dt.date(2026, 1, 1)}),
    (Options, {"name": "a"}),
    (Address, Address("Main", ZONED, Address("Side", tags={"x"}), {"a", "b"})),
    (Size, Size(Decimal("1.50"), "cm")),
    (Profile, Profile(Motto="x", addresses=[Address("Main")], colour=Colour.BLUE)),
    (Wheel, Wheel(0.5, dt.date(2026, 1, 1))),
    (list[Address], [Address("a"), Address("b")]),
    (Optional[Address], None),
    (dict[str, uuid.UUID], {"a": uuid.UUID(int=7)}),
    (list[bytes], [b"\x00\xff"]),
    (list[dt.timedelta], [dt.timedelta(microseconds=1)]),
]


def model_of(annotation: Any) -> Any:
    cls = make_dataclass("Holder", [("value", annotation), ("id", int, field(default=None))])
    cls.__module__ = __name__
    return ommi_model(collection=ModelCollection())(cls)


async def add_or_skip(db: Ommi, instance: Any) -> None:
    """Adds it; where the database cannot hold its value, sees to it that nothing was sent."""
    if isinstance(instance.value, float) and math.isinf(instance.value) and not has(db, "float_infinity"):
        error = (await db.add(instance)).error
        assert isinstance(error, UnsupportedError)
        assert error.statement is None
        assert await db.find(type(instance)).count.or_raise() == 0
        pytest.skip("capability: float_infinity")
    await db.add(instance).or_raise()


def has(db: Ommi, capability: str) -> bool:
    return bool(db.capabilities()[capability])


@pytest.mark.parametrize(("annotation", "value"), SCALARS + NESTED, ids=repr)
async def test_what_goes_in_comes_out(db: Ommi, annotation: Any, value: Any) -> None:
    model = model_of(annotation)
    await add_or_skip(db, model(value))

    again = (await db.find(model).one.or_raise()).value

    assert again == value
    assert type(again) is type(value)
    assert repr(again) == repr(value) or isinstance(value, (set, frozenset, Address))


@pytest.mark.parametrize(("annotation", "value"), FOUND_BY_VALUE, ids=repr)
async def test_scalars_are_found_by_their_value(db: Ommi, annotation: Any, value: Any) -> None:
    model = model_of(annotation)
    await add_or_skip(db, model(value))

    assert await db.find(model.value == value).count.or_raise() == 1
    assert await db.find(model.value != value).count.or_raise() == 0
    assert await db.find(model.value.in_([value])).count.or_raise() == 1


async def test_aware_times_come_back_as_the_same_instant(db: Ommi) -> None:
    model = model_of(dt.datetime)
    paris = dt.timezone(dt.timedelta(hours=2))
    await db.add(model(NOON.replace(tzinfo=paris))).or_raise()

    again = (await db.find(model).one.or_raise()).value

    assert again == NOON.replace(tzinfo=paris)
    assert again.tzinfo is not None


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (str, 3),
        (int, "3"),
        (int, True),
        (int, 2**63),
        (int, -(2**63) - 1),
        (float, "1"),
        (bool, 1),
        (bytes, "text"),
        (Decimal, 1.5),
        (Decimal, Decimal("NaN")),
        (uuid.UUID, "12345678-1234-5678-1234-567812345678"),
        (dt.date, "2026-01-01"),
        (dt.datetime, dt.date(2026, 1, 1)),
        (Colour, "green"),
        (Literal["a"], "b"),
        (list[dt.date], ["2026-01-01"]),
        (list[dt.date], "2026-01-01"),
        (set[int], [1]),
        (Address, {"street": "Main"}),
        (dict[Colour, int], {"red": 1}),
        (str, None),
        (str, "a\0b"),
        (str, "\ud800"),
        (Any, object()),
        (Any, {1, 2}),
    ],
    ids=repr,
)
async def test_a_wrong_value_is_an_error_that_names_the_field(db: Ommi, annotation: Any, value: Any) -> None:
    model = model_of(annotation)

    error = (await db.add(model(value))).error

    assert isinstance(error, ValidationError)
    assert error.field == "value"
    assert "Holder.value" in str(error)
    assert await db.find(model).count.or_raise() == 0


@pytest.mark.parametrize(
    "annotation", [complex, type, list[complex], Optional[dict[str, complex]], type[int]]
)
def test_a_type_that_cannot_be_stored_is_an_error_at_definition(annotation: Any) -> None:
    with pytest.raises(TypeError, match=r"Holder\.value: .* cannot be stored"):
        model_of(annotation)


def test_the_error_names_the_field_of_a_nested_class_too() -> None:
    @dataclass
    class Inner:
        odd: complex

    with pytest.raises(TypeError, match=r"Holder\.value: Inner\.odd: .*complex"):
        model_of(list[Inner])


async def test_a_field_may_be_stored_as_another_type(db: Ommi) -> None:
    class Celsius:
        def __init__(self, degrees: float) -> None:
            self.degrees = degrees

        def __float__(self) -> float:
            return self.degrees

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Celsius) and other.degrees == self.degrees

        def __hash__(self) -> int:
            return hash(self.degrees)

    model = model_of(Annotated[Celsius, FieldType(float)])
    await db.add(model(Celsius(21.5))).or_raise()

    assert (await db.find(model).one.or_raise()).value == Celsius(21.5)
    assert await db.find(model.value > Celsius(20.0)).count.or_raise() == 1


async def test_a_list_is_searched_by_membership(db: Ommi) -> None:
    model = model_of(list[str])
    await db.add([model(["a", "b"]), model(["ab"]), model([])]).or_raise()

    assert [row.id for row in await db.find(model.value.contains("a")).fetch.all()] == [1]
    assert await db.find(model.value.not_contains("a")).count.or_raise() == 2


async def test_reserved_and_odd_names_are_stored(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection(), name='se"lect; --')
    @dataclass
    class Order:
        index: int
        group: str
        order: Optional[str] = None
        größe: int = 0
        mro: str = "m"
        id: int = None

    await db.add(Order(1, "a", 'x"y')).or_raise()

    found = (
        await db.find(Order.index == 1, Order.group == "a", Order.größe == 0)
        .order_by(Order.order)
        .one.or_raise()
    )
    assert found == Order(1, "a", 'x"y', id=1)
    assert await db.find(Order).update(index=Order.index + 1).or_raise() == 1
