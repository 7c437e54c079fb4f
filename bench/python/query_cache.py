"""What an answer from the query cache costs, beside the read that it saves.

`python bench/python/query_cache.py [--rounds N] [URL ...]` on the release build; without URLs, a fresh SQLite file. The
promise is a third of a read of SQLite and a twentieth of one of PostgreSQL. The median of the rounds counts; both take
turns.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

from ommi import Key, ModelCollection, Ommi, ommi_model

ROWS = 10_000
AGES = 80
READS = 2_000

models = ModelCollection()


@ommi_model(collection=models)
@dataclass
class Person:
    id: Annotated[int, Key]
    name: str
    age: int
    score: float


def reads(db: Ommi) -> dict[str, Callable[[bool], Awaitable[Any]]]:
    """What is read, by its title; through the cache or not."""

    def through(query: Any, cached: bool) -> Any:
        return query.cached() if cached else query

    return {
        "get by key": lambda cached: through(db.find(Person.id == 77), cached).fetch.one(),
        "20 filtered rows": lambda cached: through(
            db.find(Person.age == 30, Person.score >= 20.0).order_by(Person.id).limit(20), cached
        ).fetch.all(),
        "count": lambda cached: through(db.find(Person.age == 30), cached).count.or_raise(),
    }


async def microseconds(read: Callable[[bool], Awaitable[Any]], cached: bool) -> float:
    """The time of one read."""
    began = time.perf_counter()
    for _ in range(READS):
        await read(cached)
    return (time.perf_counter() - began) / READS * 1e6


async def measure(url: str, rounds: int) -> None:
    """Prints the table of one database."""
    async with Ommi(url) as db:
        await db.recreate_models(models)
        people = [Person(n, f"Person {n}", n % AGES, n * 0.37 % 100) for n in range(1, ROWS + 1)]
        await db.add(*people).or_raise()
        print(f"{db.driver_name + ', microseconds':<26}{'read':>9}{'cached':>9}{'ratio':>9}")
        for title, read in reads(db).items():
            pairs = [(await microseconds(read, False), await microseconds(read, True)) for _ in range(rounds)]
            plain, kept = (median(times) for times in zip(*pairs, strict=True))
            print(f"{title:<26}{plain:>9.1f}{kept:>9.1f}{median(p / k for p, k in pairs):>9.1f}")
        await db.remove_models(models)


async def main() -> None:
    """Measures all that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("urls", nargs="*", metavar="URL", help="databases to create the table `person` in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for url in arguments.urls or [f"sqlite:///{Path(folder) / 'bench.db'}"]:
            await measure(url, arguments.rounds)


if __name__ == "__main__":
    asyncio.run(main())
