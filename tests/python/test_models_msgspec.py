"""msgspec Structs as models, with and without a `__dict__`."""

import copy
import pickle
from typing import Annotated, Any, Optional

import msgspec
import pytest
from ommi import (
    ASTReferenceNode,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    OmmiModel,
    ReferenceTo,
    ommi_model,
)

models = ModelCollection()


@ommi_model(collection=models)
class Person(msgspec.Struct, rename="camel"):
    full_name: str
    id: Optional[int] = None


@ommi_model(collection=models)
class Article(msgspec.Struct):
    title: str
    author_id: Annotated[int, ReferenceTo(Person.id)]
    author: LazyLoadTheRelated[Person] = None
    tags: list[str] = msgspec.field(default_factory=list)
    id: Optional[int] = None


@ommi_model(collection=models)
class Open(msgspec.Struct, dict=True, frozen=True):
    title: str
    author_id: Annotated[Optional[int], ReferenceTo(Person.id)] = None
    author: LazyLoadTheRelated[Optional[Person]] = None
    id: Optional[int] = None


def test_the_struct_stays_a_struct() -> None:
    assert Article("a", 1) == Article("a", 1)
    assert Article("a", 1) != Article("b", 1)
    assert repr(Person("Ada")) == "Person(full_name='Ada', id=None)"
    assert repr(Article("a", 1)) == "Article(title='a', author_id=1, tags=[], id=None)"
    assert msgspec.json.encode(Person("Ada")) == b'{"fullName":"Ada","id":null}'
    assert msgspec.json.decode(b'{"fullName":"Ada"}', type=Person) == Person("Ada")
    assert hash(Open("a")) == hash(Open("a"))


def test_touching_a_relation_changes_no_comparison() -> None:
    for make in (lambda: Article("a", 1), lambda: Open("a")):
        touched = make()
        assert touched.author is touched.author
        assert touched == make()


def test_class_and_instance_access() -> None:
    assert isinstance(Person.full_name, ASTReferenceNode)
    assert Person("Ada").full_name == "Ada"
    assert isinstance(Person("Ada"), OmmiModel)


def test_a_relation_without_a_default_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"Wrong\.owner: a relation of a msgspec Struct needs a default"):

        @ommi_model(collection=models)
        class Wrong(msgspec.Struct):
            name: str
            owner: LazyLoadTheRelated[Person]


@pytest.mark.parametrize("model", [Person("Ada"), Article("a", 1), Open("x")], ids=repr)
def test_copies_and_pickles(model: Any) -> None:
    getattr(model, "author", None)

    for again in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):
        assert again == model


async def test_rows_become_structs(db: Ommi) -> None:
    await db.add(Person("Ada")).or_raise()
    await db.add(Article("Notes", 1, tags=["x"]), Open("b", 1), Open("c")).or_raise()

    article = await db.find(Article).one.or_raise()
    opened = await db.find(Open).order_by(Open.id).fetch.all()

    assert article == Article("Notes", 1, tags=["x"], id=1)
    assert opened == [Open("b", 1, id=1), Open("c", id=2)]
    assert await article.author == Person("Ada", 1)
    assert await opened[0].author == Person("Ada", 1)
    assert await opened[1].author is None
    assert article == Article("Notes", 1, tags=["x"], id=1)
