"""Ommi on the same dataclasses: the public API, as its documentation spells it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from contender import PAGE, Contender, Place
from dataset import PersonRow
from ommi import Auto, Index, Key, LazyLoadEveryRelated, ModelCollection, Ommi, ReferenceTo, ommi_model

models = ModelCollection()


@ommi_model(collection=models, name="person")
@dataclass
class Person:
    name: str
    email: str | None
    age: Annotated[int, Index]
    score: float
    id: Annotated[int, Key | Auto] = None  # type: ignore[assignment]


@ommi_model(collection=models, name="parent")
@dataclass
class Parent:
    name: str
    children: "LazyLoadEveryRelated[Child]"
    id: Annotated[int, Key | Auto] = None  # type: ignore[assignment]


@ommi_model(collection=models, name="child")
@dataclass
class Child:
    parent_id: Annotated[int, ReferenceTo(Parent.id), Index]
    label: str
    amount: int
    id: Annotated[int, Key | Auto] = None  # type: ignore[assignment]


class OmmiDataclass(Contender):
    """Ommi and dataclasses."""

    name = "ommi"
    packages = ("ommi",)

    async def open(self, place: Place) -> None:
        options = f"?synchronous={place.synchronous}" if place.kind == "sqlite" else ""
        self.db = Ommi(f"{place.url}{options}")
        await self.db.use_models(models)

    async def close(self) -> None:
        await self.db.close()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        if first_key is None:
            return [Person(*row) for row in rows]
        return [Person(*row, id=key) for key, row in enumerate(rows, first_key)]

    async def insert(self, people: Sequence[Any]) -> None:
        for person in people:
            await self.db.add(person).or_raise()

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        await self.db.add(*people).or_raise()

    async def get(self, keys: Sequence[int]) -> list[Any]:
        return [await self.db.find(Person.id == key).one.or_raise() for key in keys]

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        return [
            await self.db.find(Person.age == age, Person.score >= least)
            .order_by(Person.id.asc)
            .limit(PAGE)
            .fetch.all()
            for age, least in asked
        ]

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        for _ in range(times):
            people = await self.db.find(Person).fetch.all()
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await self.db.find(Person.id == key).update(score=score).or_raise()

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.db.transaction() as tx:
            for key, score in changes:
                await tx.find(Person.id == key).update(score=score).or_raise()

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            async with self.db.transaction() as tx:
                await tx.find(Person.id == key).update(score=score).or_raise()

    async def delete(self, keys: Sequence[int]) -> None:
        for key in keys:
            await self.db.find(Person.id == key).delete.or_raise()

    async def count(self, ages: Sequence[int]) -> list[int]:
        return [await self.db.find(Person.age == age).count.or_raise() for age in ages]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        for _ in range(times):
            parents = await self.db.find(Parent).with_related(Parent.children).fetch.all()
            families = [(parent, await parent.children) for parent in parents]
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = OmmiDataclass
