"""Being a model takes nothing away from a class: each class has a twin that is the same but for `@ommi_model`."""

import copy
import dataclasses
import gc
import inspect
import pickle
import pydoc
import typing
import weakref
from typing import Any, Optional

import attrs
import msgspec
import pydantic
import pytest
from ommi import LazyLoadEveryRelated, ModelCollection, Ommi, OmmiModel, ReferenceTo, ommi_model

models = ModelCollection()


@dataclasses.dataclass
class DataTwin:
    """A thing."""

    name: str
    size: int = 3
    tags: list[str] = dataclasses.field(default_factory=list)
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@ommi_model(collection=models)
@dataclasses.dataclass
class DataModel:
    """A thing."""

    name: str
    size: int = 3
    tags: list[str] = dataclasses.field(default_factory=list)
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@dataclasses.dataclass(frozen=True, slots=True, order=True, weakref_slot=True)
class FrozenTwin:
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@ommi_model(collection=models)
@dataclasses.dataclass(frozen=True, slots=True, order=True, weakref_slot=True)
class FrozenModel:
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@attrs.define
class AttrsTwin:
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@ommi_model(collection=models)
@attrs.define
class AttrsModel:
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


class PydanticTwin(pydantic.BaseModel):
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@ommi_model(collection=models)
class PydanticModel(pydantic.BaseModel):
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


class StructTwin(msgspec.Struct, weakref=True):
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@ommi_model(collection=models)
class StructModel(msgspec.Struct, weakref=True):
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


class PlainTwin:
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def __init__(self, name: str, size: int = 3, id: Optional[int] = None) -> None:
        self.name, self.size, self.id = name, size, id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other.__dict__ == self.__dict__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@ommi_model(collection=models)
class PlainModel:
    """A thing."""

    name: str
    size: int = 3
    id: Optional[int] = None

    def __init__(self, name: str, size: int = 3, id: Optional[int] = None) -> None:
        self.name, self.size, self.id = name, size, id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other.__dict__ == self.__dict__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


@ommi_model(collection=models)
@dataclasses.dataclass
class Owner:
    name: str
    id: Optional[int] = None
    pets: "LazyLoadEveryRelated[Pet]" = None


@ommi_model(collection=models)
@dataclasses.dataclass
class Pet:
    name: str
    owner_id: typing.Annotated[int, ReferenceTo(Owner)]
    id: Optional[int] = None


PAIRS = [
    (DataTwin, DataModel),
    (FrozenTwin, FrozenModel),
    (AttrsTwin, AttrsModel),
    (PydanticTwin, PydanticModel),
    (StructTwin, StructModel),
    (PlainTwin, PlainModel),
]
REPLACE = {
    DataModel: dataclasses.replace,
    FrozenModel: dataclasses.replace,
    AttrsModel: attrs.evolve,
    PydanticModel: lambda value, **changes: value.model_copy(update=changes),
    StructModel: msgspec.structs.replace,
}
pairs = pytest.mark.parametrize(("twin", "model"), PAIRS, ids=lambda cls: cls.__name__)
every_model = pytest.mark.parametrize("model", [model for _, model in PAIRS], ids=lambda cls: cls.__name__)


def as_model(twin: type, model: type, text: object) -> str:
    return str(text).replace(twin.__name__, model.__name__)


@pairs
def test_what_inspection_tells(twin: Any, model: Any) -> None:
    assert str(inspect.signature(model)) == as_model(twin, model, inspect.signature(twin))
    assert typing.get_type_hints(model) == typing.get_type_hints(twin)
    assert inspect.get_annotations(model) == inspect.get_annotations(twin)
    assert (model.__doc__, model.__module__) == (twin.__doc__, twin.__module__)
    assert (model.__name__, model.__qualname__) == (as_model(twin, model, twin.__name__),) * 2
    assert "class " + model.__name__ in inspect.getsource(model)
    assert inspect.isclass(model)
    assert [cls.__name__ for cls in model.__mro__[1:]] == [cls.__name__ for cls in twin.__mro__[1:]]
    added = {"save", "delete", "reload", "find", "count", "fetch", "get_primary_key_fields"}
    public = {name for name in dir(model) if not name.startswith("_")}
    assert public - added >= {name for name in dir(twin) if not name.startswith("_")}
    if hasattr(twin, "__match_args__"):
        assert model.__match_args__ == twin.__match_args__


