"""A million rows in constant memory: streamed, and added in chunks; each in a process that measures itself."""

import subprocess
import sys
from pathlib import Path

import pytest

ROWS = 1_000_000
LIMIT = 64 * 2**20

PRELUDE = """
import asyncio, os, sys
from dataclasses import dataclass
from typing import Annotated
from ommi import Key, ModelCollection, Ommi, ommi_model

ROWS = {rows}

@ommi_model(collection=ModelCollection(), name="row")
@dataclass
class Row:
    text: str
    number: int
    real: float = 1.5
    id: Annotated[int, Key] = None

def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

async def warm(db: Ommi) -> None:
    async for _ in db.find(Row).limit(2000):
        pass
    for _ in range(3):
        await db.find(Row).limit(5000).fetch.all()

async def main() -> None:
    async with Ommi(sys.argv[1], synchronous="off") as db:
        {body}

asyncio.run(main())
"""

FILL = """
        await db.add([Row("warm", 0)]).or_raise()
        idle = peak = resident()
        for first in range(0, ROWS, 10_000):
            rows = [Row(f"text of row {number}", number) for number in range(first, first + 10_000)]
            await db.add(rows).or_raise()
            peak = max(peak, resident())
        print(peak - idle)
        assert await db.find(Row).count.or_raise() == ROWS + 1
"""

STREAM = """
        await warm(db)
        tx = await db.transaction(read_only=True)
        idle = peak = resident()
        seen = 0
        async for row in {rows}:
            seen += 1
            if seen % 10_000 == 0:
                peak = max(peak, resident())
        print(peak - idle)
        assert seen == ROWS + 1, seen
"""

SLOW_CONSUMER = """
        await warm(db)
        idle = peak = resident()
        seen = 0
        async for row in db.find(Row):
            seen += 1
            if seen % 1000 == 0:
                await asyncio.sleep(0.001)  # the readers could run far ahead
                peak = max(peak, resident())
            if seen == 300_000:
                break
        print(peak - idle)
"""


def run(path: Path, body: str) -> int:
    """The growth that the process reports, in bytes."""
    code = PRELUDE.format(rows=ROWS, body=body.strip())
    out = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert (out.returncode, out.stderr) == (0, "")
    return int(out.stdout)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A file with a million rows, and how much adding them took."""
    path = tmp_path_factory.mktemp("memory") / "a.db"
    return path, run(path, FILL)


def test_a_million_rows_added_in_chunks(filled: tuple[Path, int]) -> None:
    assert filled[1] < LIMIT


@pytest.mark.parametrize(
    "rows",
    [
        "db.find(Row)",
        "await db.find(Row).all.or_raise()",
        "db.find(Row).order_by('id').select(Row.id, Row.text)",
        "tx.find(Row)",
    ],
    ids=["a query", "an iterator", "tuples", "in a transaction"],
)
def test_a_million_rows_streamed(filled: tuple[Path, int], rows: str) -> None:
    assert run(filled[0], STREAM.format(rows=rows)) < LIMIT


def test_a_consumer_that_is_slow_holds_the_readers_back(filled: tuple[Path, int]) -> None:
    assert run(filled[0], SLOW_CONSUMER) < LIMIT
