"""Values at their limits: ten mebibytes are stored, a gigabyte is refused, and numbers and text hold to their edges."""

import math
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Optional
from uuid import UUID

import pytest
from databases import EVERY
from ommi import (
    DatabaseError,
    Index,
    Key,
    ModelCollection,
    Ommi,
    UnsupportedError,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)

NAMES = ["o'hara", 'say "hi"', "a;--", "x\ny", "$1 ?1 :a @b %s {}", "\\", "ß ü 漢 \U0001f600", "  "]


@ommi_model(collection=ModelCollection(), name="big")
@dataclass
class Big:
    text: Annotated[Optional[str], Index] = None
    raw: Optional[bytes] = None
    whole: Optional[int] = None
    real: Optional[float] = None
    money: Optional[Decimal] = None
    names: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    id: Annotated[int, Key] = None


@ommi_model(collection=ModelCollection(), name="edge")
@dataclass
class Edge:
    moment: Optional[datetime] = None
    day: Optional[date] = None
    clock: Optional[time] = None
    span: Optional[timedelta] = None
    uid: Optional[UUID] = None
    id: Annotated[int, Key] = None


async def round_trip(db: Ommi, value: Any) -> Any:
    await db.add(value).or_raise()
    return await db.find(type(value).id == value.id).one.or_raise()


TEN_MEBIBYTES = 10 * 2**20


