"""Beanie over pymongo's asyncio side. It generates no keys that are numbers: they are counted as by hand."""

import asyncio
from collections.abc import Sequence
from typing import Any

from beanie import Document, init_beanie
from beanie.odm.operators.find.comparison import In
from contender import PAGE, Contender, Place
from dataset import PersonRow
from pydantic import Field
from pymongo import AsyncMongoClient, ReturnDocument


class Person(Document):
    id: int | None = Field(default=None, alias="_id")  # type: ignore[assignment]
    name: str
    email: str | None = None
    age: int
    score: float

    class Settings:
        name = "person"
        keep_nulls = False


class Parent(Document):
    id: int | None = Field(default=None, alias="_id")  # type: ignore[assignment]
    name: str

    class Settings:
        name = "parent"


class Child(Document):
    id: int | None = Field(default=None, alias="_id")  # type: ignore[assignment]
    parent_id: int
    label: str
    amount: int

    class Settings:
        name = "child"


class BeanieOdm(Contender):
    """Beanie."""

    name = "beanie"
    packages = ("beanie", "pydantic")

    async def open(self, place: Place) -> None:
        self.client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(place.url)
        self.base = self.client[place.database]
        await init_beanie(database=self.base, document_models=[Person, Parent, Child])

    async def close(self) -> None:
        await self.client.close()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        return [
            Person(
                _id=None if first_key is None else first_key + at,
                name=row.name,
                email=row.email,
                age=row.age,
                score=row.score,
            )
            for at, row in enumerate(rows)
        ]

    async def _first_key(self, count: int) -> int:
        counter = await self.base["ommi_counters"].find_one_and_update(
            {"_id": "person"},
            {"$inc": {"next": count}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(counter["next"]) - count

    async def insert(self, people: Sequence[Any]) -> None:
        for each in people:
            each.id = await self._first_key(1)
            await each.insert()

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        if people[0].id is None:
            first = await self._first_key(len(people))
            for key, each in enumerate(people, first):
                each.id = key
        async with self.client.start_session() as session, await session.start_transaction():
            await Person.insert_many(people, session=session)

    async def get(self, keys: Sequence[int]) -> list[Any]:
        return [await Person.get(key) for key in keys]

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        return [
            await Person.find(Person.age == age, Person.score >= least).sort("+_id").limit(PAGE).to_list()
            for age, least in asked
        ]

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        for _ in range(times):
            people = await Person.find_all().to_list()
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await Person.find_one(Person.id == key).update({"$set": {"score": score}})

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.client.start_session() as session, await session.start_transaction():
            for key, score in changes:
                await Person.find_one(Person.id == key).update({"$set": {"score": score}}, session=session)

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.client.start_session() as session:
            for key, score in changes:
                async with await session.start_transaction():
                    await Person.find_one(Person.id == key).update(
                        {"$set": {"score": score}}, session=session
                    )

    async def delete(self, keys: Sequence[int]) -> None:
        for key in keys:
            await Person.find_one(Person.id == key).delete()

    async def count(self, ages: Sequence[int]) -> list[int]:
        return [await Person.find(Person.age == age).count() for age in ages]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        for _ in range(times):
            parents = await Parent.find_all().to_list()
            grouped: dict[int | None, list[Any]] = {parent.id: [] for parent in parents}
            for child in await Child.find(In(Child.parent_id, list(grouped))).to_list():
                grouped[child.parent_id].append(child)
            families = [(parent, grouped[parent.id]) for parent in parents]
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = BeanieOdm
