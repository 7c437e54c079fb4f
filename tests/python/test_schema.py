"""Tables: created when missing, checked when there, dropped only when asked."""

from dataclasses import dataclass
from typing import Annotated, Any, Optional

import pytest
from blog import Post, User, blog
from databases import EVERY
from ommi import (
    Default,
    DriverModelNotFound,
    IncompatibleSchemaEvolutionError,
    Key,
    ModelCollection,
    Ommi,
    SchemaError,
    Success,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)


def note(**fields: Any) -> Any:
    from dataclasses import field, make_dataclass

    described = [(name, kind, field(default=0 if kind is float else None)) for name, kind in fields.items()]
    return ommi_model(collection=ModelCollection(), name="note")(make_dataclass("Note", described))


async def test_use_models_creates_what_is_missing_and_keeps_what_is_there(db: Ommi) -> None:
    await db.use_models(blog)
    await db.add(User("Ada")).or_raise()

    await db.use_models(blog)
    await db.use_models(User, Post)
    await db.use_models([User], blog)

    assert await db.find(User).count.or_raise() == 1


async def test_remove_models_drops_and_recreate_models_empties(db: Ommi) -> None:
    await db.add(User("Ada")).or_raise()
    await db.recreate_models(blog)
    assert await db.find(User).count.or_raise() == 0

    await db.remove_models(blog)
    await db.remove_models(blog)
    await db.use_models(blog)
    assert await db.find(User).count.or_raise() == 0


async def test_the_result_form(db: Ommi) -> None:
    assert await db.schema(blog).create_models() == Success(None)
    assert await db.schema(blog).create_models().or_raise() is None
    await db.add(User("Ada")).or_raise()
    assert (await db.schema(blog).delete_models()).is_success()


async def test_what_is_no_model_is_an_error(db: Ommi) -> None:
    with pytest.raises(TypeError, match="neither a ModelCollection nor a model"):
        await db.use_models(int)
    assert isinstance((await db.schema(3).create_models()).error, TypeError)


@pytest.mark.databases("sqlite", "memory")  # an empty database each time
async def test_implicit_setup_happens_for_every_spelling(database: str) -> None:
    spellings = [
        lambda db: db.find(User),
        lambda db: db.find(User).all,
        lambda db: db.find(User).first,
        lambda db: db.find(User).count,
        lambda db: db.find(User).exists,
        lambda db: db.find(User).delete,
        lambda db: db.find(User).update(name="x"),
        lambda db: db.find(User).fetch(),
        lambda db: db.add(User("Ada")),
        lambda db: db.add([User("Ada")]),
        lambda db: db.save(User("Ada")),
        lambda db: db.find(User.name == "x", Post.title == "y"),
        lambda db: db.find(User).fetch.all(),
        lambda db: db.find(User).one.or_use(None),
        lambda db: db.query(User).fetch_all(),
        lambda db: db.query(User).count(),
    ]
    for spelling in spellings:
        async with Ommi(database.split(":")[0] + "://") as db:
            result = await spelling(db)
            assert not hasattr(result, "is_success") or result.is_success(), result


async def test_implicit_setup_creates_the_whole_collection(db: Ommi) -> None:
    await db.add(User("Ada")).or_raise()
    async with db.transaction() as tx:
        assert await tx.find(Post).count.or_raise() == 0


async def test_without_implicit_setup_a_missing_table_is_an_error(database: str) -> None:
    async with Ommi(database, allow_implicit_model_setup=False) as db:
        assert isinstance((await db.find(User).count).error, DriverModelNotFound)


@pytest.mark.parametrize(
    ("later", "named"),
    [
        (lambda: note(text=int, id=Annotated[int, Key]), "text"),
        (lambda: note(text=Optional[str], id=Annotated[int, Key], stars=float), "stars"),
    ],
)
async def test_a_table_that_differs_is_an_error_that_names_the_difference(
    db: Ommi, database: str, later: Any, named: str
) -> None:
    first = note(text=Annotated[str, "x"], id=Annotated[int, Key])
    await db.add(first("a")).or_raise()
    async with Ommi(database) as other:
        with pytest.raises(IncompatibleSchemaEvolutionError, match=named):
            await other.use_models(later())
        result = await other.schema(later()).create_models()
        assert isinstance(result.error, SchemaError)
    assert await db.find(first).count.or_raise() == 1


async def test_new_nullable_columns_are_added(db: Ommi, database: str) -> None:
    first = note(text=Optional[str], id=Annotated[int, Key])
    second = note(text=Optional[str], id=Annotated[int, Key], stars=Annotated[Optional[int], Default(3)])
    await db.add(first("a")).or_raise()

    async with Ommi(database) as other:
        await other.use_models(second)
        assert await other.find(second).fetch.all() == [second("a", 1, 3)]
        await other.add(second("b")).or_raise()
    assert await db.find(first).count.or_raise() == 2


@pytest.mark.needs("foreign_keys")
async def test_references_are_foreign_keys(db: Ommi) -> None:
    from ommi import ForeignKeyViolation

    error = (await db.add(Post("x", 99))).error
    assert isinstance(error, ForeignKeyViolation)
    await db.add(User("Ada")).or_raise()
    await db.add(Post("x", 1)).or_raise()
    assert isinstance((await db.find(User).delete).error, ForeignKeyViolation)


@pytest.mark.needs("foreign_keys")
async def test_actions_of_references(db: Ommi) -> None:
    from ommi import ReferenceTo

    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class Owner:
        id: int = None

    @ommi_model(collection=collection)
    @dataclass
    class Dog:
        owner_id: Annotated[int, ReferenceTo(Owner, on_delete="cascade")]
        sitter_id: Annotated[Optional[int], ReferenceTo(Owner.id, on_delete="set_null")] = None
        id: int = None

    await db.add(Owner(), Owner()).or_raise()
    await db.add(Dog(1, 2), Dog(2)).or_raise()
    await db.find(Owner.id == 2).delete.raise_on_errors()

    assert await db.find(Dog).fetch.all() == [Dog(1, None, 1)]