@pytest.mark.parametrize(
    "big",
    [
        Big(text="x" * TEN_MEBIBYTES),
        Big(text="ß漢\U0001f600'\"\\" * (TEN_MEBIBYTES // 12)),
        Big(raw=bytes(range(256)) * (TEN_MEBIBYTES // 256)),
        Big(raw=bytes(TEN_MEBIBYTES)),
        Big(names=["x" * 1000] * (TEN_MEBIBYTES // 1000)),
        Big(data={str(n): {"n": n, "text": "x" * 900} for n in range(TEN_MEBIBYTES // 1000)}),
        Big(text="", raw=b"", names=[], data={}),
    ],
    ids=["ascii", "unicode", "bytes", "zeros", "a list", "a dict", "empty"],
)
async def test_ten_mebibytes_come_back_as_they_went(file_db: Ommi, big: Big) -> None:
    assert await round_trip(file_db, big) == big
    assert await file_db.find(Big.text == big.text).count.or_raise() == 1
    assert await file_db.find(Big.id == big.id).update(text=big.text, raw=big.raw).or_raise() == 1
    assert await file_db.reload(big).or_raise() == big


async def test_a_gigabyte_is_refused_and_nothing_is_lost(file_db: Ommi) -> None:
    kept = await file_db.add(Big(text="kept", raw=b"kept")).or_raise()
    gigabyte = bytes(1_000_000_001)

    error = (await file_db.add(Big(raw=gigabyte))).error

    assert isinstance(error, ValidationError)
    assert "1,000,000,000" in str(error)
    assert len(str(error)) < 1000
    assert await file_db.find(Big).fetch.all() == [kept]


@pytest.mark.parametrize("whole", [0, 1, -1, 2**31, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)])
async def test_integers(db: Ommi, whole: int) -> None:
    assert (await round_trip(db, Big(whole=whole))).whole == whole
    assert await db.find(Big.whole == whole).count.or_raise() == 1
    assert await db.find(Big.whole.in_([whole])).count.or_raise() == 1
    assert await db.find(Big.whole < whole).count.or_raise() == 0


@pytest.mark.parametrize("whole", [2**63, -(2**63) - 1, 2**64, 10**30])
async def test_integers_beyond_64_bits_in_every_place(db: Ommi, whole: int) -> None:
    await db.add(Big(whole=1)).or_raise()
    for operation in (
        db.add(Big(whole=whole)),
        db.add(Big(id=whole)),
        db.add(Big(data={"deep": [{"er": whole}]})),
        db.find(Big).update(whole=whole),
        db.find(Big.whole == whole).count,
        db.find(Big.whole + whole == 1).count,
        db.find(Big.whole.in_([1, whole])).delete,
        db.find(Big.whole.between(1, whole)).delete,
    ):
        error = (await operation).error
        assert isinstance(error, ValidationError)
        assert "64 bits" in str(error)
    assert await db.find(Big).fetch.all() == [Big(whole=1, id=1)]


@pytest.mark.parametrize(
    "arithmetic",
    [
        lambda: Big.whole + 1,
        lambda: Big.whole * 2,
        lambda: Big.whole - (-1),
        lambda: (Big.whole - 1) * -3,
    ],
)
async def test_arithmetic_that_leaves_64_bits_is_an_error(db: Ommi, arithmetic: Any) -> None:
    await db.add(Big(whole=2**63 - 1)).or_raise()
    for operation in (db.find(Big).update(whole=arithmetic()), db.find(arithmetic() > 0).count):
        error = (await operation).error
        assert isinstance(error, DatabaseError)
        assert any(said in str(error) for said in ("overflow", "64 bits", "out of range"))
    assert (await db.find(Big).one.or_raise()).whole == 2**63 - 1


@pytest.mark.parametrize("real", [0.0, -0.0, 0.1, 5e-324, 1.7976931348623157e308, 1e22, 2.0**63])
async def test_floats(db: Ommi, real: float) -> None:
    found = (await round_trip(db, Big(real=real))).real
    assert found == real
    assert await db.find(Big.real == real).count.or_raise() == 1


@pytest.mark.parametrize("real", [math.inf, -math.inf])
async def test_infinity_is_stored_or_refused(db: Ommi, real: float) -> None:
    if db.capabilities()["float_infinity"]:
        assert (await round_trip(db, Big(real=real))).real == real
        assert await db.find(Big.real == real).count.or_raise() == 1
    else:
        await assert_refused(db, Big(real=real), Big.real == real)


async def test_nan_is_stored_or_refused(db: Ommi) -> None:
    """Some databases would store NULL in its place."""
    if db.capabilities()["float_nan"]:
        assert math.isnan((await round_trip(db, Big(real=math.nan))).real)
        assert await db.find(Big.real == math.nan).count.or_raise() == 1
        assert await db.find(Big.real > math.inf).count.or_raise() == 1
    else:
        await assert_refused(db, Big(real=math.nan), Big.real == math.nan)
    assert isinstance((await db.add(Big(data={"x": math.nan}))).error, ValidationError | UnsupportedError)


async def assert_refused(db: Ommi, big: Big, predicate: Any) -> None:
    """Nothing is sent that the database cannot hold."""
    await db.add(Big(real=1.0)).or_raise()
    for operation in (db.add(big), db.find(Big).update(real=big.real), db.find(predicate).count):
        error = (await operation).error
        assert isinstance(error, UnsupportedError | ValidationError)
        assert getattr(error, "statement", None) is None
    assert [found.real for found in await db.find(Big).fetch.all()] == [1.0]


@pytest.mark.parametrize(
    "text", ["0", "0.1", "-1.10", "1E+30", "123456789012345678901234567890.123456789", "1e-40"]
)
async def test_decimals(db: Ommi, text: str) -> None:
    money = Decimal(text)
    limit = db.capabilities()["decimal_limit"]
    digits = db.capabilities()["decimal_digits"]
    is_too_long = digits is not None and len(money.as_tuple().digits) > digits
    if is_too_long or (limit is not None and -money.normalize().as_tuple().exponent > limit[1]):
        error = (await db.add(Big(money=money))).error
        assert isinstance(error, UnsupportedError)
        assert error.field == "money"
        assert await db.find(Big).count.or_raise() == 0
        return
    assert (await round_trip(db, Big(money=money))).money == money
    assert await db.find(Big.money == money).count.or_raise() == 1
    assert await db.find(Big.money >= money).count.or_raise() == 1
    assert await db.find(Big.money < money).count.or_raise() == 0


@pytest.mark.parametrize(
    "text", [*NAMES, "'; DROP TABLE big; --", "%", "_", "*", "[a]", "\x01\x7f", "\ufeff", "\uffff"]
)
async def test_text_of_any_kind_in_every_place(db: Ommi, text: str) -> None:
    kept = Big(text=text, names=[text], data={text: text})
    assert await round_trip(db, kept) == kept
    await db.add(Big(text="another")).or_raise()
    for predicate in (
        Big.text == text,
        Big.text.in_([text, "x"]),
        Big.text.contains(text),
        Big.text.starts_with(text),
        Big.text.ends_with(text),
        Big.names.contains(text),
        Big.text.between(text, text),
    ):
        assert await db.find(predicate).fetch.all() == [kept]
    assert await db.find(Big.text == text).update(text=text + text).or_raise() == 1
    assert await db.find(Big.text == text + text).count.or_raise() == 1
    assert await db.find(Big).count.or_raise() == 2


@pytest.mark.parametrize(
    "edge",
    [
        Edge(moment=datetime.min),
        Edge(moment=datetime.max),
        Edge(moment=datetime(1969, 12, 31, 23, 59, 59, 999999)),
        Edge(moment=datetime(1, 1, 1, 15, tzinfo=UTC)),
        Edge(moment=datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=-14)))),
        Edge(day=date.min),
        Edge(day=date.max),
        Edge(clock=time.min),
        Edge(clock=time.max),
        Edge(span=timedelta(microseconds=1)),
        Edge(span=timedelta(days=-1, microseconds=1)),
        Edge(span=timedelta(days=100_000_000)),
        Edge(uid=UUID(int=0)),
        Edge(uid=UUID(int=2**128 - 1)),
    ],
    ids=repr,
)
async def test_times_at_their_edges(db: Ommi, edge: Edge) -> None:
    assert await round_trip(db, edge) == edge


@pytest.mark.parametrize("span", [timedelta.max, timedelta.min])
async def test_a_span_beyond_64_bits_of_microseconds(db: Ommi, span: timedelta) -> None:
    error = (await db.add(Edge(span=span))).error
    if error is None:
        assert (await db.find(Edge).one.or_raise()).span == span
    else:
        assert isinstance(error, ValidationError)
        assert "Edge.span" in str(error)


async def test_a_nested_value_without_end_is_refused(db: Ommi) -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    for value in (endless, {"deep": deep}):
        error = (await db.add(Big(data=value))).error
        assert isinstance(error, ValidationError)
        assert "Big.data" in str(error)


async def test_many_values_in_one_query(db: Ommi) -> None:
    await db.add([Big(text=str(number), whole=number) for number in range(1000)]).or_raise()
    many = list(range(0, 200_000, 2))
    assert await db.find(Big.whole.in_(many)).count.or_raise() == 500
    assert await db.find(Big.whole.not_in(many)).count.or_raise() == 500
    assert await db.find(Big.text.in_([str(number) for number in many])).delete.or_raise() == 500
    assert await db.find(Big).count.or_raise() == 500


@pytest.mark.parametrize("terms", [100, 900, 5000])
async def test_many_predicates_in_one_query(db: Ommi, terms: int) -> None:
    """As many as the database takes; more are a clear error."""
    await db.add([Big(whole=number) for number in range(3)]).or_raise()
    for expression in (
        Big.whole.in_([0, 1]).And(*(Big.whole != -number for number in range(1, terms))),
        (Big.whole == 0).Or(*(Big.whole == -number for number in range(terms))),
    ):
        result = await db.find(expression).count
        if result.is_success():
            assert result.value in (1, 2)
        else:
            assert isinstance(result.error, DatabaseError)
            assert terms > 900
            assert len(str(result.error)) < 5000


async def test_names_of_any_kind_are_quoted(tmp_path: Path) -> None:
    """Tables and columns with quotes, spaces, reserved words and emoji."""
    from ommi import StoreAs

    for position, odd in enumerate(NAMES):
        collection = ModelCollection()

        @ommi_model(collection=collection, name=f"table {odd}")
        @dataclass
        class Odd:
            value: Annotated[str, StoreAs(f"column {odd}")]
            order: int = 1
            id: Annotated[int, Key] = None

        path = tmp_path / f"{position}.db"
        async with Ommi(path) as db:
            await db.use_models(collection)
            await db.use_models(collection)
            await db.add(Odd("x"), Odd("y")).or_raise()
            assert await db.find(Odd.value == "x").update(order=2).or_raise() == 1
            found = await db.find(Odd.order == 2).order_by("value").fetch.all()
            assert [odd.value for odd in found] == ["x"]
        connection = sqlite3.connect(path)
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        connection.close()
        assert f"table {odd}" in tables
