"""The query cache from Python: what is asked of it, and that nobody sees what another one did to his objects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Annotated, Optional

import pytest
from databases import EVERY
from ommi import (
    ConflictError,
    Key,
    LazyLoadEveryRelated,
    ModelCollection,
    Ommi,
    QueryCache,
    QueryCacheStats,
    ReferenceTo,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)

collection = ModelCollection()


@ommi_model(collection=collection)
@dataclass
class Author:
    id: Annotated[int, Key]
    name: str
    tags: list[str]
    count: int = 0
    books: LazyLoadEveryRelated["Book"] = None


@ommi_model(collection=collection)
@dataclass
class Book:
    id: Annotated[int, Key]
    title: str
    author_id: Annotated[Optional[int], ReferenceTo(Author.id)] = None


@pytest.fixture
async def cached(database: str) -> AsyncIterator[Ommi]:
    async with Ommi(database, query_cache=QueryCache(max_size=100, ttl=None)) as handle:
        await handle.use_models(collection)
        await handle.add(Author(1, "Ada", ["x"]), Author(2, "Bob", [])).or_raise()
        await handle.add(Book(1, "Engines", 1), Book(2, "Notes", 1), Book(3, "Games", 2)).or_raise()
        yield handle


async def test_equal_reads_are_answered_with_new_objects(cached: Ommi) -> None:
    first = await cached.find(Author).order_by("id").fetch.all()
    first[0].name = "changed"
    first[0].tags.append("changed")
    with cached.count_queries() as queries:
        again = await cached.find(Author).order_by("id").fetch.all()
        assert await cached.find(Author).order_by("id").fetch.all() == again
    assert queries.count == 0
    assert (again[0].name, again[0].tags) == ("Ada", ["x"])


async def test_every_way_of_reading(cached: Ommi) -> None:
    ada = lambda: cached.find(Author.name == "Ada")  # noqa: E731

    async def read() -> list[object]:
        rows = [author async for author in ada()]
        batches = await (await ada().all.or_raise()).get()
        one, first = await ada().one.or_raise(), await ada().first.or_raise()
        selected = await ada().select(Author.id, Author.name).fetch.all()
        return [
            rows,
            batches,
            one,
            first,
            selected,
            await ada().count.or_raise(),
            await ada().exists.or_raise(),
        ]

    found = await read()
    with cached.count_queries() as queries:
        assert await read() == found
    assert queries.count == 0


async def test_relations_are_kept_and_forgotten(cached: Ommi) -> None:
    async def titles() -> list[list[str]]:
        authors = await cached.find(Author).order_by("id").fetch.all()
        return [sorted(book.title for book in await author.books) for author in authors]

    assert await titles() == [["Engines", "Notes"], ["Games"]]
    with cached.count_queries() as queries:
        assert await titles() == [["Engines", "Notes"], ["Games"]]
    assert queries.count == 0
    await cached.add(Book(4, "Letters", 2)).or_raise()
    assert await titles() == [["Engines", "Notes"], ["Games", "Letters"]]


async def test_every_write_is_seen(cached: Ommi) -> None:
    async def names() -> list[str]:
        return [author.name for author in await cached.find(Author).order_by("id").fetch.all()]

    ada = await cached.find(Author.id == 1).one.or_raise()
    assert await names() == ["Ada", "Bob"]
    ada.name = "Ada L."
    await cached.save(ada).or_raise()
    assert await names() == ["Ada L.", "Bob"]
    await cached.find(Author.id == 2).update(name="Rob").or_raise()
    assert await names() == ["Ada L.", "Rob"]
    await cached.add(Author(3, "Cyd", [])).or_raise()
    assert await names() == ["Ada L.", "Rob", "Cyd"]
    await cached.find(Author.id == 3).delete.or_raise()
    assert await names() == ["Ada L.", "Rob"]
    async with cached.transaction():
        await cached.find(Author.id == 2).update(name="Bob").or_raise()
        assert await names() == ["Ada L.", "Bob"]
    assert await names() == ["Ada L.", "Bob"]


async def test_reload_goes_to_the_database(database: str, cached: Ommi) -> None:
    ada = await cached.find(Author.id == 1).one.or_raise()
    async with Ommi(database) as other:
        await other.find(Author.id == 1).update(name="Ada L.").or_raise()
    assert (await cached.find(Author.id == 1).one.or_raise()).name == "Ada"
    await cached.reload(ada).or_raise()
    assert ada.name == "Ada L."
    cached.query_cache.clear()
    assert (await cached.find(Author.id == 1).one.or_raise()).name == "Ada L."


async def test_one_query_may_be_kept_on_a_handle_without_a_cache(db: Ommi) -> None:
    await db.use_models(collection)
    assert db.query_cache.stats() == QueryCacheStats()
    for query in (
        db.find(Author).cached(),
        db.find(Author).cached(ttl=60),
        db.find(Author).cached(timedelta(60)),
    ):
        await query.fetch.all()
    assert db.query_cache.stats() == QueryCacheStats(hits=2, misses=1, evictions=0, size=1)
    with db.count_queries() as queries:
        await db.find(Author).fetch.all()
        await db.find(Author).cached().uncached().fetch.all()
    assert queries.count == 2
    assert "1 reads kept, 2 hits" in repr(db.query_cache)


async def test_time_passes(cached: Ommi) -> None:
    brief = cached.find(Author).cached(ttl=0.02)
    await brief.fetch.all()
    await asyncio.sleep(0.03)
    with cached.count_queries() as queries:
        await brief.fetch.all()
    assert queries.count == 1


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("ttl", [0, -1, float("nan"), timedelta(0)])
async def test_a_time_to_live_is_longer_than_nothing(db: Ommi, ttl: float) -> None:
    with pytest.raises(ValidationError, match="a ttl is a number of seconds above 0"):
        db.find(Author).cached(ttl=ttl)
    with pytest.raises(ValidationError, match="a ttl is a number of seconds above 0"):
        Ommi("sqlite://:memory:", query_cache=QueryCache(ttl=ttl))


@pytest.mark.databases("sqlite")
def test_a_cache_has_room_for_something() -> None:
    with pytest.raises(ValidationError, match="max_size is at least 1"):
        Ommi("sqlite://:memory:", query_cache=QueryCache(max_size=0))


async def test_no_read_is_older_than_a_write_before_it(cached: Ommi) -> None:
    raised = {1: 0, 2: 0}

    async def work(seed: int) -> None:
        chance = Random(seed)
        for _ in range(20):
            number = chance.choice([1, 2])
            if chance.random() < 0.25:
                with suppress(ConflictError):
                    async with cached.transaction():
                        await cached.find(Author.id == number).update(count=Author.count + 1).or_raise()
                    raised[number] += 1
            least = raised[number]
            author = await cached.find(Author.id == number).one.or_raise()
            assert author.count >= least
            assert await cached.find(Book.author_id == number, Author.count >= least).exists.or_raise()

    await asyncio.gather(*(work(seed) for seed in range(64)))
    assert cached.query_cache.stats().hits > 0
