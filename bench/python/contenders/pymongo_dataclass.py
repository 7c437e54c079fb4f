"""pymongo's asyncio side and dataclasses: documents as dictionaries, objects built by position.

Keys are generated as Ommi does it, by one document that counts: MongoDB itself has no keys that are numbers.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from contender import PAGE, Contender, Place
from dataset import PersonRow
from pymongo import AsyncMongoClient, ReturnDocument

from contenders import plain
from contenders.plain import Child, Parent, Person


def person(found: dict[str, Any]) -> Person:
    """The person of a document."""
    return Person(found["_id"], found["name"], found.get("email"), found["age"], found["score"])


def document(person: Person) -> dict[str, Any]:
    """The document of a person."""
    made = {"_id": person.id, "name": person.name, "age": person.age, "score": person.score}
    if person.email is not None:
        made["email"] = person.email
    return made


class PymongoDataclass(Contender):
    """pymongo and dataclasses."""

    name = "pymongo"
    packages = ("pymongo",)

    async def open(self, place: Place) -> None:
        self.client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(place.url)
        self.base = self.client[place.database]
        self.persons = self.base["person"]

    async def close(self) -> None:
        await self.client.close()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        return plain.people(rows, first_key)

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
            await self.persons.insert_one(document(each))

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        if people[0].id is None:
            first = await self._first_key(len(people))
            for key, each in enumerate(people, first):
                each.id = key
        async with self.client.start_session() as session, await session.start_transaction():
            await self.persons.insert_many(map(document, people), session=session)

    async def get(self, keys: Sequence[int]) -> list[Any]:
        found = []
        for key in keys:
            one = await self.persons.find_one({"_id": key})
            assert one is not None
            found.append(person(one))
        return found

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        found = []
        for age, least in asked:
            cursor = self.persons.find({"age": age, "score": {"$gte": least}}, sort=[("_id", 1)], limit=PAGE)
            found.append([person(each) for each in await cursor.to_list()])
        return found

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        for _ in range(times):
            people = [person(each) for each in await self.persons.find().to_list()]
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await self.persons.update_one({"_id": key}, {"$set": {"score": score}})

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.client.start_session() as session, await session.start_transaction():
            for key, score in changes:
                await self.persons.update_one({"_id": key}, {"$set": {"score": score}}, session=session)

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.client.start_session() as session:
            for key, score in changes:
                async with await session.start_transaction():
                    await self.persons.update_one({"_id": key}, {"$set": {"score": score}}, session=session)

    async def delete(self, keys: Sequence[int]) -> None:
        for key in keys:
            await self.persons.delete_one({"_id": key})

    async def count(self, ages: Sequence[int]) -> list[int]:
        return [await self.persons.count_documents({"age": age}) for age in ages]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        for _ in range(times):
            parents = {
                each["_id"]: Parent(each["_id"], each["name"])
                for each in await self.base["parent"].find().to_list()
            }
            for each in await self.base["child"].find().to_list():
                child = Child(each["_id"], each["parent_id"], each["label"], each["amount"])
                parents[child.parent_id].children.append(child)
            families = [(parent, parent.children) for parent in parents.values()]
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = PymongoDataclass
