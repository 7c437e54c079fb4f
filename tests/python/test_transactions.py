"""Section 6: transactions, savepoints and options."""

import asyncio
import time

import pytest
from blog import User, blog
from databases import EVERY
from ommi import (
    IsolationLevel,
    Ommi,
    OmmiTransaction,
    TimeoutError,
    TransactionError,
    TransactionOptions,
    UnsupportedError,
    ValidationError,
    transaction,
)

pytestmark = pytest.mark.databases(*EVERY)


async def count(db: Ommi) -> int:
    return await db.find(User).count.or_raise()


async def test_a_block_commits(db: Ommi) -> None:
    async with db.transaction() as tx:
        assert isinstance(tx, OmmiTransaction)
        assert tx.is_open
        await tx.add(User("Ada")).or_raise()

    assert not tx.is_open
    assert await count(db) == 1


async def test_an_exception_rolls_back_and_goes_on(db: Ommi) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with db.transaction() as tx:
            await tx.add(User("Ada")).or_raise()
            raise KeyError("mine")

    assert not tx.is_open
    assert await count(db) == 0


async def test_cancelling_rolls_back(db: Ommi) -> None:
    await db.use_models(blog)
    inside = asyncio.Event()

    async def works() -> None:
        async with db.transaction() as tx:
            await tx.add(User("Ada")).or_raise()
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(works())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await count(db) == 0
    await db.add(User("Eve")).or_raise()


async def test_operations_of_the_handle_join_the_block_of_their_task(db: Ommi) -> None:
    with pytest.raises(ValueError, match="undo"):
        async with db.transaction():
            await db.add(User("Ada")).or_raise()
            assert await db.find(User).count.or_raise() == 1
            raise ValueError("undo")

    assert await count(db) == 0


async def test_gather_inside_the_block_is_inside_the_transaction(db: Ommi) -> None:
    await db.use_models(blog)
    with pytest.raises(ValueError, match="undo"):
        async with db.transaction():
            await asyncio.gather(*(db.add(User(f"user {n}")) for n in range(20)))
            assert await db.find(User).count.or_raise() == 20
            raise ValueError("undo")

    assert await count(db) == 0


async def test_a_task_started_inside_is_outside_unless_it_is_handed_the_transaction(db: Ommi) -> None:
    await db.use_models(blog)

    async def sees() -> int:
        return await db.find(User).count.or_raise()

    async def sees_with(tx: OmmiTransaction) -> int:
        return await tx.find(User).count.or_raise()

    async with db.transaction() as tx:
        await tx.add(User("Ada")).or_raise()
        assert await asyncio.create_task(sees()) == 0
        assert await asyncio.create_task(sees_with(tx)) == 1


async def test_uncommitted_work_is_invisible_to_every_other_handle(database: str) -> None:
    async with Ommi(database) as db, Ommi(database) as other:
        await db.use_models(blog)
        async with db.transaction():
            await db.add(User("Ada")).or_raise()
            assert await other.find(User).count.or_raise() == 0
        assert await other.find(User).count.or_raise() == 1


@pytest.mark.needs("savepoints")
async def test_nested_blocks_are_savepoints(db: Ommi) -> None:
    async with db.transaction() as outer:
        await outer.add(User("outer")).or_raise()
        with pytest.raises(ValueError, match="undo"):
            async with db.transaction() as inner:
                assert inner is not outer
                await db.add(User("undone")).or_raise()
                raise ValueError("undo")
        async with outer.transaction():
            await db.add(User("kept")).or_raise()
            async with db.transaction():
                await db.add(User("deeper")).or_raise()

    names = [user.name for user in await db.find(User).order_by(User.id).fetch.all()]
    assert names == ["outer", "kept", "deeper"]


@pytest.mark.needs("savepoints")
async def test_the_end_of_the_outer_block_undoes_the_inner(db: Ommi) -> None:
    with pytest.raises(ValueError, match="undo"):
        async with db.transaction():
            async with db.transaction():
                await db.add(User("inner")).or_raise()
            raise ValueError("undo")

    assert await count(db) == 0


