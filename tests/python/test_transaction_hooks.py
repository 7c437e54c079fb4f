"""What is called after a transaction's end."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from blog import User, blog
from databases import EVERY
from ommi import ConflictError, Ommi, TransactionError

pytestmark = pytest.mark.databases(*EVERY)


@pytest.fixture
async def db(database: str) -> AsyncIterator[Ommi]:
    async with Ommi(database) as handle:
        await handle.use_models(blog)
        yield handle


class Log:
    """What was called, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def sync(self, name: str) -> Any:
        return lambda: self.calls.append(name)

    def awaited(self, name: str) -> Any:
        async def hook() -> None:
            await asyncio.sleep(0)
            self.calls.append(name)

        return hook


async def test_after_a_commit_both_kinds_are_called_in_order(db: Ommi) -> None:
    log = Log()
    async with db.transaction() as tx:
        tx.on_commit(log.sync("a"))
        tx.on_commit(log.awaited("b"))
        tx.on_rollback(log.sync("not"))

        @tx.on_commit
        def third() -> None:
            log.calls.append("c")

        assert third.__name__ == "third"
        await tx.add(User("Ada")).or_raise()
        assert log.calls == []
    assert log.calls == ["a", "b", "c"]


async def test_after_a_rollback_only_what_asked_for_it(db: Ommi) -> None:
    log = Log()
    with pytest.raises(ValueError, match="undo"):
        async with db.transaction() as tx:
            tx.on_commit(log.sync("not"))
            tx.on_rollback(log.awaited("a"))
            tx.on_rollback(log.sync("b"))
            await tx.add(User("Ada")).or_raise()
            raise ValueError("undo")
    assert log.calls == ["a", "b"]


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_ended_by_hand(db: Ommi, end: str) -> None:
    log = Log()
    tx = await db.transaction()
    tx.on_commit(log.sync("commit"))
    tx.on_rollback(log.awaited("rollback"))
    await tx.add(User("Ada")).or_raise()
    await getattr(tx, end)()
    assert log.calls == [end]
    with pytest.raises(TransactionError):
        tx.on_commit(log.sync("late"))
    with pytest.raises(TransactionError):
        tx.on_rollback(log.sync("late"))


async def test_what_is_called_sees_the_committed_work_and_is_outside(db: Ommi) -> None:
    seen: list[int] = []

    async def count() -> None:
        seen.append(await db.find(User).count.or_raise())
        await db.add(User("from the hook")).or_raise()

    async with db.transaction() as tx:
        await tx.add(User("Ada")).or_raise()
        tx.on_commit(count)
        await tx.commit()
        assert seen == [1]
    assert await db.find(User).count.or_raise() == 2


@pytest.mark.needs("savepoints")
async def test_a_nested_one_waits_for_the_outermost(db: Ommi) -> None:
    log = Log()
    async with db.transaction() as tx:
        async with db.transaction() as inner:
            inner.on_commit(log.awaited("inner"))
            inner.on_rollback(log.sync("not"))
            await inner.add(User("Ada")).or_raise()
        assert log.calls == []
        tx.on_commit(log.sync("outer"))
    assert log.calls == ["inner", "outer"]


@pytest.mark.needs("savepoints")
async def test_a_nested_one_that_is_undone_calls_at_once(db: Ommi) -> None:
    log = Log()
    async with db.transaction() as tx:
        tx.on_commit(log.sync("outer"))
        with pytest.raises(ValueError, match="undo"):
            async with db.transaction() as inner:
                inner.on_commit(log.sync("not"))
                inner.on_rollback(log.awaited("inner undone"))
                raise ValueError("undo")
        assert log.calls == ["inner undone"]
    assert log.calls == ["inner undone", "outer"]


@pytest.mark.needs("savepoints")
async def test_the_outer_rollback_undoes_what_the_inner_one_committed(db: Ommi) -> None:
    log = Log()
    with pytest.raises(ValueError, match="undo"):
        async with db.transaction():
            async with db.transaction() as inner:
                inner.on_commit(log.sync("not"))
                inner.on_rollback(log.sync("inner"))
            raise ValueError("undo")
    assert log.calls == ["inner"]


@pytest.mark.needs("savepoints")
async def test_rolling_back_to_a_savepoint_forgets_what_came_after_it(db: Ommi) -> None:
    log = Log()
    async with db.transaction() as tx:
        tx.on_commit(log.sync("kept"))
        await tx.savepoint("here")
        tx.on_commit(log.sync("not"))
        tx.on_rollback(log.awaited("undone"))
        await tx.rollback_to_savepoint("here")
        assert log.calls == ["undone"]
        tx.on_commit(log.sync("after"))
    assert log.calls == ["undone", "kept", "after"]


async def test_a_cancelled_block_calls_what_asked_for_the_rollback(db: Ommi) -> None:
    log = Log()
    inside = asyncio.Event()

    async def work() -> None:
        async with db.transaction() as tx:
            tx.on_commit(log.sync("not"))
            tx.on_rollback(log.awaited("undone"))
            await tx.add(User("Ada")).or_raise()
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log.calls == ["undone"]
    assert await db.find(User).count.or_raise() == 0


async def test_a_timeout_calls_what_asked_for_the_rollback(db: Ommi) -> None:
    log = Log()
    with pytest.raises(TimeoutError):
        async with db.transaction(timeout=0.1) as tx:
            tx.on_commit(log.sync("not"))
            tx.on_rollback(log.awaited("undone"))
            await asyncio.sleep(60)
    assert log.calls == ["undone"]


async def test_one_that_fails_changes_nothing_and_is_reported(db: Ommi) -> None:
    log = Log()
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def fails() -> None:
        raise ValueError("in the hook")

    async with db.transaction() as tx:
        tx.on_commit(fails)
        tx.on_commit(log.sync("called"))
        await tx.add(User("Ada")).or_raise()
    assert log.calls == ["called"]
    assert [str(context["exception"]) for context in reported] == ["in the hook"]
    assert "fails" in reported[0]["message"]
    assert await db.find(User).count.or_raise() == 1


async def test_only_functions_are_taken(db: Ommi) -> None:
    async with db.transaction() as tx:
        for wrong in (None, 3, "x"):
            with pytest.raises(TypeError, match="function"):
                tx.on_commit(wrong)
            with pytest.raises(TypeError, match="function"):
                tx.on_rollback(wrong)


async def test_each_attempt_has_its_own(db: Ommi) -> None:
    log = Log()
    failures = iter([True, False])

    async def work(tx: Any) -> str:
        tx.on_commit(log.sync("committed"))
        tx.on_rollback(log.sync("undone"))
        if next(failures):
            raise ConflictError("again")
        return "done"

    assert await db.run_transaction(work) == "done"
    assert log.calls == ["undone", "committed"]


async def test_hooks_keep_nothing_alive(db: Ommi) -> None:
    class Marker:
        pass

    import weakref

    marker = Marker()
    reference = weakref.ref(marker)
    async with db.transaction() as tx:
        tx.on_commit(lambda held=marker: None)
        tx.on_rollback(lambda held=marker, tx=tx: None)
    del marker, tx
    gc.collect()
    assert reference() is None
