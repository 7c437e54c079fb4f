"""Aggregates, groups, and what is selected: tuples, or objects made by name."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Optional

import attrs
import msgspec
import pydantic
import pytest
from databases import EVERY
from ommi import (
    AggregateFunction,
    ASTAggregateNode,
    ASTNamedNode,
    DriverQueryFailed,
    Key,
    ModelCollection,
    Ommi,
    QueryError,
    ReferenceTo,
    count,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)

collection = ModelCollection()


class Kind(Enum):
    FREE = "free"
    PAYING = "paying"


@ommi_model(collection=collection)
@dataclass
class User:
    id: Annotated[int, Key]
    name: str
    city: Optional[str] = None
    age: Optional[int] = None
    height: float = 0.0
    credit: Decimal = Decimal(0)
    kind: Kind = Kind.FREE
    joined: Optional[datetime] = None
    active: bool = False


@ommi_model(collection=collection)
@dataclass
class Order:
    id: Annotated[int, Key]
    user_id: Annotated[int, ReferenceTo(User.id)]
    total: Decimal


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
USERS = [
    User(1, "Ada", "Paris", 36, 1.5, Decimal("10.10"), Kind.PAYING, NOON, True),
    User(2, "bob", "Rome", 17, 2.0, Decimal("0.20")),
    User(3, "Cyd", None, None, 0.5),
    User(4, "Dan", "Paris", 40, 1.0, Decimal("5"), Kind.FREE, NOON.replace(year=2025), True),
    User(5, "Eve", "Paris", 20, 3.0, Decimal("-1.3")),
]
ORDERS = [Order(1, 1, Decimal("9.99")), Order(2, 1, Decimal("0.01")), Order(3, 2, Decimal("5"))]


@pytest.fixture
async def filled(db: Ommi) -> Ommi:
    await db.use_models(collection)
    await db.add(USERS).or_raise()
    await db.add(ORDERS).or_raise()
    return db


async def test_one_row_is_made_of_all(filled: Ommi) -> None:
    query = filled.find(User).select(
        count(), User.age.count(), User.age.sum(), User.age.avg(), User.age.min(), User.age.max()
    )
    assert await query.one.or_raise() == (5, 4, 113, 28.25, 17, 40)


async def test_sums_and_means_have_the_types_of_their_values(filled: Ommi) -> None:
    query = filled.find(User).select(
        User.credit.sum(), User.credit.avg(), User.height.sum(), User.height.avg(), User.age.avg()
    )
    row = await query.one.or_raise()
    assert row == (Decimal("14"), Decimal("2.8"), 8.0, 1.6, 28.25)
    assert [type(value) for value in row] == [Decimal, Decimal, float, float, float]


async def test_of_nothing_a_count_is_zero_and_the_rest_none(filled: Ommi) -> None:
    query = filled.find(User.age > 99).select(count(), User.age.sum(), User.age.avg(), User.name.max())
    assert await query.one.or_raise() == (0, None, None, None)
    grouped = filled.find(User.age > 99).select(User.city, count()).group_by(User.city)
    assert await grouped.fetch.all() == []


async def test_rows_are_put_together(filled: Ommi) -> None:
    query = filled.find(User).select(User.city, count(), User.age.max()).group_by(User.city)
    assert await query.order_by(User.city).fetch.all() == [(None, 1, None), ("Paris", 3, 40), ("Rome", 1, 17)]


async def test_only_some_groups_count(filled: Ommi) -> None:
    query = filled.find(User).select(User.city).group_by(User.city)
    assert await query.having(count() > 1).fetch.all() == [("Paris",)]
    assert await query.having(count() > 1, User.age.min() > 20).fetch.all() == []
    assert await query.having((count() == 1) & User.city.is_not_null()).fetch.all() == [("Rome",)]
    assert await query.having(User.age.avg().between(30, 33), count().in_([2, 3])).fetch.all() == [("Paris",)]


async def test_groups_are_sorted_by_expressions_and_names(filled: Ommi) -> None:
    query = filled.find(User).select(User.city, count().named("people")).group_by(User.city)
    by_count = [("Paris", 3), (None, 1), ("Rome", 1)]
    assert await query.order_by(count().desc, User.city).fetch.all() == by_count
    assert await query.order_by("-people", "city").fetch.all() == by_count
    assert await query.order_by(User.age.sum().desc()).limit(1).fetch.all() == [("Paris", 3)]
    assert await query.order_by("city").limit(1, page=1).fetch.all() == [("Paris", 3)]
    assert await query.count.or_raise() == 3
    assert await query.having(count() > 3).exists.or_raise() is False


async def test_only_some_rows_and_different_values_take_part(filled: Ommi) -> None:
    query = filled.find(User).select(
        count(where=User.active),
        User.city.count(distinct=True),
        User.age.sum(where=(User.age < 30) | (User.name == "Ada")),
        User.age.max(where=~User.active),
    )
    assert await query.one.or_raise() == (2, 2, 73, 20)


async def test_values_are_computed(filled: Ommi) -> None:
    query = filled.find(User.age >= 18).order_by(User.age - 38)
    assert await query.select(User.name, User.age + 1, User.age > 30).fetch.all() == [
        ("Eve", 21, False),
        ("Ada", 37, True),
        ("Dan", 41, True),
    ]
    decade = User.age / 10 * 10
    grouped = filled.find(User.age > 0).select(decade, count()).group_by(decade).order_by(decade)
    assert await grouped.fetch.all() == [(10, 1), (20, 1), (30, 1), (40, 1)]
    share = filled.find(User).select(User.age.sum() / User.age.count(), count() * 2)
    assert await share.one.or_raise() == (28, 10)


async def test_the_first_and_the_last_value_are_those_of_the_field(filled: Ommi) -> None:
    query = filled.find(User).select(User.kind.min(), User.joined.max(), User.name.max())
    assert await query.one.or_raise() == (Kind.FREE, NOON, "bob")
    grouped = filled.find(User).select(User.kind, count()).group_by(User.kind).order_by(User.kind)
    assert await grouped.fetch.all() == [(Kind.FREE, 4), (Kind.PAYING, 1)]
    paying = filled.find(User).select(count()).group_by(User.city).having(User.kind.max() == Kind.PAYING)
    assert await paying.fetch.all() == [(3,)]


async def test_other_models_are_joined(filled: Ommi) -> None:
    query = filled.find(User).select(User.name, count(), Order.total.sum()).group_by(User.name)
    assert await query.order_by(User.name).fetch.all() == [("Ada", 2, Decimal(10)), ("bob", 1, Decimal(5))]
    # A condition alone does not multiply rows.
    assert await filled.find(User, Order.total > 0).select(count()).one.or_raise() == (2,)


@dataclass
class City:
    city: Optional[str]
    people: int
    mean: Optional[float] = None


@attrs.define
class AttrsCity:
    city: Optional[str]
    people: int
    mean: Optional[float]


class PydanticCity(pydantic.BaseModel):
    city: Optional[str]
    people: int
    mean: Optional[float]


class MsgspecCity(msgspec.Struct):
    city: Optional[str]
    people: int
    mean: Optional[float]


@ommi_model(collection=ModelCollection())
@dataclass
class StoredCity:
    city: Annotated[str, Key]
    people: int
    mean: Optional[float]


CLASSES = [City, AttrsCity, PydanticCity, MsgspecCity, StoredCity]


@pytest.mark.parametrize("into", CLASSES, ids=lambda into: into.__name__)
async def test_what_is_selected_becomes_an_object_by_name(filled: Ommi, into: Any) -> None:
    query = filled.find(User).group_by(User.city).having(User.city == "Paris")
    cities = await query.select(
        User.age.avg().named("mean"), count().named("people"), User.city, into=into
    ).fetch.all()
    assert cities == [into(city="Paris", people=3, mean=32.0)]
    assert type(cities[0]) is into


async def test_objects_are_streamed(filled: Ommi) -> None:
    query = filled.find(User).select(User.city, User.id.named("people"), into=City).order_by(User.id)
    assert [city.people async for city in query.batch_size(2)] == [1, 2, 3, 4, 5]


async def test_names_that_do_not_fit_are_refused_at_once(filled: Ommi) -> None:
    users = filled.find(User)
    with pytest.raises(ValueError, match="needs a name for count"):
        users.select(User.city, count(), into=City)
    with pytest.raises(TypeError, match="missing a required argument: 'people'"):
        users.select(User.city, into=City)
    with pytest.raises(TypeError, match="unexpected keyword argument 'extra'"):
        users.select(User.city, count().named("people"), count().named("extra"), into=City)
    with pytest.raises(ValueError, match="two selected values are called city"):
        users.select(User.city, User.name.named("city"), into=City)


@pytest.mark.parametrize(
    ("write", "match"),
    [
        (lambda users: users.select(User.name).group_by(User.city), "many values of User.name"),
        (lambda users: users.group_by(User.city), "groups are no rows of a model"),
        (lambda users: users.where(count() > 1), "cannot decide about single rows"),
        (lambda users: users.select(User.name.sum()), "`sum` has no meaning on text"),
        (lambda users: users.select(User.active.max()), "`max` has no meaning on a bool"),
        (lambda users: users.select(User.age.sum().max()), "cannot decide about single rows"),
        (lambda users: users.select(count()).distinct(), "groups differ already"),
    ],
)
async def test_what_has_no_meaning_is_refused(filled: Ommi, write: Any, match: str) -> None:
    with pytest.raises(QueryError, match=match):
        await write(filled.find(User)).fetch.all()


async def test_other_objects_are_refused(filled: Ommi) -> None:
    users: Any = filled.find(User)
    for refused in (lambda: users.select("name"), lambda: users.group_by("city"), lambda: users.having(True)):
        with pytest.raises(TypeError):
            refused()
    with pytest.raises(ValueError, match="at least one"):
        users.select()


async def test_a_sum_that_does_not_fit_is_an_error(db: Ommi) -> None:
    await db.use_models(collection)
    await db.add([User(1, "a", age=2**63 - 1), User(2, "b", age=1)]).or_raise()
    with pytest.raises(DriverQueryFailed, match="overflow"):
        await db.find(User).select(User.age.sum()).one.or_raise()
    assert await db.find(User).select(User.age.avg()).one.or_raise() == (2.0**62,)


async def test_groups_inside_a_transaction(filled: Ommi) -> None:
    async with filled.transaction() as tx:
        await tx.add(User(6, "Fay", "Rome")).or_raise()
        query = tx.find(User).select(User.city, count()).group_by(User.city).having(User.city == "Rome")
        assert await query.fetch.all() == [("Rome", 2)]


@pytest.mark.databases("memory")
async def test_nodes_can_be_walked() -> None:
    node = User.age.sum(distinct=True, where=User.active)
    assert isinstance(node, ASTAggregateNode)
    assert (node.function, node.distinct) == (AggregateFunction.SUM, True)
    assert repr(node.subject) == "User.age"
    assert repr(node.where) == "User.active"
    assert repr(node) == "User.age.sum(distinct=True, where=User.active)"
    assert count().subject is None
    assert repr(count()) == "count()"
    named = count().named("people")
    assert isinstance(named, ASTNamedNode)
    assert (named.name, repr(named)) == ("people", "count().named('people')")
