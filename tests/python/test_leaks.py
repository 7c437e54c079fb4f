"""Nothing is left behind: descriptors, threads, memory, files and objects, whatever way an operation ends."""

import asyncio
import gc
import os
import threading
import tracemalloc
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from blog import Post, User, fill
from ommi import Key, ModelCollection, Ommi, SQLiteDriver, ommi_model


@ommi_model(collection=ModelCollection(), name="item")
@dataclass
class Item:
    text: str
    id: Annotated[int, Key] = None


MEMORY_ALLOWED = 16 * 2**20
# Pools of connections and threads fill up in their own time; a leak would be many times more.
POOLS_ALLOWED = 16


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def settled(count: Callable[[], int], at_most: int) -> int:
    """The count, once what is ending has ended."""
    for _ in range(200):
        if count() <= at_most:
            break
        await asyncio.sleep(0.01)
    return count()


async def assert_flat(once: Callable[[], Awaitable[Any]], rounds: int, warm: int = 20) -> None:
    """After some rounds to warm up, further ones leave no descriptor, no thread and no memory."""
    for _ in range(warm):
        await once()
    gc.collect()
    await asyncio.sleep(0.05)
    before = descriptors(), threads(), resident()
    for _ in range(rounds):
        await once()
    gc.collect()
    assert await settled(descriptors, before[0] + POOLS_ALLOWED) <= before[0] + POOLS_ALLOWED
    assert await settled(threads, before[1] + POOLS_ALLOWED) <= before[1] + POOLS_ALLOWED
    assert resident() - before[2] < MEMORY_ALLOWED


@pytest.mark.parametrize("where", ["file", "memory"])
async def test_a_thousand_handles_opened_used_and_closed(tmp_path: Path, where: str) -> None:
    target = tmp_path / "a.db" if where == "file" else "sqlite://:memory:"

    async def once() -> None:
        async with Ommi(target, synchronous="off") as db:
            await db.add(Item("x")).or_raise()
            assert await db.find(Item.id == 1).one.or_raise()
            await db.find(Item).limit(10).fetch.all()

    await assert_flat(once, 980)
    if where == "file":
        assert [file.name for file in tmp_path.iterdir()] == ["a.db"]


async def test_handles_that_are_never_closed(tmp_path: Path) -> None:
    async def once() -> None:
        db = Ommi(tmp_path / "a.db", synchronous="off")
        await db.add(Item("x")).or_raise()
        await db.find(Item).limit(10).fetch.all()

    await assert_flat(once, 200)


async def test_handles_that_are_never_used() -> None:
    async def once() -> None:
        Ommi("sqlite://:memory:")
        SQLiteDriver.connect()
        async with Ommi("sqlite://:memory:"):
            pass

    await assert_flat(once, 1000)


async def test_handles_that_cannot_be_opened(tmp_path: Path) -> None:
    async def once() -> None:
        async with Ommi(tmp_path) as db:
            assert not (await db.add(Item("x"))).is_success()
            assert not (await db.find(Item).count).is_success()

    await assert_flat(once, 200)
    assert list(tmp_path.iterdir()) == []


async def test_cancelled_operations(tmp_path: Path) -> None:
    async with Ommi(tmp_path / "a.db", synchronous="off") as db:
        await db.add([Item("x" * 100) for _ in range(2000)]).or_raise()
        turn = 0

        async def stream() -> None:
            async for _ in db.find(Item):
                await asyncio.sleep(0)

        async def transaction() -> None:
            async with db.transaction() as tx:
                await tx.add(Item("y")).or_raise()
                await asyncio.sleep(0.001)

        async def once() -> None:
            nonlocal turn
            turn += 1
            work = [
                db.find(Item).fetch.all(),
                db.find(Item.text.contains("y")).count.or_raise(),
                db.add([Item("y") for _ in range(10)]).or_raise(),
                db.find(Item.id > 10**9).update(text="z").or_raise(),
                stream(),
                transaction(),
            ]
            tasks = [asyncio.ensure_future(each) for each in work]
            await asyncio.sleep(0.0005 * (turn % 4))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        await assert_flat(once, 300)
        await db.add(Item("z")).or_raise()
        assert await db.find(Item.text == "z").count.or_raise() == 1


async def test_streams_that_are_left_half_way(tmp_path: Path) -> None:
    async with Ommi(tmp_path / "a.db", synchronous="off") as db:
        await db.add([Item("x" * 200) for _ in range(20_000)]).or_raise()

        async def once() -> None:
            async for _ in db.find(Item):
                break
            iterator = await db.find(Item).all.or_raise()
            await iterator.one()
            async with db.transaction(read_only=True) as tx:
                async for _ in tx.find(Item):
                    break

        await assert_flat(once, 300)
        assert await db.find(Item).count.or_raise() == 20_000


async def test_operations_that_are_never_awaited(tmp_path: Path) -> None:
    async with Ommi(tmp_path / "a.db") as db:
        await db.use_models(Item)

        async def once() -> None:
            db.add(Item("never"))
            db.find(Item).fetch()
            db.find(Item).update(text="never")
            db.find(Item).all
            db.transaction()

        await assert_flat(once, 1000)
        assert await db.find(Item).count.or_raise() == 0


