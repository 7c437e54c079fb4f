"""What `@ommi_model` adds to a class and what it refuses."""

import enum
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated, NamedTuple, Optional, TypedDict

import pytest
from ommi import (
    Default,
    Index,
    Key,
    ModelCollection,
    Ommi,
    OmmiModel,
    StoreAs,
    UniqueViolation,
    ommi_model,
    use_driver,
)


def test_the_table_is_named_after_the_class_unless_said_otherwise() -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Plain:
        id: int = None

    @ommi_model(collection=ModelCollection(), name="people")
    @dataclass
    class Named:
        id: int = None

    @ommi_model(collection=ModelCollection())
    @dataclass
    class Marked:
        __ommi_model_name__ = "humans"
        id: int = None

    assert Plain.__ommi__.model_name == "Plain"
    assert Named.__ommi__.model_name == "people"
    assert Marked.__ommi__.model_name == "humans"


def test_two_fields_on_one_column_are_an_error() -> None:
    with pytest.raises(ValueError, match="Duplicate StoreAs value 'name'"):

        @ommi_model(collection=ModelCollection())
        @dataclass
        class Twice:
            name: str
            other: Annotated[str, StoreAs("name")]
            id: int = None


def test_a_column_without_a_name_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"Twice\.name"):

        @ommi_model(collection=ModelCollection())
        @dataclass
        class Twice:
            name: Annotated[str, StoreAs("")]


@pytest.mark.parametrize("thing", [3, "User", lambda: None])
def test_only_classes_are_decorated(thing: object) -> None:
    with pytest.raises(TypeError, match="classes"):
        ommi_model(thing)
    with pytest.raises(TypeError, match="classes"):
        ommi_model(name="x")(thing)


def test_methods_of_the_class_itself_are_kept() -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Stock:
        count: int
        id: int = None

        def save(self) -> str:
            return "mine"

        @classmethod
        def find(cls) -> str:
            return "found"

    assert Stock(3).save() == "mine"
    assert Stock.find() == "found"
    assert Stock(3).count == 3
    assert callable(Stock.fetch)


async def test_methods_use_the_active_driver_or_the_one_passed(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Note:
        text: str
        id: int = None

    note = Note("a")
    with pytest.raises(RuntimeError, match="no active driver"):
        note.save()
    await note.save(db).or_raise()
    with use_driver(db):
        note.text = "b"
        assert await note.save().or_raise() is note
        assert await Note.count().or_raise() == 1
        assert await Note.count(Note.text == "a").or_raise() == 0
        assert await Note.find(Note.text == "b").one.or_raise() == note
        assert await Note.fetch().or_raise() == [note]
        other = await Note.find().one.or_raise()
        other.text = "c"
        assert (await other.reload().or_raise()).text == "b"
        assert await other.delete().or_raise() == 1
    assert await Note.count(driver=db).or_raise() == 0


async def test_ommi_model_as_a_base_class(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Note(OmmiModel):
        text: str
        count: int = 0
        id: int = None

    await Note("a", 3).save(db).or_raise()

    assert (await db.find(Note).one.or_raise()).count == 3


async def test_indexes_and_unique_sets(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Seat:
        hall: Annotated[int, Index("hall_seat", unique=True)]
        number: Annotated[int, Index("hall_seat")]
        guest: Annotated[Optional[str], Index] = None
        id: int = None

    assert Seat.__ommi__.definition()["indexes"] == [
        {"name": "hall_seat", "fields": ["hall", "number"], "unique": True},
        {"name": None, "fields": ["guest"], "unique": False},
    ]
    await db.add(Seat(1, 1), Seat(1, 2), Seat(2, 1)).or_raise()
    assert isinstance((await db.add(Seat(1, 2))).error, UniqueViolation)


async def test_a_default_fills_rows_that_existed_before_the_column(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"

    @ommi_model(collection=ModelCollection(), name="note")
    @dataclass
    class Old:
        text: str
        id: int = None

    @ommi_model(collection=ModelCollection(), name="note")
    @dataclass
    class New:
        text: str
        stars: Annotated[Optional[int], Default(3)] = None
        id: Annotated[int, Key] = None

    async with Ommi(url) as db:
        await db.add(Old("a")).or_raise()
    async with Ommi(url) as db:
        await db.use_models(New)
        assert (await db.find(New).one.or_raise()).stars == 3


def test_importing_loads_few_modules_and_no_model_library() -> None:
    """How long it takes is measured in `bench/`; here is what it depends on."""
    program = (
        "import sys; before = set(sys.modules); import ommi; new = set(sys.modules) - before;"
        "print(len([name for name in new if name.split('.')[0] != 'ommi']),"
        " *sorted({'pydantic', 'attr', 'attrs', 'msgspec', 'asyncio', 'logging', 'decimal', 'uuid'} & new))"
    )
    command = [sys.executable, "-c", program]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert out[1:] == []
    assert int(out[0]) <= 60  # what `dataclasses`, `typing` and `enum` load, and little else


def test_classes_whose_instances_are_values_are_refused() -> None:
    class Options(TypedDict):
        name: str

    class Point(NamedTuple):
        x: int

    class Colour(enum.Enum):
        RED: str = "red"

    for cls, kind in ((Options, "a TypedDict"), (Point, "a tuple"), (Colour, "an enum")):
        with pytest.raises(
            TypeError, match=rf"^{cls.__name__} is {kind}.* cannot be rows: .* make it a dataclass"
        ):
            ommi_model(collection=ModelCollection())(cls)
        assert "__ommi__" not in cls.__dict__
