"""Bad input and bad files: each a clear error of one class, and nothing lost."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from blog import User, blog, fill
from databases import EVERY
from ommi import (
    CheckViolation,
    ConnectionError,
    DatabaseError,
    DriverConnectFailed,
    DriverModelNotFound,
    Key,
    ModelCollection,
    ModelInsertError,
    ModelUpdateError,
    NotNullViolation,
    Ommi,
    QueryError,
    StorageError,
    UniqueViolation,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)


@ommi_model(collection=ModelCollection(), name="note")
@dataclass
class Note:
    text: str
    stars: int = 0
    id: Annotated[int, Key] = None


def url(path: Path, options: str = "") -> str:
    return f"sqlite:///{path}{options}"


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A file with one note."""
    path = tmp_path / "a.db"
    async with Ommi(url(path)) as db:
        await db.add(Note("kept")).or_raise()
    return path


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("note", "field", "said"),
    [
        (Note(3), "text", "expected text, got int"),
        (Note(b"x"), "text", "expected text, got bytes"),
        (Note("a\0b"), "text", "NUL"),
        (Note("\ud800"), "text", "surrogate"),
        (Note(None), "text", "a value is required"),
        (Note("x", "3"), "stars", "expected an integer, got str"),
        (Note("x", 1.5), "stars", "expected an integer, got float"),
        (Note("x", True), "stars", "expected an integer, got bool"),
        (Note("x", 2**63), "stars", "64 bits"),
        (Note("x", -(2**63) - 1), "stars", "64 bits"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_wrong_value_is_refused_before_anything_is_sent(
    db: Ommi, note: Note, field: str, said: str
) -> None:
    error = (await db.add([Note("fine"), note])).error

    assert isinstance(error, ValidationError)
    assert (error.model, error.field) == ("Note", field)
    assert said in str(error)
    assert await db.find(Note).count.or_raise() == 0


async def test_values_never_show_in_errors(db: Ommi) -> None:
    secret = "s3cret"
    await db.add(User("a", secret)).or_raise()

    for result in (
        await db.add(User("b", secret)),
        await db.find(User.age == secret),
        await db.find(User).update(age=secret),
        await db.add(User("c", age=secret)),
    ):
        assert result.error is not None
        assert secret not in str(result.error)
        assert secret not in repr(result.error)
        assert secret not in str(getattr(result.error, "statement", ""))


async def test_an_error_of_the_database_carries_its_statement(db: Ommi) -> None:
    await db.add(User("a", id=1)).or_raise()

    error = (await db.add(User("b", id=1))).error

    assert isinstance(error, UniqueViolation)
    assert isinstance(error, ModelInsertError)
    assert error.statement.lower().lstrip('{"').startswith("insert")


async def test_an_update_that_breaks_a_rule_is_an_update_error(db: Ommi) -> None:
    await db.add(User("a", "1"), User("b", "2")).or_raise()

    error = (await db.find(User.name == "b").update(email="1")).error

    assert isinstance(error, UniqueViolation)
    assert isinstance(error, ModelUpdateError)


async def test_an_unknown_field_in_an_update(db: Ommi) -> None:
    error = (await db.find(Note).update(nonsense=1)).error

    assert isinstance(error, ValidationError)
    assert "text, stars, id" in str(error)


async def test_a_check_of_a_table_made_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    columns = (
        "text TEXT NOT NULL CHECK (length(text) < 3), stars INTEGER NOT NULL, id INTEGER NOT NULL PRIMARY KEY"
    )
    change(path, f"CREATE TABLE note ({columns})")

    async with Ommi(url(path)) as db:
        assert isinstance((await db.add(Note("too long"))).error, CheckViolation)
        assert await db.find(Note).count.or_raise() == 0


async def test_a_null_where_a_table_made_elsewhere_forbids_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    columns = (
        "text TEXT NOT NULL, stars INTEGER NOT NULL, extra TEXT NOT NULL, id INTEGER NOT NULL PRIMARY KEY"
    )
    change(path, f"CREATE TABLE note ({columns})")

    async with Ommi(url(path), allow_implicit_model_setup=False) as db:
        assert isinstance((await db.add(Note("x"))).error, NotNullViolation)


async def test_text_that_is_no_unicode_and_columns_of_another_type_name_the_field(path: Path) -> None:
    change(path, "UPDATE note SET text = CAST(X'FF41' AS TEXT)")
    async with Ommi(url(path)) as db:
        error = (await db.find(Note).fetch()).error
        assert isinstance(error, DatabaseError)
        assert "Note.text" in str(error)
        assert await db.find(Note).count.or_raise() == 1

    change(path, "UPDATE note SET text = 'fine', stars = 'many'")
    async with Ommi(url(path)) as db:
        error = (await db.find(Note).one).error
        assert isinstance(error, DatabaseError)
        assert "Note.stars" in str(error)
        assert "many" not in str(error)

    change(path, "UPDATE note SET stars = 1, text = X'00FF'")
    async with Ommi(url(path)) as db:
        assert "Note.text" in str((await db.find(Note).one).error)


async def test_a_missing_table(path: Path) -> None:
    async with Ommi(url(path), allow_implicit_model_setup=False) as db:
        for operation in (db.find(User).fetch(), db.add(User("x")), db.find(User).delete):
            error = (await operation).error
            assert isinstance(error, DriverModelNotFound)
            assert isinstance(error, QueryError)
            assert "User" in str(error)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.write_bytes(b"this is no database at all, not even nearly" * 100),
        lambda path: path.unlink(),
    ],
    ids=["a directory", "no database", "gone"],
)
async def test_a_file_that_is_no_database(path: Path, spoil: Callable[[Path], Any]) -> None:
    for beside in path.parent.glob("a.db-*"):
        beside.unlink()
    spoil(path)

    async with Ommi(url(path, "?mode=rw")) as db:
        for operation in (db.find(Note).count, db.add(Note("x"))):
            error = (await operation).error
            assert isinstance(error, ConnectionError)
            assert "a.db" in str(error)


