"""The loop hub: any number of event loops, of asyncio and uvloop, one after another and at once; cancellation."""

import asyncio
import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import uvloop
from blog import User
from ommi import Ommi

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


async def work(db: Ommi, name: str) -> int:
    """Goes by worker threads (a write, an unbounded read) and at once (a read by key)."""
    await db.add(User(name)).or_raise()
    users = await db.find(User.name == name).fetch.all()
    assert [user.name for user in users] == [name]
    assert (await db.find(User.id == users[0].id).one.or_raise()) == users[0]
    return await db.find(User.name == name).count.or_raise()


@pytest.mark.parametrize("new_loop", LOOPS.values(), ids=LOOPS)
def test_loops_one_after_another_share_a_handle(new_loop, tmp_path: Path) -> None:
    db = Ommi(f"sqlite:///{tmp_path / 'app.db'}")
    for name in ("Ada", "Bob", "Cleo"):
        loop = new_loop()
        try:
            assert loop.run_until_complete(work(db, name)) == 1
        finally:
            loop.close()
    with asyncio.Runner() as runner:
        runner.run(db.close())


def test_loops_at_once_in_threads_share_a_handle(tmp_path: Path) -> None:
    db = Ommi(f"sqlite:///{tmp_path / 'app.db'}")
    with asyncio.Runner() as runner:
        runner.run(db.use_models(User))
    failures: list[BaseException] = []

    def run(number: int) -> None:
        new_loop = list(LOOPS.values())[number % 2]
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                for turn in range(20):
                    assert runner.run(work(db, f"{number}/{turn}")) == 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with asyncio.Runner() as runner:
        assert runner.run(count_all(db)) == 120
        runner.run(db.close())


async def count_all(db: Ommi) -> int:
    return await db.find(User).count.or_raise()


@pytest.mark.parametrize("new_loop", LOOPS.values(), ids=LOOPS)
def test_a_cancelled_operation_leaves_the_handle_working(new_loop) -> None:
    async def main() -> None:
        async with Ommi("sqlite://:memory:") as db:
            await db.add([User(f"user {number}") for number in range(2000)]).or_raise()
            for _ in range(50):
                task = asyncio.ensure_future(db.find(User).fetch.all())
                await asyncio.sleep(0)
                # The read may have ended before it could be cancelled; then its rows are all there.
                task.cancel()
                outcome = (await asyncio.gather(task, return_exceptions=True))[0]
                assert isinstance(outcome, asyncio.CancelledError) or len(outcome) == 2000
            assert await db.find(User).count.or_raise() == 2000
            assert len(await db.find(User).fetch.all()) == 2000

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


async def test_an_operation_awaited_twice_runs_once(db: Ommi) -> None:
    adding = db.add(User("Ada"))
    first, second = await asyncio.gather(adding, adding)
    assert first.value is second.value
    assert (await adding).value is first.value
    assert await db.find(User).count.or_raise() == 1


async def test_wait_for_gives_up_and_the_handle_goes_on(db: Ommi) -> None:
    await db.use_models(User)
    holder = db.transaction()
    await holder.__aenter__()
    try:
        blocked = asyncio.create_task(outside(db))
        done, pending = await asyncio.wait([blocked], timeout=0.05)
        assert not done
        assert pending == {blocked}
        blocked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await blocked
    finally:
        await holder.__aexit__(None, None, None)
    assert await db.find(User).count.or_raise() == 0
    await db.add(User("Ada")).or_raise()


async def outside(db: Ommi) -> None:
    await db.add(User("waits for the writer")).or_raise()


def test_a_loop_closed_with_work_under_way_is_let_go(tmp_path: Path) -> None:
    db = Ommi(f"sqlite:///{tmp_path / 'app.db'}")
    with asyncio.Runner() as runner:
        runner.run(fill(db))
    loop = asyncio.new_event_loop()
    task = loop.create_task(read_all(db))
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    del loop
    task._log_destroy_pending = False  # asyncio's own warning about a task that its loop was closed under
    del task
    gc.collect()
    with asyncio.Runner() as runner:
        assert runner.run(count_all(db)) == 5000
        runner.run(db.close())


async def fill(db: Ommi) -> None:
    await db.add([User(f"user {number}") for number in range(5000)]).or_raise()


async def read_all(db: Ommi) -> list[User]:
    return await db.find(User).fetch.all()


def test_use_in_a_forked_child_is_a_clear_error(tmp_path: Path) -> None:
    script = f"""
import asyncio, os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from blog import User
from ommi import Ommi
from ommi.errors import ConnectionError

async def count(db):
    return await db.find(User).count.or_raise()

db = Ommi("sqlite:///{tmp_path / "app.db"}")
with asyncio.Runner() as runner:
    runner.run(count(db))
child = os.fork()
if child == 0:
    try:
        with asyncio.Runner() as runner:
            runner.run(count(db))
    except ConnectionError as error:
        if "fork" in str(error):
            with asyncio.Runner() as runner:
                fresh = Ommi("sqlite:///{tmp_path / "app.db"}")
                os._exit(runner.run(count(fresh)))
    os._exit(1)
_, status = os.waitpid(child, 0)
with asyncio.Runner() as runner:
    runner.run(count(db))
    runner.run(db.close())
sys.exit(os.waitstatus_to_exitcode(status))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


EXIT_SCRIPTS = {
    "handle left open": "asyncio.run(main())",
    "closed in time": "asyncio.run(closed())",
    "work under way": "asyncio.run(abandoned())",
    "killed by sys.exit": "asyncio.run(exits())",
    "loop in a daemon thread": "threading.Thread(target=in_thread, daemon=True).start(); time.sleep(0.02)",
}

EXIT_PRELUDE = f"""
import asyncio, sys, threading, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from blog import User
from ommi import Ommi
db = Ommi("sqlite://:memory:")

async def main():
    await db.add([User(f"user {{n}}") for n in range(300)]).or_raise()
    return await db.find(User).fetch.all()

async def closed():
    await main()
    await db.close()

async def abandoned():
    await main()
    asyncio.ensure_future(db.find(User).fetch.all())
    asyncio.ensure_future(db.add(User("late")))
    await asyncio.sleep(0)

async def exits():
    await main()
    sys.exit(0)

async def forever():
    while True:
        await main()

def in_thread():
    asyncio.run(forever())

"""


@pytest.mark.parametrize("ending", EXIT_SCRIPTS.values(), ids=EXIT_SCRIPTS)
def test_interpreter_exit_never_aborts(ending: str) -> None:
    running: list[subprocess.Popen[str]] = []
    for _ in range(40):
        command = [sys.executable, "-c", EXIT_PRELUDE + ending]
        running.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        )
        if len(running) == 4:
            check_exits(running)
    check_exits(running)


def check_exits(running: list[subprocess.Popen[str]]) -> None:
    while running:
        process = running.pop()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


async def test_ten_thousand_short_reads_let_the_loop_turn(db: Ommi) -> None:
    await db.add(User("Ada", id=1)).or_raise()
    turns = 0

    async def ticker() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    ticking = asyncio.create_task(ticker())
    for _ in range(10_000):
        await db.find(User.id == 1).one.or_raise()
    ticking.cancel()
    # Each operation may end at once; together they hold the loop for a millisecond at a time, and take many of them
    # on the fastest machine.
    assert turns >= 10
