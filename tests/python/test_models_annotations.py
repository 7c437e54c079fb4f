"""Annotations in every form: strings, forward, nested in functions, circular, under `from __future__`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Optional

import pytest
from ommi import (
    AssociateUsing,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    SchemaError,
    StoreAs,
    Unique,
    get_global_collection,
    ommi_model,
)

if TYPE_CHECKING:
    from somewhere import Elsewhere  # type: ignore[import-not-found]

models = ModelCollection()


@ommi_model(collection=models)
@dataclass
class Left:
    right_id: Annotated[Optional[int], ReferenceTo(Right.id)] = None
    name: Annotated[str | None, Unique | StoreAs("left_name")] = None
    id: Annotated[int, Key] = None
    right: LazyLoadTheRelated[Right]
    state: State = None


@ommi_model(collection=models)
@dataclass
class Right:
    left_id: Annotated[Optional[int], ReferenceTo(Left.id)] = None
    id: int = None
    left: LazyLoadTheRelated[Left | None]


class State(Enum):
    NEW = "new"
    OLD = "old"


@ommi_model(collection=models)
@dataclass
class Node:
    name: str
    parent_id: Annotated[Optional[int], ReferenceTo(Node.id)] = None
    parent: LazyLoadTheRelated[Optional[Node]]
    children: LazyLoadEveryRelated[Node]
    id: int = None


def test_everything_works_under_the_future_import() -> None:
    assert list(Left.__ommi__.fields) == ["right_id", "name", "id", "state"]
    assert Left.__ommi__.fields["name"].get("store_as") == "left_name"
    assert Left.__ommi__.fields["name"].matches(Unique)
    assert Left().right is not None


def test_circular_references_resolve() -> None:
    (reference,) = Left.__ommi__.references[Right]
    assert (reference.from_model, reference.from_field.name) == (Left, "right_id")
    assert (reference.to_model, reference.to_field.name) == (Right, "id")
    assert list(Right.__ommi__.references) == [Left]


def test_a_name_that_is_defined_later_waits_for_the_first_use() -> None:
    Left.__ommi__.native.define()

    assert Left.__ommi__.fields["state"].get("field_type") is State


async def test_self_references(db: Ommi) -> None:
    root = Node("root")
    await db.add(root).or_raise()
    await db.add(Node("leaf", root.id), Node("twig", root.id)).or_raise()

    leaf = await db.find(Node.name == "leaf").one.or_raise()

    assert (await leaf.parent).name == "root"
    assert await root.parent is None
    assert sorted([child.name for child in await root.children]) == ["leaf", "twig"]


async def test_models_nested_in_a_function_find_each_other(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Parent:
        kind: Kind
        id: int = None
        children: LazyLoadEveryRelated[Child]

    @ommi_model(collection=Parent.__ommi__.collection)
    @dataclass
    class Child:
        parent_id: Annotated[int, ReferenceTo(Parent.id)]
        parent: LazyLoadTheRelated[Parent]
        id: int = None

    class Kind(Enum):
        GOOD = "good"

    parent = Parent(Kind.GOOD)
    await db.add(parent).or_raise()
    await db.add(Child(parent.id)).or_raise()

    assert [child.id for child in await parent.children] == [1]
    assert (await db.find(Parent).one.or_raise()).kind is Kind.GOOD


async def test_a_model_of_another_collection_is_found_in_the_function_around(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Owner:
        id: int = None
        dogs: LazyLoadEveryRelated[Dog]

    @ommi_model(collection=ModelCollection())
    @dataclass
    class Dog:
        owner_id: Annotated[int, ReferenceTo(Owner.id)]
        id: int = None

    await db.use_models(Owner, Dog)
    await db.add(Owner()).or_raise()
    await db.add(Dog(1)).or_raise()

    assert await (await db.find(Owner).one.or_raise()).dogs == [Dog(1, 1)]


def test_a_model_is_found_by_name_in_its_collection_only() -> None:
    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class Ticket:
        other_id: Annotated[int, ReferenceTo("Nowhere.id")]
        id: int = None

    with pytest.raises(SchemaError, match=r"Ticket\.other_id: there is no model 'Nowhere' in the collection"):
        _ = Ticket.__ommi__.references


def test_the_later_definition_of_a_name_wins() -> None:
    collection = ModelCollection()

    def define(extra: str) -> type:
        @ommi_model(collection=collection)
        @dataclass
        class Thing:
            id: int = None

        Thing.marker = extra
        return Thing

    @ommi_model(collection=collection)
    @dataclass
    class User:
        thing_id: Annotated[int, ReferenceTo("Thing.id")]
        id: int = None

    define("first")
    second = define("second")

    assert list(User.__ommi__.references) == [second]
    assert collection.models == [User, second]


def test_a_name_that_is_never_defined_is_an_error_at_first_use() -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Uses:
        thing: Elsewhere
        id: int = None

    with pytest.raises(TypeError, match=r"Uses\.thing.*'Elsewhere' is not defined"):
        Uses.get_primary_key_fields()


def test_an_annotation_that_is_no_python_is_an_error_at_definition() -> None:
    with pytest.raises(TypeError, match=r"Broken\.thing"):

        @ommi_model(collection=ModelCollection())
        @dataclass
        class Broken:
            thing: "int |"  # noqa: F722
            id: int = None


def test_a_relation_has_to_name_its_model() -> None:
    with pytest.raises(TypeError, match=r"Broken\.things: a lazy field has to name its model"):

        @ommi_model(collection=ModelCollection())
        @dataclass
        class Broken:
            things: LazyLoadEveryRelated
            id: int = None


def test_quoted_names_inside_annotations() -> None:
    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class User:
        id: int = None
        roles: LazyLoadEveryRelated[Annotated["Role", AssociateUsing("UserRole")]]

    @ommi_model(collection=collection)
    @dataclass
    class Role:
        id: int = None

    @ommi_model(collection=collection)
    @dataclass
    class UserRole:
        user_id: Annotated[int, ReferenceTo("User")]
        role_id: Annotated[int, ReferenceTo(Role)]
        id: int = None

    (relation,) = User.__ommi__.definition()["relations"]
    assert relation["target"]() is Role.__ommi__.native
    assert relation["through"]() is UserRole.__ommi__.native
    assert [reference.to_field.name for reference in UserRole.__ommi__.references[User]] == ["id"]


def test_models_without_a_collection_go_to_the_global_one() -> None:
    @ommi_model
    @dataclass
    class Global:
        id: int = None

    assert Global in get_global_collection()
    assert Global.__ommi__.collection is get_global_collection()
