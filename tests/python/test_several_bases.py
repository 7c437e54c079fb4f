"""Models with several bases: other models, abstract base classes, and classes of their own metaclasses."""

from abc import ABC, ABCMeta, abstractmethod
from collections.abc import Sized
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Optional, TypeVar

import pydantic
import pytest
from ommi import Key, ModelCollection, Ommi, OmmiModel, ommi_model

models = ModelCollection()
T = TypeVar("T")


@ommi_model(collection=models)
@dataclass
class Named:
    name: str
    id: Annotated[int, Key] = None


@ommi_model(collection=models)
@dataclass
class Dated:
    year: int = 2000
    register: str = "first"
    key: Annotated[int, Key] = None


@ommi_model(collection=models)
class Checked(pydantic.BaseModel):
    text: str = ""
    id: Annotated[Optional[int], Key] = None


class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...


async def test_two_models_may_be_bases_of_a_third(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Both(Dated, Named):
        name: str = "both"
        id: Annotated[int, Key] = None
        key: Optional[int] = None

    assert Both.name.model is Both
    assert Named.name.model is Named
    assert Dated.year.model is Dated
    await db.add(Both(year=1999)).or_raise()
    found = await db.find(Both.year < 2000, Both.name == "both").one.or_raise()
    assert (found.year, found.name, found.id) == (1999, "both", 1)
    assert isinstance(found, Named)
    assert isinstance(found, Dated)


async def test_a_model_and_an_abstract_class_may_be_bases(db: Ommi) -> None:
    class Measured(Named, Shape):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Measured("a")

    @ommi_model(collection=ModelCollection())
    @dataclass
    class Square(Named, Shape):
        side: float = 1.0

        def area(self) -> float:
            return self.side**2

    await db.add(Square("s", side=3.0)).or_raise()
    found = await db.find(Square.side > 2).one.or_raise()
    assert found.area() == 9.0
    assert isinstance(found, Shape)
    assert issubclass(Square, Shape)
    assert isinstance(found, OmmiModel)


async def test_an_abstract_class_may_be_a_model(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Circle(Shape):
        radius: float
        id: Annotated[int, Key] = None

        def area(self) -> float:
            return 3 * self.radius**2

    await db.add(Circle(2.0)).or_raise()
    assert (await db.find(Circle).one.or_raise()).area() == 12.0
    Shape.register(Named)
    assert issubclass(Named, Shape)


def test_a_dataclass_model_and_a_pydantic_one_share_their_metaclasses() -> None:
    assert issubclass(type(Checked), type(Named))

    class Mixed(Checked, Shape):
        def area(self) -> float:
            return 0.0

    assert Mixed(text="a").area() == 0.0


def test_a_metaclass_of_the_users_own_is_kept() -> None:
    class Counting(ABCMeta):
        made = 0

        def __call__(cls, *args: Any, **options: Any) -> Any:
            Counting.made += 1
            return super().__call__(*args, **options)

    @ommi_model(collection=ModelCollection())
    @dataclass
    class Counted(metaclass=Counting):
        name: str
        id: Annotated[int, Key] = None

    class Child(Counted, Named):
        pass

    assert Counted("a").name == "a"
    assert Child("b").name == "b"
    assert Counting.made == 2
    assert isinstance(Counted, Counting)
    assert Counted.name.model is Counted


def test_names_of_fields_do_not_disturb_other_models_and_their_subclasses() -> None:
    class Plain(Named):
        year = 5

    assert Plain.year == 5  # a field elsewhere, an attribute here
    Plain.year = 6
    assert Plain.year == 6
    assert Plain("a").year == 6
    del Plain.year
    with pytest.raises(AttributeError, match="Plain has no attribute year"):
        Plain.year
    with pytest.raises(AttributeError, match="text"):
        Named.text
    assert Plain.register(int) is int  # ABCMeta's own, where the class has no such field
    assert Dated.register.model is Dated


def test_isinstance_is_that_of_the_class() -> None:
    assert isinstance(Named("a"), Named)
    assert not isinstance(Dated(), Named)
    assert not isinstance(3, Named)
    assert not issubclass(int, Named)

    class Box(Named, Generic[T]):
        pass

    class Sizes(Named, Sized):
        def __len__(self) -> int:
            return 3

    assert isinstance(Box("b"), Named)
    assert isinstance(Sizes("a"), Sized)
    Sizes.register(str)
    assert isinstance("text", Sizes)