async def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    async with Ommi(url(tmp_path / "missing" / "a.db")) as db:
        assert isinstance((await db.add(Note("x"))).error, DriverConnectFailed | ConnectionError)


async def test_a_corrupt_page_is_an_error_and_not_a_crash(path: Path) -> None:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)"
    change(path, f"INSERT INTO note (text, stars) {numbers} SELECT 'text ' || x, x FROM n")
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(content)

    async with Ommi(url(path)) as db:
        result = await db.find(Note).fetch()

    assert isinstance(result.error, DatabaseError)


async def test_a_read_only_file(path: Path) -> None:
    async with Ommi(url(path, "?mode=ro")) as db:
        assert [note.text for note in await db.find(Note).fetch.all()] == ["kept"]
        for operation in (db.add(Note("x")), db.find(Note).update(stars=1), db.find(Note).delete):
            error = (await operation).error
            assert isinstance(error, StorageError)
            assert "read-only" in str(error)
        assert await db.find(Note).count.or_raise() == 1


# A process that may write files of a limited size only, which SQLite meets as a full disk.
LIMITED = """
import asyncio, resource, sys
from dataclasses import dataclass
from ommi import ModelCollection, Ommi, StorageError, ommi_model

@ommi_model(collection=ModelCollection(), name="note")
@dataclass
class Note:
    text: str
    stars: int = 0
    id: int = None

async def main():
    async with Ommi("sqlite:///" + sys.argv[1]) as db:
        await db.find(Note).one.or_raise()
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        error = (await db.add([Note("x" * 1000) for _ in range(3000)])).error
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await db.add(Note("after")).or_raise()
        print(isinstance(error, StorageError), await db.find(Note).count.or_raise())

asyncio.run(main())
"""


