"""Paths into nested values."""

import datetime
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Optional, TypedDict

import attrs
import msgspec
import pydantic
import pytest
from databases import EVERY
from ommi import ASTPathNode, Key, ModelCollection, Ommi, ValidationError, col, ommi_model

pytestmark = pytest.mark.databases(*EVERY)

collection = ModelCollection()


class Kind(Enum):
    HOME = "home"
    WORK = "work"


@attrs.define
class Place:
    north: float
    east: Optional[float] = None


class Door(pydantic.BaseModel):
    code: int = pydantic.Field(alias="doorCode")
    locked: bool = False


class Lift(msgspec.Struct, rename="camel"):
    max_load: int


class Extra(TypedDict, total=False):
    note: str


@dataclass
class Address:
    city: str
    name: Optional[str] = None
    kind: Kind = Kind.HOME
    place: Optional[Place] = None
    door: Optional[Door] = None
    lift: Optional[Lift] = None
    since: Optional[datetime.date] = None
    token: Optional[uuid.UUID] = None
    lease: Optional[datetime.timedelta] = None
    rent: Decimal = Decimal(0)
    rooms: list[str] = field(default_factory=list)


@ommi_model(collection=collection)
@dataclass
class User:
    id: Annotated[int, Key]
    name: str
    address: Optional[Address] = None
    labels: dict[str, str] = field(default_factory=dict)
    visits: dict[int, int] = field(default_factory=dict)
    extra: Optional[Extra] = None
    data: Any = None


TOKEN = uuid.UUID(int=7)
ADA = Address(
    "Paris",
    "Left Bank",
    Kind.WORK,
    Place(48.5),
    Door(doorCode=17, locked=True),
    Lift(600),
    datetime.date(2020, 5, 17),
    TOKEN,
    datetime.timedelta(days=30),
    Decimal("1.10"),
)


@pytest.fixture
async def users(db: Ommi) -> Ommi:
    await db.use_models(collection)
    await db.add(
        User(
            1,
            "Ada",
            ADA,
            {"color": "red", "a.b": "dot"},
            {3: 30},
            {"note": "x"},
            {"size": 2, "deep": {"x": "y"}},
        ),
        User(2, "Bob", Address("paris", place=Place(-1.25, 2.0)), {"color": "blue"}, {3: 4}),
        User(3, "Cyd"),
    ).or_raise()
    return db


async def ids(users: Ommi, predicate: Any) -> list[int]:
    return [user.id for user in await users.find(User, predicate).order_by(User.id).fetch.all()]


async def test_fields_of_nested_classes_of_every_library(users: Ommi) -> None:
    address: Any = User.address
    assert await ids(users, address.city == "Paris") == [1]
    assert await ids(users, address.city != "Paris") == [2]
    assert await ids(users, address.city.ilike("PARIS")) == [1, 2]
    assert await ids(users, address.place.north > 0) == [1]
    assert await ids(users, address.place.east.is_null()) == [1, 3]
    assert await ids(users, address.door.code == 17) == [1]
    assert await ids(users, address.door.locked) == [1]
    assert await ids(users, address.lift.max_load.between(500, 700)) == [1]
    assert await ids(users, address.city == None) == [3]


async def test_values_that_are_written_as_text_or_numbers(users: Ommi) -> None:
    address: Any = User.address
    assert await ids(users, address.kind == Kind.WORK) == [1]
    assert await ids(users, address.kind.in_([Kind.HOME, Kind.WORK])) == [1, 2]
    assert await ids(users, address.since < datetime.date(2021, 1, 1)) == [1]
    assert await ids(users, address.token == TOKEN) == [1]
    assert await ids(users, address.lease >= datetime.timedelta(days=30)) == [1]
    query = (
        users.find(User).select(address.kind, address.since, address.token, address.lease).order_by(User.id)
    )
    assert await query.fetch.all() == [
        (Kind.WORK, ADA.since, TOKEN, ADA.lease),
        (Kind.HOME, None, None, None),
        (None, None, None, None),
    ]


async def test_keys_of_dicts(users: Ommi) -> None:
    labels, extra, data, visits = (col(f) for f in (User.labels, User.extra, User.data, User.visits))
    assert await ids(users, labels["color"] == "red") == [1]
    assert await ids(users, labels["a.b"] == "dot") == [1]
    assert await ids(users, labels["color"].is_null()) == [3]
    assert await ids(users, visits[3] > 10) == [1]
    assert await ids(users, extra["note"] == "x") == [1]
    assert await ids(users, data["size"].as_type(int) == 2) == [1]
    assert await ids(users, data["deep"]["x"].as_type(str) == "y") == [1]
    assert await ids(users, data["size"].as_type(str).is_null()) == [1, 2, 3]


async def test_names_that_references_have_are_in_brackets(users: Ommi) -> None:
    address: Any = User.address
    assert address.name == "address"
    assert await ids(users, address["name"] == "Left Bank") == [1]


async def test_paths_are_sorted_grouped_and_counted_by(users: Ommi) -> None:
    address: Any = User.address
    found = await users.find(User).order_by(address.place.north.desc, User.id).fetch.all()
    assert [user.id for user in found] == [1, 2, 3]
    upper = address.city.lower()
    rows = await users.find(User).select(upper, User.id.count()).group_by(upper).order_by(upper).fetch.all()
    assert rows == [(None, 1), ("paris", 2)]
    assert await users.find(User).select(address.since.max()).fetch.one() == (ADA.since,)


async def test_a_value_of_another_type_is_refused_by_name(users: Ommi) -> None:
    address: Any = User.address
    with pytest.raises(ValidationError, match=r"User\.address"):
        await ids(users, address.city == 5)


def test_names_that_lead_nowhere() -> None:
    address: Any = User.address
    with pytest.raises(AttributeError, match=r"User\.address has no field 'town'; its fields are city, name"):
        _ = address.town
    with pytest.raises(AttributeError, match=r"User\.name has nothing called 'first' in it: it holds str"):
        _ = User.name.first  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"User\.address\.rooms has nothing called 0"):
        _ = address.rooms[0]
    assert not hasattr(address, "__deepcopy__")
    assert isinstance(address.city, ASTPathNode)
    assert repr(address.place.north) == "User.address.place.north"


async def test_what_a_query_cannot_compare(users: Ommi) -> None:
    address: Any = User.address
    for path in (address.rent, address.place, address.rooms, col(User.data)["size"]):
        with pytest.raises(TypeError, match="cannot compare inside a nested value"):
            await ids(users, path == "x")
