"""Python's own `sqlite3` is a second SQLite library in the process; on the file that Ommi has open it costs no commit.

Two libraries drop each other's POSIX locks when either closes the file ("How To Corrupt An SQLite Database File",
2.2.1). Every test ends by looking at the file from a fresh process.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from ommi import ConflictError, Index, Key, ModelCollection, Ommi, ommi_model


@ommi_model(collection=ModelCollection(), name="entry")
@dataclass
class Entry:
    writer: Annotated[str, Index]
    round: int
    id: Annotated[int, Key] = None


# A rollback journal costs several times as much for each commit.
ROUNDS = {"wal": 200, "delete": 80}
JOURNALS = list(ROUNDS)
PATIENCE = 60
INSERT = "INSERT INTO entry (writer, round) VALUES (?, ?)"

LOOK = """
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(json.dumps({
    "integrity": [row[0] for row in connection.execute("PRAGMA integrity_check")],
    "rows": connection.execute("SELECT writer, round FROM entry ORDER BY writer, round").fetchall(),
}))
connection.close()
"""

OTHER_PROCESS = """
import sqlite3, sys
path, rounds = sys.argv[1], int(sys.argv[2])
for number in range(rounds):
    connection = sqlite3.connect(path, timeout=60)
    with connection:
        connection.execute("INSERT INTO entry (writer, round) VALUES ('process', ?)", (number,))
    connection.close()
