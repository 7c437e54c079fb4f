"""New objects that refer to each other are added by one `add`: in order, with the keys filled in."""

from dataclasses import dataclass
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import (
    AssociateOnReference,
    AssociateUsing,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    ommi_model,
)
from ommi.errors import DatabaseError, ValidationError

pytestmark = pytest.mark.databases(*EVERY)
library = ModelCollection()


@ommi_model(collection=library)
@dataclass
class Author:
    name: str
    id: int = None
    books: "LazyLoadEveryRelated[Book]" = None


@ommi_model(collection=library)
@dataclass
class Book:
    title: str
    author_id: Annotated[int, ReferenceTo(Author.id)] = None
    after_id: Annotated[Optional[int], ReferenceTo("Book.id")] = None
    id: int = None
    author: LazyLoadTheRelated[Author] = None
    after: "LazyLoadTheRelated[Annotated[Optional[Book], AssociateOnReference('after_id')]]" = None
    shelves: "LazyLoadEveryRelated[Annotated[Shelf, AssociateUsing(Placed)]]" = None


@ommi_model(collection=library)
@dataclass
class Shelf:
    room: str
    id: int = None


@ommi_model(collection=library)
@dataclass
class Placed:
    book_id: Annotated[int, ReferenceTo(Book.id)]
    shelf_id: Annotated[int, ReferenceTo(Shelf.id)]
    id: int = None


async def stored(db: Ommi, model: Any) -> list[Any]:
    return await db.find(model).order_by(model.id).fetch.all()


async def test_children_take_the_key_of_a_new_parent(db: Ommi) -> None:
    ada = Author("Ada")
    notes, sketch = Book("Notes", author=ada), Book("Sketch", author=ada)
    assert await db.add(sketch, ada, notes).or_raise() == [sketch, ada, notes]
    assert ada.id is not None
    assert (notes.author_id, sketch.author_id) == (ada.id, ada.id)
    assert await stored(db, Book) == sorted([sketch, notes], key=lambda book: book.id)
    assert await notes.author is ada


async def test_a_new_parent_that_a_relation_was_given_is_added_too(db: Ommi) -> None:
    ada = Author("Ada")
    book = await db.add(Book("Notes", author=ada)).or_raise()
    assert book.author_id == ada.id is not None
    assert await stored(db, Author) == [ada]


async def test_a_relation_to_many_adds_all_that_it_was_given(db: Ommi) -> None:
    books = [Book("Notes"), Book("Sketch")]
    ada = await db.add(Author("Ada", books=books)).or_raise()
    assert [book.author_id for book in books] == [ada.id, ada.id]
    assert [book.title for book in await ada.books] == ["Notes", "Sketch"]
    assert len(await stored(db, Book)) == 2


async def test_a_stored_parent_gives_its_key(db: Ommi) -> None:
    ada = await db.add(Author("Ada")).or_raise()
    book = Book("Notes")
    book.author = ada
    await db.add(book).or_raise()
    assert book.author_id == ada.id
    assert await db.find(Author).count.or_raise() == 1


async def test_an_association_is_made(db: Ommi) -> None:
    old = await db.add(Shelf("old")).or_raise()
    new = Shelf("new")
    book = await db.add(Book("Notes", author=Author("Ada"), shelves=[old, new])).or_raise()
    assert new.id is not None
    placed = await stored(db, Placed)
    assert {(row.book_id, row.shelf_id) for row in placed} == {(book.id, old.id), (book.id, new.id)}


async def test_a_tree_is_added_at_once(db: Ommi) -> None:
    ada = Author("Ada")
    first = Book("one", author=ada)
    second = Book("two", author=ada, after=first)
    third = Book("three", author=ada, after=second)
    await db.add(third).or_raise()
    assert (second.after_id, third.after_id) == (first.id, second.id)
    assert [book.after_id for book in await stored(db, Book)] == [None, first.id, second.id]


async def test_books_that_follow_each_other_in_a_circle(db: Ommi) -> None:
    ada = Author("Ada")
    one, two = Book("one", author=ada), Book("two", author=ada)
    one.after, two.after = two, one
    await db.add(one, two).or_raise()
    assert (one.after_id, two.after_id) == (two.id, one.id)
    assert {book.after_id for book in await stored(db, Book)} == {one.id, two.id}


