"""For every type of field: what goes in comes out, equal and of the same type, or is refused before it is sent."""

import asyncio
import dataclasses
import datetime as dt
import enum
import math
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, Optional, TypedDict, Union

import attrs
import msgspec
import pydantic
import pytest
from databases import EVERY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ommi import (
    Aware,
    DatabaseError,
    ModelCollection,
    Naive,
    Ommi,
    UnsupportedError,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)

UserId = NewType("UserId", int)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = -1
    HIGH = 2**40


class Rights(enum.IntFlag):
    READ = 1
    WRITE = 2
    RUN = 4


class Mixed(enum.Enum):
    ONE = 1
    TWO = "two"
    POINT = (1, 2.5)


class Slug(str):
    pass


class Point(NamedTuple):
    x: int
    at: Optional[dt.date]


class Options(TypedDict):
    name: str
    since: NotRequired[dt.date]


@dataclasses.dataclass
class Address:
    street: str
    number: float
    when: Optional[dt.datetime]
    more: "list[Address]"


@attrs.frozen
class Size:
    width: Decimal
    _unit: str


class Profile(pydantic.BaseModel):
    motto: str
    colours: set[Colour]


class Wheel(msgspec.Struct):
    radius: float
    made: dt.date | None


texts = st.text(st.characters(exclude_categories=()), max_size=40)
good_texts = st.text(st.characters(exclude_characters="\0"), max_size=20)
floats = st.floats()
finite = st.floats(allow_nan=False, allow_infinity=False)
decimals = st.decimals() | st.decimals(places=9) | st.integers(-(10**40), 10**40).map(Decimal)
naive = st.datetimes()
aware = st.datetimes(timezones=st.timezones())
days = st.dates()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
addresses = st.recursive(
    st.builds(Address, good_texts, finite, st.none() | naive | aware, st.just([])),
    lambda inner: st.builds(Address, good_texts, finite, st.none(), st.lists(inner, max_size=2)),
    max_leaves=4,
)

KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "str": (str, texts),
    "int": (int, st.integers(-(2**64), 2**64) | st.integers()),
    "float": (float, floats),
    "bool": (bool, st.booleans()),
    "bytes": (bytes, st.binary(max_size=200)),
    "Decimal": (Decimal, decimals),
    "UUID": (uuid.UUID, st.uuids()),
    "datetime": (dt.datetime, naive | aware),
    "aware datetime": (Annotated[dt.datetime, Aware], aware | naive),
    "naive datetime": (Annotated[dt.datetime, Naive], naive | aware),
    "date": (dt.date, days),
    "time": (dt.time, st.times()),
    "timedelta": (dt.timedelta, st.timedeltas()),
    "Enum": (Colour, st.sampled_from(Colour)),
    "IntEnum": (Level, st.sampled_from(Level)),
    "IntFlag": (Rights, st.integers(0, 7).map(Rights)),
    "Enum of several types": (Mixed, st.sampled_from(Mixed)),
    "Literal": (Literal["a", "b"], st.sampled_from(["a", "b"])),
    "NewType": (UserId, st.integers(-(2**63), 2**63 - 1)),
    "subclass": (Slug, good_texts.map(Slug)),
    "Optional": (Optional[int], st.none() | st.integers(-100, 100)),
    "None | str": (None | str, st.none() | good_texts),
    "Union": (Union[int, str, dt.date], st.integers(-5, 5) | good_texts | days),
    "list[str]": (list[str], st.lists(texts, max_size=5)),
    "list[int]": (list[int], st.lists(st.integers(), max_size=5)),
    "list[float]": (list[float], st.lists(finite, max_size=5)),
    "list[date]": (list[dt.date], st.lists(days, max_size=5)),
    "set[int]": (set[int], st.sets(st.integers(-(2**63), 2**63 - 1), max_size=5)),
    "frozenset[str]": (frozenset[str], st.frozensets(good_texts, max_size=5)),
    "tuple": (tuple[int, str, bytes], st.tuples(st.integers(-9, 9), good_texts, st.binary(max_size=9))),
    "tuple of any length": (tuple[Decimal, ...], st.lists(decimals, max_size=4).map(tuple)),
    "dict": (dict[str, Any], st.dictionaries(texts, json_values, max_size=4)),
    "dict by int": (dict[int, float], st.dictionaries(st.integers(-9, 9), finite, max_size=4)),
    "dict by date": (dict[dt.date, uuid.UUID], st.dictionaries(days, st.uuids(), max_size=4)),
    "anything": (Any, json_values),
    "NamedTuple": (Point, st.builds(Point, st.integers(-9, 9), st.none() | days)),
    "TypedDict": (Options, st.fixed_dictionaries({"name": good_texts}, optional={"since": days})),
    "dataclass": (Address, addresses),
    "attrs": (Size, st.builds(Size, st.decimals(allow_nan=False, allow_infinity=False), good_texts)),
    "Pydantic": (Profile, st.builds(Profile, motto=good_texts, colours=st.sets(st.sampled_from(Colour)))),
    "msgspec": (Wheel, st.builds(Wheel, finite, st.none() | days)),
    "nested times": (list[dt.datetime | dt.time | dt.timedelta], st.lists(naive | st.times(), max_size=3)),
}