"""


def open_db(path: Path, journal: str) -> Ommi:
    return Ommi(f"sqlite:///{path}?journal_mode={journal}&busy_timeout={PATIENCE * 1000}&synchronous=normal")


def seen_by_a_fresh_process(path: Path) -> Counter[str]:
    """How many rows each writer left; the file is sound and no row is there twice."""
    out = subprocess.run([sys.executable, "-c", LOOK, path], capture_output=True, check=True, text=True)
    look = json.loads(out.stdout)
    assert look["integrity"] == ["ok"]
    rows = [tuple(row) for row in look["rows"]]
    assert len(set(rows)) == len(rows)
    return Counter(writer for writer, _ in rows)


def take_write_lock(path: Path) -> str:
    """What a fresh process hears when it asks for the write lock without waiting."""
    attempt = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
    out = subprocess.run([sys.executable, "-c", attempt, path], capture_output=True, check=False, text=True)
    return out.stderr.strip().rpartition("\n")[2]


def write_once(path: Path, writer: str, number: int) -> None:
    connection = sqlite3.connect(path, timeout=PATIENCE)
    with connection:
        connection.execute(INSERT, (writer, number))
    connection.close()


@pytest.mark.parametrize("journal", JOURNALS)
async def test_commits_of_both_interleaved_with_opening_and_closing(tmp_path: Path, journal: str) -> None:
    path, rounds = tmp_path / "a.db", ROUNDS[journal]
    async with open_db(path, journal) as db:
        await db.use_models(Entry)
        for number in range(rounds):
            theirs = sqlite3.connect(path, timeout=PATIENCE)
            assert theirs.execute("SELECT count(*) FROM entry").fetchone() == (3 * number,)
            await db.add(Entry("ours", number)).or_raise()
            with theirs:
                theirs.execute(INSERT, ("theirs", number))
            if number % 2:
                theirs.close()
                await db.add(Entry("ours too", number)).or_raise()
            else:
                await db.add(Entry("ours too", number)).or_raise()
                theirs.close()
            assert await db.find(Entry).count.or_raise() == 3 * number + 3
    assert seen_by_a_fresh_process(path) == {"ours": rounds, "ours too": rounds, "theirs": rounds}


@pytest.mark.parametrize("journal", JOURNALS)
async def test_commits_of_threads_and_of_another_process_at_once(tmp_path: Path, journal: str) -> None:
    """Our handle writes, threads and a process open, write and close meanwhile: each commit is there once."""
    path, rounds, threads = tmp_path / "a.db", ROUNDS[journal] // 2, 2
    async with open_db(path, journal) as db:
        await db.use_models(Entry)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER_PROCESS, path, str(rounds))

        def write_all(writer: str) -> None:
            for number in range(rounds):
                write_once(path, writer, number)

        async def write_ours(writer: str) -> None:
            for number in range(rounds):
                await db.add(Entry(writer, number)).or_raise()
                assert await db.find(Entry.writer == writer).count.or_raise() == number + 1

        await asyncio.gather(
            write_ours("ours"),
            write_ours("ours too"),
            *(asyncio.to_thread(write_all, f"thread {number}") for number in range(threads)),
        )
        assert await process.wait() == 0
    expected = {"ours": rounds, "ours too": rounds, "process": rounds, "thread 0": rounds, "thread 1": rounds}
    assert seen_by_a_fresh_process(path) == expected


@pytest.mark.parametrize("journal", JOURNALS)
async def test_handles_that_come_and_go_leave_a_lasting_connection_its_locks(
    tmp_path: Path, journal: str
) -> None:
    """The reverse: `sqlite3` keeps the file open and writes while our handles open and close it."""
    path, rounds = tmp_path / "a.db", ROUNDS[journal] // 4
    async with open_db(path, journal) as db:
        await db.use_models(Entry)
    theirs = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER_PROCESS, path, str(rounds))
    for number in range(rounds):
        if journal == "wal":  # in the other one, a reader and a waiting writer would wait for each other
            theirs.execute("BEGIN")
        assert theirs.execute("SELECT count(*) FROM entry WHERE writer = 'ours'").fetchone() == (number,)
        async with open_db(path, journal) as db:
            assert await db.find(Entry.writer == "ours").count.or_raise() == number
        if theirs.in_transaction:
            theirs.execute("COMMIT")
        theirs.execute(INSERT, ("theirs", number))
        async with open_db(path, journal) as db:
            await db.add(Entry("ours", number)).or_raise()
    assert await process.wait() == 0
    theirs.close()
    assert seen_by_a_fresh_process(path) == {"ours": rounds, "theirs": rounds, "process": rounds}


@pytest.mark.parametrize("journal", JOURNALS)
async def test_a_write_lock_of_theirs_outlives_our_closing(tmp_path: Path, journal: str) -> None:
    """While `sqlite3` holds the write lock, our closing the file must not give it to another process."""
    path = tmp_path / "a.db"
    db = open_db(path, journal)
    await db.add(Entry("ours", 0)).or_raise()
    theirs = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    theirs.execute("BEGIN IMMEDIATE")
    theirs.execute(INSERT, ("theirs", 0))
    await db.close()
    assert take_write_lock(path) == "sqlite3.OperationalError: database is locked"
    theirs.execute("COMMIT")
    theirs.close()
    assert seen_by_a_fresh_process(path) == {"ours": 1, "theirs": 1}


@pytest.mark.parametrize("journal", JOURNALS)
async def test_our_write_lock_outlives_their_closing(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "a.db"
    async with open_db(path, journal) as db:
        await db.use_models(Entry)
        async with db.transaction() as tx:
            await tx.add(Entry("ours", 0)).or_raise()
            for _ in range(3):
                theirs = sqlite3.connect(path, timeout=0)
                assert theirs.execute("SELECT count(*) FROM entry").fetchone() == (0,)
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    theirs.execute(INSERT, ("theirs", 0))
                theirs.close()
            assert take_write_lock(path) == "sqlite3.OperationalError: database is locked"
    assert seen_by_a_fresh_process(path) == {"ours": 1}


@pytest.mark.parametrize("journal", JOURNALS)
async def test_a_lock_of_theirs_is_a_conflict_for_us(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "a.db"
    async with Ommi(f"sqlite:///{path}?journal_mode={journal}&busy_timeout=50") as db:
        await db.use_models(Entry)
        theirs = sqlite3.connect(path, isolation_level=None)
        theirs.execute("BEGIN IMMEDIATE")
        theirs.execute(INSERT, ("theirs", 0))
        error = (await db.add(Entry("ours", 0))).error
        assert isinstance(error, ConflictError)
        assert "busy" in str(error)
        theirs.execute("COMMIT")
        theirs.close()
        await db.add(Entry("ours", 0)).or_raise()
    assert seen_by_a_fresh_process(path) == {"ours": 1, "theirs": 1}


async def test_a_write_ahead_log_is_gone_after_close_and_stays_while_we_use_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    log, index = tmp_path / "a.db-wal", tmp_path / "a.db-shm"
    async with Ommi(path) as db:
        await db.add(Entry("ours", 0)).or_raise()
        assert log.exists()
        for number in range(3):
            write_once(path, "theirs", number)
            assert log.exists()
        assert await db.find(Entry).count.or_raise() == 4
    assert not log.exists()
    assert not index.exists()
    assert seen_by_a_fresh_process(path) == {"ours": 1, "theirs": 3}


async def test_a_write_ahead_log_is_gone_however_many_connections_close(tmp_path: Path) -> None:
    """The last connection to a file takes its log away; two that close at the same time would both leave it."""
    for number in range(60):
        path = tmp_path / f"{number}.db"
        async with Ommi(path, synchronous="off") as db:
            await db.add([Entry("ours", number) for number in range(20)]).or_raise()
            await asyncio.gather(*(db.find(Entry).fetch.all() for _ in range(8)))
            await db.find(Entry.id == 1).one.or_raise()
            async with db.transaction(read_only=True) as tx:
                await tx.find(Entry).count.or_raise()
        assert [file.name for file in tmp_path.iterdir()] == [path.name]
        path.unlink()


FORK = """
import asyncio, gc, os, sys
sys.path.insert(0, sys.argv[2])
from test_sqlite3_in_process import Entry, open_db, take_write_lock

async def main():
    db = open_db(sys.argv[1], sys.argv[3])
    await db.use_models(Entry)
    block = db.transaction()
    tx = await block.__aenter__()
    await tx.add(Entry("ours", 0)).or_raise()
    child = os.fork()
    if child == 0:
        del db, block, tx
        gc.collect()
        sys.exit()
    os.waitpid(child, 0)
    print(take_write_lock(sys.argv[1]))
    await block.__aexit__(None, None, None)
    await db.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("journal", JOURNALS)
def test_the_end_of_a_fork_leaves_its_parents_locks(tmp_path: Path, journal: str) -> None:
    """A child process has copies of our descriptors; letting go of them must not release what the parent holds."""
    path, folder = tmp_path / "a.db", Path(__file__).parent
    out = subprocess.run(
        [sys.executable, "-c", FORK, path, folder, journal], capture_output=True, check=False, text=True
    )
    assert (out.stdout, out.stderr) == ("sqlite3.OperationalError: database is locked\n", "")
    assert seen_by_a_fresh_process(path) == {"ours": 1}