async def test_a_reference_and_a_relation_that_differ_are_refused(db: Ommi) -> None:
    with pytest.raises(ValidationError, match="author_id"):
        await db.add(Book("Notes", 7, author=Author("Ada"))).or_raise()
    assert await db.find(Author).count.or_raise() == 0


async def test_an_object_of_another_model_is_refused(db: Ommi) -> None:
    book = Book("Notes")
    book.author = Shelf("new")
    with pytest.raises(ValidationError, match=r"Author.*Shelf"):
        await db.add(book).or_raise()


async def test_a_stored_child_is_not_taken_from_its_parent(db: Ommi) -> None:
    book = await db.add(Book("Notes", author=Author("Ada"))).or_raise()
    with pytest.raises(ValidationError, match="has a key"):
        await db.add(Author("Grace", books=[book])).or_raise()


async def test_nothing_stays_where_one_row_fails(db: Ommi) -> None:
    await db.add(Author("Ada", 1)).or_raise()
    with pytest.raises(DatabaseError):
        await db.add(Shelf("new"), Author("again", 1)).or_raise()
    assert await db.find(Shelf).count.or_raise() == 0


async def test_a_graph_inside_a_transaction_goes_with_it(db: Ommi) -> None:
    await db.use_models(library)
    with pytest.raises(RuntimeError):
        async with db.transaction():
            await db.add(Book("Notes", author=Author("Ada"))).or_raise()
            raise RuntimeError
    assert await db.find(Book).count.or_raise() == 0


async def test_what_was_added_is_not_given_any_more(db: Ommi) -> None:
    book = await db.add(Book("Notes", author=Author("Ada"))).or_raise()
    grace = await db.add(Author("Grace")).or_raise()
    book.id, book.author_id = None, grace.id
    await db.add(book).or_raise()
    assert [row.author_id for row in await stored(db, Book)] == [grace.id - 1, grace.id]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("library_name", ["attrs", "pydantic", "msgspec", "plain", "slots"])
async def test_every_model_library(db: Ommi, library_name: str) -> None:
    author, book = _models(library_name)
    ada = author(name="Ada")
    notes = book(title="Notes")
    notes.author = ada
    await db.add(notes).or_raise()
    assert notes.author_id == ada.id is not None
    assert (await notes.author) is ada


def _models(library_name: str) -> tuple[Any, Any]:
    collection = ModelCollection()
    bases: tuple[type, ...] = ()
    options: dict[str, Any] = {}
    if library_name == "attrs":
        attrs = pytest.importorskip("attrs")
        decorate = attrs.define
    elif library_name == "pydantic":
        bases, decorate = (pytest.importorskip("pydantic").BaseModel,), lambda cls: cls
    elif library_name == "msgspec":
        bases, decorate = (pytest.importorskip("msgspec").Struct,), lambda cls: cls
        options = {"kw_only": True, "dict": True}
    elif library_name == "slots":
        decorate = dataclass(slots=True, kw_only=True)
    else:

        def decorate(cls: Any) -> Any:
            def __init__(self: Any, **values: Any) -> None:
                for name in cls.__annotations__:
                    if not name.startswith("author") or name in values or name == "author_id":
                        setattr(self, name, values.get(name))

            cls.__init__ = __init__
            return cls

    def make(name: str, annotations: dict[str, Any], defaults: dict[str, Any]) -> Any:
        import types

        body = {"__annotations__": annotations, "__module__": __name__, **defaults}
        made = types.new_class(name, bases, options, lambda namespace: namespace.update(body))
        return ommi_model(collection=collection)(decorate(made))

    author = make("Author", {"name": str, "id": Optional[int]}, {"id": None})
    book = make(
        "Book",
        {
            "title": str,
            "author_id": Annotated[Optional[int], ReferenceTo(author)],
            "id": Optional[int],
            "author": LazyLoadTheRelated[author],
        },
        {"author_id": None, "id": None, "author": None},
    )
    return author, book
