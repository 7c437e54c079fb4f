"""What `docs/capabilities.md` says that a database can do, it does; all else is refused and nothing is sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from databases import EVERY
from ommi import (
    Aware,
    DatabaseError,
    ForeignKeyViolation,
    Index,
    Key,
    ModelCollection,
    Ommi,
    ReferenceTo,
    Unique,
    UnsupportedError,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)
models = ModelCollection()


@ommi_model(collection=models)
@dataclass
class Runner:
    place: Annotated[int, Unique]
    id: Annotated[int, Key] = None


@ommi_model(collection=models)
@dataclass
class Person:
    id: Annotated[int, Key]
    boss: Annotated[int | None, ReferenceTo("Person.id")] = None


@ommi_model(collection=models)
@dataclass
class Sample:
    name: Annotated[str, Index] = ""
    real: float = 0.0
    money: Decimal = Decimal(0)
    raw: bytes = b""
    moment: Annotated[datetime, Aware] = datetime(2026, 1, 1, tzinfo=UTC)
    id: Annotated[int, Key] = None


def assert_refused(error: Any) -> None:
    """It was, before a statement was made of it."""
    assert isinstance(error, UnsupportedError | ValidationError)
    assert getattr(error, "statement", None) is None


async def test_unique_values_may_be_computed_for_many_rows(db: Ommi) -> None:
    await db.add([Runner(1), Runner(2), Runner(3)]).or_raise()
    result = await db.find(Runner).update(place=Runner.place + 1)
    places = [runner.place for runner in await db.find(Runner).order_by(Runner.id).fetch.all()]
    if db.capabilities()["unique_at_statement_end"]:
        assert result.result == 3
        assert places == [2, 3, 4]
    else:
        assert_refused(result.error)
        assert places == [1, 2, 3]


async def test_keys_that_rows_of_the_same_model_refer_to_may_change(db: Ommi) -> None:
    await db.add([Person(1), Person(2, boss=2)]).or_raise()
    result = await db.find(Person.id == 1).update(id=5)
    if db.capabilities()["own_references_follow"]:
        assert result.result == 1
        assert await db.find(Person.id == 5).exists.or_raise()
    else:
        assert_refused(result.error)
        assert await db.find(Person.id == 1).exists.or_raise()


async def test_references_are_checked(db: Ommi) -> None:
    result = await db.add(Person(1, boss=7))
    if db.capabilities()["foreign_keys"]:
        assert isinstance(result.error, ForeignKeyViolation)
        assert await db.find(Person).count.or_raise() == 0
    else:
        assert result.is_success()


async def test_rows_that_refer_to_each_other_go_together(db: Ommi) -> None:
    await db.add([Person(1, boss=2), Person(2, boss=1)]).or_raise()
    removed = await db.find(Person).delete
    if db.capabilities()["references_at_statement_end"] or not db.capabilities()["foreign_keys"]:
        assert removed.value == 2
    else:
        assert isinstance(removed.error, ForeignKeyViolation)
        await db.find(Person).update(boss=None).or_raise()
        assert await db.find(Person).delete.or_raise() == 2
    assert await db.find(Person).count.or_raise() == 0


async def test_indexed_texts_have_a_longest_length(db: Ommi) -> None:
    capabilities = db.capabilities()
    limits = [limit for name in ("indexed_length", "indexed_bytes") if (limit := capabilities[name])]
    if not limits:
        long = "x" * 10_000
        await db.add(Sample(name=long)).or_raise()
        assert await db.find(Sample.name == long).count.or_raise() == 1
        return
    longest = min(limits)
    await db.add(Sample(name="x" * longest)).or_raise()
    for operation in (
        db.add(Sample(name="y" * (longest + 1))),
        db.find(Sample).update(name="y" * (longest + 1)),
    ):
        assert_refused((await operation).error)
    assert [sample.name for sample in await db.find(Sample).fetch.all()] == ["x" * longest]


async def test_bytes_have_an_order(db: Ommi) -> None:
    await db.add([Sample(raw=b"b"), Sample(raw=b"a\xff"), Sample(raw=b"a")]).or_raise()
    less = await db.find(Sample.raw < b"b").count
    first = await db.find(Sample).order_by(Sample.raw).first
    if db.capabilities()["bytes_order"]:
        assert less.result == 2
        assert first.result.raw == b"a"
        ordered = await db.find(Sample).order_by(Sample.raw.desc).fetch.all()
        assert [sample.raw for sample in ordered] == [b"b", b"a\xff", b"a"]
    else:
        assert_refused(less.error)
        assert_refused(first.error)


async def test_floats_have_a_remainder(db: Ommi) -> None:
    await db.add([Sample(real=5.5), Sample(real=-5.5), Sample(real=4.0)]).or_raise()
    result = await db.find(Sample.real % 2.0 == 1.5).count
    if db.capabilities()["float_remainder"]:
        assert result.result == 1
    else:
        assert_refused(result.error)


async def test_decimals_have_a_longest_length(db: Ommi) -> None:
    capabilities = db.capabilities()
    long = Decimal("1" * 60 + "." + "1" * 60)
    result = await db.add(Sample(money=long))
    if capabilities["decimal_limit"] is None and capabilities["decimal_digits"] is None:
        assert (await db.find(Sample).one.or_raise()).money == long
    else:
        assert_refused(result.error)
        assert await db.find(Sample).count.or_raise() == 0
        assert result.error.field == "money"


async def test_instants_hold_microseconds(db: Ommi) -> None:
    moment = datetime(2026, 5, 6, 7, 8, 9, 123_456, tzinfo=UTC)
    result = await db.add(Sample(moment=moment))
    if db.capabilities()["timestamp_microseconds"]:
        assert (await db.find(Sample).one.or_raise()).moment == moment
    else:
        assert_refused(result.error)
        assert await db.find(Sample).count.or_raise() == 0


async def test_a_failed_statement_leaves_its_transaction_whole(db: Ommi) -> None:
    await db.add(Runner(1)).or_raise()
    async with db.transaction() as tx:
        await tx.add(Runner(2)).or_raise()
        assert isinstance((await tx.add(Runner(1))).error, DatabaseError)
        after = await tx.add(Runner(3))
        if not db.capabilities()["statement_rollback"]:
            assert isinstance(after.error, DatabaseError)
            await tx.rollback()
    expected = 3 if db.capabilities()["statement_rollback"] else 1
    assert await db.find(Runner).count.or_raise() == expected
