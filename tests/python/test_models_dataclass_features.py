"""What `dataclasses` can do, on classes that are models too: rows in and out, and the class as it was."""

import abc
import dataclasses
import functools
from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import Annotated, Any, ClassVar, Generic, Optional, Self, TypeVar

import pytest
from databases import EVERY
from ommi import Key, ModelCollection, Ommi, ommi_model

pytestmark = pytest.mark.databases("sqlite", "memory")

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


def a_model(cls: Any) -> Any:
    return ommi_model(collection=ModelCollection())(cls)


async def round_trip(db: Ommi, instance: Any) -> Any:
    await db.add(instance).or_raise()
    (again,) = await db.find(type(instance)).fetch.all()
    assert type(again) is type(instance)
    return again


VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "slots": {"slots": True},
    "weakref slots": {"slots": True, "weakref_slot": True},
    "frozen": {"frozen": True},
    "frozen slots": {"frozen": True, "slots": True},
    "by keyword": {"kw_only": True},
    "ordered": {"order": True},
    "hashed": {"unsafe_hash": True},
    "by identity": {"eq": False},
    "bare": {"repr": False, "match_args": False},
}


@pytest.mark.databases(*EVERY)
@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
async def test_every_option_of_the_decorator(db: Ommi, options: dict[str, Any]) -> None:
    @a_model
    @dataclass(**options)
    class Thing:
        name: str
        size: int = 3
        tags: list[str] = field(default_factory=list)
        id: Annotated[int, Key] = None

    thing = Thing(name="a", tags=["x"])

    again = await round_trip(db, thing)

    assert thing.id is not None
    assert dataclasses.asdict(again) == dataclasses.asdict(thing)
    assert (again == thing) is (options.get("eq", True))
    assert await db.find(Thing.name == "a", Thing.size == 3).count.or_raise() == 1


async def test_fields_by_keyword_only_may_stand_anywhere(db: Ommi) -> None:
    @a_model
    @dataclass
    class Thing:
        name: str
        _: KW_ONLY
        size: int = 1
        shape: str
        colour: str = field(default="red", kw_only=False)
        id: Optional[int] = None

    assert await round_trip(db, Thing("a", "blue", shape="round")) == Thing("a", "blue", shape="round", id=1)


class TestInitVar:
    async def test_it_is_no_field_and_rows_do_not_need_it(self, db: Ommi) -> None:
        @a_model
        @dataclass
        class Login:
            name: str
            password: InitVar[str]
            digest: str = field(default="", init=False)
            id: Optional[int] = None

            def __post_init__(self, password: str) -> None:
                self.digest = password[::-1]

        login = Login("ada", "abc")

        again = await round_trip(db, login)

        assert again == login
        assert again.digest == "cba"
        assert list(Login.__ommi__.fields) == ["name", "digest", "id"]

    async def test_also_where_every_field_can_be_passed(self, db: Ommi) -> None:
        """What was derived from an InitVar is stored; it cannot be derived again without it."""

        @a_model
        @dataclass(slots=True)
        class Price:
            net: float
            rate: InitVar[float]
            gross: Optional[float] = None
            id: Optional[int] = None

            def __post_init__(self, rate: float) -> None:
                self.gross = self.net * rate

        assert (await round_trip(db, Price(2.0, 1.5))).gross == 3.0

    async def test_one_with_a_default_lets_rows_run_the_hook(self, db: Ommi) -> None:
        @a_model
        @dataclass
        class Price:
            net: float
            rate: InitVar[float] = 2.0
            id: Optional[int] = None

            def __post_init__(self, rate: float) -> None:
                self.shown = f"{self.net * rate}"

        assert (await round_trip(db, Price(2.0))).shown == "4.0"

    async def test_a_nested_value_does_not_need_it_either(self, db: Ommi) -> None:
        @dataclass
        class Inner:
            value: int
            scale: InitVar[int]
            extra: str = "e"

            def __post_init__(self, scale: int) -> None:
                self.value *= scale

        @a_model
        @dataclass
        class Outer:
            inner: Inner
            id: Optional[int] = None

        assert (await round_trip(db, Outer(Inner(2, 3)))).inner.value == 6


async def test_a_hook_that_computes_fields_of_a_frozen_class(db: Ommi) -> None:
    @a_model
    @dataclass(frozen=True)
    class Area:
        width: int
        height: int
        size: int = field(init=False)
        id: Optional[int] = None

        def __post_init__(self) -> None:
            object.__setattr__(self, "size", self.width * self.height)

    area = Area(2, 3)
    assert (await round_trip(db, area)).size == 6
    assert await db.find(Area.size == 6).update(size=7).or_raise() == 1
    assert (await db.find(Area).one.or_raise()).size == 7


async def test_factories_make_a_new_value_for_each_instance(db: Ommi) -> None:
    @a_model
    @dataclass
    class Basket:
        items: list[str] = field(default_factory=list)
        counts: dict[str, int] = field(default_factory=dict)
        id: Optional[int] = None

    one, two = Basket(), Basket()
    one.items.append("x")
    await db.add(one, two).or_raise()
    assert [basket.items for basket in await db.find(Basket).order_by("id").fetch.all()] == [["x"], []]


