"""Section 6: what is run again after a conflict, and what is not."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest
from blog import User, blog
from databases import EVERY
from ommi import ConflictError, Ommi, OmmiTransaction, TransactionOptions

pytestmark = pytest.mark.databases(*EVERY)

# Another process that holds the write lock until its input ends.
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


async def count(db: Ommi) -> int:
    return await db.find(User).count.or_raise()


async def test_a_conflict_that_was_swallowed_still_ends_the_transaction(db: Ommi) -> None:
    """Two transactions change two rows, each in another order: databases with locks of rows end one of them."""
    if not db.capabilities()["concurrent_writers"]:
        pytest.skip("capability: concurrent_writers")
    await db.add(User("a", id=1), User("b", id=2)).or_raise()
    both_hold = asyncio.Barrier(2)
    swallowed: list[ConflictError] = []
    runs: list[int] = []

    async def change(tx: OmmiTransaction, first: int, second: int) -> None:
        runs.append(first)
        await tx.find(User.id == first).update(age=User.age + 1).or_raise()
        if len(runs) <= 2:
            await both_hold.wait()
        result = await tx.find(User.id == second).update(age=User.age + 1)
        if isinstance(result.error, ConflictError):
            swallowed.append(result.error)
            assert not tx.is_open
        elif result.error is not None:
            raise result.error

    async with asyncio.timeout(30):
        await asyncio.gather(
            db.run_transaction(lambda tx: change(tx, 1, 2)), db.run_transaction(lambda tx: change(tx, 2, 1))
        )
    assert swallowed
    # Who loses may lose once more, and by the first of his updates, too.
    assert len(runs) >= 2 + len(swallowed)
    assert [user.age for user in await db.find(User).fetch.all()] == [2, 2]


async def test_run_transaction_gives_what_the_function_returns(db: Ommi) -> None:
    async def takes(tx: OmmiTransaction) -> int:
        await tx.add(User("Ada")).or_raise()
        return await tx.find(User).count.or_raise()

    async def takes_nothing() -> str:
        await db.add(User("Eve")).or_raise()
        return "done"

    assert await db.run_transaction(takes) == 1
    assert await db.run_transaction(takes_nothing) == "done"
    assert await count(db) == 2


async def test_run_transaction_runs_again_after_a_conflict(db: Ommi) -> None:
    await db.use_models(blog)
    runs: list[float] = []

    async def conflicts_twice(tx: OmmiTransaction) -> str:
        runs.append(time.monotonic())
        await tx.add(User(f"run {len(runs)}")).or_raise()
        if len(runs) < 3:
            raise ConflictError("busy")
        return "done"

    assert await db.run_transaction(conflicts_twice) == "done"
    assert await count(db) == 1
    first, second = runs[1] - runs[0], runs[2] - runs[1]
    assert first >= 0.1
    assert second >= 0.2


async def test_run_transaction_gives_up_after_its_retries(db: Ommi) -> None:
    runs = 0

    async def conflicts(tx: OmmiTransaction) -> None:
        nonlocal runs
        runs += 1
        raise ConflictError("busy")

    with pytest.raises(ConflictError):
        await db.run_transaction(conflicts, TransactionOptions(retry_on_conflict=True, max_retries=1))
    assert runs == 2
    with pytest.raises(ConflictError):
        await db.run_transaction(conflicts, TransactionOptions())
    assert runs == 3


async def test_run_transaction_lets_other_errors_through(db: Ommi) -> None:
    async def fails(tx: OmmiTransaction) -> None:
        await tx.add(User("Ada")).or_raise()
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await db.run_transaction(fails)
    assert await count(db) == 0


async def test_attempts(db: Ommi) -> None:
    await db.use_models(blog)
    tries = 0

    async for attempt in db.attempts(max_retries=2):
        async with attempt as tx:
            tries += 1
            await tx.add(User(f"try {tries}")).or_raise()
            if tries == 1:
                raise ConflictError("busy")

    assert tries == 2
    assert [user.name for user in await db.find(User).fetch.all()] == ["try 2"]


async def test_the_last_attempt_raises(db: Ommi) -> None:
    tries = 0

    with pytest.raises(ConflictError):
        async for attempt in db.attempts(TransactionOptions(retry_on_conflict=True, max_retries=1)):
            async with attempt:
                tries += 1
                raise ConflictError("busy")
    assert tries == 2


@pytest.mark.needs("savepoints")
async def test_inside_a_transaction_nothing_is_tried_again(db: Ommi) -> None:
    runs = 0

    async def conflicts(tx: OmmiTransaction) -> None:
        nonlocal runs
        runs += 1
        raise ConflictError("busy")

    async with db.transaction():
        with pytest.raises(ConflictError):
            await db.run_transaction(conflicts)
    assert runs == 1


async def test_a_locked_database_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with Ommi(f"sqlite:///{path}?busy_timeout=50") as db:
        await db.use_models(blog)
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdin=PIPE, stdout=PIPE)
        with holder:
            assert holder.stdout.readline() == b"locked\n"
            assert isinstance((await db.add(User("Ada"))).error, ConflictError)
            with pytest.raises(ConflictError):
                async with db.transaction():
                    pass
            holder.communicate()
        await db.add(User("Ada")).or_raise()