@pytest.mark.needs("savepoints")
async def test_savepoints_by_name(db: Ommi) -> None:
    async with db.transaction() as tx:
        await tx.add(User("a")).or_raise()
        await tx.savepoint("before b")
        await tx.add(User("b")).or_raise()
        await tx.rollback_to_savepoint("before b")
        await tx.add(User("c")).or_raise()
        await tx.savepoint('odd "name"')
        await tx.release_savepoint('odd "name"')
        with pytest.raises(TransactionError, match="nowhere"):
            await tx.rollback_to_savepoint("nowhere")

    assert [user.name for user in await db.find(User).order_by(User.id).fetch.all()] == ["a", "c"]


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_after_its_end_a_transaction_does_nothing_more(db: Ommi, end: str) -> None:
    async with db.transaction() as tx:
        await tx.add(User("Ada")).or_raise()
        await getattr(tx, end)()
        result = await tx.add(User("late"))
        assert isinstance(result.error, TransactionError)
        with pytest.raises(TransactionError):
            await tx.find(User).count.or_raise()
        with pytest.raises(TransactionError):
            await tx.commit()
        with pytest.raises(TransactionError):
            await tx.savepoint("late")

    with pytest.raises(TransactionError):
        await tx.rollback()
    assert await count(db) == (1 if end == "commit" else 0)


@pytest.mark.needs("statement_rollback")
async def test_a_failed_statement_undoes_itself_only(db: Ommi) -> None:
    await db.use_models(blog)
    async with db.transaction() as tx:
        await tx.add(User("a", "same")).or_raise()
        assert not (await tx.add(User("b", "same"))).is_success()
        await tx.add(User("c")).or_raise()

    assert await count(db) == 2


async def test_by_hand(db: Ommi) -> None:
    await db.use_models(blog)
    tx = await db.transaction()
    await tx.add(User("Ada")).or_raise()
    assert await count(db) == 0  # not ambient
    await tx.commit()
    assert await count(db) == 1
    other = await db.transaction()
    await other.add(User("Eve")).or_raise()
    await other.close()
    await other.close()
    assert await count(db) == 1


async def test_a_block_is_entered_once(db: Ommi) -> None:
    block = db.transaction()
    async with block:
        pass
    with pytest.raises(TransactionError, match="entered once"):
        async with block:
            pass


async def test_a_read_only_transaction_reads_one_state_and_writes_nothing(file_db: Ommi) -> None:
    await file_db.add(User("Ada")).or_raise()
    async with file_db.transaction(read_only=True) as tx:
        assert await tx.find(User).count.or_raise() == 1
        await asyncio.create_task(_add(file_db))
        assert await tx.find(User).count.or_raise() == 1
        assert not (await tx.add(User("x"))).is_success()
    assert await count(file_db) == 2


async def _add(db: Ommi) -> None:
    await db.add(User("Eve")).or_raise()


@pytest.mark.needs("savepoints")
async def test_a_read_only_transaction_refuses_writes_before_anything_is_sent(db: Ommi) -> None:
    await db.add(User("Ada")).or_raise()
    async with db.transaction(read_only=True) as tx:
        ada = await tx.find(User).one.or_raise()
        for write in (tx.add(User("x")), tx.find(User).update(age=1), tx.find(User).delete, tx.save(ada)):
            error = (await write).error
            assert isinstance(error, TransactionError)
            assert error.statement is None
        async with db.transaction() as inner:
            assert isinstance((await inner.delete(ada)).error, TransactionError)
        assert await tx.find(User).count.or_raise() == 1
    assert (await db.find(User).one.or_raise()).age == ada.age


async def test_a_timeout_ends_the_statement_that_runs(db: Ommi) -> None:
    await db.use_models(blog)
    await db.add([User(f"user {n}") for n in range(300)]).or_raise()
    began = time.monotonic()
    tx = await db.transaction(timeout=0.2)
    with pytest.raises(TimeoutError):
        while True:
            await tx.find(User).update(age=User.age + 1).or_raise()
    for operation in (tx.add(User("late")), tx.find(User).count):
        assert isinstance((await operation).error, TimeoutError)
    with pytest.raises(TimeoutError):
        await tx.commit()
    assert time.monotonic() - began < 20
    assert await db.find(User.age > 0).count.or_raise() == 0


