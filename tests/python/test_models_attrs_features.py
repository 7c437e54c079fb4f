"""What attrs can do, on classes that are models too: rows in and out, and the class as it was."""

import datetime as dt
from typing import Any, Generic, Optional, TypeVar

import attr
import attrs
import pytest
from databases import EVERY
from ommi import ModelCollection, Ommi, ommi_model

pytestmark = pytest.mark.databases("sqlite", "memory")

T = TypeVar("T")


def a_model(cls: Any) -> Any:
    return ommi_model(collection=ModelCollection())(cls)


async def round_trip(db: Ommi, instance: Any) -> Any:
    await db.add(instance).or_raise()
    (again,) = await db.find(type(instance)).fetch.all()
    assert type(again) is type(instance)
    return again


DECORATORS: dict[str, Any] = {
    "define": attrs.define,
    "frozen": attrs.frozen,
    "mutable": attrs.mutable,
    "dict": attrs.define(slots=False),
    "frozen dict": attrs.frozen(slots=False),
    "by keyword": attrs.define(kw_only=True),
    "hashed": attrs.define(unsafe_hash=True, cache_hash=True),
    "ordered": attrs.define(order=True),
    "by identity": attrs.define(eq=False),
    "old": attr.s(auto_attribs=True),
    "old slots": attr.s(auto_attribs=True, slots=True),
}


@pytest.mark.databases(*EVERY)
@pytest.mark.parametrize("decorator", DECORATORS.values(), ids=DECORATORS)
async def test_every_decorator(db: Ommi, decorator: Any) -> None:
    @a_model
    @decorator
    class Thing:
        name: str
        size: int = 3
        tags: list[str] = attrs.field(factory=list)
        id: Optional[int] = None

    thing = Thing(name="a", tags=["x"])

    again = await round_trip(db, thing)

    assert thing.id == 1
    assert attrs.asdict(again) == attrs.asdict(thing)
    assert await db.find(Thing.name == "a", Thing.size == 3).count.or_raise() == 1


async def test_attributes_without_annotations(db: Ommi) -> None:
    @a_model
    @attr.s
    class Old:
        name = attr.ib(type=str)
        anything = attr.ib(default=None)
        id = attr.ib(type=Optional[int], default=None)

    assert await round_trip(db, Old("a", {"x": [1]})) == Old("a", {"x": [1]}, 1)


class TestConvertersAndValidators:
    async def test_they_run_for_the_program_and_not_for_rows(self, db: Ommi) -> None:
        calls: list[str] = []

        def checked(instance: Any, attribute: Any, value: Any) -> None:
            calls.append(attribute.name)
            if not value:
                raise ValueError("empty")

        @a_model
        @attrs.define
        class Tag:
            name: str = attrs.field(converter=str.strip, validator=checked)
            id: Optional[int] = None

        tag = Tag(" a ")
        again = await round_trip(db, tag)
        assert (tag.name, again.name, calls) == ("a", "a", ["name"])

        again.name = " b "
        await db.save(again).or_raise()
        assert (await db.find(Tag).one.or_raise()).name == "b"
        assert calls == ["name", "name"]
        with pytest.raises(ValueError, match="empty"):
            again.name = " "

    async def test_on_setattr_runs_when_the_program_sets_and_not_when_the_key_is_filled(
        self, db: Ommi
    ) -> None:
        seen: list[Any] = []

        def note(instance: Any, attribute: Any, value: Any) -> Any:
            seen.append((attribute.name, value))
            return value

        @a_model
        @attrs.define(on_setattr=note)
        class Noted:
            name: str = attrs.field()
            fixed: str = attrs.field(default="f", on_setattr=attrs.setters.frozen)
            id: Optional[int] = None

        noted = await db.add(Noted("a")).or_raise()
        assert (noted.id, seen) == (1, [])
        noted.name = "b"
        assert seen == [("name", "b")]
        with pytest.raises(attrs.exceptions.FrozenAttributeError):
            noted.fixed = "g"
        await db.find(Noted).update(fixed="h").or_raise()
        await db.reload(noted).or_raise()
        assert (noted.fixed, seen) == ("h", [("name", "b")])

    async def test_a_converter_that_takes_the_instance(self, db: Ommi) -> None:
        @a_model
        @attrs.define
        class Scaled:
            factor: int
            value: int = attrs.field(
                converter=attrs.Converter(lambda value, self: value * self.factor, takes_self=True)
            )
            id: Optional[int] = None

        assert (await round_trip(db, Scaled(2, 3))).value == 6


class TestPrivateNames:
    async def test_the_constructor_keeps_its_alias(self, db: Ommi) -> None:
        @a_model
        @attrs.define
        class Account:
            _secret: str
            owner: str = attrs.field(alias="who")
            id: Optional[int] = None

        account = Account(secret="x", who="ada")
        again = await round_trip(db, account)
        assert (again, again._secret, again.owner) == (account, "x", "ada")
        assert await db.find(Account._secret == "x", Account.owner == "ada").count.or_raise() == 1

    async def test_in_nested_values_too(self, db: Ommi) -> None:
        @attrs.frozen
        class Inner:
            _hidden: int
            made: dt.date = attrs.field(factory=lambda: dt.date(2026, 1, 1), init=False)

        @a_model
        @attrs.define
        class Outer:
            inner: Inner
            id: Optional[int] = None

        assert (await round_trip(db, Outer(Inner(3)))).inner == Inner(3)


async def test_factories_and_defaults_that_take_the_instance(db: Ommi) -> None:
    @a_model
    @attrs.define
    class Span:
        start: int
        end: int = attrs.field()
        steps: list[int] = attrs.Factory(lambda self: list(range(self.start, self.end)), takes_self=True)
        label: str = attrs.field(init=False)
        id: Optional[int] = None

        @end.default
        def _later(self) -> int:
            return self.start + 2

        def __attrs_post_init__(self) -> None:
            self.label = f"{self.start}-{self.end}"

    assert attrs.asdict(await round_trip(db, Span(1))) == {
        "start": 1,
        "end": 3,
        "steps": [1, 2],
        "label": "1-3",
        "id": 1,
    }


async def test_inheritance_and_generics(db: Ommi) -> None:
    @attrs.define
    class Dated(Generic[T]):
        when: T
        notes: list[T]

    @a_model
    @attrs.define
    class Event(Dated[dt.date]):
        name: str = "e"
        id: Optional[int] = None

    day = dt.date(2026, 1, 1)
    assert await round_trip(db, Event(day, [day])) == Event(day, [day], "e", 1)
    assert Event.__ommi__.codecs()["when"].base == "date"


async def test_what_attrs_knows_of_the_class_stays(db: Ommi) -> None:
    @a_model
    @attrs.frozen
    class City:
        name: str = attrs.field(metadata={"shown": True})
        size: int = attrs.field(default=1, eq=False, repr=lambda size: f"<{size}>")
        id: Optional[int] = None

    first = await db.add(City("Rome", 5)).or_raise()
    second = await db.add(attrs.evolve(first, name="Oslo", id=None)).or_raise()

    assert await db.find(City).order_by(City.id).fetch.all() == [first, second]
    assert (attrs.has(City), attrs.fields(City).name.metadata) == (True, {"shown": True})
    assert attrs.fields_dict(City).keys() == {"name", "size", "id"}
    assert repr(second) == repr(first).replace("Rome", "Oslo").replace("id=1", "id=2")
    assert "size=<5>" in repr(second)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        second.name = "x"
