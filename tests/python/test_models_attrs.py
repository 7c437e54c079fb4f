"""attrs classes as models: slotted, frozen, old style; aliases, converters, validators and hooks."""

import copy
import pickle
from typing import Annotated, Any, Optional

import attr
import attrs
import pytest
from ommi import (
    ASTReferenceNode,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    OmmiModel,
    ReferenceTo,
    ommi_model,
)

models = ModelCollection()
validated: list[str] = []


def note(instance: Any, attribute: Any, value: Any) -> None:
    validated.append(attribute.name)


@ommi_model(collection=models)
@attrs.define
class Person:
    posts: "LazyLoadEveryRelated[Article]"
    name: str = attrs.field(validator=note)
    age: int = attrs.field(default=0, converter=int)
    _secret: str = "s"
    id: Optional[int] = None


@ommi_model(collection=models)
@attrs.frozen(order=True)
class Article:
    title: str
    author_id: Annotated[int, ReferenceTo(Person.id)]
    author: LazyLoadTheRelated[Person]
    id: int = None


@ommi_model(collection=models)
@attr.s(auto_attribs=True)
class Old:
    name: str
    owner: LazyLoadTheRelated[Person] = None
    owner_id: Annotated[Optional[int], ReferenceTo(Person.id)] = None
    id: int = None


def test_a_relation_is_never_asked_for_by_the_constructor() -> None:
    assert Person("Ada", "36").age == 36
    assert Article("Notes", 1, 7).id == 7
    assert Old("x").name == "x"
    with pytest.raises(TypeError, match="name"):
        Person()


def test_aliases_converters_and_validators_work_as_before() -> None:
    validated.clear()

    person = Person("Ada", "36", secret="t")

    assert person._secret == "t"
    assert person.age == 36
    assert validated == ["name"]
    person.age = "37"
    assert person.age == 37


def test_relations_are_no_part_of_the_class_for_attrs() -> None:
    assert [a.name for a in attrs.fields(Person)] == ["name", "age", "_secret", "id"]
    assert attrs.fields(Person).name.name == "name"
    assert attrs.asdict(Person("Ada")) == {"name": "Ada", "age": 0, "_secret": "s", "id": None}
    assert attrs.evolve(Article("a", 1), title="b") == Article("b", 1)
    assert repr(Person("Ada")) == "Person(name='Ada', age=0, _secret='s', id=None)"


def test_comparison_and_hash() -> None:
    assert Person("Ada") == Person("Ada")
    assert Person("Ada") != Person("Eve")
    assert Article("a", 1) < Article("b", 1)
    assert hash(Article("a", 1)) == hash(Article("a", 1))
    touched = Article("a", 1)
    assert touched.author is touched.author
    assert touched == Article("a", 1)
    with pytest.raises(TypeError):
        hash(Person("Ada"))


def test_class_and_instance_access() -> None:
    assert isinstance(Person.name, ASTReferenceNode)
    assert isinstance(Article.title, ASTReferenceNode)
    assert isinstance(Person("Ada"), OmmiModel)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Article("a", 1).title = "b"


@pytest.mark.parametrize("model", [Person("Ada"), Article("a", 1), Old("x")], ids=repr)
def test_copies_and_pickles(model: Any) -> None:
    for name in ("posts", "author", "owner"):
        getattr(model, name, None)

    for again in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):
        assert again == model


async def test_rows_become_instances_without_validators(db: Ommi) -> None:
    await db.add(Person("Ada", 36, secret="t")).or_raise()
    await db.add(Article("Notes", 1), Old("x", owner_id=1)).or_raise()
    validated.clear()

    person = await db.find(Person).one.or_raise()

    assert person == Person("Ada", 36, secret="t", id=1)
    assert validated == ["name"]  # only by the line above
    article = await db.find(Article).one.or_raise()
    assert (article, (await article.author).name) == (Article("Notes", 1, 1), "Ada")
    assert await (await db.find(Old).one.or_raise()).owner == person


async def test_a_post_init_hook_runs_on_rows_too(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @attrs.define
    class Circle:
        _radius: int
        id: int = None
        diameter: int = attrs.field(init=False, default=0)

        def __attrs_post_init__(self) -> None:
            self.diameter = 2 * self._radius

    await db.add(Circle(4)).or_raise()
    await db.find(Circle).update(diameter=0)

    assert (await db.find(Circle).one.or_raise()).diameter == 8


async def test_a_cached_hash_works_on_rows_too(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @attrs.define(frozen=True, cache_hash=True)
    class Tag:
        name: str
        id: int = None

    await db.add(Tag("a")).or_raise()

    assert hash(await db.find(Tag).one.or_raise()) == hash(Tag("a", 1))


async def test_a_subclass_may_be_a_model_of_its_own(db: Ommi) -> None:
    @ommi_model(collection=models)
    @attrs.define
    class Editor(Person):
        level: int = 1

    assert list(Editor.__ommi__.fields) == ["name", "age", "_secret", "id", "level"]
    await db.add(Editor("x", level=3)).or_raise()
    assert (await db.find(Editor).one.or_raise()).level == 3
