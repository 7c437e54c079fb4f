"""Statements in the database's own language."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Optional
from uuid import UUID

import pytest
from databases import EVERY
from ommi import Key, ModelCollection, Ommi, QueryError, UnsupportedError, ValidationError, ommi_model

pytestmark = pytest.mark.databases(*EVERY)
needs_sql = pytest.mark.needs("raw_statements")

collection = ModelCollection()


class Kind(Enum):
    FREE = "free"
    PAYING = "paying"


@ommi_model(collection=collection, name="people")
@dataclass
class Person:
    id: Annotated[int, Key]
    name: str
    age: Optional[int] = None
    kind: Kind = Kind.FREE
    credit: Decimal = Decimal(0)
    token: Optional[UUID] = None


TOKEN = UUID(int=7)
ADA = Person(1, "Ada", 36, Kind.PAYING, Decimal("1.5"), TOKEN)
BOB = Person(2, "Bob", None)


@pytest.fixture
async def people(db: Ommi) -> Ommi:
    await db.use_models(collection)
    await db.add(ADA, BOB).or_raise()
    return db


@needs_sql
async def test_models_tuples_and_numbers(people: Ommi) -> None:
    assert await people.raw("SELECT {*} FROM people WHERE age > :age", Person, age=18).or_raise() == [ADA]
    assert await people.raw("SELECT p.{*} FROM people p ORDER BY p.id", Person).or_raise() == [ADA, BOB]
    rows = await people.raw(
        "SELECT name, kind, credit, token FROM people WHERE id < :id ORDER BY id",
        (str, Kind, Decimal, UUID),
        id=9,
    ).or_raise()
    assert rows == [("Ada", Kind.PAYING, Decimal("1.5"), TOKEN), ("Bob", Kind.FREE, Decimal(0), None)]
    assert (
        await people.raw("UPDATE people SET age = :age WHERE name = :name", age=3, name="Bob").or_raise() == 1
    )
    assert await people.raw("DELETE FROM people WHERE age = :age", age=99).or_raise() == 0


@needs_sql
async def test_values_are_never_part_of_the_text(people: Ommi) -> None:
    for hostile in ("'; DROP TABLE people; --", ":id", "\\", '"', "$1", "?", "{*}"):
        changed = await people.raw("UPDATE people SET name = :n WHERE id = :id", n=hostile, id=1).or_raise()
        assert changed == 1
        found = await people.raw("SELECT {*} FROM people WHERE name = :n", Person, n=hostile).or_raise()
        assert [person.name for person in found] == [hostile]


@needs_sql
async def test_statements_are_part_of_the_transaction(people: Ommi) -> None:
    with pytest.raises(RuntimeError, match="on purpose"):
        async with people.transaction() as tx:
            assert await tx.raw("DELETE FROM people").or_raise() == 2
            assert await people.raw("SELECT count(*) FROM people", (int,)).or_raise() == [(0,)]
            raise RuntimeError("on purpose")
    assert await people.find(Person).count.or_raise() == 2


@needs_sql
async def test_what_does_not_fit(people: Ommi) -> None:
    with pytest.raises(ValidationError, match="`:id`, and no value"):
        await people.raw("SELECT {*} FROM people WHERE id = :id", Person).or_raise()
    with pytest.raises(ValidationError, match="no `:id`"):
        await people.raw("SELECT {*} FROM people", Person, id=1).or_raise()
    with pytest.raises(ValidationError, match="has to say"):
        await people.raw("SELECT * FROM people", Person).or_raise()
    with pytest.raises(QueryError, match="3 columns"):
        await people.raw("SELECT id, name, age FROM people", (int,)).or_raise()
    with pytest.raises(TypeError, match="a model, or of a tuple of types"):
        await people.raw("SELECT 1", int).or_raise()


@pytest.mark.databases("mongodb")
async def test_a_database_without_sql_says_so(db: Ommi) -> None:
    with pytest.raises(UnsupportedError, match="raw_statements"):
        await db.raw("SELECT 1", (int,)).or_raise()