def model_of(annotation: Any) -> Any:
    cls = dataclasses.make_dataclass(
        "Holder", [("value", annotation), ("id", int, dataclasses.field(default=None))]
    )
    cls.__module__ = __name__
    return ommi_model(collection=ModelCollection())(cls)


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_in_comes_out_or_is_refused(database: str, kind: str) -> None:
    annotation, values = KINDS[kind]
    model = model_of(annotation)
    with asyncio.Runner() as runner:
        db = Ommi(database)
        runner.run(db.use_models(model))

        @settings(
            max_examples=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(values, min_size=1, max_size=12))
        def holds(examples: list[Any]) -> None:
            runner.run(round_trip(db, model, examples))

        try:
            holds()
        finally:
            runner.run(db.close())


async def round_trip(db: Ommi, model: Any, values: list[Any]) -> None:
    stored = []
    for value in values:
        result = await db.add(model(value))
        if result.is_success():
            stored.append((result.value.id, value))
        else:
            refused(result.error)
    rows = {row.id: row.value for row in await db.find(model).fetch.all()}
    await db.find(model).delete().or_raise()
    assert rows.keys() == {key for key, _ in stored}
    for key, value in stored:
        assert same(rows[key], value), f"{value!r} came back as {rows[key]!r}"


def refused(error: DatabaseError | None) -> None:
    assert isinstance(error, (ValidationError, UnsupportedError))
    assert error.statement is None
    assert error.field == "value"
    assert "Holder.value" in str(error)


def same(again: Any, value: Any) -> bool:
    """Whether two values are equal and of one type, all the way down."""
    if type(again) is not type(value):
        return False
    compare = next((test for kind, test in ALIKE.items() if isinstance(value, kind)), None)
    if compare is not None:
        return compare(again, value)
    if dataclasses.is_dataclass(value) or attrs.has(type(value)):
        fields = dataclasses.fields(value) if dataclasses.is_dataclass(value) else attrs.fields(type(value))
        names = [field.name for field in fields]
        return all(same(getattr(again, name), getattr(value, name)) for name in names)
    return bool(again == value)


def same_float(again: float, value: float) -> bool:
    if math.isnan(value):
        return math.isnan(again)
    return again == value  # -0.0 may come back as 0.0, which is equal


def same_decimal(again: Decimal, value: Decimal) -> bool:
    return str(again) == str(value) if value.is_nan() else again == value


def same_instant(again: dt.datetime, value: dt.datetime) -> bool:
    """Aware ones come back in UTC. (Python never calls a time in a fold equal to one of another zone.)"""
    if value.tzinfo is None:
        return again == value
    return again.tzinfo is not None and again == value.astimezone(dt.UTC)


def same_items(again: Any, value: Any) -> bool:
    return len(again) == len(value) and all(map(same, again, value))


def same_dict(again: dict[Any, Any], value: dict[Any, Any]) -> bool:
    return again.keys() == value.keys() and all(same(again[key], value[key]) for key in value)


ALIKE: dict[type, Callable[[Any, Any], bool]] = {
    float: same_float,
    Decimal: same_decimal,
    dt.datetime: same_instant,
    list: same_items,
    tuple: same_items,
    dict: same_dict,
}