async def test_failing_operations() -> None:
    async with Ommi("sqlite://:memory:") as db:
        await db.add(Item("x", id=1)).or_raise()

        async def once() -> None:
            assert not (await db.add(Item("x", id=1))).is_success()
            assert not (await db.add(Item(3))).is_success()
            assert not (await db.find(Item.text == 3).count).is_success()
            assert not (await db.find(Item).update(nonsense=1)).is_success()
            assert not (await db.find(Item.id == 9).one).is_success()

        await assert_flat(once, 1000)


async def test_loops_in_threads_that_end(tmp_path: Path) -> None:
    """Each loop has a hub with a descriptor of its own, which goes with the loop."""
    async with Ommi(tmp_path / "a.db", synchronous="off") as db:
        await db.use_models(Item)

        async def use() -> None:
            await db.add(Item("x")).or_raise()
            await db.find(Item).limit(3).fetch.all()

        async def once() -> None:
            thread = threading.Thread(target=lambda: asyncio.run(use()))
            thread.start()
            await asyncio.to_thread(thread.join)

        await assert_flat(once, 100)


async def test_statements_of_many_shapes_are_bounded() -> None:
    """Plans and prepared statements are cached; the caches do not grow without end."""
    async with Ommi("sqlite://:memory:") as db:
        await db.use_models(Item)
        shape = 0

        async def once() -> None:
            nonlocal shape
            for _ in range(20):
                shape += 1
                bits = [Item.id != 0 if shape >> bit & 1 else Item.text != "" for bit in range(16)]
                await db.find(*bits).limit(1).fetch.all()

        await assert_flat(once, 150, warm=100)


class TestObjects:
    async def test_rows_are_freed(self, db: Ommi) -> None:
        await fill(db, 3, 2)
        users = await db.find(User).order_by("id").fetch.all()
        posts = await users[0].posts
        references = [weakref.ref(item) for item in (*users, *posts)]
        assert await posts[0].author is not None

        del users, posts
        gc.collect()

        assert [reference() for reference in references] == [None] * len(references)

    async def test_added_and_saved_instances_are_freed(self, db: Ommi) -> None:
        ada = User("Ada")
        await db.add(ada).or_raise()
        await db.save(ada).or_raise()
        await db.reload(ada).or_raise()
        assert await ada.posts == []
        post = Post("x", ada.id)
        await db.add(post).or_raise()
        references = [weakref.ref(ada), weakref.ref(post)]

        del ada, post
        gc.collect()

        assert [reference() for reference in references] == [None, None]

    async def test_results_operations_and_queries_are_freed(self, db: Ommi) -> None:
        class Watched:
            pass

        watched = Watched()
        reference = weakref.ref(watched)

        def keeps(kept: Watched) -> Callable[[Any], Any]:
            return lambda value: (value, kept)

        # Awaited with success and with a failure, and never.
        operations = [query.map(keeps(watched)) for query in (db.find(User).count, db.find(User.id == 7).one)]
        results = [await operation for operation in operations]
        assert [result.is_success() for result in results] == [True, False]
        operations.append(db.find(User).count.map(keeps(watched)))

        del watched, operations, results
        gc.collect()

        assert reference() is None

    async def test_a_handle_is_freed(self) -> None:
        handles = [Ommi("sqlite://:memory:") for _ in range(2)]
        for handle in handles:
            await handle.add(Item("x")).or_raise()
            assert [item.text for item in await handle.find(Item).fetch.all()] == ["x"]
        await handles[0].close()
        references = [weakref.ref(handle) for handle in handles]

        del handle, handles
        gc.collect()

        assert [reference() for reference in references] == [None, None]

    async def test_values_are_not_kept(self, db: Ommi) -> None:
        """Neither the plan cache nor a prepared statement holds on to large values."""
        await db.use_models(Item)
        big = "x" * 2**20
        for _ in range(3):
            await db.add(Item(big)).or_raise()
            await db.find(Item.text == big).count.or_raise()
        gc.collect()
        before = resident()
        for number in range(60):
            await db.find(Item.text == f"{number}{big}").count.or_raise()
            await db.find(Item.text == f"{number}{big}").update(text=f"{number}").or_raise()
            await db.find(Item.text.in_([f"{number}{big}"])).fetch.all()
        assert resident() - before < MEMORY_ALLOWED

    async def test_python_allocates_nothing_for_good(self, db: Ommi) -> None:
        await db.add([Item(f"text {number}") for number in range(100)]).or_raise()

        async def once() -> None:
            await db.find(Item).fetch.all()
            await db.find(Item.id == 5).one.or_raise()
            await db.find(Item.id == 5).update(text="x").or_raise()
            async with db.transaction() as tx:
                await tx.find(Item).count.or_raise()

        for _ in range(50):
            await once()
        gc.collect()
        tracemalloc.start()
        try:
            for _ in range(20):
                await once()
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(300):
                await once()
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert after - before < 20_000
