"""psycopg and dataclasses: its pool, the binary protocol, prepared statements, objects built by position.

A loop holds one connection and one cursor for as long as it runs.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import starmap
from typing import Any

from contender import PAGE, Contender, Place
from dataset import PersonRow
from psycopg import AsyncConnection, AsyncCursor
from psycopg_pool import AsyncConnectionPool

from contenders import plain
from contenders.plain import EVERYONE, Person

GET = f"{EVERYONE} WHERE id = %s"
FILTERED = f"{EVERYONE} WHERE age = %s AND score >= %s ORDER BY id LIMIT {PAGE}"
INSERT = "INSERT INTO person (name, email, age, score) VALUES (%s, %s, %s, %s) RETURNING id"
COPY = "COPY person ({}name, email, age, score) FROM STDIN (FORMAT binary)"
UPDATE = "UPDATE person SET score = %s WHERE id = %s"
DELETE = "DELETE FROM person WHERE id = %s"
COUNT = "SELECT count(*) FROM person WHERE age = %s"


class PsycopgDataclass(Contender):
    """psycopg and dataclasses."""

    name = "psycopg"
    packages = ("psycopg", "psycopg-binary", "psycopg-pool")

    async def open(self, place: Place) -> None:
        self.pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            place.url,
            min_size=1,
            max_size=10,
            open=False,
            kwargs={"autocommit": True, "prepare_threshold": 0},
        )
        await self.pool.open(wait=True)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def cursor(self) -> AsyncIterator[AsyncCursor[Any]]:
        async with self.pool.connection() as connection:
            yield connection.cursor(binary=True)

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        return plain.people(rows, first_key)

    async def insert(self, people: Sequence[Any]) -> None:
        async with self.cursor() as cursor:
            for person in people:
                await cursor.execute(INSERT, (person.name, person.email, person.age, person.score))
                (person.id,) = await cursor.fetchone()  # type: ignore[misc]

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        keyed = people[0].id is not None
        async with (
            self.cursor() as cursor,
            cursor.copy(COPY.format("id, " * keyed)) as copy,  # type: ignore[arg-type]
        ):
            copy.set_types(["int8"] * keyed + ["text", "text", "int8", "float8"])
            for row in map(plain.COLUMNS if keyed else plain.UNKEYED, people):
                await copy.write_row(row)

    async def get(self, keys: Sequence[int]) -> list[Any]:
        found = []
        async with self.cursor() as cursor:
            for key in keys:
                await cursor.execute(GET, (key,))
                found.append(Person(*await cursor.fetchone()))  # type: ignore[misc]
        return found

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        found = []
        async with self.cursor() as cursor:
            for terms in asked:
                await cursor.execute(FILTERED, terms)
                found.append(list(starmap(Person, await cursor.fetchall())))
        return found

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        async with self.cursor() as cursor:
            for _ in range(times):
                await cursor.execute(EVERYONE)
                people = list(starmap(Person, await cursor.fetchall()))
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.cursor() as cursor:
            for key, score in changes:
                await cursor.execute(UPDATE, (score, key))

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.cursor() as cursor, cursor.connection.transaction():
            for key, score in changes:
                await cursor.execute(UPDATE, (score, key))

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.cursor() as cursor:
            for key, score in changes:
                async with cursor.connection.transaction():
                    await cursor.execute(UPDATE, (score, key))

    async def delete(self, keys: Sequence[int]) -> None:
        async with self.cursor() as cursor:
            for key in keys:
                await cursor.execute(DELETE, (key,))

    async def count(self, ages: Sequence[int]) -> list[int]:
        counts = []
        async with self.cursor() as cursor:
            for age in ages:
                await cursor.execute(COUNT, (age,))
                (number,) = await cursor.fetchone()  # type: ignore[misc]
                counts.append(number)
        return counts

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        async with self.cursor() as cursor:
            for _ in range(times):
                await cursor.execute(plain.PARENTS)
                parents = await cursor.fetchall()
                await cursor.execute(plain.CHILDREN)
                families = plain.families(parents, await cursor.fetchall())
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = PsycopgDataclass
