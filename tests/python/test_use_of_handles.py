"""Handles and drivers after their end, and in several threads at once."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from notes import Note, make_notes
from ommi import (
    ConnectionError,
    DatabaseError,
    Ommi,
    SQLiteDriver,
)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    return await make_notes(tmp_path / "a.db")


class TestAfterClose:
    async def test_every_operation_says_so(self, path: Path) -> None:
        db = Ommi(path)
        note = await db.find(Note.id == 1).one.or_raise()
        query, iterator = db.find(Note), await db.find(Note).all.or_raise()
        tx = await db.transaction()
        later = tx.add(Note("x"))
        await db.close()
        await db.close()

        for operation in (
            query.count,
            query.fetch(),
            query.exists,
            query.first,
            query.update(stars=1),
            query.delete,
            db.add(note),
            db.save(note),
            db.delete(note),
            db.reload(note),
            later,
            tx.find(Note).count,
            db.schema(Note).create_models(),
            db.find(Note.id == 1).one,
        ):
            error = (await operation).error
            assert isinstance(error, DatabaseError)
            assert "closed" in str(error) or "over" in str(error)
        for call in (lambda: db.use_models(Note), lambda: db.remove_models(Note), tx.commit, note.save):
            with pytest.raises((DatabaseError, RuntimeError)):
                (await call()).value
        with pytest.raises(ConnectionError, match="closed"):
            async with db.transaction():
                pass
        with pytest.raises(DatabaseError):
            await iterator.get()
            await (await query.all.or_raise()).get()
        async with Ommi(path) as again:
            assert await again.find(Note).count.or_raise() == 2000

    async def test_a_driver_says_so_too(self, path: Path) -> None:
        driver = SQLiteDriver.connect(path)
        assert await driver.count(Note) == 2000
        await driver.disconnect()
        for call in (
            lambda: driver.count(Note),
            lambda: driver.add([Note("x")]),
            lambda: driver.delete(Note),
        ):
            with pytest.raises(ConnectionError, match="closed"):
                await call()


class TestTwoThreads:
    @pytest.mark.parametrize("make", [Ommi, SQLiteDriver.connect], ids=["handle", "driver"])
    @pytest.mark.parametrize("where", ["file", "memory"])
    def test_share_one(self, tmp_path: Path, make: Callable[..., Any], where: str) -> None:
        """Each thread has a loop of its own; all rows of all threads are there."""
        driver = make(str(tmp_path / "a.db") if where == "file" else ":memory:")
        if isinstance(driver, Ommi):
            driver = SQLiteDriver(driver.driver)
        failures: list[BaseException] = []
        start = threading.Barrier(4)

        async def work(number: int) -> None:
            for turn in range(40):
                await driver.add([Note(f"{number}/{turn}", number)])
                notes = await (await driver.fetch(Note.stars == number)).get()
                assert [note.text for note in notes] == [f"{number}/{n}" for n in range(turn + 1)]
                async with driver.transaction() as transaction:
                    assert await transaction.update(Note.text == f"{number}/{turn}", {"stars": number}) == 1

        def run(number: int) -> None:
            try:
                start.wait()
                asyncio.run(work(number))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []

        async def end() -> int:
            count = await driver.count(Note)
            await driver.disconnect()
            return count

        assert asyncio.run(end()) == 160
