"""oxyde: Pydantic models over a Rust core (sqlx)."""

import asyncio
from collections.abc import Sequence
from typing import Any

from contender import PAGE, Contender, Place
from dataset import PersonRow
from oxyde import AsyncDatabase, Field, Model, PoolSettings, atomic

BATCH = 5_000
"""Rows in a statement: SQLite takes 32,766 parameters, and oxyde does not split by itself."""


class Person(Model):
    id: int | None = Field(default=None, db_pk=True)
    name: str
    email: str | None = Field(default=None)
    age: int
    score: float

    class Meta:
        is_table = True
        table_name = "person"


class Parent(Model):
    id: int | None = Field(default=None, db_pk=True)
    name: str
    children: list["Child"] = Field(db_reverse_fk="parent")

    class Meta:
        is_table = True
        table_name = "parent"


class Child(Model):
    id: int | None = Field(default=None, db_pk=True)
    parent: Parent | None = Field(default=None, db_on_delete="RESTRICT")
    label: str
    amount: int

    class Meta:
        is_table = True
        table_name = "child"


class OxydeOrm(Contender):
    """oxyde."""

    name = "oxyde"
    packages = ("oxyde", "oxyde-core")

    async def open(self, place: Place) -> None:
        if place.kind == "sqlite":
            settings = PoolSettings(sqlite_journal_mode="WAL", sqlite_synchronous=place.synchronous.upper())
            self.database = AsyncDatabase(f"sqlite://{place.path}", settings=settings, overwrite=True)
        else:
            self.database = AsyncDatabase(place.url, settings=PoolSettings(), overwrite=True)
        await self.database.connect()

    async def close(self) -> None:
        await self.database.disconnect()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        if first_key is None:
            return [Person(**row._asdict()) for row in rows]
        return [Person(id=key, **row._asdict()) for key, row in enumerate(rows, first_key)]

    async def insert(self, people: Sequence[Any]) -> None:
        for person in people:
            await person.save()

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        async with atomic():
            await Person.objects.bulk_create(people, batch_size=BATCH)

    async def get(self, keys: Sequence[int]) -> list[Any]:
        return [await Person.objects.get(id=key) for key in keys]

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        return [
            await Person.objects.filter(age=age, score__gte=least).order_by("id").limit(PAGE).all()
            for age, least in asked
        ]

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        for _ in range(times):
            people = await Person.objects.all()
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await Person.objects.filter(id=key).update(score=score)

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with atomic():
            await self.update(changes)

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        for change in changes:
            async with atomic():
                await self.update([change])

    async def delete(self, keys: Sequence[int]) -> None:
        for key in keys:
            await Person.objects.filter(id=key).delete()

    async def count(self, ages: Sequence[int]) -> list[int]:
        return [await Person.objects.filter(age=age).count() for age in ages]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        for _ in range(times):
            parents = await Parent.objects.prefetch("children").all()
            families = [(parent, parent.children) for parent in parents]
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = OxydeOrm
