"""Functions of values, `coalesce` and `case`."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import (
    ASTCaseNode,
    ASTFunctionNode,
    ASTValueNode,
    Key,
    ModelCollection,
    Ommi,
    QueryError,
    QueryOperator,
    ValidationError,
    case,
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
    nick: Optional[str] = None
    age: Optional[int] = None
    height: float = 0.0
    credit: Decimal = Decimal(0)
    kind: Optional[Kind] = None
    joined: Optional[datetime] = None
    born: Optional[date] = None
    wakes: Optional[time] = None


@pytest.fixture
async def users(db: Ommi) -> Ommi:
    await db.use_models(collection)
    evening = datetime(2025, 12, 31, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    await db.add(
        User(
            1, " Ada ", None, 36, 1.755, Decimal("-2.345"), Kind.PAYING, evening, date(1815, 12, 10), time(6)
        ),
        User(2, "Éloïse", "Élo", 17, -0.5, Decimal("0.5")),
        User(3, "straße", None, None),
    ).or_raise()
    return db


async def selected(db: Ommi, *values: Any) -> list[Any]:
    rows = await db.find(User).select(*values).order_by(User.id).fetch.all()
    return [row[0] if len(values) == 1 else row for row in rows]


async def test_texts(users: Ommi) -> None:
    found = await selected(users, User.name.lower(), User.name.upper(), User.name.trim(), User.name.length())
    assert found == [
        (" ada ", " ADA ", "Ada", 5),
        ("éloïse", "ÉLOÏSE", "Éloïse", 6),
        ("straße", "STRAßE", "straße", 6),
    ]


async def test_numbers(users: Ommi) -> None:
    made = (
        User.credit.abs(),
        User.credit.round(2),
        User.credit.round(),
        User.height.round(1),
        (User.age - 40).abs(),
    )
    found = await selected(users, *made)
    assert found == [
        (Decimal("2.345"), Decimal("-2.35"), Decimal("-2"), 1.8, 4),
        (Decimal("0.5"), Decimal("0.5"), Decimal("1"), -0.5, 23),
        (Decimal("0"), Decimal("0"), Decimal("0"), 0.0, None),
    ]
    assert all(type(row[0]) is Decimal and type(row[3]) is float for row in found)


async def test_dates_and_times(users: Ommi) -> None:
    made = (User.joined.year(), User.joined.month(), User.joined.day(), User.joined.hour())
    assert (await selected(users, *made))[0] == (2026, 1, 1, 1)  # in UTC
    assert (await selected(users, User.born.year(), User.born.day(), User.wakes.hour()))[0] == (1815, 10, 6)
    assert await users.find(User.born.month() == 12).count.or_raise() == 1


async def test_the_first_value_that_is_there(users: Ommi) -> None:
    shown = User.nick.coalesce(User.name.trim())
    assert await selected(users, shown) == ["Ada", "Élo", "straße"]
    assert await selected(users, User.age.coalesce(0) + 1) == [37, 18, 1]
    assert await selected(users, User.nick.coalesce(User.nick, "?")) == ["?", "Élo", "?"]
    # Values are read and given back as those of the field.
    assert await selected(users, User.kind.coalesce(Kind.FREE)) == [Kind.PAYING, Kind.FREE, Kind.FREE]
    assert await users.find(User.kind.coalesce(Kind.FREE) == Kind.FREE).count.or_raise() == 2


async def test_one_of_several_values(users: Ommi) -> None:
    size = case((User.age < 18, "minor"), (User.age >= 18, "adult"), otherwise="unknown")
    assert await selected(users, size) == ["adult", "minor", "unknown"]
    assert await selected(users, case((User.age < 18, User.name))) == [None, "Éloïse", None]
    assert await users.find(size == "unknown").select(User.id).fetch.all() == [(3,)]
    counted = await users.find(User).select(size, count()).group_by(size).order_by(size).fetch.all()
    assert counted == [("adult", 1), ("minor", 1), ("unknown", 1)]
    ranked = (
        await users.find(User).order_by(case((User.name == "straße", 0), otherwise=1), User.id).fetch.all()
    )
    assert [user.id for user in ranked] == [3, 1, 2]
    assert await selected(users, case((User.age.is_null(), True), otherwise=User.age > 20)) == [
        True,
        False,
        True,
    ]


async def test_functions_in_filters_and_orders(users: Ommi) -> None:
    assert [user.id for user in await users.find(User.name.lower().starts_with("él")).fetch.all()] == [2]
    assert [user.id for user in await users.find(User.name.upper().contains("SS")).fetch.all()] == []
    assert [user.id for user in await users.find(User.name.trim().in_(["Ada", "x"])).fetch.all()] == [1]
    assert [user.id for user in await users.find(User.name.trim().ilike("ADA")).fetch.all()] == [1]
    ordered = await users.find(User).order_by(User.name.trim().length().desc, User.id).fetch.all()
    assert [user.id for user in ordered] == [2, 3, 1]


async def test_functions_are_set(users: Ommi) -> None:
    changed = await users.find(User.nick.is_null()).update(
        nick=User.name.trim().lower(), age=User.age.coalesce(0)
    )
    assert changed.value == 2
    assert await selected(users, User.nick, User.age) == [("ada", 36), ("Élo", 17), ("straße", 0)]
    await users.find(User).update(kind=case((User.age > 18, Kind.PAYING), otherwise=Kind.FREE)).or_raise()
    assert await selected(users, User.kind) == [Kind.PAYING, Kind.FREE, Kind.FREE]


async def test_what_has_no_meaning_is_refused(users: Ommi) -> None:
    for wrong in (User.age.lower(), User.name.abs(), User.wakes.year(), User.born.hour(), User.age.round()):
        with pytest.raises(QueryError, match="no meaning"):
            await users.find(User).select(wrong).fetch.all()
    with pytest.raises(ValidationError, match="0 to 15"):
        await users.find(User).select(User.height.round(16)).fetch.all()
    with pytest.raises(QueryError, match="one type"):
        await users.find(User).select(case((User.age > 1, "a"), otherwise=1)).fetch.all()
    with pytest.raises(TypeError, match="pairs"):
        case()
    with pytest.raises(TypeError, match="pairs"):
        case((True, 1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="pairs"):
        case(User.age > 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_nodes_can_be_walked() -> None:
    shouted = User.name.upper()
    assert isinstance(shouted, ASTFunctionNode)
    assert isinstance(shouted, ASTValueNode)
    assert (shouted.operator, repr(shouted.subject), shouted.others) == (QueryOperator.UPPER, "User.name", ())
    assert User.height.round(2).others == (2,)
    assert repr(User.nick.coalesce(User.name, "?")) == "User.nick.coalesce(User.name, '?')"
    chosen = case((User.age < 18, "minor"), otherwise=User.name)
    assert isinstance(chosen, ASTCaseNode)
    assert repr(chosen.otherwise) == "User.name"
    assert [value for _, value in chosen.branches] == ["minor"]
    assert repr(chosen) == "case(((User.age lt 18), 'minor'), otherwise=User.name)"
    assert hash(User.name) == hash(User.name)
    assert hash(shouted) == hash(shouted)
