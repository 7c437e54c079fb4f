"""aiosqlite: one connection on its own thread, the same statements and dataclasses as the baseline.

`execute_fetchall` is its quickest call: one trip to the thread where a cursor takes three.
"""

import asyncio
from collections.abc import Sequence
from itertools import starmap
from typing import Any

import aiosqlite
from contender import Contender, Place
from dataset import PersonRow

from contenders import plain
from contenders import sqlite3_dataclass as by_hand
from contenders.plain import Person


class AiosqliteDataclass(Contender):
    """aiosqlite and dataclasses."""

    name = "aiosqlite"
    packages = ("aiosqlite",)

    async def open(self, place: Place) -> None:
        self.connection = await aiosqlite.connect(place.path, isolation_level=None)
        await self.connection.execute_fetchall(f"PRAGMA synchronous = {place.synchronous}")
        await self.connection.execute_fetchall("PRAGMA foreign_keys = ON")

    async def close(self) -> None:
        await self.connection.close()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        return plain.people(rows, first_key)

    async def insert(self, people: Sequence[Any]) -> None:
        for person in people:
            row = await self.connection.execute_insert(
                by_hand.INSERT, (None, person.name, person.email, person.age, person.score)
            )
            person.id = row[0] if row is not None else None

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        await self.connection.execute_fetchall("BEGIN IMMEDIATE")
        await self.connection.executemany(by_hand.INSERT, map(plain.COLUMNS, people))
        await self.connection.execute_fetchall("COMMIT")

    async def get(self, keys: Sequence[int]) -> list[Any]:
        found = []
        for key in keys:
            (row,) = await self.connection.execute_fetchall(by_hand.GET, (key,))
            found.append(Person(*row))
        return found

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        return [
            list(starmap(Person, await self.connection.execute_fetchall(by_hand.FILTERED, terms)))
            for terms in asked
        ]

    async def everyone(self, times: int) -> list[Any]:
        people: list[Person] = []
        for _ in range(times):
            people = list(starmap(Person, await self.connection.execute_fetchall(plain.EVERYONE)))
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await self.connection.execute_fetchall(by_hand.UPDATE, (score, key))

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        await self.connection.execute_fetchall("BEGIN IMMEDIATE")
        await self.update(changes)
        await self.connection.execute_fetchall("COMMIT")

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await self.connection.execute_fetchall("BEGIN IMMEDIATE")
            await self.connection.execute_fetchall(by_hand.UPDATE, (score, key))
            await self.connection.execute_fetchall("COMMIT")

    async def delete(self, keys: Sequence[int]) -> None:
        for key in keys:
            await self.connection.execute_fetchall(by_hand.DELETE, (key,))

    async def count(self, ages: Sequence[int]) -> list[int]:
        counts = []
        for age in ages:
            ((number,),) = await self.connection.execute_fetchall(by_hand.COUNT, (age,))
            counts.append(number)
        return counts

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        for _ in range(times):
            parents = await self.connection.execute_fetchall(plain.PARENTS)
            families = plain.families(parents, await self.connection.execute_fetchall(plain.CHILDREN))
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = AiosqliteDataclass
