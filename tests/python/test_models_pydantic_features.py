"""What Pydantic can do, on models that are stored too: rows in and out, and the class as it was."""

from datetime import date
from typing import Annotated, Any, Generic, Literal, Optional, TypeVar, Union

import pydantic
import pytest
from databases import EVERY
from ommi import ModelCollection, Ommi, ommi_model
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    PrivateAttr,
    RootModel,
    computed_field,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

pytestmark = pytest.mark.databases("sqlite", "memory")

T = TypeVar("T")


def a_model(cls: Any) -> Any:
    return ommi_model(collection=ModelCollection())(cls)


async def round_trip(db: Ommi, instance: Any) -> Any:
    await db.add(instance).or_raise()
    (again,) = await db.find(type(instance)).fetch.all()
    assert type(again) is type(instance)
    return again


CONFIGS: dict[str, ConfigDict] = {
    "plain": ConfigDict(),
    "strict": ConfigDict(strict=True),
    "frozen": ConfigDict(frozen=True),
    "closed": ConfigDict(extra="forbid"),
    "open": ConfigDict(extra="allow"),
    "checked": ConfigDict(validate_assignment=True, validate_default=True),
    "attributes": ConfigDict(from_attributes=True, populate_by_name=True),
    "revalidated": ConfigDict(revalidate_instances="always"),
    "documented": ConfigDict(use_attribute_docstrings=True, title="A thing"),
    "deferred": ConfigDict(defer_build=True),
}


@pytest.mark.databases(*EVERY)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
async def test_every_configuration(db: Ommi, config: ConfigDict) -> None:
    @a_model
    class Thing(BaseModel):
        model_config = config

        name: str
        size: int = 3
        tags: list[str] = Field(default_factory=list)
        id: Optional[int] = None

    thing = Thing(name="a", tags=["x"])

    again = await round_trip(db, thing)

    assert thing.id == 1
    assert again.model_dump() == thing.model_dump()
    assert Thing.model_validate(again.model_dump()) == again
    assert await db.find(Thing.name == "a", Thing.size == 3).count.or_raise() == 1


class TestValidation:
    async def test_validators_run_for_the_program_and_not_for_rows(self, db: Ommi) -> None:
        calls: list[str] = []

        @a_model
        class Person(BaseModel):
            name: str
            age: PositiveInt = 1
            id: Optional[int] = None

            @field_validator("name")
            @classmethod
            def stripped(cls, name: str) -> str:
                calls.append("field")
                return name.strip()

            @model_validator(mode="after")
            def sensible(self) -> Any:
                calls.append("model")
                return self

        assert (await round_trip(db, Person(name=" Ada "))).name == "Ada"
        assert calls == ["field", "model"]
        with pytest.raises(pydantic.ValidationError):
            Person(name="a", age=0)

    async def test_a_strict_model_stays_strict(self, db: Ommi) -> None:
        @a_model
        class Strict(BaseModel):
            model_config = ConfigDict(strict=True, validate_assignment=True)
            size: int
            id: Optional[int] = None

        again = await round_trip(db, Strict(size=1))
        with pytest.raises(pydantic.ValidationError):
            again.size = "2"
        with pytest.raises(pydantic.ValidationError):
            Strict(size="1")

    async def test_a_frozen_model_gets_its_key_and_stays_frozen(self, db: Ommi) -> None:
        @a_model
        class Frozen(BaseModel):
            model_config = ConfigDict(frozen=True)
            size: int
            id: Optional[int] = None

        frozen = Frozen(size=1)
        again = await round_trip(db, frozen)
        assert (frozen.id, hash(again)) == (1, hash(frozen))
        with pytest.raises(pydantic.ValidationError, match="frozen"):
            again.size = 2


async def test_computed_fields_are_computed_and_not_stored(db: Ommi) -> None:
    @a_model
    class Square(BaseModel):
        side: float
        id: Optional[int] = None

        @computed_field
        @property
        def area(self) -> float:
            return self.side**2

        @field_serializer("side")
        def rounded(self, side: float) -> str:
            return f"{side:.1f}"

    again = await round_trip(db, Square(side=2.0))
    assert again.model_dump() == {"side": "2.0", "id": 1, "area": 4.0}
    assert list(Square.__ommi__.fields) == ["side", "id"]


async def test_aliases_are_for_the_outside_and_names_for_columns(db: Ommi) -> None:
    @a_model
    class Person(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel)

        first_name: str
        last_name: str = Field(validation_alias=AliasChoices("surname", "familyName"))
        born: date = Field(serialization_alias="birthday")
        id: Optional[int] = None

    person = Person(firstName="Ada", surname="L", born=date(1815, 12, 10))
    again = await round_trip(db, person)

    assert again == person
    assert again.model_dump(by_alias=True)["birthday"] == date(1815, 12, 10)
    assert Person.__ommi__.fields["first_name"].get("store_as") == "first_name"
    assert await db.find(Person.first_name == "Ada", Person.last_name == "L").count.or_raise() == 1


