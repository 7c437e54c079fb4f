"""What msgspec can do, on Structs that are models too: rows in and out, and the class as it was."""

from datetime import date
from typing import Any, Generic, Optional, TypeVar, Union

import msgspec
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


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "frozen": {"frozen": True},
    "frozen, hash kept": {"frozen": True, "cache_hash": True},
    "tagged": {"tag": True},
    "tagged by name": {"tag": "thing", "tag_field": "kind"},
    "renamed": {"rename": "camel"},
    "renamed by function": {"rename": str.upper},
    "by keyword": {"kw_only": True},
    "ordered": {"order": True},
    "by identity": {"eq": False},
    "as an array": {"array_like": True},
    "without gc": {"gc": False},
    "with a dict": {"dict": True},
    "weak": {"weakref": True},
    "closed": {"forbid_unknown_fields": True, "omit_defaults": True},
    "defaults in repr": {"repr_omit_defaults": True},
}


@pytest.mark.databases(*EVERY)
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
async def test_every_option(db: Ommi, options: dict[str, Any]) -> None:
    Thing = a_model(
        msgspec.defstruct(
            "Thing",
            [
                ("long_name", str),
                ("size", int, 3),
                ("tags", list[str], msgspec.field(default_factory=list)),
                ("id", Optional[int], None),
            ],
            module=__name__,
            **options,
        )
    )
    thing = Thing(long_name="a", tags=["x"])

    again = await round_trip(db, thing)

    assert thing.id == 1
    assert msgspec.structs.asdict(again) == msgspec.structs.asdict(thing)
    assert msgspec.json.decode(msgspec.json.encode(again), type=Thing).long_name == "a"
    assert Thing.__ommi__.fields["long_name"].get("store_as") == "long_name"
    assert await db.find(Thing.long_name == "a", Thing.size == 3).count.or_raise() == 1


async def test_names_for_the_outside_are_no_columns(db: Ommi) -> None:
    @a_model
    class Person(msgspec.Struct):
        first: str = msgspec.field(name="firstName")
        id: Optional[int] = None

    again = await round_trip(db, Person("Ada"))
    assert msgspec.to_builtins(again) == {"firstName": "Ada", "id": 1}
    assert await db.find(Person.first == "Ada").count.or_raise() == 1


async def test_the_hook_runs_on_rows_too(db: Ommi) -> None:
    @a_model
    class Area(msgspec.Struct, dict=True):
        width: int
        id: Optional[int] = None

        def __post_init__(self) -> None:
            self.square = self.width**2

    assert (await round_trip(db, Area(3))).square == 9


async def test_inheritance_and_generics(db: Ommi) -> None:
    class Dated(msgspec.Struct, Generic[T]):
        when: T
        notes: list[T]

    @a_model
    class Event(Dated[date], kw_only=True):
        name: str
        id: Optional[int] = None

    day = date(2026, 1, 1)
    assert await round_trip(db, Event(day, [day], name="e")) == Event(day, [day], name="e", id=1)
    assert Event.__ommi__.codecs()["when"].base == "date"


async def test_a_tagged_union_is_a_value(db: Ommi) -> None:
    class Cat(msgspec.Struct, tag="cat", frozen=True):
        lives: int = 9

    class Dog(msgspec.Struct, tag="dog", rename="upper"):
        loud: bool = True

    @a_model
    class Owner(msgspec.Struct):
        pets: list[Union[Cat, Dog]]
        id: Optional[int] = None

    pets = [Dog(False), Cat(7)]
    assert (await round_trip(db, Owner(pets))).pets == pets


async def test_replace_makes_another_row(db: Ommi) -> None:
    @a_model
    class City(msgspec.Struct, frozen=True):
        name: str
        id: Optional[int] = None

    first = await db.add(City("Rome")).or_raise()
    second = await db.add(msgspec.structs.replace(first, name="Oslo", id=None)).or_raise()

    assert await db.find(City).order_by(City.id).fetch.all() == [first, second]
    assert [field.name for field in msgspec.structs.fields(City)] == ["name", "id"]
    with pytest.raises(AttributeError, match="immutable"):
        second.name = "x"
