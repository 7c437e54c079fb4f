"""Bad values and bad expressions: each a clear error before anything is sent, and nothing is lost."""

import enum
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional
from uuid import UUID

import pytest
from blog import Post, User
from databases import EVERY
from ommi import (
    DatabaseError,
    DBEmptyQueryException,
    Key,
    MaxLength,
    ModelCollection,
    Ommi,
    QueryError,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)

ID = UUID(int=1)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


things = ModelCollection()


@ommi_model(collection=things, name="things")
@dataclass
class Thing:
    """A field of each type."""

    flag: bool = True
    whole: int = 1
    real: float = 1.5
    text: str = "x"
    short: Annotated[str, MaxLength(3)] = "abc"
    raw: bytes = b"x"
    money: Decimal = Decimal("1.50")
    uid: UUID = ID
    moment: datetime = datetime(2020, 1, 1)
    day: date = date(2020, 1, 1)
    clock: time = time(1, 2, 3)
    span: timedelta = timedelta(seconds=1)
    colour: Colour = Colour.RED
    level: Level = Level.LOW
    mode: Literal["on", "off"] = "on"
    names: list[str] = field(default_factory=list)
    data: dict[str, int] = field(default_factory=dict)
    maybe: Optional[int] = None
    id: Annotated[int, Key] = None


class Strange:
    def __repr__(self) -> str:
        raise RuntimeError("nobody may ask for this object's text")

    __str__ = __repr__


BAD: list[tuple[str, Any, str]] = [
    ("flag", 1, "expected a bool, got int"),
    ("flag", "yes", "expected a bool, got str"),
    ("whole", "1", "expected an integer, got str"),
    ("whole", 1.0, "expected an integer, got float"),
    ("whole", True, "expected an integer, got bool"),
    ("whole", Decimal(1), "expected an integer, got Decimal"),
    ("whole", 2**63, "64 bits"),
    ("whole", -(2**63) - 1, "64 bits"),
    ("whole", 10**5000, "64 bits"),
    ("real", "1.5", "expected a float, got str"),
    ("real", True, "expected a float, got bool"),
    ("real", Decimal("1.5"), "expected a float, got Decimal"),
    ("text", 1, "expected text, got int"),
    ("text", b"x", "expected text, got bytes"),
    ("text", ["x"], "expected text, got list"),
    ("text", "a\0b", "NUL"),
    ("text", "\0", "NUL"),
    ("text", "\ud800", "surrogate"),
    ("text", "x\udfffy", "surrogate"),
    ("short", "abcd", "3"),
    ("short", "äöüß", "3"),
    ("raw", "x", "expected bytes, got str"),
    ("raw", [1], "expected bytes, got list"),
    ("money", 1.5, "expected a Decimal, got float"),
    ("money", "1.50", "expected a Decimal, got str"),
    ("money", Decimal("NaN"), "not a number"),
    ("money", Decimal("-Infinity"), "infinite"),
    ("money", Decimal("1E+1000000"), "places"),
    ("uid", str(UUID(int=1)), "expected a UUID, got str"),
    ("uid", 1, "expected a UUID, got int"),
    ("moment", "2020-01-01", "expected a datetime, got str"),
    ("moment", date(2020, 1, 1), "expected a datetime, got date"),
    ("moment", 0, "expected a datetime, got int"),
    ("day", "2020-01-01", "expected a date, got str"),
    ("day", datetime(2020, 1, 1), "expected a date, got datetime"),
    ("clock", "01:02:03", "expected a time, got str"),
    ("clock", time(1, tzinfo=UTC), "time"),
    ("span", 1, "expected a timedelta, got int"),
    ("colour", "green", "expected a member of the enum, got str"),
    ("colour", Level.LOW, "expected a member of the enum, got Level"),
    ("level", 3, "expected a member of the enum, got int"),
    ("mode", "maybe", "Literal"),
    ("mode", ["on"], "Literal"),
    ("names", "abc", "list"),
    ("names", [1], "text"),
    ("names", ["\ud800"], "surrogate"),
    ("data", [1], "dict"),
    ("data", {"a": object()}, "data"),
    ("maybe", "1", "expected an integer, got str"),
    *((name, Strange(), "Strange") for name in ("whole", "text", "money", "uid", "moment", "span", "colour")),
    *((name, None, "required") for name in ("flag", "whole", "text", "raw", "money", "colour", "names")),
]


def identify(case: Any) -> str:
    return case if isinstance(case, str) else type(case).__name__