class TestPrivateAttributes:
    async def test_rows_have_them_with_their_defaults(self, db: Ommi) -> None:
        @a_model
        class Cached(BaseModel):
            name: str
            id: Optional[int] = None
            _hits: int = PrivateAttr(default=0)
            _seen: list[str] = PrivateAttr(default_factory=list)

            def hit(self) -> int:
                self._hits += 1
                self._seen.append(self.name)
                return self._hits

        cached = Cached(name="a")
        cached.hit()
        again = await round_trip(db, cached)

        assert (again._hits, again._seen) == (0, [])
        assert (again.hit(), again._seen) == (1, ["a"])
        assert list(Cached.__ommi__.fields) == ["name", "id"]

    async def test_together_with_a_hook(self, db: Ommi) -> None:
        @a_model
        class Hooked(BaseModel):
            name: str
            id: Optional[int] = None
            _upper: str = PrivateAttr(default="")

            def model_post_init(self, context: Any) -> None:
                self._upper = self.name.upper()

        assert (await round_trip(db, Hooked(name="a")))._upper == "A"


async def test_the_fields_that_were_set(db: Ommi) -> None:
    @a_model
    class Thing(BaseModel):
        name: str
        size: int = 3
        id: Optional[int] = None

    thing = Thing(name="a")
    assert thing.model_fields_set == {"name"}
    again = await round_trip(db, thing)
    assert again.model_fields_set == {"name", "size", "id"}
    assert again.model_dump(exclude_unset=True) == {"name": "a", "size": 3, "id": 1}
    assert thing.model_fields_set == {"name", "id"}


async def test_extra_values_stay_out_of_the_row(db: Ommi) -> None:
    @a_model
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        name: str
        id: Optional[int] = None

    open_one = Open(name="a", more="x")
    again = await round_trip(db, open_one)
    assert (open_one.model_extra, again.model_extra) == ({"more": "x"}, {})
    again.later = 1
    assert again.model_dump() == {"name": "a", "id": 1, "later": 1}


class Box(BaseModel, Generic[T]):
    value: T
    more: list[T] = []


class TestGenerics:
    async def test_a_type_argument_says_how_the_field_is_stored(self, db: Ommi) -> None:
        @a_model
        class IntBox(Box[int]):
            id: Optional[int] = None

        again = await round_trip(db, IntBox(value=3, more=[4]))
        assert (again.value, again.more) == (3, [4])
        assert IntBox.__ommi__.codecs()["value"].base == "int"
        assert await db.find(IntBox.value > 2).count.or_raise() == 1

    async def test_a_nested_generic(self, db: Ommi) -> None:
        @a_model
        class Shelf(BaseModel):
            box: Box[date]
            id: Optional[int] = None

        box = Box[date](value=date(2026, 1, 1), more=[date(2026, 1, 2)])
        assert (await round_trip(db, Shelf(box=box))).box == box


class TestNested:
    async def test_a_root_model_is_a_value(self, db: Ommi) -> None:
        class Tags(RootModel[list[str]]):
            pass

        @a_model
        class Post(BaseModel):
            tags: Tags
            id: Optional[int] = None

        assert (await round_trip(db, Post(tags=Tags(["a", "b"])))).tags == Tags(["a", "b"])

    async def test_a_tagged_union_is_a_value(self, db: Ommi) -> None:
        class Cat(BaseModel):
            kind: Literal["cat"] = "cat"
            lives: int = 9

        class Dog(BaseModel):
            kind: Literal["dog"] = "dog"
            loud: bool = True

        @a_model
        class Owner(BaseModel):
            pet: Annotated[Union[Cat, Dog], Field(discriminator="kind")]
            id: Optional[int] = None

        assert (await round_trip(db, Owner(pet=Dog()))).pet == Dog()

    async def test_private_attributes_of_a_value(self, db: Ommi) -> None:
        class Inner(BaseModel):
            size: int
            _notes: list[str] = PrivateAttr(default_factory=list)

        @a_model
        class Outer(BaseModel):
            inner: Inner
            id: Optional[int] = None

        assert (await round_trip(db, Outer(inner=Inner(size=1)))).inner._notes == []


def test_a_root_model_is_refused_as_a_row() -> None:
    with pytest.raises(TypeError, match=r"Tags is a RootModel: .* has no fields to be columns"):

        @a_model
        class Tags(RootModel[list[str]]):
            pass


async def test_pydantics_own_dataclasses(db: Ommi) -> None:
    @a_model
    @pydantic.dataclasses.dataclass
    class Point:
        x: int
        y: int = Field(default=0, ge=0)
        id: Optional[int] = None

    assert await round_trip(db, Point("3", 4)) == Point(3, 4, 1)
    with pytest.raises(pydantic.ValidationError):
        Point(1, -1)


async def test_what_pydantic_knows_of_the_class_stays(db: Ommi) -> None:
    class Plain(BaseModel):
        """A city."""

        name: Annotated[str, Field(max_length=20, description="its name")]
        id: Optional[int] = None

    schema = Plain.model_json_schema()
    City = a_model(Plain)
    first = await db.add(City(name="Rome")).or_raise()
    second = await db.add(first.model_copy(update={"name": "Oslo", "id": None})).or_raise()

    assert City.model_json_schema() == schema
    assert City.model_fields.keys() == {"name", "id"}
    assert City.model_validate_json(second.model_dump_json()) == second
    assert await db.find(City).order_by(City.id).fetch.all() == [first, second]
