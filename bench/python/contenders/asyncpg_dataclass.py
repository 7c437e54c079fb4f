"""asyncpg and dataclasses: a pool, statements from the connection's cache, objects built by position.

A loop holds one connection for as long as it runs: its pool sends a query whenever a connection is given back.
"""

import asyncio
from collections.abc import Sequence
from itertools import starmap
from typing import Any

import asyncpg
from contender import PAGE, Contender, Place
from dataset import PersonRow

from contenders import plain
from contenders.plain import EVERYONE, Person

GET = f"{EVERYONE} WHERE id = $1"
FILTERED = f"{EVERYONE} WHERE age = $1 AND score >= $2 ORDER BY id LIMIT {PAGE}"
INSERT = "INSERT INTO person (name, email, age, score) VALUES ($1, $2, $3, $4) RETURNING id"
UPDATE = "UPDATE person SET score = $1 WHERE id = $2"
DELETE = "DELETE FROM person WHERE id = $1"
COUNT = "SELECT count(*) FROM person WHERE age = $1"


class AsyncpgDataclass(Contender):
    """asyncpg and dataclasses."""

    name = "asyncpg"
    packages = ("asyncpg",)

    async def open(self, place: Place) -> None:
        self.pool = await asyncpg.create_pool(place.url, min_size=1, max_size=10)

    async def close(self) -> None:
        await self.pool.close()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        return plain.people(rows, first_key)

    async def insert(self, people: Sequence[Any]) -> None:
        async with self.pool.acquire() as connection:
            statement = await connection.prepare(INSERT)
            for person in people:
                person.id = await statement.fetchval(person.name, person.email, person.age, person.score)

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        keyed = people[0].id is not None
        async with self.pool.acquire() as connection:
            await connection.copy_records_to_table(
                "person",
                records=map(plain.COLUMNS if keyed else plain.UNKEYED, people),
                columns=["id"] * keyed + ["name", "email", "age", "score"],
            )

    async def get(self, keys: Sequence[int]) -> list[Any]:
        async with self.pool.acquire() as connection:
            statement = await connection.prepare(GET)
            return [Person(*await statement.fetchrow(key)) for key in keys]

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        async with self.pool.acquire() as connection:
            statement = await connection.prepare(FILTERED)
            return [list(starmap(Person, await statement.fetch(*terms))) for terms in asked]

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        async with self.pool.acquire() as connection:
            statement = await connection.prepare(EVERYONE)
            for _ in range(times):
                people = list(starmap(Person, await statement.fetch()))
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.pool.acquire() as connection:
            await self._update(connection, changes)

    async def _update(self, connection: Any, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await connection.execute(UPDATE, score, key)

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await self._update(connection, changes)

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.pool.acquire() as connection:
            for change in changes:
                async with connection.transaction():
                    await self._update(connection, [change])

    async def delete(self, keys: Sequence[int]) -> None:
        async with self.pool.acquire() as connection:
            for key in keys:
                await connection.execute(DELETE, key)

    async def count(self, ages: Sequence[int]) -> list[int]:
        async with self.pool.acquire() as connection:
            statement = await connection.prepare(COUNT)
            return [await statement.fetchval(age) for age in ages]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        async with self.pool.acquire() as connection:
            for _ in range(times):
                parents = await connection.fetch(plain.PARENTS)
                families = plain.families(parents, await connection.fetch(plain.CHILDREN))
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = AsyncpgDataclass
