"""Tortoise ORM over aiosqlite, asyncpg or asyncmy."""

import asyncio
from collections.abc import Sequence
from typing import Any

from contender import PAGE, Contender, Place
from dataset import PersonRow
from tortoise import Tortoise, fields
from tortoise.backends.base.config_generator import generate_config
from tortoise.models import Model
from tortoise.transactions import in_transaction


class Person(Model):
    id = fields.IntField(primary_key=True)
    name = fields.TextField()
    email = fields.TextField(null=True)
    age = fields.IntField()
    score = fields.FloatField()

    class Meta:
        table = "person"


class Parent(Model):
    id = fields.IntField(primary_key=True)
    name = fields.TextField()
    children: fields.ReverseRelation["Child"]

    class Meta:
        table = "parent"


class Child(Model):
    id = fields.IntField(primary_key=True)
    parent: fields.ForeignKeyRelation[Parent] = fields.ForeignKeyField(
        "models.Parent", related_name="children"
    )
    label = fields.TextField()
    amount = fields.IntField()

    class Meta:
        table = "child"


class TortoiseOrm(Contender):
    """Tortoise ORM."""

    name = "tortoise"
    packages = ("tortoise-orm",)

    async def open(self, place: Place) -> None:
        url = place.url
        if place.kind == "sqlite":
            settings = f"journal_mode=WAL&synchronous={place.synchronous}&foreign_keys=ON"
            url = f"sqlite://{place.path}?{settings}"
        elif place.kind == "postgres":
            url = place.url_for("asyncpg").partition("?")[0]
        config = generate_config(url, app_modules={"models": [__name__]})
        if place.kind == "postgres":
            # In a URL every value of it means yes.
            config["connections"]["default"]["credentials"]["ssl"] = False
        await Tortoise.init(config=config)

    async def close(self) -> None:
        await Tortoise.close_connections()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        if first_key is None:
            return [Person(**row._asdict()) for row in rows]
        return [Person(id=key, **row._asdict()) for key, row in enumerate(rows, first_key)]

    async def insert(self, people: Sequence[Any]) -> None:
        for person in people:
            await person.save()

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        async with in_transaction() as connection:
            await Person.bulk_create(people, using_db=connection)

    async def get(self, keys: Sequence[int]) -> list[Any]:
        return [await Person.get(id=key) for key in keys]

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        return [
            await Person.filter(age=age, score__gte=least).order_by("id").limit(PAGE) for age, least in asked
        ]

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        for _ in range(times):
            people = await Person.all()
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        for key, score in changes:
            await Person.filter(id=key).update(score=score)

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with in_transaction() as connection:
            for key, score in changes:
                await Person.filter(id=key).using_db(connection).update(score=score)

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        for change in changes:
            await self.update_in_transaction([change])

    async def delete(self, keys: Sequence[int]) -> None:
        for key in keys:
            await Person.filter(id=key).delete()

    async def count(self, ages: Sequence[int]) -> list[int]:
        return [await Person.filter(age=age).count() for age in ages]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        for _ in range(times):
            parents = await Parent.all().prefetch_related("children")
            families = [(parent, list(parent.children)) for parent in parents]
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = TortoiseOrm