@pytest.fixture
async def kept(db: Ommi) -> Thing:
    """One row, which every test finds unchanged."""
    return await db.add(Thing(maybe=7)).or_raise()


async def assert_refused(db: Ommi, error: BaseException | None, name: str, said: str) -> None:
    assert isinstance(error, ValidationError), repr(type(error))
    assert isinstance(error, ValueError)
    assert (error.model, error.field) == ("Thing", name)
    assert f"Thing.{name}" in str(error)
    assert said in str(error)
    assert len(str(error)) < 500
    assert await db.find(Thing).fetch.all() == [Thing(maybe=7, id=1)]


# The same code refuses them for every database, before its driver is asked: two stand for all.
@pytest.mark.databases("sqlite", "postgres")
@pytest.mark.parametrize(("name", "bad", "said"), BAD, ids=identify)
class TestWrongValues:
    async def test_at_add(self, db: Ommi, kept: Thing, name: str, bad: Any, said: str) -> None:
        thing = Thing(**{name: bad})

        await assert_refused(db, (await db.add(thing)).error, name, said)
        await assert_refused(db, (await db.add([Thing(), Thing(), thing])).error, name, said)
        async with db.transaction() as tx:
            await assert_refused(db, (await tx.add(thing)).error, name, said)
        assert thing.id is None

    async def test_at_save(self, db: Ommi, kept: Thing, name: str, bad: Any, said: str) -> None:
        setattr(kept, name, bad)

        await assert_refused(db, (await db.save(kept)).error, name, said)

    async def test_at_update(self, db: Ommi, kept: Thing, name: str, bad: Any, said: str) -> None:
        values = {"whole": 2, "maybe": 1, name: bad}

        await assert_refused(db, (await db.find(Thing).update(**values)).error, name, said)


# What a field's own rules forbid (a length, a missing value, a list's type) is no mistake in a predicate.
PREDICATES = [case for case in BAD if case[1] is not None and case[0] not in ("short", "names", "data")]


@pytest.mark.databases("sqlite", "postgres")
@pytest.mark.parametrize(("name", "bad", "said"), PREDICATES, ids=identify)
async def test_a_wrong_value_in_a_predicate(db: Ommi, kept: Thing, name: str, bad: Any, said: str) -> None:
    field = getattr(Thing, name)

    for predicate in (field == bad, field != bad, field.in_([bad]), (Thing.id > 0) & field.not_in([bad])):
        await assert_refused(db, (await db.find(predicate).fetch()).error, name, said)
        await assert_refused(db, (await db.find(predicate).count).error, name, said)
        await assert_refused(db, (await db.find(predicate).update(whole=2)).error, name, said)
        await assert_refused(db, (await db.find(predicate).delete).error, name, said)


@pytest.mark.parametrize(
    "predicate",
    [
        lambda: Thing.text > 1,
        lambda: Thing.whole <= "1",
        lambda: Thing.whole.between(1, "2"),
        lambda: Thing.text.contains(1),
        lambda: Thing.text.starts_with(b"x"),
        lambda: Thing.whole.like("1"),
        lambda: Thing.whole.starts_with("1"),
        lambda: Thing.names.contains(1),
        lambda: Thing.text.regex("("),
        lambda: Thing.text.regex("(?<=a)b"),
        lambda: Thing.text + 1 == "x1",
        lambda: Thing.whole + "1" == 2,
        lambda: Thing.flag * 2 == 2,
        lambda: Thing.text == Thing.whole,
        lambda: Thing.text.is_true(),
        lambda: Thing.text,
        lambda: Thing.whole + 1,
        lambda: ~Thing.text,
    ],
)
async def test_an_expression_that_means_nothing(db: Ommi, kept: Thing, predicate: Any) -> None:
    for run in (
        lambda: db.find(Thing, predicate()).fetch(),
        lambda: db.find(Thing, predicate()).count,
        lambda: db.find(Thing, predicate()).delete,
    ):
        try:
            error = (await run()).error
        except TypeError as caught:
            error = caught
        assert isinstance(error, QueryError | ValidationError | TypeError)
        assert len(str(error)) > 10
    assert await db.find(Thing).fetch.all() == [Thing(maybe=7, id=1)]


