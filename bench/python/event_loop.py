"""For how long Ommi holds the event loop: the longest delay of a task that wakes each millisecond, beside other work.

`python bench/python/event_loop.py [--rounds N]` on the release build; a fresh SQLite file, no other contender. The
promise is 5 ms. The best of the rounds counts: delays are added to by whatever else the machine does.
"""

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from ommi import Key, ModelCollection, Ommi, ommi_model

TICK = 0.001
ROWS = 20_000
SHORT = 10_000
VALUES = 100_000
SECONDS = 10

models = ModelCollection()


@ommi_model(collection=models)
@dataclass
class Person:
    name: str
    number: int
    id: Annotated[int, Key] = None


async def longest_delay(work: Callable[[], Awaitable[Any]]) -> float:
    """By how many seconds the latest wake-up was late while `work` ran."""
    late = [0.0]

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            late.append(time.perf_counter() - began - TICK)

    gc.collect()
    gc.disable()  # it holds any loop
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    await work()
    await asyncio.sleep(2 * TICK)
    ticking.cancel()
    gc.enable()
    return max(late)


def works(db: Ommi) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What runs beside the task, by its title."""

    async def idle() -> None:
        await asyncio.sleep(1)

    async def one_slow_query() -> None:
        # It looks at names for the same end again and again, until it is given up.
        slow = asyncio.ensure_future(db.find(Person.name.regex("^(x|[0-9])*y$")).count.or_raise())
        ends = time.perf_counter() + SECONDS
        while time.perf_counter() < ends:
            await asyncio.wait([slow], timeout=ends - time.perf_counter())
            slow = asyncio.ensure_future(db.find(Person.name.regex("^(x|[0-9])*y$")).count.or_raise())
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)

    async def reads(tasks: int) -> None:
        async def some() -> None:
            for number in range(SHORT // tasks):
                await db.find(Person.id == number + 1).one.or_raise()

        await asyncio.gather(*(some() for _ in range(tasks)))

    async def rows() -> None:
        await db.find(Person).fetch.all()

    async def values() -> None:
        await db.find(Person.number.in_(numbers)).count.or_raise()

    numbers = list(range(VALUES))
    return {
        "nothing": idle,
        f"slow queries for {SECONDS} s": one_slow_query,
        f"{SHORT:,} reads by one task": lambda: reads(1),
        f"{SHORT:,} reads by 64 tasks": lambda: reads(64),
        f"{ROWS:,} rows as a list": rows,
        f"a list of {VALUES:,} values": values,
    }


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with Ommi(f"sqlite:///{Path(directory) / 'a.db'}", synchronous="off") as db:
            await db.use_models(models)
            await db.add([Person("x" * 200, number) for number in range(ROWS)]).or_raise()
            print(f"{'beside':<28}{'longest delay':>16}")
            for title, work in works(db).items():
                best = min([await longest_delay(work) for _ in range(rounds)])
                print(f"{title:<28}{best * 1000:>13.2f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(main(parser.parse_args().rounds))
