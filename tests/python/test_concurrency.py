"""Many tasks on one database: money is neither made nor lost, and nobody sees work that is not committed."""

import asyncio
import random
from dataclasses import dataclass
from typing import Annotated

import pytest
from databases import EVERY
from ommi import (
    ConflictError,
    IsolationLevel,
    Key,
    ModelCollection,
    Ommi,
    ReferenceTo,
    TransactionError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)
bank = ModelCollection()


@ommi_model(collection=bank, name="account")
@dataclass
class Account:
    balance: int
    id: Annotated[int, Key] = None


@ommi_model(collection=bank, name="transfer")
@dataclass
class Transfer:
    source: Annotated[int, ReferenceTo(Account.id)]
    target: Annotated[int, ReferenceTo(Account.id)]
    amount: int
    note: Annotated[str, Key]


ACCOUNTS = 100
EACH = 1000
TOTAL = ACCOUNTS * EACH


class Regret(Exception):
    """A failure in the middle of a transfer."""


@pytest.fixture
async def bank_db(database: str):
    async with Ommi(database) as db:
        await db.use_models(bank)
        await db.add([Account(EACH) for _ in range(ACCOUNTS)]).or_raise()
        yield db


async def balances(session) -> list[int]:
    return [balance for (balance,) in await session.find(Account).select(Account.balance).fetch.all()]


async def count(session) -> int:
    return await session.find(Account).count.or_raise()


class Bank:
    """Tasks that transfer money, each transfer in a transaction, with a spelling and an end chosen by chance."""

    def __init__(self, db: Ommi, seed: int) -> None:
        self.db = db
        self.chance = random.Random(seed)
        self.notes: set[str] = set()
        self.unsure: set[str] = set()
        self.regrets = 0

    async def move(self, tx, note: str) -> None:
        source, target = self.chance.sample(range(1, ACCOUNTS + 1), 2)
        amount = self.chance.randrange(1, 50)
        await tx.find(Account.id == source).update(balance=Account.balance - amount).or_raise()
        if self.chance.random() < 0.1:
            await asyncio.sleep(0)
        if self.chance.random() < 0.15:
            raise Regret(note)
        query = tx.find(Account.id == target)
        if self.db.capabilities()["row_locks"]:
            query = query.for_update()
        rich = await query.one.or_raise()
        rich.balance += amount
        await tx.save(rich).or_raise()
        await tx.add(Transfer(source, target, amount, note)).or_raise()

    async def by_block(self, note: str) -> None:
        async with self.db.transaction() as tx:
            await self.move(tx, note)

    async def by_function(self, note: str) -> None:
        await self.db.run_transaction(lambda tx: self.move(tx, note))

    async def by_attempts(self, note: str) -> None:
        async for attempt in self.db.attempts():
            async with attempt as tx:
                await self.move(tx, note)

    async def by_hand(self, note: str) -> None:
        tx = await self.db.transaction()
        try:
            await self.move(tx, note)
            await tx.commit()
        finally:
            await tx.close()

    async def by_savepoint(self, note: str) -> None:
        async with self.db.transaction() as tx:
            try:
                async with tx.transaction():
                    await self.move(tx, f"undone {note}")
                    raise Regret(note)
            except Regret:
                pass
            await self.move(tx, note)

    async def transfers(self, name: int, count: int) -> None:
        ways = [self.by_block, self.by_function, self.by_attempts, self.by_hand]
        if self.db.capabilities()["savepoints"]:
            ways.append(self.by_savepoint)
        for number in range(count):
            note = f"{name}/{number}"
            task = asyncio.ensure_future(self.chance.choice(ways)(note))
            cancelled = self.chance.random() < 0.2
            if cancelled:
                asyncio.get_running_loop().call_later(self.chance.random() * 0.02, task.cancel)
            try:
                await task
                self.notes.add(note)
            except (Regret, ConflictError):  # two that wait for each other: one of them is undone
                self.regrets += 1
            except asyncio.CancelledError:
                assert cancelled
                # It may have been cancelled while the commit ran: then it is there or not, but wholly.
                self.unsure.add(note)

    async def observe(self, done: asyncio.Event) -> int:
        seen = 0
        while not done.is_set():
            assert sum(await balances(self.db)) == TOTAL
            async with self.db.transaction(read_only=True) as tx:
                assert sum(await balances(tx)) == TOTAL
            seen += 1
        return seen


