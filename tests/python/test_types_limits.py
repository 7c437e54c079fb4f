"""The edges of every type: what is at an edge comes back, what is beyond it is refused before anything is sent."""

import datetime as dt
import enum
import ipaddress
import itertools
import pathlib
from dataclasses import dataclass, field, make_dataclass
from decimal import Decimal
from typing import Annotated, Any, NewType, Optional
from zoneinfo import ZoneInfo

import pydantic
import pytest
from databases import EVERY
from ommi import (
    Aware,
    DatabaseError,
    ModelCollection,
    Naive,
    Ommi,
    UnsupportedError,
    ValidationError,
    ommi_model,
    register_converter,
)

pytestmark = pytest.mark.databases(*EVERY)

TEN_MEBIBYTES = 10 * 2**20
LATEST = dt.datetime(
    9999, 12, 30, 22, tzinfo=dt.UTC
)  # jiff's last instant, so that it has a date in every zone
PARIS = ZoneInfo("Europe/Paris")
SURROGATES = ["\ud800", "a\udfffb", "\U0001f600\udc00"]


numbers = itertools.count()


def model_of(annotation: Any, table: str = "holder") -> Any:
    cls = make_dataclass("Holder", [("value", annotation), ("id", int, field(default=None))])
    cls.__module__ = __name__
    return ommi_model(collection=ModelCollection(), name=table)(cls)


async def round_trip(db: Ommi, annotation: Any, value: Any) -> Any:
    model = model_of(annotation, f"holder_{next(numbers)}")
    await db.add(model(value)).or_raise()
    return (await db.find(model).one.or_raise()).value


async def refusal(db: Ommi, annotation: Any, value: Any) -> DatabaseError:
    model = model_of(annotation, f"holder_{next(numbers)}")
    error = (await db.add(model(value))).error
    assert isinstance(error, (ValidationError, UnsupportedError))
    assert error.statement is None
    assert error.field == "value"
    assert len(str(error)) < 1000
    assert await db.find(model).count.or_raise() == 0
    return error


