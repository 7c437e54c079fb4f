"""The eleven defects that an audit found in the earlier attempt; each has a test named for it."""

import asyncio
import gc
import inspect
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from blog import Post, User, blog, fill
from ommi import (
    BaseDriverTransaction,
    ModelCollection,
    Ommi,
    ReferenceTo,
    SQLiteDriver,
    ommi_model,
    use_driver,
    when,
)


async def test_defect_1_leaving_a_driver_transaction_awaits_its_commit() -> None:
    ended: list[str] = []

    class Recording(BaseDriverTransaction):
        async def open(self) -> None:
            ended.append("open")

        async def commit(self) -> None:
            await asyncio.sleep(0)
            ended.append("commit")

        async def rollback(self) -> None:
            await asyncio.sleep(0)
            ended.append("rollback")

        async def close(self) -> None:
            ended.append("close")

        async def add(self, models): ...
        async def fetch(self, query): ...
        async def update(self, query, values): ...
        async def delete(self, query): ...
        async def count(self, query): ...

    async with Recording():
        pass
    with pytest.raises(ValueError, match="undo"):
        async with Recording():
            raise ValueError("undo")
    assert ended == ["open", "commit", "close", "open", "rollback", "close"]

    async with SQLiteDriver.connect() as driver:
        await driver.apply_schema(blog)
        async with driver.transaction() as transaction:
            await transaction.add([User("Ada")])
        assert await driver.count(User) == 1


async def test_defect_2_connect_takes_text_and_circular_models_work() -> None:
    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class Chicken:
        egg_id: "Annotated[int | None, ReferenceTo(Egg.id)]" = None
        id: int = None

    @ommi_model(collection=collection)
    @dataclass
    class Egg:
        chicken_id: Annotated[int | None, ReferenceTo(Chicken.id)] = None
        id: int = None

    async with SQLiteDriver.connect(":memory:") as driver:
        await driver.apply_schema(collection)
        await driver.add([Chicken()])
        await driver.add([Egg(chicken_id=1)])
        assert await driver.update(Chicken, {"egg_id": 1}) == 1
        assert await driver.count([Egg, Chicken.egg_id == Egg.id]) == 1


async def test_defect_3_a_page_is_counted_in_pages(db: Ommi) -> None:
    await db.add([User(f"dummy_{n}") for n in range(12)]).or_raise()

    page = await db.find(User).order_by(User.id).limit(5, 1).fetch.all()
    grouped = await db.find(when(User.id > 0).sort(User.id).limit(5, 1)).fetch.all()

    assert [user.name for user in page] == [f"dummy_{n}" for n in range(5, 10)]
    assert grouped == page


@pytest.mark.parametrize(
    "spelling",
    [
        lambda db: db.find(User),
        lambda db: db.find(User).all,
        lambda db: db.find(User).one.or_use(None),
        lambda db: db.find(User).first,
        lambda db: db.find(User).count,
        lambda db: db.find(User).delete,
        lambda db: db.find(User).update(name="x"),
        lambda db: db.add(User("Ada")).or_raise(),
    ],
)
async def test_defect_4_no_spelling_bypasses_the_implicit_setup(db: Ommi, spelling) -> None:
    result = await spelling(db)

    assert not hasattr(result, "error") or result.error is None
    assert await db.find(Post).count.or_raise() == 0


async def test_defect_5_the_option_is_spelled_allow_implicit_model_setup() -> None:
    assert "allow_implicit_model_setup" in inspect.signature(Ommi.__init__).parameters
    async with Ommi("sqlite://:memory:", allow_implicit_model_setup=False) as db:
        assert not (await db.find(User).count).is_success()


async def test_defect_6_use_models_destroys_nothing(db: Ommi) -> None:
    await fill(db)

    await db.use_models(blog)
    await db.use_models(blog)

    assert await db.find(User).count.or_raise() == 3
    assert await db.find(Post).count.or_raise() == 6


async def test_defect_7_the_methods_of_models_work(db: Ommi) -> None:
    with use_driver(db):
        user = User("Ada")
        await user.save().or_raise()
        assert user.id == 1
        user.name = "Ada Lovelace"
        await user.save().or_raise()
        stale = User("stale", id=1)
        assert (await stale.reload().or_raise()).name == "Ada Lovelace"
        assert await User.fetch(User.name == "Ada Lovelace").or_raise() == [user]
        assert await User.count().or_raise() == 1
        assert await User.find(User.id == 1).one.or_raise() == user
        assert await user.delete().or_raise() == 1
        assert await User.count().or_raise() == 0
    await User("Eve").save(driver=db).or_raise()
    assert await User.count(driver=db).or_raise() == 1


async def test_defect_8_the_event_loop_is_not_blocked(file_db: Ommi) -> None:
    await file_db.add([User("a" * 20_000) for _ in range(2_000)]).or_raise()
    slow = asyncio.create_task(file_db.find(User.name.regex("(a|b)*c$")).count.or_raise())
    turns = 0
    while not slow.done():
        await asyncio.sleep(0)
        turns += 1

    assert slow.result() == 0
    assert turns > 10  # a query that blocks the loop leaves it one


async def test_defect_9_reads_run_at_the_same_time(file_db: Ommi) -> None:
    await file_db.add([User(f"user {n}") for n in range(2000)]).or_raise()
    names = {thread.name for thread in threading.enumerate()}

    counts = await asyncio.gather(
        *(file_db.find(User.name.regex(f"^(u|s|e|r| )*{n}")).count.or_raise() for n in range(1, 9))
    )
    async with file_db.transaction() as tx:
        await tx.add(User("uncommitted")).or_raise()
        outside = asyncio.create_task(_count(file_db))
        assert await outside == 0  # a reader does not wait for the writer

    assert all(counts)
    assert names == {thread.name for thread in threading.enumerate()}  # none of them is Python's


async def _count(db: Ommi) -> int:
    return await db.find(User.name == "uncommitted").count.or_raise()


async def test_defect_10_an_operation_leaves_no_cursor_or_anything_else_behind(file_db: Ommi) -> None:
    await fill(file_db, 3, 0)

    async def operations() -> None:
        for n in range(200):
            await file_db.find(User.id == n % 3 + 1).one.or_raise()
            await file_db.find(User.name == f"user {n}").count.or_raise()

    await operations()
    gc.collect()
    objects, blocks = len(gc.get_objects()), sys.getallocatedblocks()
    await operations()
    gc.collect()

    assert len(gc.get_objects()) - objects < 20
    assert sys.getallocatedblocks() - blocks < 100


@pytest.mark.parametrize("size", [1, 3, 100, 1000])
async def test_defect_11_the_batch_size_is_an_option(db: Ommi, size: int) -> None:
    await db.add([User(f"user {n}") for n in range(7)]).or_raise()

    streamed = [user.id async for user in db.find(User).order_by(User.id).batch_size(size)]

    assert streamed == list(range(1, 8))


async def test_a_file_holds_what_was_committed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    async with Ommi(url) as db, db.transaction():
        await db.add(User("Ada")).or_raise()
    async with Ommi(url) as db:
        assert await db.find(User).count.or_raise() == 1
