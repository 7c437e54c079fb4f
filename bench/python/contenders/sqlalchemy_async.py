"""SQLAlchemy's asyncio extension over aiosqlite, asyncpg or asyncmy, through the ORM."""

import asyncio
from collections.abc import Sequence
from typing import Any

from contender import PAGE, Contender, Place
from dataset import PersonRow
from sqlalchemy import ForeignKey, delete, event, func, insert, make_url, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

SCHEMES = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}
COLUMNS = ("id", "name", "email", "age", "score")


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    age: Mapped[int]
    score: Mapped[float]


class Parent(Base):
    __tablename__ = "parent"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    children: Mapped[list["Child"]] = relationship()


class Child(Base):
    __tablename__ = "child"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))
    label: Mapped[str]
    amount: Mapped[int]


class SqlalchemyAsync(Contender):
    """SQLAlchemy ORM, asyncio."""

    name = "sqlalchemy"
    packages = ("SQLAlchemy",)

    async def open(self, place: Place) -> None:
        # 64 tasks hold a connection each while they read: as many as the pools of the others, and no error.
        servers = {"pool_size": 10, "max_overflow": 0, "pool_timeout": 60}
        options: dict[str, Any] = {} if place.kind == "sqlite" else servers
        url = make_url(place.url_for(SCHEMES[place.kind]))
        if place.kind == "postgres":
            # It knows the driver's parameters, not the server's.
            url = url.difference_update_query(["sslmode"])
            options["connect_args"] = {"ssl": False}
        self.engine = create_async_engine(url, **options)

        @event.listens_for(self.engine.sync_engine, "connect")
        def set_pragmas(connection: Any, _record: Any) -> None:
            if place.kind == "sqlite":
                cursor = connection.cursor()
                cursor.execute(f"PRAGMA synchronous = {place.synchronous}")
                cursor.execute("PRAGMA foreign_keys = ON")
                cursor.close()

        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    async def close(self) -> None:
        await self.engine.dispose()

    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        if first_key is None:
            return [Person(**row._asdict()) for row in rows]
        return [Person(id=key, **row._asdict()) for key, row in enumerate(rows, first_key)]

    async def insert(self, people: Sequence[Any]) -> None:
        async with self.sessions() as session:
            for person in people:
                session.add(person)
                await session.commit()

    async def insert_bulk(self, people: Sequence[Any]) -> None:
        async with self.sessions() as session:
            # The ORM's bulk INSERT: `add_all` would send one statement a row to fetch the keys on SQLite,
            # and without `render_nulls` each run of rows with and without an e-mail would be one of its own.
            rows = [
                {name: getattr(person, name) for name in (COLUMNS if person.id else COLUMNS[1:])}
                for person in people
            ]
            await session.execute(insert(Person), rows, execution_options={"render_nulls": True})
            await session.commit()

    async def get(self, keys: Sequence[int]) -> list[Any]:
        async with self.sessions() as session:
            return [await self._read(session, key) for key in keys]

    async def _read(self, session: AsyncSession, key: int) -> Any:
        person = await session.get(Person, key)
        # Else a key read twice would come from the session's identity map, without a query.
        session.expunge_all()
        return person

    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        found: list[list[Any]] = []
        async with self.sessions() as session:
            for age, least in asked:
                query = (
                    select(Person)
                    .where(Person.age == age, Person.score >= least)
                    .order_by(Person.id)
                    .limit(PAGE)
                )
                found.append(list((await session.scalars(query)).all()))
                session.expunge_all()
        return found

    async def everyone(self, times: int) -> list[Any]:
        people: list[Any] = []
        async with self.sessions() as session:
            for _ in range(times):
                people = list((await session.scalars(select(Person))).all())
                session.expunge_all()
        return people

    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.sessions() as session:
            for key, score in changes:
                await self._set_score(session, key, score)
                await session.commit()

    async def _set_score(self, session: AsyncSession, key: int, score: float) -> None:
        await session.execute(
            update(Person)
            .where(Person.id == key)
            .values(score=score)
            .execution_options(synchronize_session=False)
        )

    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.sessions.begin() as session:
            for key, score in changes:
                await self._set_score(session, key, score)

    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        async with self.sessions() as session:
            for key, score in changes:
                async with session.begin():
                    await self._set_score(session, key, score)

    async def delete(self, keys: Sequence[int]) -> None:
        async with self.sessions() as session:
            for key in keys:
                await session.execute(
                    delete(Person).where(Person.id == key).execution_options(synchronize_session=False)
                )
                await session.commit()

    async def count(self, ages: Sequence[int]) -> list[int]:
        async with self.sessions() as session:
            return [
                await session.scalar(select(func.count()).select_from(Person).where(Person.age == age)) or 0
                for age in ages
            ]

    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        families: list[tuple[Any, list[Any]]] = []
        async with self.sessions() as session:
            for _ in range(times):
                parents = await session.scalars(select(Parent).options(selectinload(Parent.children)))
                families = [(parent, parent.children) for parent in parents]
                session.expunge_all()
        return families

    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        return await asyncio.gather(*(self.get(batch) for batch in batches))


CONTENDER = SqlalchemyAsync