@pytest.mark.parametrize("given", [[3], ["name"], [None], [True], [object()], [Strange()], [Strange]])
async def test_what_is_no_predicate_is_refused(db: Ommi, kept: Thing, given: list[Any]) -> None:
    for run in (lambda: db.find(*given).count, lambda: db.find(Thing, *given).delete):
        try:
            error = (await run()).error
        except TypeError as caught:
            error = caught
        assert isinstance(error, DatabaseError | TypeError)
        assert "find" in str(error) or "model" in str(error)
    assert await db.find(Thing).count.or_raise() == 1


async def test_a_query_without_a_model(db: Ommi) -> None:
    assert isinstance((await db.find().count).error, DBEmptyQueryException)
    assert isinstance((await db.find().delete).error, DBEmptyQueryException)


class TestTruth:
    """`bool(expr)` would silently drop a condition: it is refused wherever Python asks for it."""

    @pytest.mark.parametrize(
        "ask",
        [
            lambda: bool(User.age > 3),
            lambda: bool(User.active),
            lambda: bool(User.name == "x"),
            lambda: User.age > 3 and User.active,
            lambda: User.age > 3 or User.active,
            lambda: not User.active,
            lambda: 3 < User.age < 9,
            lambda: User.age in [3, 4],
            lambda: [1] if (User.age > 3) & (User.age < 9) else [],
            lambda: bool(~User.active),
            lambda: bool(User.age + 1),
        ],
    )
    def test_it_is_a_type_error_that_says_what_to_use(self, ask: Any) -> None:
        with pytest.raises(TypeError, match=r"&.*\|.*~"):
            ask()

    @pytest.mark.parametrize("strange", [object(), [1], {"a": 1}, {1}, lambda: 1, User])
    async def test_a_strange_operand(self, db: Ommi, strange: Any) -> None:
        try:
            error = (await db.find(User.age == strange).count).error
        except TypeError as caught:
            error = caught
        assert isinstance(error, TypeError | ValidationError | QueryError)


class TestUpdates:
    async def test_an_unknown_field_names_the_known_ones(self, db: Ommi, kept: Thing) -> None:
        for values in ({"nonsense": 1}, {"whole": 2, "nonsense": 1}, {"Whole": 2}, {"": 1}):
            error = (await db.find(Thing).update(**values)).error
            assert isinstance(error, ValidationError)
            assert "whole" in str(error)
            assert "Thing" in str(error)
        assert await db.find(Thing).fetch.all() == [Thing(maybe=7, id=1)]

    async def test_a_relation_is_no_field_to_update(self, db: Ommi) -> None:
        await db.add(User("a")).or_raise()
        error = (await db.find(User).update(posts=[])).error
        assert isinstance(error, ValidationError)
        assert "posts" in str(error)

    async def test_no_values_at_all(self, db: Ommi, kept: Thing) -> None:
        with pytest.raises(ValueError, match="value"):
            (await db.find(Thing).update()).value

    async def test_an_expression_of_another_type(self, db: Ommi, kept: Thing) -> None:
        for values in ({"whole": Thing.text}, {"text": Thing.whole}, {"whole": Thing.whole + "1"}):
            error = (await db.find(Thing).update(**values)).error
            assert isinstance(error, QueryError | ValidationError)
            assert "Thing" in str(error)
        assert await db.find(Thing).fetch.all() == [Thing(maybe=7, id=1)]

    async def test_an_expression_over_another_model(self, db: Ommi) -> None:
        await db.add(User("a")).or_raise()
        error = (await db.find(User).update(age=Post.id)).error
        assert isinstance(error, QueryError | ValidationError)

    async def test_arithmetic_beyond_64_bits_changes_nothing(self, db: Ommi, kept: Thing) -> None:
        await db.add(Thing(whole=2**63 - 1)).or_raise()

        error = (await db.find(Thing).update(whole=Thing.whole + 1)).error

        assert isinstance(error, DatabaseError)
        assert "64 bits" in str(error) or "overflow" in str(error)
        assert [thing.whole for thing in await db.find(Thing).fetch.all()] == [1, 2**63 - 1]

    async def test_saving_what_is_no_row(self, db: Ommi, kept: Thing) -> None:
        """Nothing is stored by accident, and nothing is said to be stored that is not."""
        assert not (await db.save(Thing(id=99, whole=5))).is_success()
        assert not (await db.delete(Thing(id=99))).is_success() or await db.find(Thing).count.or_raise() == 1
        assert not (await db.reload(Thing(id=99))).is_success()
        assert not (await db.reload(Thing())).is_success()
        assert await db.find(Thing).fetch.all() == [Thing(maybe=7, id=1)]