@pairs
def test_what_help_says(twin: Any, model: Any) -> None:
    text = pydoc.render_doc(model, renderer=pydoc.plaintext)
    said = as_model(twin, model, pydoc.render_doc(twin, renderer=pydoc.plaintext))
    assert "The name, loudly." in text
    assert "A thing." in text
    assert f"{model.__name__}{inspect.signature(model)}".split(" ->")[0] in text
    assert text.splitlines()[0] == said.splitlines()[0]
    assert "Writes the instance" in text


@pairs
def test_equality_hash_and_order(twin: Any, model: Any) -> None:
    a, again, b = (make(model, name) for name in "aab")
    twin_a, twin_again, twin_b = (make(twin, name) for name in "aab")
    assert (a == again, a == b, a == twin_a) == (twin_a == twin_again, twin_a == twin_b, False)
    assert outcome(lambda: hash(a) == hash(again)) == outcome(lambda: hash(twin_a) == hash(twin_again))
    assert outcome(lambda: a < b) == outcome(lambda: twin_a < twin_b)
    assert repr(a) == as_model(twin, model, repr(twin_a))


def outcome(call: Any) -> Any:
    try:
        return call()
    except TypeError:
        return TypeError


def make(cls: Any, name: str) -> Any:
    return cls(name=name)


@pairs
def test_what_belongs_to_what(twin: Any, model: Any) -> None:
    instance = make(model, "a")
    assert isinstance(instance, model)
    assert isinstance(instance, OmmiModel)
    assert issubclass(model, OmmiModel)
    assert not isinstance(instance, twin)
    assert not isinstance(make(twin, "a"), OmmiModel)
    assert type(instance) is model
    assert instance.shout() == "A"
    match instance:
        case model(name="a", size=size):
            assert size == 3
        case _:
            pytest.fail("no match")


@every_model
async def test_copies_and_pickles_before_and_after_they_were_stored(db: Ommi, model: Any) -> None:
    fresh = make(model, "a")
    stored = await db.add(make(model, "b")).or_raise()
    found = await db.find(model.name == "b").one.or_raise()
    for instance in (fresh, stored, found):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(instance, protocol))
            assert (again, type(again)) == (instance, model)
        assert copy.copy(instance) == instance
        assert copy.deepcopy(instance) == instance
        assert copy.deepcopy([instance, instance])[0] is not instance
    assert found == stored
    assert repr(found) == repr(stored)


@every_model
async def test_a_stored_instance_has_nothing_more_in_it(db: Ommi, model: Any) -> None:
    stored = await db.add(make(model, "b")).or_raise()
    found = await db.find(model).one.or_raise()
    for instance in (stored, found):
        assert getattr(instance, "__dict__", {}).keys() == getattr(make(model, "x"), "__dict__", {}).keys()


@pytest.mark.parametrize("model", REPLACE, ids=lambda cls: cls.__name__)
async def test_a_changed_copy_is_another_instance(db: Ommi, model: Any) -> None:
    stored = await db.add(make(model, "a")).or_raise()
    other = REPLACE[model](stored, name="b", id=None)
    assert (other.name, other.size, stored.name) == ("b", 3, "a")
    await db.add(other).or_raise()
    assert [row.name for row in await db.find(model).order_by("name").fetch.all()] == ["a", "b"]


async def test_objects_with_relations_compare_and_pickle_by_their_values(db: Ommi) -> None:
    owner = await db.add(Owner("Ada")).or_raise()
    await db.add(Pet("Rex", owner.id)).or_raise()
    found = await db.find(Owner).one.or_raise()
    assert [pet.name for pet in await found.pets] == ["Rex"]
    assert found == owner == Owner("Ada", owner.id)
    assert pickle.loads(pickle.dumps(found)) == owner
    assert dataclasses.asdict(found) == {"name": "Ada", "id": owner.id}
    assert dataclasses.replace(found, name="Bob") == Owner("Bob", owner.id)


@every_model
def test_instances_can_be_collected(model: Any) -> None:
    instance = make(model, "a")
    gone = weakref.ref(instance)
    del instance
    gc.collect()
    assert gone() is None