class TestText:
    async def test_empty_text_is_not_null(self, db: Ommi) -> None:
        model = model_of(Optional[str])
        await db.add(model(""), model(None)).or_raise()
        assert [row.value for row in await db.find(model).order_by("id").fetch.all()] == ["", None]
        assert await db.find(model.value == "").count.or_raise() == 1
        assert await db.find(model.value.is_null()).count.or_raise() == 1

    @pytest.mark.parametrize("text", ["x" * TEN_MEBIBYTES, "漢\U0001f600\\'" * (TEN_MEBIBYTES // 9)])
    async def test_ten_mebibytes(self, db: Ommi, text: str) -> None:
        assert await round_trip(db, str, text) == text

    @pytest.mark.parametrize("text", SURROGATES, ids=ascii)
    @pytest.mark.parametrize("make", [str, lambda t: [t], lambda t: {t: 1}, lambda t: {"a": [{"b": t}]}])
    async def test_lone_surrogates_are_refused_at_every_depth(self, db: Ommi, text: str, make: Any) -> None:
        annotation = str if make is str else Any
        assert "surrogate" in str(await refusal(db, annotation, make(text)))

    @pytest.mark.parametrize("text", SURROGATES, ids=ascii)
    async def test_lone_surrogates_are_refused_in_queries(self, db: Ommi, text: str) -> None:
        model = model_of(str)
        await db.add(model("a")).or_raise()
        for operation in (
            db.find(model.value == text).count,
            db.find(model.value.in_(["a", text])).count,
            db.find(model.value.contains(text)).count,
            db.find(model).update(value=text),
        ):
            assert isinstance((await operation).error, ValidationError)
        assert (await db.find(model).one.or_raise()).value == "a"


class TestBytes:
    @pytest.mark.parametrize("value", [b"", bytes(range(256)), b"\0", b"\xff" * 7, b"'\"\\%_;--\n"])
    async def test_every_byte(self, db: Ommi, value: bytes) -> None:
        assert await round_trip(db, bytes, value) == value
        assert await round_trip(db, list[bytes], [value]) == [value]
        assert await round_trip(db, dict[str, bytes], {"a": value}) == {"a": value}

    async def test_ten_mebibytes(self, db: Ommi) -> None:
        value = bytes(range(256)) * (TEN_MEBIBYTES // 256)
        assert await round_trip(db, bytes, value) == value


class TestDecimals:
    @pytest.mark.parametrize(
        "text",
        ["1" * 1000, "0." + "1" * 1000, "1" * 500 + "." + "9" * 500, "-" + "9" * 38, "1E-1000", "1E+999"],
        ids=lambda text: f"{text[:6]}...({len(text)})",
    )
    async def test_many_digits_come_back_or_are_refused(self, db: Ommi, text: str) -> None:
        value, model = Decimal(text), model_of(Decimal)
        result = await db.add(model(value))
        if result.is_success():
            assert (await db.find(model).one.or_raise()).value == value
            assert await db.find(model.value == value).count.or_raise() == 1
        else:
            assert isinstance(result.error, (ValidationError, UnsupportedError))
            assert "digits" in str(result.error)
            assert await db.find(model).count.or_raise() == 0

    @pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+1000000", "1E-1000000"])
    async def test_what_is_no_number_is_refused(self, db: Ommi, text: str) -> None:
        await refusal(db, Decimal, Decimal(text))

    async def test_a_nested_one_has_no_limit(self, db: Ommi) -> None:
        value = [Decimal("1" * 1000 + "." + "2" * 1000), Decimal("0E-5"), Decimal("-0")]
        assert [str(item) for item in await round_trip(db, list[Decimal], value)] == list(map(str, value))


class TestTimes:
    @pytest.mark.parametrize("annotation", [dt.datetime, Annotated[dt.datetime, Aware]])
    async def test_both_instants_of_a_fold(self, db: Ommi, annotation: Any) -> None:
        """At 3:00 clocks go back to 2:00: 2:30 is there twice."""
        model = model_of(annotation)
        moments = [dt.datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=fold) for fold in (0, 1)]
        await db.add([model(moment) for moment in moments]).or_raise()

        found = [row.value for row in await db.find(model).order_by(model.value).fetch.all()]

        assert found == [moment.astimezone(dt.UTC) for moment in moments]
        assert found[1] - found[0] == dt.timedelta(hours=1)
        for moment in moments:
            assert (await db.find(model.value == moment).one.or_raise()).value == moment.astimezone(dt.UTC)

    async def test_a_time_that_clocks_jump_over_is_an_instant(self, db: Ommi) -> None:
        moment = dt.datetime(2026, 3, 29, 2, 30, tzinfo=PARIS)
        assert await round_trip(db, dt.datetime, moment) == moment.astimezone(dt.UTC)

    async def test_naive_times_know_no_fold(self, db: Ommi) -> None:
        moment = dt.datetime(2026, 10, 25, 2, 30, fold=1)
        for annotation in (dt.datetime, Annotated[dt.datetime, Naive]):
            assert await round_trip(db, annotation, moment) == moment

    @pytest.mark.parametrize(
        "offset", [dt.timedelta(hours=14), -dt.timedelta(hours=12), dt.timedelta(seconds=1)]
    )
    async def test_offsets_at_the_ends_of_the_calendar(self, db: Ommi, offset: dt.timedelta) -> None:
        zone = dt.timezone(offset)
        for edge in (dt.datetime.min, dt.datetime.max):
            moment = edge.replace(tzinfo=zone)
            model = model_of(Annotated[dt.datetime, Aware], f"holder_{next(numbers)}")
            result = await db.add(model(moment))
            try:
                expected = moment.astimezone(dt.UTC)
            except OverflowError:
                assert isinstance(result.error, ValidationError)
                assert result.error.field == "value"
            else:
                if expected > LATEST:
                    assert "out of range" in str(result.error)
                else:
                    assert result.is_success()
                    assert (await db.find(model).one.or_raise()).value == expected

    async def test_every_microsecond_counts(self, db: Ommi) -> None:
        model = model_of(dt.datetime)
        start = dt.datetime(9999, 12, 31, 23, 59, 59, 999990)
        moments = [start + dt.timedelta(microseconds=n) for n in range(10)]
        await db.add([model(moment) for moment in moments]).or_raise()
        assert [row.value for row in await db.find(model).order_by(model.value).fetch.all()] == moments

    async def test_a_time_of_day_with_a_zone_is_refused(self, db: Ommi) -> None:
        await refusal(db, dt.time, dt.time(12, tzinfo=dt.UTC))


def nested(depth: int) -> Any:
    value: Any = "deep"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


class TestDepth:
    @pytest.mark.parametrize("depth", [1, 32, 100, 120])
    async def test_so_many_levels_come_back(self, db: Ommi, depth: int) -> None:
        assert await round_trip(db, Any, nested(depth)) == nested(depth)

    async def test_more_levels_are_refused(self, db: Ommi) -> None:
        for depth in (121, 1000):
            assert "120 levels" in str(await refusal(db, Any, nested(depth)))

    async def test_objects_in_objects(self, db: Ommi) -> None:
        @dataclass
        class Node:
            name: str
            child: "Optional[Node]" = None

        chain = None
        for number in range(50):
            chain = Node(str(number), chain)
        assert await round_trip(db, Node, chain) == chain


class TestEnums:
    async def test_a_renamed_member_is_found_by_its_value(self, db: Ommi) -> None:
        class Before(enum.Enum):
            RED = "r"
            BLUE = "b"

        class After(enum.Enum):
            CRIMSON = "r"
            BLUE = "b"

        old, new = model_of(Before), model_of(After)
        await db.add(old(Before.RED)).or_raise()
        assert (await db.find(new).one.or_raise()).value is After.CRIMSON
        assert await db.find(new.value == After.CRIMSON).count.or_raise() == 1

    async def test_a_member_that_is_gone_is_an_error_that_says_where(self, db: Ommi) -> None:
        class Before(enum.Enum):
            RED = "r"

        class After(enum.Enum):
            BLUE = "b"

        await db.add(model_of(Before)(Before.RED)).or_raise()
        error = (await db.find(model_of(After)).one).error
        assert "no member of After" in str(error)
        assert (error.model, error.field) == ("Holder", "value")

    async def test_aliases_are_their_member(self, db: Ommi) -> None:
        class Shade(enum.Enum):
            GREY = "g"
            GRAY = "g"

        assert await round_trip(db, Shade, Shade.GRAY) is Shade.GREY

    @pytest.mark.parametrize("base", [enum.Flag, enum.IntFlag])
    async def test_flags_in_every_combination(self, db: Ommi, base: Any) -> None:
        Rights = base("Rights", {"READ": 1, "WRITE": 2, "RUN": 4})
        for value in (Rights(0), Rights.READ, Rights.READ | Rights.RUN, ~Rights.READ, Rights(7)):
            assert await round_trip(db, Rights, value) == value
            assert type(await round_trip(db, Rights, value)) is Rights
        assert await round_trip(db, set[Rights], {Rights.READ, Rights(6)}) == {Rights.READ, Rights(6)}


class Celsius:
    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def __float__(self) -> float:
        return self.degrees

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Celsius) and other.degrees == self.degrees

    def __hash__(self) -> int:
        return hash(self.degrees)


class Span:
    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and (other.low, other.high) == (self.low, self.high)

    __hash__ = None  # type: ignore[assignment]


register_converter(Celsius, stored_as=float)
register_converter(
    Span,
    stored_as=dict[str, int],
    to_stored=lambda span: {"low": span.low, "high": span.high},
    from_stored=lambda stored: Span(**stored),
)
register_converter(ipaddress.IPv4Address, stored_as=str)
register_converter(pathlib.Path, stored_as=str)
Warm = NewType("Warm", Celsius)


class TestConverters:
    @pytest.mark.parametrize(
        ("annotation", "value"),
        [
            (Celsius, Celsius(21.5)),
            (Warm, Celsius(30.0)),
            (Optional[Celsius], None),
            (list[Celsius], [Celsius(1.0), Celsius(-2.0)]),
            (dict[str, Celsius | None], {"a": Celsius(0.5), "b": None}),
            (Span, Span(1, 2)),
            (tuple[Span, Celsius], (Span(1, 2), Celsius(0.0))),
            (ipaddress.IPv4Address, ipaddress.IPv4Address("10.0.0.1")),
            (pathlib.Path, pathlib.Path("a/b")),
            (dict[ipaddress.IPv4Address, int], {ipaddress.IPv4Address("10.0.0.1"): 1}),
        ],
        ids=repr,
    )
    async def test_a_registered_type_comes_back(self, db: Ommi, annotation: Any, value: Any) -> None:
        again = await round_trip(db, annotation, value)
        assert (again, type(again)) == (value, type(value))

    async def test_queries_compare_what_is_stored(self, db: Ommi) -> None:
        model = model_of(Celsius)
        await db.add([model(Celsius(degrees)) for degrees in (3.0, -1.0, 20.0)]).or_raise()
        found = await db.find(model.value > Celsius(0.0)).order_by(model.value).fetch.all()
        assert [row.value.degrees for row in found] == [3.0, 20.0]
        assert await db.find(model.value.in_([Celsius(3.0)])).update(value=Celsius(4.0)).or_raise() == 1

    async def test_a_value_of_another_type_is_refused(self, db: Ommi) -> None:
        assert "expected Celsius, not float" in str(await refusal(db, Celsius, 21.5))
        assert "expected Celsius" in str(await refusal(db, list[Celsius], [Celsius(1.0), 2.0]))

    async def test_in_a_model_of_a_library(self, db: Ommi) -> None:
        @ommi_model(collection=ModelCollection())
        class Room(pydantic.BaseModel):
            model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
            heat: Celsius
            id: Optional[int] = None

        await db.add(Room(heat=Celsius(19.0))).or_raise()
        assert (await db.find(Room).one.or_raise()).heat == Celsius(19.0)

    def test_only_classes_have_converters(self) -> None:
        with pytest.raises(TypeError, match="for a class"):
            register_converter(list[int], stored_as=str)
        with pytest.raises(TypeError, match="needs to_stored"):
            register_converter(Span, stored_as="str")
