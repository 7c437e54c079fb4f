"""Upserts of models that know versions, remember rows, or have relations."""

from dataclasses import dataclass
from typing import Annotated, Optional

import pytest
from databases import EVERY
from ommi import (
    ConflictError,
    Key,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    Unique,
    ValidationError,
    Version,
    given,
    ommi_model,
    on,
)

pytestmark = pytest.mark.databases(*EVERY)

shelf = ModelCollection()


@ommi_model(collection=shelf, track_changes=True)
@dataclass
class Author:
    name: Annotated[str, Unique]
    born: Optional[int] = None
    version: Annotated[int, Version] = 0
    id: Annotated[int, Key] = None


@ommi_model(collection=shelf)
@dataclass
class Book:
    title: Annotated[str, Unique]
    author_id: Annotated[Optional[int], ReferenceTo(Author.id)] = None
    author: LazyLoadTheRelated[Author] = None
    id: Annotated[int, Key] = None


async def stored(db: Ommi) -> list[tuple[object, ...]]:
    return await db.find(Author).order_by("name").select(Author.name, Author.born, Author.version).fetch.all()


async def test_whoever_read_the_row_before_is_told(db: Ommi) -> None:
    ada = await db.add(Author("Ada")).or_raise()
    assert ada.version == 1
    await db.add(Author("Ada", 1815), Author("Bob"), on_conflict=on(Author.name).replace()).or_raise()
    assert await stored(db) == [("Ada", 1815, 2), ("Bob", None, 1)]
    await db.add(
        Author("Ada", 1), on_conflict=on(Author.name).update(born=Author.born + given(Author.born))
    ).or_raise()
    assert await stored(db) == [("Ada", 1816, 3), ("Bob", None, 1)]
    ada.born = 1
    with pytest.raises(ConflictError, match="Author"):
        await db.save(ada).or_raise()


async def test_a_row_that_is_left_alone_keeps_its_version(db: Ommi) -> None:
    ada = await db.add(Author("Ada")).or_raise()
    await db.add(Author("Ada", 5), on_conflict=on(Author.name).ignore()).or_raise()
    assert await stored(db) == [("Ada", None, 1)]
    ada.born = 1815
    await db.save(ada).or_raise()
    assert await stored(db) == [("Ada", 1815, 2)]


async def test_stored_objects_of_relations_are_referred_to(db: Ommi) -> None:
    ada = await db.add(Author("Ada")).or_raise()
    await db.add(Book("Notes")).or_raise()
    notes = Book("Notes", author=ada)
    await db.add(notes, Book("Engines", author=ada), on_conflict=on(Book.title).replace()).or_raise()
    assert notes.author_id == ada.id
    assert await db.find(Book, Author.name == "Ada").count.or_raise() == 2


async def test_new_objects_of_relations_are_refused(db: Ommi) -> None:
    await db.use_models(shelf)
    with pytest.raises(ValidationError, match="add"):
        await db.add(Book("Notes", author=Author("Eve")), on_conflict=on(Book.title).replace()).or_raise()
    assert await db.find(Book).count.or_raise() == 0
    assert await db.find(Author).count.or_raise() == 0
