"""Every way to open a SQLite database, and the driver's raw operations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blog import Post, User, blog, fill
from ommi import (
    BaseDriver,
    BaseDriverTransaction,
    ConnectionError,
    DatabaseError,
    Ommi,
    SQLiteConfig,
    SQLiteDriver,
    UnsupportedError,
    ValidationError,
)
from ommi.ext.drivers.sqlite import SQLiteDriver as FromOldPath
from ommi.ext.drivers.sqlite.driver import SQLiteDriver as FromOldSubmodule


def test_old_import_paths() -> None:
    assert FromOldPath is FromOldSubmodule is SQLiteDriver


@pytest.mark.parametrize(
    "connect",
    [
        lambda path: SQLiteDriver.connect(f"sqlite:///{path}"),
        lambda path: SQLiteDriver.connect(str(path)),
        lambda path: SQLiteDriver.connect(path),
        lambda path: SQLiteDriver.connect({"filename": path}),
        lambda path: SQLiteDriver.connect({"database": str(path), "busy_timeout": 100}),
        lambda path: SQLiteDriver.connect(filename=path, journal_mode="wal"),
        lambda path: SQLiteDriver.connect(path, foreign_keys=True, readers=2),
        lambda path: SQLiteDriver.connect(SQLiteConfig(filename=path, synchronous="normal")),
        lambda path: SQLiteDriver.connect(f"sqlite:///{path}?mode=rwc&busy_timeout=100&foreign_keys=on"),
    ],
)
async def test_connect_takes_urls_paths_mappings_and_keywords(
    tmp_path: Path, connect: Callable[[Path], Any]
) -> None:
    path = tmp_path / "a b.db"

    async with connect(path) as driver:
        assert await driver.add([User("Ada")]) == [User("Ada", id=1)]

    assert path.exists()


@pytest.mark.parametrize(
    "memory", [(), (":memory:",), ("sqlite://:memory:",), ("sqlite://",), ({},), (None,)]
)
async def test_without_a_file_it_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: Any
) -> None:
    monkeypatch.chdir(tmp_path)

    async with SQLiteDriver.connect(*memory) as driver:
        await driver.add([User("Ada")])
        assert await driver.count(User) == 1

    assert list(tmp_path.iterdir()) == []


async def test_three_slashes_are_relative_and_four_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async with Ommi("sqlite:///relative.db") as db:
        await db.use_models(blog)
    async with Ommi(f"sqlite:///{tmp_path}/absolute.db") as db:
        await db.use_models(blog)

    assert (tmp_path / "relative.db").exists()
    assert (tmp_path / "absolute.db").exists()


async def test_connect_may_be_awaited_or_not() -> None:
    driver = SQLiteDriver.connect()
    assert await driver is driver
    awaited = await SQLiteDriver.connect(":memory:")
    assert isinstance(awaited, SQLiteDriver)
    await driver.disconnect()
    await awaited.disconnect()


async def test_from_config_gives_a_handle(tmp_path: Path) -> None:
    async with SQLiteDriver.from_config(SQLiteConfig(filename=tmp_path / "a.db")) as db:
        assert isinstance(db, Ommi)
        assert isinstance(db.driver, SQLiteDriver)
        await db.add(User("Ada")).or_raise()
        assert await db.find(User).count.or_raise() == 1


async def test_a_handle_on_a_driver_shares_its_database() -> None:
    async with SQLiteDriver.connect() as driver:
        await driver.add([User("Ada")])
        db = Ommi(driver)
        assert await db.find(User).count.or_raise() == 1


async def test_two_databases_in_memory_are_two() -> None:
    async with Ommi("sqlite://:memory:") as one, Ommi("sqlite://:memory:") as other:
        await one.add(User("Ada")).or_raise()
        assert await other.find(User).count.or_raise() == 0


@pytest.mark.parametrize(
    "open_",
    [
        lambda: Ommi("sqlite://:memory:?nonsense=1"),
        lambda: Ommi("sqlite://:memory:", nonsense=1),
        lambda: SQLiteDriver.connect(nonsense=1),
    ],
)
def test_an_unknown_option_is_an_error_that_lists_the_known_ones(open_: Callable[[], Any]) -> None:
    with pytest.raises(ValidationError, match=r"nonsense.*busy_timeout"):
        open_()


@pytest.mark.parametrize("url", ["oracle://u:secret@host/db", "redis://host"])
def test_an_unknown_scheme_is_an_error_that_lists_the_known_ones(url: str) -> None:
    with pytest.raises(UnsupportedError, match="sqlite://") as caught:
        Ommi(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("target", [3, b"bytes", object()])
def test_a_strange_target_is_an_error(target: Any) -> None:
    with pytest.raises(TypeError, match="a URL, a path or a driver"):
        Ommi(target)


def test_the_database_is_named_once() -> None:
    with pytest.raises(TypeError, match="more than once"):
        SQLiteDriver.connect("a.db", filename="b.db")


async def test_a_missing_file_that_may_not_be_created_is_an_error(tmp_path: Path) -> None:
    async with Ommi(f"sqlite:///{tmp_path / 'missing.db'}?mode=rw") as db:
        result = await db.add(User("Ada"))

    assert isinstance(result.error, ConnectionError)


async def test_read_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    async with Ommi(url) as db:
        await db.add(User("Ada")).or_raise()

    async with Ommi(f"{url}?mode=ro") as db:
        assert await db.find(User).count.or_raise() == 1
        result = await db.add(User("Eve"))

    assert isinstance(result.error, DatabaseError)
    assert "read-only" in str(result.error)


async def test_use_after_close_is_an_error() -> None:
    db = Ommi("sqlite://:memory:")
    await db.add(User("Ada")).or_raise()
    await db.close()
    await db.close()

    assert db.closed
    assert isinstance((await db.find(User).count).error, ConnectionError)
    assert isinstance((await db.add(User("Eve"))).error, ConnectionError)
    with pytest.raises(ConnectionError):
        async with db.transaction():
            pass


async def test_raw_operations_return_plain_values_and_raise() -> None:
    async with SQLiteDriver.connect() as driver:
        assert isinstance(driver, BaseDriver)
        await driver.apply_schema(blog)
        ada, eve = await driver.add([User("Ada", age=36), User("Eve", age=20)])
        assert (ada.id, eve.id) == (1, 2)
        assert [user.name for user in await (await driver.fetch(User.age > 30)).get()] == ["Ada"]
        assert await driver.update(User.name == "Eve", {"age": 21}) == 1
        assert await driver.count(User.age == 21) == 1
        assert await driver.delete(User.name == "Eve") == 1
        with pytest.raises(DatabaseError):
            await driver.add([User("x", "same"), User("y", "same")])
        assert await driver.count(User) == 1
        await driver.delete_schema(blog)


async def test_a_raw_transaction() -> None:
    async with SQLiteDriver.connect() as driver:
        await driver.apply_schema(blog)
        async with driver.transaction() as transaction:
            assert isinstance(transaction, BaseDriverTransaction)
            await transaction.add([User("Ada")])
        with pytest.raises(ValueError, match="undo"):
            async with driver.transaction() as transaction:
                await transaction.add([User("Eve")])
                raise ValueError("undo")
        by_hand = driver.transaction()
        await by_hand.open()
        await by_hand.update(User, {"name": "Ada Lovelace"})
        await by_hand.commit()
        await by_hand.close()
        assert [user.name for user in await (await driver.fetch(User)).get()] == ["Ada Lovelace"]


async def test_a_repr_tells_where_it_is_connected(tmp_path: Path) -> None:
    async with Ommi(f"sqlite:///{tmp_path / 'a.db'}") as db:
        assert "a.db" in repr(db)
        assert "sqlite" in repr(db)
    assert "closed" in repr(db)


async def test_implicit_setup_can_be_turned_off() -> None:
    async with Ommi("sqlite://:memory:", allow_implicit_model_setup=False) as db:
        assert not (await db.add(User("Ada"))).is_success()
        assert not (await db.find(User).count).is_success()
        await db.use_models(blog)
        await fill(db)
        assert await db.find(Post).count.or_raise() == 6
