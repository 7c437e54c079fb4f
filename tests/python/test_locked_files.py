"""Files that another process holds a lock of: a conflict after a while, and the handle goes on."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from notes import Note, make_notes, run_sql
from ommi import (
    ConflictError,
    Ommi,
)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    return await make_notes(tmp_path / "a.db")


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("INSERT INTO note (text, stars) VALUES ('held', 0)")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""


@pytest.mark.parametrize(
    ("journal", "lock"), [("wal", "IMMEDIATE"), ("delete", "IMMEDIATE"), ("delete", "EXCLUSIVE")]
)
class TestLocked:
    @pytest.fixture
    def holder(self, path: Path, journal: str, lock: str) -> Iterator["subprocess.Popen[str]"]:
        run_sql(path, f"PRAGMA journal_mode = {journal}")
        command = [sys.executable, "-c", HOLD, str(path), f"BEGIN {lock}"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
            process.communicate()

    async def test_by_another_process(self, path: Path, holder: Any, journal: str, lock: str) -> None:
        """A conflict after the busy timeout; with the lock gone the same handle works."""
        async with Ommi(f"sqlite:///{path}?busy_timeout=50&journal_mode={journal}") as db:
            for operation in (db.add(Note("x")), db.find(Note).update(stars=1), db.find(Note).delete):
                error = (await operation).error
                assert isinstance(error, ConflictError)
                assert "busy_timeout" in str(error)
            with pytest.raises(ConflictError):
                async with db.transaction():
                    pass
            if lock == "EXCLUSIVE":
                assert isinstance((await db.find(Note).count).error, ConflictError)
            else:
                assert await db.find(Note).count.or_raise() == 2000
            holder.communicate("go\n")
            await db.add(Note("x")).or_raise()
            assert await db.find(Note).count.or_raise() == 2002

    async def test_and_let_go_while_we_wait(self, path: Path, holder: Any, journal: str, lock: str) -> None:
        async with Ommi(f"sqlite:///{path}?busy_timeout=30000&journal_mode={journal}") as db:
            adding = asyncio.ensure_future(db.add(Note("x")).or_raise())
            done, _ = await asyncio.wait([adding], timeout=0.1)
            assert not done
            holder.communicate("go\n")
            assert (await adding).id == 2002

    async def test_and_given_up(self, path: Path, holder: Any, journal: str, lock: str) -> None:
        """Whoever waits for a lock can be cancelled; nothing of it is stored later."""
        async with Ommi(f"sqlite:///{path}?busy_timeout=30000&journal_mode={journal}") as db:
            adding = asyncio.ensure_future(db.add(Note("given up")).or_raise())
            await asyncio.wait([adding], timeout=0.05)
            adding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await adding
            holder.communicate("go\n")
            assert await db.find(Note.text == "given up").count.or_raise() == 0
            assert await db.find(Note).count.or_raise() == 2001
