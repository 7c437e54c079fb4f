"""The event loop is not held by work on a server or in memory either, and a cancelled query leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from databases import EVERY, SERVERS
from ommi import Ommi
from test_event_loop import PATIENCE, Node, graph, judge

pytestmark = pytest.mark.databases(*SERVERS)
ROWS = 20_000


@pytest.fixture
async def db(database: str) -> AsyncIterator[Ommi]:
    async with Ommi(database) as handle:
        await handle.use_models(graph)
        await handle.add([Node(f"x{number}", number) for number in range(ROWS)]).or_raise()
        yield handle


async def test_many_rows_as_a_list(db: Ommi) -> None:
    async def work() -> None:
        assert len(await db.find(Node).fetch.all()) == ROWS

    await judge(work)


async def test_many_rows_as_a_stream(db: Ommi) -> None:
    async def work() -> None:
        assert len([node.id async for node in db.find(Node)]) == ROWS

    await judge(work)


async def test_many_short_queries_by_tasks_at_once(db: Ommi) -> None:
    async def reads() -> None:
        for number in range(30):
            await db.find(Node.number == number).one.or_raise()

    async def work() -> None:
        await asyncio.gather(*(reads() for _ in range(32)))

    await judge(work)


async def test_long_lists_of_values(db: Ommi) -> None:
    numbers = list(range(0, 2 * ROWS, 2))

    async def work() -> None:
        assert await db.find(Node.number.in_(numbers)).count.or_raise() == ROWS // 2

    await judge(work)


@pytest.mark.databases(*EVERY)
async def test_streams_that_are_left_and_queries_that_are_cancelled_leave_the_handle_usable(db: Ommi) -> None:
    for turns in range(40):
        task = asyncio.ensure_future(db.find(Node.text.contains("9")).order_by(Node.text).fetch())
        for _ in range(turns):
            await asyncio.sleep(0)
        if turns >= 20:
            await asyncio.sleep(turns * 1e-4)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async for _ in db.find(Node).batch_size(10):
            break
    async with asyncio.timeout(PATIENCE):
        assert await db.find(Node).count.or_raise() == ROWS
        async with db.transaction() as tx:
            await tx.add(Node("last")).or_raise()
    assert await db.find(Node).count.or_raise() == ROWS + 1
    async with asyncio.timeout(PATIENCE):  # connections whose statements were stopped come back
        while db.pool.stats().used:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
