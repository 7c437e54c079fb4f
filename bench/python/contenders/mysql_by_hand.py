"""What asyncmy and aiomysql have in common, which is everything but the import. Both send values inside of the text.

A loop holds one connection and one cursor for as long as it runs.
"""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import starmap
from typing import Any

from contender import PAGE, Contender, Place
from dataset import PersonRow

from contenders import plain
from contenders.plain import EVERYONE, Person

GET = f"{EVERYONE} WHERE id = %s"
FILTERED = f"{EVERYONE} WHERE age = %s AND score >= %s ORDER BY id LIMIT {PAGE}"
INSERT = "INSERT INTO person (id, name, email, age, score) VALUES (%s, %s, %s, %s, %s)"
UPDATE = "UPDATE person SET score = %s WHERE id = %s"
DELETE = "DELETE FROM person WHERE id = %s"
COUNT = "SELECT count(*) FROM person WHERE age = %s"


class MysqlByHand(Contender):
    """A driver with PyMySQL's interface, awaited."""

    @abstractmethod
    async def pooled(self, **parameters: Any) -> Any:
        """The driver's pool."""

    async def open(self, place: Place) -> None:
        self.pool = await self.pooled(minsize=1, maxsize=10, autocommit=True, **place.parameters)

    async def close(self) -> None:
        self.pool.close()
        await self.pool.wait_closed()

    @asynccontextmanager
    async def cursor(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            yield cursor

    @asynccontextmanager
    async def transaction(self, cursor: Any) -> AsyncIterator[None]:
        await cursor.execute("BEGIN")
        yield
        await cursor.execute("COMMIT")

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        return plain.people(rows, first_key)

    async def insert(self, people: Sequence[Any]) -> None:
        async with self.cursor() as cursor:
            for person in people:
                await cursor.execute(INSERT, (None, person.name, person.email, person.age, person.score))
                person.id = cursor.lastrowid

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        async with self.cursor() as cursor, self.transaction(cursor):
            # One statement for many rows: the drivers do that by themselves.
            await cursor.executemany(INSERT, list(map(plain.COLUMNS, people)))

    async def get(self, keys: Sequence[int]) -> list[Any]:
        found = []
        async with self.cursor() as cursor:
            for key in keys:
                await cursor.execute(GET, (key,))
                found.append(Person(*await cursor.fetchone()))
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
        async with self.cursor() as cursor, self.transaction(cursor):
            for key, score in changes:
                await cursor.execute(UPDATE, (score, key))

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.cursor() as cursor:
            for key, score in changes:
                async with self.transaction(cursor):
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
                (number,) = await cursor.fetchone()
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