async def test_64_tasks_transfer_and_the_sum_never_changes(bank_db: Ommi) -> None:
    the_bank, done = Bank(bank_db, seed=20), asyncio.Event()
    observers = [asyncio.create_task(the_bank.observe(done)) for _ in range(2)]

    await asyncio.gather(*(the_bank.transfers(name, 8) for name in range(64)))
    done.set()

    assert all(seen > 0 for seen in await asyncio.gather(*observers))
    assert the_bank.regrets > 0
    assert len(the_bank.notes) > 200
    assert sum(await balances(bank_db)) == TOTAL
    notes = {note for (note,) in await bank_db.find(Transfer).select(Transfer.note).fetch.all()}
    assert the_bank.notes <= notes <= the_bank.notes | the_bank.unsure
    # Each account holds what the transfers that are there say.
    expected = [EACH] * ACCOUNTS
    for transfer in await bank_db.find(Transfer).fetch.all():
        expected[transfer.source - 1] -= transfer.amount
        expected[transfer.target - 1] += transfer.amount
    assert [account.balance for account in await bank_db.find(Account).order_by("id").fetch.all()] == expected


async def test_two_handles_transfer_at_once(database: str) -> None:
    """Writers of two handles meet at a lock, the file's or a row's; they wait or conflict, and no update is lost."""
    options = {"busy_timeout": 30_000} if database.startswith("sqlite") else {}
    async with Ommi(database, **options) as one, Ommi(database, **options) as other:
        for db in (one, other):
            await db.use_models(bank)
        await one.add([Account(EACH) for _ in range(ACCOUNTS)]).or_raise()
        banks = [Bank(one, seed=1), Bank(other, seed=2)]

        await asyncio.gather(
            *(banks[name % 2].transfers(name, 6) for name in range(16)),
        )

        for db in (one, other):
            assert sum(await balances(db)) == TOTAL
        assert len(banks[0].notes | banks[1].notes) > 30


async def test_uncommitted_work_is_invisible_to_others(database: str) -> None:
    async with Ommi(database) as db, Ommi(database) as other:
        await db.use_models(bank)
        await db.add(Account(1)).or_raise()

        async def seen() -> list[list[int]]:
            return [await balances(db), await balances(other), await balances(by_hand_reader)]

        snapshot = IsolationLevel.REPEATABLE_READ
        by_hand_reader = await other.transaction(read_only=True, isolation_level=snapshot)
        async with db.transaction() as tx:
            await tx.add(Account(2)).or_raise()
            await tx.find(Account).update(balance=Account.balance * 10).or_raise()
            assert await balances(tx) == [10, 20]
            assert await balances(db) == [10, 20], "in this task db joins the transaction"
            assert await asyncio.create_task(seen()) == [[1], [1], [1]]
            assert await balances(other) == [1]
        assert await balances(other) == [10, 20]
        assert await balances(by_hand_reader) == [1], "it keeps its snapshot"
        await by_hand_reader.rollback()


async def test_a_gather_inside_a_block_is_in_the_transaction_and_in_order(bank_db: Ommi) -> None:
    with pytest.raises(Regret):
        async with bank_db.transaction():
            accounts = [Account(n) for n in range(50)]
            await asyncio.gather(*(bank_db.add(account).or_raise() for account in accounts))
            assert [account.id for account in accounts] == list(range(ACCOUNTS + 1, ACCOUNTS + 51))
            assert await bank_db.find(Account).count.or_raise() == ACCOUNTS + 50
            raise Regret
    assert await bank_db.find(Account).count.or_raise() == ACCOUNTS

    async with bank_db.transaction():
        doubled = bank_db.find(Account.id == 1).update(balance=Account.balance * 2)
        more = bank_db.find(Account.id == 1).update(balance=Account.balance + 1)
        await asyncio.gather(doubled, more, bank_db.find(Account.id == 1).update(balance=Account.balance * 2))
    assert (await bank_db.find(Account.id == 1).one.or_raise()).balance == (EACH * 2 + 1) * 2


