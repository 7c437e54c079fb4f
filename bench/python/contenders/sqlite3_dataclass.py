"""The baseline: the standard library's `sqlite3`, synchronous, with dataclasses built by hand.

One connection in autocommit mode, one cursor kept, statements from the module's own cache, objects built by
position straight from the cursor: nothing that a careful author would leave on the table.
"""

import sqlite3
from collections.abc import Sequence
from itertools import starmap
from typing import Any

from contender import PAGE, Contender, Place
from dataset import PersonRow

from contenders import plain
from contenders.plain import COLUMNS, EVERYONE, Person

GET = f"{EVERYONE} WHERE id = ?"
FILTERED = f"{EVERYONE} WHERE age = ? AND score >= ? ORDER BY id LIMIT {PAGE}"
INSERT = "INSERT INTO person (id, name, email, age, score) VALUES (?, ?, ?, ?, ?)"
UPDATE = "UPDATE person SET score = ? WHERE id = ?"
DELETE = "DELETE FROM person WHERE id = ?"
COUNT = "SELECT count(*) FROM person WHERE age = ?"


class Sqlite3Dataclass(Contender):
    """Synchronous `sqlite3` and dataclasses."""

    name = "sqlite3"

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {"sqlite3 (SQLite)": sqlite3.sqlite_version}

    async def open(self, place: Place) -> None:
        self.connection = sqlite3.connect(place.path, isolation_level=None)
        self.connection.execute(f"PRAGMA synchronous = {place.synchronous}")
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.cursor = self.connection.cursor()

    async def close(self) -> None:
        self.connection.close()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        return plain.people(rows, first_key)

    async def insert(self, people: Sequence[Any]) -> None:
        cursor = self.cursor
        for person in people:
            cursor.execute(INSERT, (None, person.name, person.email, person.age, person.score))
            person.id = cursor.lastrowid

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        self.cursor.execute("BEGIN IMMEDIATE")
        self.cursor.executemany(INSERT, map(COLUMNS, people))
        self.cursor.execute("COMMIT")

    async def get(self, keys: Sequence[int]) -> list[Any]:
        execute, fetch = self.cursor.execute, self.cursor.fetchone
        found = []
        for key in keys:
            execute(GET, (key,))
            found.append(Person(*fetch()))
        return found

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        return [list(starmap(Person, self.cursor.execute(FILTERED, terms))) for terms in asked]

    async def everyone(self, times: int) -> list[Any]:
        people: list[Person] = []
        for _ in range(times):
            people = list(starmap(Person, self.cursor.execute(EVERYONE)))
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            self.cursor.execute(UPDATE, (score, key))

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        self.cursor.execute("BEGIN IMMEDIATE")
        await self.update(changes)
        self.cursor.execute("COMMIT")

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            self.cursor.execute("BEGIN IMMEDIATE")
            self.cursor.execute(UPDATE, (score, key))
            self.cursor.execute("COMMIT")

    async def delete(self, keys: Sequence[int]) -> None:
        for key in keys:
            self.cursor.execute(DELETE, (key,))

    async def count(self, ages: Sequence[int]) -> list[int]:
        return [self.cursor.execute(COUNT, (age,)).fetchone()[0] for age in ages]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        for _ in range(times):
            parents = self.connection.execute(plain.PARENTS)
            families = plain.families(parents, self.cursor.execute(plain.CHILDREN))
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        # Synchronous code gains nothing from tasks: it reads the batches one after another.
        return [await self.get(batch) for batch in batches]


CONTENDER = Sqlite3Dataclass