class TestInheritance:
    async def test_fields_of_bases_that_are_no_models_are_stored(self, db: Ommi) -> None:
        @dataclass
        class Dated:
            year: int
            kind: ClassVar[str] = "dated"

        class Named:
            def label(self) -> str:
                return f"{self.name}/{self.year}"

        @a_model
        @dataclass
        class Book(Dated, Named):
            name: str
            id: Optional[int] = None

        again = await round_trip(db, Book(1815, "Emma"))
        assert again.label() == "Emma/1815"
        assert (Book.kind, list(Book.__ommi__.fields)) == ("dated", ["year", "name", "id"])

    async def test_a_field_may_be_declared_again(self, db: Ommi) -> None:
        @a_model
        @dataclass
        class Base:
            value: int = 1
            id: Optional[int] = None

        @a_model
        @dataclass
        class Child(Base):
            value: str = "x"

        assert (await round_trip(db, Child())).value == "x"
        assert (await round_trip(db, Base())).value == 1
        assert Child.value is not Base.value
        assert await db.find(Child.value.starts_with("x")).count.or_raise() == 1

    async def test_abstract_bases_stay_abstract(self, db: Ommi) -> None:
        @dataclass
        class Shape(abc.ABC):
            name: str

            @abc.abstractmethod
            def area(self) -> float: ...

        @a_model
        @dataclass
        class Square(Shape):
            side: float
            id: Optional[int] = None

            def area(self) -> float:
                return self.side**2

        assert (await round_trip(db, Square("s", 2.0))).area() == 4.0
        with pytest.raises(TypeError, match="abstract"):
            Shape("s")


class TestGenerics:
    async def test_a_type_argument_says_how_the_field_is_stored(self, db: Ommi) -> None:
        @dataclass
        class Box(Generic[T]):
            value: T
            more: list[T] = field(default_factory=list)
            id: Optional[int] = None

        @a_model
        @dataclass
        class IntBox(Box[int]):
            pass

        again = await round_trip(db, IntBox(3, [4]))

        assert (again.value, again.more) == (3, [4])
        assert IntBox.__ommi__.codecs()["value"].base == "int"
        assert await db.find(IntBox.value > 2).count.or_raise() == 1
        assert (await db.add(IntBox("three"))).error.field == "value"

    async def test_arguments_pass_through_bases_between(self, db: Ommi) -> None:
        @dataclass
        class Pair(Generic[K, V]):
            first: K
            second: V

        @dataclass
        class Named(Pair[str, T], Generic[T]):
            third: T | None = None

        @a_model
        @dataclass
        class Measure(Named[float]):
            id: Optional[int] = None

        assert await round_trip(db, Measure("a", 1.5, 2.5)) == Measure("a", 1.5, 2.5, 1)
        codecs = Measure.__ommi__.codecs()
        assert [codecs[name].base for name in ("first", "second", "third")] == ["str", "float", "float"]

    async def test_a_nested_generic_is_stored_by_its_arguments(self, db: Ommi) -> None:
        @dataclass
        class Range(Generic[T]):
            low: T
            high: T

        from datetime import date

        @a_model
        @dataclass
        class Season(Generic[T]):
            days: Range[date]
            id: Optional[int] = None

        days = Range(date(2026, 1, 1), date(2026, 2, 1))
        assert (await round_trip(db, Season(days))).days == days

    async def test_a_model_may_be_generic_itself(self, db: Ommi) -> None:
        @a_model
        @dataclass
        class Note(Generic[T]):
            value: T
            id: Optional[int] = None

        assert (await round_trip(db, Note({"any": ["thing"]}))).value == {"any": ["thing"]}
        assert Note[int](3).value == 3


async def test_properties_and_cached_properties_work_on_rows(db: Ommi) -> None:
    @a_model
    @dataclass
    class Circle:
        radius: float
        id: Optional[int] = None

        @functools.cached_property
        def area(self) -> float:
            return 3 * self.radius**2

        @property
        def double(self) -> float:
            return self.radius * 2

        @classmethod
        def unit(cls) -> Self:
            return cls(1.0)

    again = await round_trip(db, Circle.unit())
    assert (again.area, again.area, again.double) == (3.0, 3.0, 2.0)


async def test_replace_makes_another_row(db: Ommi) -> None:
    @a_model
    @dataclass(frozen=True)
    class City:
        name: str
        size: int = field(default=1, metadata={"unit": "people"}, repr=False, compare=False)
        id: Optional[int] = None

    first = await db.add(City("Rome")).or_raise()
    second = await db.add(dataclasses.replace(first, name="Oslo", id=None)).or_raise()

    assert await db.find(City).order_by(City.id).fetch.all() == [first, second]
    assert dataclasses.fields(City)[1].metadata == {"unit": "people"}
    assert dataclasses.astuple(second) == ("Oslo", 1, 2)
