"""Plain annotated classes as models: with a constructor, without, with slots."""

from typing import Annotated, ClassVar, Optional

import pytest
from ommi import (
    ASTReferenceNode,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    ommi_model,
)

models = ModelCollection()


@ommi_model(collection=models)
class Person:
    species: ClassVar[str] = "human"
    name: str
    age: int = 0
    id: Optional[int] = None
    posts: "LazyLoadEveryRelated[Article]"


@ommi_model(collection=models)
class Article:
    title: str
    author_id: Annotated[int, ReferenceTo(Person.id)]
    author: LazyLoadTheRelated[Person]
    id: Optional[int]

    def __init__(self, title: str, author: Person) -> None:
        self.title = title
        self.author_id = author.id
        self.id = None


@ommi_model(collection=models)
class Slotted:
    __slots__ = ("id", "name", "owner", "owner_id")
    name: str
    owner_id: Annotated[Optional[int], ReferenceTo(Person.id)]
    owner: LazyLoadTheRelated[Optional[Person]]
    id: Optional[int]

    def __init__(self, name: str, owner_id: Optional[int] = None, id: Optional[int] = None) -> None:
        self.name, self.owner_id, self.id = name, owner_id, id


def test_a_class_without_a_constructor_gets_one() -> None:
    person = Person("Ada", age=36)

    assert (person.name, person.age, person.id) == ("Ada", 36, None)
    assert Person.species == "human"
    with pytest.raises(TypeError, match="Person: missing a required argument: 'name'"):
        Person()
    with pytest.raises(TypeError, match="unexpected"):
        Person("Ada", nonsense=1)


def test_a_constructor_of_its_own_stays() -> None:
    ada = Person("Ada", id=3)

    assert Article("Notes", ada).author_id == 3


def test_class_and_instance_access() -> None:
    assert isinstance(Person.name, ASTReferenceNode)
    assert isinstance(Slotted.name, ASTReferenceNode)
    assert Slotted("x").name == "x"


def test_slots_without_a_place_for_relations_are_an_error() -> None:
    with pytest.raises(TypeError, match="__slots__"):

        @ommi_model(collection=models)
        class Wrong:
            __slots__ = ("id",)
            id: int
            owner: LazyLoadTheRelated[Person]


async def test_rows_become_instances(db: Ommi) -> None:
    ada = Person("Ada", 36)
    await db.add(ada).or_raise()
    await db.add(Article("Notes", ada), Slotted("x", ada.id)).or_raise()

    article = await db.find(Article).one.or_raise()
    slotted = await db.find(Slotted).one.or_raise()

    assert (article.title, article.author_id, article.id) == ("Notes", 1, 1)
    assert (await article.author).name == "Ada"
    assert (slotted.name, slotted.owner_id, slotted.id) == ("x", 1, 1)
    assert (await slotted.owner).age == 36
    assert [post.title for post in await ada.posts] == ["Notes"]


async def test_a_constructor_that_takes_every_field_is_used_for_rows(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    class Circle:
        radius: int
        id: Optional[int]

        def __init__(self, radius: int, id: Optional[int] = None) -> None:
            self.radius, self.id = radius, id
            self.diameter = 2 * radius

    await db.add(Circle(4)).or_raise()

    assert (await db.find(Circle).one.or_raise()).diameter == 8
