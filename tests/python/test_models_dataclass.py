"""Dataclasses as models: plain, slots, frozen; the class stays what it was."""

import copy
import dataclasses
import pickle
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from ommi import (
    ASTReferenceNode,
    Auto,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    OmmiModel,
    ReferenceTo,
    ommi_model,
)

models = ModelCollection()


@ommi_model(collection=models)
@dataclass
class Person:
    posts: "LazyLoadEveryRelated[Article]"  # first, without a default
    name: str
    tags: list[str] = field(default_factory=list)
    id: Annotated[int, Key | Auto] = None
    latest: "LazyLoadEveryRelated[Article]"  # last, without a default


@ommi_model(collection=models)
@dataclass(slots=True)
class Article:
    title: str
    author: LazyLoadTheRelated[Person]
    author_id: Annotated[int, ReferenceTo(Person.id)]
    id: int = None


@ommi_model(collection=models)
@dataclass(frozen=True, order=True)
class Money:
    amount: int
    currency: str = "EUR"
    payer_id: Annotated[int | None, ReferenceTo(Person.id)] = None
    id: int = None
    payer: LazyLoadTheRelated[Person] = None


@ommi_model(collection=models)
@dataclass(frozen=True, slots=True)
class Coin:
    value: int
    owner: LazyLoadTheRelated[Person | None]
    owner_id: Annotated[int | None, ReferenceTo(Person.id)] = None
    id: int = None


def test_a_relation_is_never_asked_for_by_the_constructor() -> None:
    assert Person("Ada").name == "Ada"
    assert Article("Notes", 1, 7) == Article(title="Notes", author_id=1, id=7)
    assert Coin(5).value == 5
    assert Money(3).amount == 3


def test_a_constructor_still_asks_for_its_own_fields() -> None:
    with pytest.raises(TypeError, match="name"):
        Person()


def test_relations_are_no_part_of_representation_and_comparison() -> None:
    assert repr(Person("Ada")) == "Person(name='Ada', tags=[], id=None)"
    assert Person("Ada") == Person("Ada")
    assert Money(3) < Money(4)
    assert hash(Money(3)) == hash(Money(3))
    assert hash(Coin(3)) == hash(Coin(3))


def test_touching_a_relation_changes_no_comparison() -> None:
    touched, untouched = Person("Ada"), Person("Ada")
    assert touched.posts is touched.posts
    assert touched == untouched
    coin = Coin(1)
    assert coin.owner is coin.owner
    assert coin == Coin(1)


def test_relations_are_no_dataclass_fields() -> None:
    assert [f.name for f in dataclasses.fields(Person)] == ["name", "tags", "id"]
    assert dataclasses.asdict(Person("Ada")) == {"name": "Ada", "tags": [], "id": None}
    assert dataclasses.replace(Person("Ada"), name="Eve") == Person("Eve")
    assert Person.__match_args__ == ("name", "tags", "id")


def test_class_access_is_a_reference_and_instance_access_the_value() -> None:
    assert isinstance(Person.name, ASTReferenceNode)
    assert Person.name.model is Person
    assert Person.name is Person.name
    assert Person("Ada").name == "Ada"
    assert isinstance(Money.currency, ASTReferenceNode)
    assert isinstance(Article.title, ASTReferenceNode)


def test_the_class_keeps_its_identity() -> None:
    assert Person.__name__ == "Person"
    assert Person.__module__ == __name__
    assert type(Person("Ada")) is Person
    assert isinstance(Person, type)
    assert isinstance(Person("Ada"), OmmiModel)
    assert issubclass(Person, OmmiModel)
    assert not isinstance(3, OmmiModel)


def test_frozen_instances_stay_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Money(3).amount = 4
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        Coin(3).value = 4


@pytest.mark.parametrize("model", [Person("Ada", ["x"], 3), Article("Notes", 1), Money(3), Coin(5)], ids=repr)
def test_copies_and_pickles(model: Any) -> None:
    for name in ("posts", "author", "payer", "owner"):
        getattr(model, name, None)

    for again in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):
        assert again == model
        assert type(again) is type(model)


def test_a_copy_has_relations_of_its_own() -> None:
    ada = Person("Ada")
    lazy = ada.posts

    assert copy.copy(ada).posts is not lazy
    assert ada.posts is lazy


def test_a_subclass_that_is_no_model_is_left_alone() -> None:
    @dataclass
    class Admin(Person):
        level: int = 1

    admin = Admin("Root")
    assert admin == Admin("Root")
    assert [f.name for f in dataclasses.fields(Admin)] == ["name", "tags", "id", "level"]
    assert Admin.id is None  # the raw default, as without Ommi
    assert isinstance(Person.name, ASTReferenceNode)


def test_a_subclass_may_be_a_model_of_its_own() -> None:
    @ommi_model(collection=models)
    @dataclass
    class Editor(Person):
        level: int = 1

    assert list(Editor.__ommi__.fields) == ["name", "tags", "id", "level"]
    assert set(Editor.__ommi__.relations) == {"posts", "latest"}
    assert Editor.name.model is Editor
    assert Person.name.model is Person
    assert Editor("x").posts is not None


async def test_rows_become_instances_without_the_constructor(db: Ommi) -> None:
    await db.add(Person("Ada", ["math"]), Coin(5), Money(7)).or_raise()
    await db.add(Article("Notes", 1)).or_raise()

    assert await db.find(Person).one.or_raise() == Person("Ada", ["math"], 1)
    assert await db.find(Article).one.or_raise() == Article("Notes", 1, 1)
    assert await db.find(Coin).one.or_raise() == Coin(5, id=1)
    assert await db.find(Money).one.or_raise() == Money(7, id=1)


async def test_generated_keys_are_written_back_to_frozen_instances_too(db: Ommi) -> None:
    coin, money = Coin(5), Money(7)

    await db.add(coin, money).or_raise()

    assert coin.id == 1
    assert money.id == 1


async def test_a_post_init_runs_on_rows_too(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Circle:
        radius: int
        id: int = None

        def __post_init__(self) -> None:
            self.diameter = 2 * self.radius

    await db.add(Circle(4)).or_raise()

    assert (await db.find(Circle).one.or_raise()).diameter == 8


async def test_fields_outside_the_constructor_are_stored(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Draft:
        title: str
        state: str = field(init=False, default="new")
        id: int = field(default=None, kw_only=True)

    draft = Draft("x")
    draft.state = "old"
    await db.add(draft).or_raise()

    assert (await db.find(Draft).one.or_raise()).state == "old"


def test_a_class_without_fields_is_an_error() -> None:
    with pytest.raises(TypeError, match="Empty has no field that is stored"):

        @ommi_model(collection=ModelCollection())
        @dataclass
        class Empty:
            pass


def test_other_dataclasses_are_not_touched() -> None:
    @dataclass
    class Ordinary:
        a: int
        b: str = "b"

    assert repr(Ordinary(1)).endswith("Ordinary(a=1, b='b')")
    with pytest.raises(TypeError, match="non-default argument"):

        @dataclass
        class Wrong:
            a: int = 1
            b: str
