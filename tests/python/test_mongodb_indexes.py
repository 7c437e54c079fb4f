"""MongoDB finds by indexes what indexes can find, as its own profiler tells of what Ommi ran."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from databases import place_of, run_command
from ommi import (
    AssociateUsing,
    Index,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    Unique,
    ommi_model,
)

pytestmark = pytest.mark.databases("mongodb")

library = ModelCollection()
ROWS = 1200
PARENTS = 1000


@ommi_model(collection=library)
@dataclass
class Author:
    id: Annotated[int, Key]
    name: Annotated[str, Index]
    email: Annotated[str, Unique]
    books: "LazyLoadEveryRelated[Book]" = field(default=None, compare=False)
    places: "LazyLoadEveryRelated[Annotated[Place, AssociateUsing(Stay)]]" = field(
        default=None, compare=False
    )


@ommi_model(collection=library)
@dataclass
class Place:
    country: Annotated[str, Key]
    town: Annotated[str, Key]
    size: int = 0
    stays: "LazyLoadEveryRelated[Stay]" = field(default=None, compare=False)


@ommi_model(collection=library)
@dataclass
class Book:
    id: Annotated[int, Key]
    title: str
    author_id: Annotated[int, ReferenceTo(Author.id)]
    author: "LazyLoadTheRelated[Author]" = field(default=None, compare=False)


@ommi_model(collection=library)
@dataclass
class Stay:
    id: Annotated[int, Key]
    author_id: Annotated[int, ReferenceTo(Author.id)]
    country: Annotated[str, ReferenceTo(Place.country)]
    town: Annotated[str, ReferenceTo(Place.town)]
    place: "LazyLoadTheRelated[Place]" = field(default=None, compare=False)


@pytest.fixture
async def filled(db: Ommi) -> Ommi:
    await db.use_models(library)
    await db.add(*(Author(n, f"name {n}", f"{n}@example") for n in range(ROWS))).raise_on_errors()
    await db.add(*(Book(n, f"title {n}", n) for n in range(ROWS))).raise_on_errors()
    await db.add(*(Place("it", f"town {n}") for n in range(ROWS))).raise_on_errors()
    await db.add(*(Stay(n, n, "it", f"town {n}") for n in range(ROWS))).raise_on_errors()
    return db


class Profile:
    """What the server tells of the operations inside of its block."""

    def __init__(self, database: str) -> None:
        self.place = place_of(database)
        self.operations: list[dict[str, Any]] = []

    def __enter__(self) -> "Profile":
        run_command(self.place, {"profile": 2})
        return self

    def __exit__(self, *error: object) -> None:
        run_command(self.place, {"profile": 0})
        names = [model.__name__ for model in library.models]
        found = {"ns": {"$in": [f"{self.place}.{name}" for name in names]}}
        answer = run_command(self.place, {"find": "system.profile", "filter": found, "batchSize": 1000})
        self.operations = answer["cursor"]["firstBatch"]
        run_command(self.place, {"drop": "system.profile"})

    def check(self, most: int, operations: int | None = None) -> None:
        """Every operation went by an index, and no more than `most` documents were looked at together."""
        assert self.operations
        asked = [operation for operation in self.operations if operation["op"] != "getmore"]
        assert operations is None or len(asked) == operations
        plans = [operation.get("planSummary", "") for operation in self.operations]
        assert all("COLLSCAN" not in plan for plan in plans), plans
        assert all(any(name in plan for name in ("IXSCAN", "IDHACK", "COUNT_SCAN")) for plan in plans), plans
        examined = sum(operation["docsExamined"] for operation in self.operations)
        assert examined <= most, (examined, plans)


@pytest.mark.parametrize(
    ("predicates", "found"),
    [
        ([Author.id == 7], 1),
        ([Place.country == "it", Place.town == "town 7"], 1),
        ([Author.email == "7@example"], 1),
        ([Author.name == "name 7"], 1),
        ([Author.name.starts_with("name 11")], 111),
        ([Author.name.like("name 11%")], 111),
        ([Author.id >= 1100], 100),
        ([Author.id.between(7, 9)], 3),
        ([Author.id.in_([1, 5, 5000])], 2),
        ([Author.email.in_(["1@example", "2@example"])], 2),
        ([Place.country == "it", Place.town.starts_with("town 115")], 11),
        ([Book.author_id == 7], 1),
        ([Book, Author.name == "name 7"], 1),
        ([Book, Author.email.in_(["1@example", "2@example"])], 2),
        ([Stay, Place.country == "it", Place.town == "town 9"], 1),
    ],
    ids=str,
)
async def test_rows_are_found_by_an_index(
    filled: Ommi, database: str, predicates: list[Any], found: int
) -> None:
    with Profile(database) as profile:
        rows = await filled.find(*predicates).fetch.all()
    assert len(rows) == found
    # A joined row is looked at beside each.
    profile.check(most=2 * found)


async def test_changes_and_counts_go_by_an_index(filled: Ommi, database: str) -> None:
    with Profile(database) as profile:
        assert await filled.find(Author.email == "7@example").count.or_raise() == 1
        assert await filled.find(Author.email == "7@example").exists.or_raise()
        assert await filled.find(Author.email == "7@example").update(name="x").or_raise() == 1
        assert await filled.find(Book.author_id == 8).delete.or_raise() == 1
    profile.check(most=8)


async def test_related_rows_of_a_thousand_parents_are_found_by_an_index(filled: Ommi, database: str) -> None:
    # Many others, before them in the order that is asked for: an index that only sorts would lead through all of these.
    await filled.add(*(Book(n, "other", ROWS - 1) for n in range(-3 * ROWS, 0))).raise_on_errors()
    authors = await filled.find(Author.id < PARENTS).fetch.all()
    with Profile(database) as profile:
        assert [len(await author.books) for author in authors] == [1] * PARENTS
    profile.check(most=PARENTS, operations=1)
    books = await filled.find(Book.id.between(0, PARENTS - 1)).fetch.all()
    with Profile(database) as profile:
        assert [(await book.author).id for book in books] == list(range(PARENTS))
    profile.check(most=PARENTS, operations=1)


async def test_related_rows_by_composite_keys_are_found_by_an_index(filled: Ommi, database: str) -> None:
    stays = await filled.find(Stay.id < PARENTS).fetch.all()
    with Profile(database) as profile:
        assert [(await stay.place).town for stay in stays] == [f"town {n}" for n in range(PARENTS)]
    # Each query takes some of the keys.
    profile.check(most=PARENTS, operations=4)
    stays = await filled.find(Stay.id < PARENTS).with_related(Stay.place).fetch.all()
    with Profile(database) as profile:
        places = [await stay.place for stay in stays]
    assert profile.operations == []
    with Profile(database) as profile:
        assert [len(await place.stays) for place in places] == [1] * PARENTS
    profile.check(most=PARENTS, operations=4)


async def test_related_rows_through_an_association_are_found_by_an_index(filled: Ommi, database: str) -> None:
    authors = await filled.find(Author.id < 100).fetch.all()
    with Profile(database) as profile:
        assert [len(await author.places) for author in authors] == [1] * 100
    profile.check(most=2 * 100, operations=1)
