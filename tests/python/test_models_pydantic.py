"""Pydantic v2 models as models: validation, aliases, private attributes, serialization stay Pydantic's."""

import copy
import pickle
from typing import Annotated, Any, Optional

import pydantic
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
class Person(pydantic.BaseModel):
    posts: "LazyLoadEveryRelated[Article]"
    name: str = pydantic.Field(alias="Name", min_length=2)
    age: int = 0
    id: Annotated[Optional[int], Key | Auto] = None
    _note: str = pydantic.PrivateAttr(default="private")


@ommi_model(collection=models)
class Article(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(validate_assignment=True, extra="forbid")

    title: str
    author_id: Annotated[int, ReferenceTo(Person.id)]
    author: LazyLoadTheRelated[Person]
    id: Optional[int] = None


@ommi_model(collection=models)
class Point(pydantic.BaseModel, frozen=True):
    x: float
    y: float = 0.0
    id: int = None


def test_a_relation_is_never_asked_for_by_the_constructor() -> None:
    assert Person(Name="Ada").name == "Ada"
    assert Article(title="Notes", author_id=1).title == "Notes"
    assert set(Person.model_fields) == {"name", "age", "id"}


def test_validation_stays() -> None:
    with pytest.raises(pydantic.ValidationError, match="at least 2"):
        Person(Name="A")
    with pytest.raises(pydantic.ValidationError):
        Person(Name="Ada", age="many")
    assert Person(Name="Ada", age="36").age == 36
    article = Article(title="Notes", author_id=1)
    with pytest.raises(pydantic.ValidationError):
        article.title = 3
    with pytest.raises(pydantic.ValidationError, match="Extra inputs"):
        Article(title="Notes", author_id=1, nonsense=2)


def test_serialization_knows_no_relations() -> None:
    person = Person(Name="Ada")
    assert person.posts is person.posts
    assert person.model_dump() == {"name": "Ada", "age": 0, "id": None}
    assert person.model_dump_json(by_alias=True) == '{"Name":"Ada","age":0,"id":null}'
    assert dict(person) == {"name": "Ada", "age": 0, "id": None}
    assert "posts" not in str(Person.model_json_schema())
    assert Person.model_validate_json('{"Name": "Ada"}') == person
    assert repr(person) == "Person(name='Ada', age=0, id=None)"


def test_comparison_hash_and_private_attributes() -> None:
    assert Person(Name="Ada") == Person(Name="Ada")
    assert Person(Name="Ada") != Person(Name="Eve")
    assert hash(Point(x=1)) == hash(Point(x=1))
    assert Person(Name="Ada")._note == "private"
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        Point(x=1).x = 2


def test_class_and_instance_access() -> None:
    assert isinstance(Person.name, ASTReferenceNode)
    assert isinstance(Point.x, ASTReferenceNode)
    assert isinstance(Person(Name="Ada"), OmmiModel)
    assert isinstance(Person(Name="Ada"), pydantic.BaseModel)
    assert Person.__ommi__.fields["name"].get("store_as") == "name"


def test_ommi_model_may_be_a_base_class() -> None:
    @ommi_model(collection=ModelCollection())
    class Based(OmmiModel, pydantic.BaseModel):
        name: str
        id: int = None

    assert Based(name="x").name == "x"
    assert isinstance(Based(name="x"), OmmiModel)


@pytest.mark.parametrize("model", [Person(Name="Ada"), Article(title="a", author_id=1), Point(x=1)], ids=repr)
def test_copies_and_pickles(model: Any) -> None:
    for name in ("posts", "author"):
        getattr(model, name, None)

    copies = (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model), model.model_copy())
    for again in copies:
        assert again == model


def test_a_subclass_that_is_no_model_is_left_alone() -> None:
    class Admin(Person):
        level: int = 1

    assert set(Admin.model_fields) == {"name", "age", "id", "level"}
    assert Admin(Name="Ada").level == 1


async def test_rows_become_instances_without_validation(db: Ommi) -> None:
    await db.add(Person(Name="Ada", age=36)).or_raise()
    await db.add(Article(title="Notes", author_id=1), Point(x=1.5)).or_raise()
    await db.find(Person).update(name="A").raise_on_errors()

    person = await db.find(Person).one.or_raise()

    assert person.name == "A"  # too short for the validator
    assert person.model_fields_set == {"name", "age", "id"}
    assert person._note == "private"
    assert person == Person.model_construct(name="A", age=36, id=1)
    article = await db.find(Article).one.or_raise()
    assert (await article.author) == person
    assert (await db.find(Point).one.or_raise()) == Point(x=1.5, id=1)


async def test_generated_keys_are_written_back(db: Ommi) -> None:
    person, point = Person(Name="Ada"), Point(x=1)

    await db.add(person, point).or_raise()

    assert (person.id, point.id) == (1, 1)


async def test_types_of_pydantic_itself_are_stored_as_pydantic_dumps_them(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    class Link(pydantic.BaseModel):
        url: pydantic.HttpUrl
        id: int = None

    await db.add(Link(url="https://example.org/a")).or_raise()

    assert (await db.find(Link).one.or_raise()).url == pydantic.HttpUrl("https://example.org/a")


async def test_model_post_init_sees_rows_too(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    class Circle(pydantic.BaseModel):
        radius: int
        id: int = None
        _diameter: int = 0

        def model_post_init(self, context: Any, /) -> None:
            self._diameter = 2 * self.radius

    await db.add(Circle(radius=4)).or_raise()

    assert (await db.find(Circle).one.or_raise())._diameter == 8