def test_a_full_disk_loses_nothing(path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=False)

    assert (run.stdout.split(), run.stderr) == (["True", "2"], "")


async def test_a_value_of_a_gigabyte_is_an_error_or_stored(path: Path) -> None:
    async with Ommi(url(path)) as db:
        result = await db.add(Note("x" * 1_000_000_001))
        assert isinstance(result.error, ValidationError)
        assert await db.find(Note).count.or_raise() == 1


async def test_ten_mebibytes_are_stored(db: Ommi) -> None:
    text = "häß\U0001f600" * (2**20)
    await db.add(Note(text)).or_raise()

    assert (await db.find(Note).one.or_raise()).text == text


def test_a_handle_is_used_in_two_threads(path: Path) -> None:
    """Each thread has a loop of its own; the handle serves both at once."""
    db = Ommi(url(path))
    failures: list[BaseException] = []

    async def works(number: int) -> None:
        for n in range(50):
            await db.add(Note(f"{number}: {n}")).or_raise()
            await db.find(Note.text == f"{number}: {n}").one.or_raise()

    def run(number: int) -> None:
        try:
            asyncio.run(works(number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def ends() -> int:
        async with db:
            return await db.find(Note).count.or_raise()

    assert failures == []
    assert asyncio.run(ends()) == 101


def test_a_handle_outlives_its_loop(path: Path) -> None:
    db = Ommi(url(path))

    async def counts() -> int:
        return await db.find(Note).count.or_raise()

    assert [asyncio.run(counts()) for _ in range(3)] == [1, 1, 1]
    asyncio.run(db.close())


async def test_the_same_file_in_pythons_own_sqlite3_loses_no_commit(path: Path) -> None:
    """Two SQLite libraries in one process drop each other's locks unless care is taken."""
    async with Ommi(url(path)) as db:
        for n in range(20):
            other = sqlite3.connect(path)
            assert other.execute("SELECT count(*) FROM note").fetchone() == (2 * n + 1,)
            await db.add(Note(f"ours {n}")).or_raise()
            with other:
                other.execute("INSERT INTO note (text, stars) VALUES ('theirs', 0)")
            other.close()
        assert await db.find(Note).count.or_raise() == 41
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM note").fetchone() == (41,)
    connection.close()


async def test_a_lock_of_pythons_own_sqlite3_is_respected(path: Path) -> None:
    async with Ommi(url(path, "?busy_timeout=50")) as db:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        holder.execute("INSERT INTO note (text, stars) VALUES ('theirs', 0)")
        assert not (await db.add(Note("ours"))).is_success()
        holder.execute("COMMIT")
        holder.close()
        await db.add(Note("ours")).or_raise()
        assert await db.find(Note).count.or_raise() == 3


async def test_use_after_close(path: Path) -> None:
    db = Ommi(url(path))
    query = db.find(Note)
    iterator = await query.all.or_raise()
    await db.close()

    late: list[Callable[[], Awaitable[Any]]] = [
        lambda: query.count,
        lambda: db.add(Note("x")),
        lambda: db.find(Note).fetch(),
        lambda: db.schema(Note).create_models(),
    ]
    for operation in late:
        assert isinstance((await operation()).error, ConnectionError)
    with pytest.raises(ConnectionError):
        await db.use_models(Note)
    await iterator.get()  # the first batch was read already


async def test_a_query_of_many_models_and_deep_expressions(db: Ommi) -> None:
    await fill(db, 2, 0)
    expression = User.age > 0
    for _ in range(300):
        expression = expression & (User.age > 0)

    result = await db.find(expression).count

    assert result.value_or(2) == 2
    assert result.is_success() or isinstance(result.error, DatabaseError)


async def test_too_many_values_and_names(db: Ommi) -> None:
    await db.use_models(blog)

    assert await db.find(User.name.in_([str(n) for n in range(40_000)])).count.or_raise() == 0
    assert await db.find(User.name("a", "b") | User.name.in_([])).count.or_raise() == 0