@pytest.mark.needs("savepoints")
async def test_a_timeout_of_an_inner_block_ends_that_one_alone(db: Ommi) -> None:
    await db.use_models(blog)
    async with db.transaction() as tx:
        await tx.add(User("Ada")).or_raise()
        with pytest.raises(TimeoutError):
            async with db.transaction(timeout=0.05) as inner:
                await inner.add(User("Eve")).or_raise()
                await asyncio.sleep(60)
        assert await tx.find(User).count.or_raise() == 1
    assert await count(db) == 1


async def test_a_timeout_rolls_back(db: Ommi) -> None:
    await db.use_models(blog)
    with pytest.raises(TimeoutError, match=r"0\.05 s|50ms"):
        async with db.transaction(timeout=0.05) as tx:
            await tx.add(User("Ada")).or_raise()
            await asyncio.sleep(60)

    assert await count(db) == 0
    async with db.transaction(timeout=60):
        await db.add(User("Eve")).or_raise()
    assert await count(db) == 1


@pytest.mark.parametrize("level", list(IsolationLevel))
async def test_every_isolation_level_that_the_database_reaches(db: Ommi, level: IsolationLevel) -> None:
    names = [other.value for other in IsolationLevel]
    if all(names.index(has) < names.index(level.value) for has in db.capabilities()["isolation"]):
        with pytest.raises(UnsupportedError):
            await db.transaction(isolation_level=level)
        return
    async with db.transaction(isolation_level=level):
        await db.add(User("Ada")).or_raise()
    async with db.transaction(TransactionOptions(isolation_level=level)):
        await db.add(User("Eve")).or_raise()
    async with transaction(db, TransactionOptions(level, retry_on_conflict=True, max_retries=3)) as tx:
        await tx.add(User("Bob")).or_raise()

    assert await count(db) == 3


def test_options() -> None:
    options = TransactionOptions()
    assert options.isolation_level is IsolationLevel.READ_COMMITTED
    assert (options.timeout, options.retry_on_conflict, options.max_retries) == (None, False, 3)
    assert TransactionOptions("serializable").isolation_level is IsolationLevel.SERIALIZABLE
    with pytest.raises(ValidationError, match="SERIALIZABLE"):
        TransactionOptions("stronger")
    with pytest.raises(ValidationError, match="timeout"):
        TransactionOptions(timeout=0)
    with pytest.raises(ValidationError, match="max_retries"):
        TransactionOptions(max_retries=-1)


async def test_an_unknown_option_lists_the_known_ones(db: Ommi) -> None:
    with pytest.raises(ValidationError, match=r"nonsense.*isolation_level"):
        db.transaction(nonsense=1)
    with pytest.raises(TypeError, match="TransactionOptions"):
        db.transaction(3)


@pytest.mark.needs("savepoints")
async def test_an_inner_transaction_cannot_be_stronger_than_the_outermost(db: Ommi) -> None:
    async with db.transaction() as tx, tx.transaction(read_only=True) as inner:
        assert isinstance((await inner.add(User("x"))).error, TransactionError)
    if db.capabilities()["isolation"] == ["SERIALIZABLE"]:
        return  # the outermost is as strong as any
    async with db.transaction():
        with pytest.raises(TransactionError, match="isolation"):
            async with db.transaction(isolation_level=IsolationLevel.SERIALIZABLE):
                pass
    async with db.transaction(isolation_level=IsolationLevel.SERIALIZABLE), db.transaction():
        await db.add(User("Ada")).or_raise()
    assert await count(db) == 1


async def test_writers_of_one_handle_wait_for_each_other(db: Ommi) -> None:
    await db.use_models(blog)

    async def adds(n: int) -> None:
        async with db.transaction() as tx:
            await tx.add(User(f"user {n}")).or_raise()
            await asyncio.sleep(0)
            await tx.add(User(f"other {n}")).or_raise()

    await asyncio.gather(*(adds(n) for n in range(30)))

    assert await count(db) == 60


def test_every_level_is_known_by_its_name() -> None:
    assert [level.value for level in IsolationLevel] == [
        "READ_UNCOMMITTED",
        "READ_COMMITTED",
        "REPEATABLE_READ",
        "SERIALIZABLE",
    ]