async def test_a_task_started_inside_a_block_is_not_in_it(bank_db: Ommi) -> None:
    async def add_one() -> None:
        await bank_db.add(Account(5)).or_raise()

    async def add_with(tx) -> None:
        await tx.add(Account(6)).or_raise()

    with pytest.raises(Regret):
        async with bank_db.transaction() as tx:
            await tx.find(Account).update(balance=0).or_raise()
            outside = asyncio.create_task(add_one())
            reading = asyncio.create_task(balances(bank_db))
            assert sum(await reading) in (TOTAL, TOTAL + 5)
            await asyncio.create_task(add_with(tx))
            assert await tx.find(Account.balance == 6).count.or_raise() == 1
            if not bank_db.capabilities()["concurrent_writers"]:
                done, _ = await asyncio.wait([outside], timeout=0.05)
                assert not done, "the task's own transaction waits for this one to end"
            raise Regret
    await outside
    assert sum(await balances(bank_db)) == TOTAL + 5
    assert await bank_db.find(Account.balance == 6).count.or_raise() == 0


async def test_a_transaction_used_by_many_tasks_runs_one_statement_at_a_time(bank_db: Ommi) -> None:
    async with bank_db.transaction() as tx:

        async def add_and_count(number: int) -> int:
            await tx.add(Account(number)).or_raise()
            return await tx.find(Account).count.or_raise()

        counts = await asyncio.gather(*(asyncio.create_task(add_and_count(n)) for n in range(64)))
    assert max(counts) == ACCOUNTS + 64
    assert await bank_db.find(Account).count.or_raise() == ACCOUNTS + 64


async def test_a_transaction_that_ended_refuses_late_work(bank_db: Ommi) -> None:
    async with bank_db.transaction() as tx:
        late = tx.add(Account(1))
        update = tx.find(Account).update(balance=0)
    for operation in (late, update, tx.find(Account).count, tx.add(Account(2))):
        assert isinstance((await operation).error, TransactionError)
    assert sum(await balances(bank_db)) == TOTAL


async def test_cancelling_at_every_moment_of_a_transaction(bank_db: Ommi) -> None:
    """Cancelled after any number of steps of the loop, a transaction is there wholly or not at all."""

    async def work(number: int) -> None:
        async with bank_db.transaction() as tx:
            await tx.find(Account.id == 1).update(balance=Account.balance - 1).or_raise()
            await tx.add(Transfer(1, 2, 1, f"step {number}")).or_raise()
            await tx.find(Account.id == 2).update(balance=Account.balance + 1).or_raise()

    for number in range(120):
        task = asyncio.create_task(work(number))
        for _ in range(number % 40):
            await asyncio.sleep(0)
        if number >= 40:
            await asyncio.sleep(number * 1e-5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # In one snapshot: a commit that was cancelled may still be on its way.
        snapshot = IsolationLevel.REPEATABLE_READ
        async with bank_db.transaction(read_only=True, isolation_level=snapshot) as tx:
            committed = await tx.find(Transfer).count.or_raise()
            rows = await tx.find(Account.id <= 2).order_by("id").fetch.all()
        assert [account.balance for account in rows] == [EACH - committed, EACH + committed]
    await work(1000)
    assert await bank_db.find(Transfer.note == "step 1000").count.or_raise() == 1


async def test_memory_is_private_to_its_handle_and_shared_by_its_users() -> None:
    async with Ommi("sqlite://:memory:") as one, Ommi("sqlite://:memory:") as other, Ommi() as third:
        await one.add(Account(1)).or_raise()
        assert [await db.find(Account).count.or_raise() for db in (one, other, third)] == [1, 0, 0]

        async def add(number: int) -> int:
            await one.add(Account(number)).or_raise()
            async with one.transaction(read_only=True) as tx:
                return await tx.find(Account.balance == number).count.or_raise()

        assert await asyncio.gather(*(add(number) for number in range(100, 140))) == [1] * 40
        assert await asyncio.to_thread(lambda: asyncio.run(count(one))) == 41
        streams = [one.find(Account).all for _ in range(10)]
        iterators = [await stream.or_raise() for stream in streams]
        assert [len(await iterator.get()) for iterator in iterators] == [41] * 10
