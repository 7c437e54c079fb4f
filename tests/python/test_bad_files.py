"""Files that are no database, or a damaged one: each a clear error, nothing harmed, never a crash."""

import random
import shutil
from pathlib import Path

import pytest
from notes import Note, make_notes
from ommi import (
    ConnectionError,
    DatabaseError,
    DriverConnectFailed,
    Ommi,
    SQLiteDriver,
    StorageError,
)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    return await make_notes(tmp_path / "a.db")


async def errors_of(db: Ommi) -> list[BaseException]:
    """What reading and each way of writing fail with; none of them may succeed."""
    errors = []
    for operation in (
        db.find(Note).count,
        db.find(Note).fetch(),
        db.find(Note.id == 1).one,
        db.add(Note("x")),
        db.find(Note).update(stars=1),
        db.find(Note).delete,
    ):
        error = (await operation).error
        assert error is not None
        errors.append(error)
    with pytest.raises(DatabaseError) as caught:
        await db.use_models(Note)
    errors.append(caught.value)
    with pytest.raises(DatabaseError) as caught:
        async with db.transaction() as tx:
            await tx.add(Note("x")).or_raise()
    errors.append(caught.value)
    return errors


class TestWhatIsNoDatabase:
    @pytest.mark.parametrize("mode", ["rwc", "rw", "ro"])
    async def test_a_directory(self, tmp_path: Path, mode: str) -> None:
        async with Ommi(f"sqlite:///{tmp_path}?mode={mode}") as db:
            for error in await errors_of(db):
                assert isinstance(error, ConnectionError)
                assert "directory" in str(error)
                assert str(tmp_path) in str(error)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("mode", ["rwc", "rw", "ro"])
    async def test_a_folder_that_is_not_there(self, tmp_path: Path, mode: str) -> None:
        async with Ommi(f"sqlite:///{tmp_path / 'missing' / 'a.db'}?mode={mode}") as db:
            for error in await errors_of(db):
                assert isinstance(error, ConnectionError)
                assert "does not exist" in str(error)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("mode", ["rw", "ro"])
    async def test_a_file_that_is_not_there_and_may_not_be_made(self, tmp_path: Path, mode: str) -> None:
        async with Ommi(f"sqlite:///{tmp_path / 'a.db'}?mode={mode}") as db:
            for error in await errors_of(db):
                assert isinstance(error, ConnectionError)
                assert "does not exist" in str(error)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "content",
        [b"hello, I am a text file\n" * 200, bytes(range(256)) * 40, b"SQLite format 3" + b"x" * 5000],
    )
    async def test_a_file_of_another_kind_is_left_as_it_is(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "a.db"
        path.write_bytes(content)
        async with Ommi(path) as db:
            for error in await errors_of(db):
                assert isinstance(error, ConnectionError)
                assert "not a SQLite database" in str(error)
                assert "a.db" in str(error)
        assert path.read_bytes() == content
        assert [file.name for file in tmp_path.iterdir()] == ["a.db"]

    async def test_a_garbage_header(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[:100] = random.Random(1).randbytes(100)
        path.write_bytes(content)
        async with Ommi(path) as db:
            for error in await errors_of(db):
                assert isinstance(error, ConnectionError)
        assert path.read_bytes() == content

    async def test_opening_works_once_the_cause_is_gone(self, tmp_path: Path) -> None:
        path = tmp_path / "late" / "a.db"
        async with Ommi(path) as db:
            assert not (await db.add(Note("x"))).is_success()
            path.parent.mkdir()
            await db.add(Note("x")).or_raise()
            assert await db.find(Note).count.or_raise() == 1

    async def test_a_driver_raises_the_same(self, tmp_path: Path) -> None:
        async with SQLiteDriver.connect(tmp_path) as driver:
            with pytest.raises(ConnectionError, match="directory"):
                await driver.count(Note)

    async def test_the_class_tells_that_connecting_failed(self, tmp_path: Path) -> None:
        async with Ommi(tmp_path) as db:
            assert isinstance((await db.find(Note).count).error, DriverConnectFailed)


class TestDamage:
    """Pages that are gone or garbage: errors, never a crash, never rows that were not there."""

    async def survey(self, path: Path) -> list[DatabaseError]:
        """All errors that reading gives; rows that come are rows that were stored."""
        errors = []
        async with Ommi(path) as db:
            for operation in (
                db.find(Note).fetch(),
                db.find(Note).order_by("text").fetch(),
                db.find(Note.stars == 1999).fetch(),
                db.find(Note.id == 1500).one,
                db.find(Note).count,
                db.find(Note).update(stars=Note.stars + 1),
            ):
                result = await operation
                if not result.is_success():
                    assert isinstance(result.error, DatabaseError)
                    errors.append(result.error)
        return errors

    async def test_a_garbage_page(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[4096 * 5 : 4096 * 6] = random.Random(2).randbytes(4096)
        path.write_bytes(content)

        errors = await self.survey(path)

        assert any(isinstance(error, ConnectionError) and "damaged" in str(error) for error in errors)

    @pytest.mark.parametrize("keep", [0.9, 0.5, 0.1])
    async def test_a_truncated_file(self, path: Path, keep: float) -> None:
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])

        errors = await self.survey(path)

        assert errors
        assert all(isinstance(error, ConnectionError | StorageError) for error in errors)

    @pytest.mark.parametrize("seed", range(30))
    async def test_bytes_changed_at_random(self, path: Path, seed: int) -> None:
        chance = random.Random(seed)
        content = bytearray(path.read_bytes())
        for _ in range(chance.choice([3, 30, 3000])):
            content[chance.randrange(100, len(content))] = chance.randrange(256)
        path.write_bytes(content)

        await self.survey(path)

    async def test_a_damaged_page_spoils_no_other_handle(self, path: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.db"
        shutil.copy(path, other)
        content = bytearray(path.read_bytes())
        content[4096:] = bytes(len(content) - 4096)
        path.write_bytes(content)
        async with Ommi(path) as bad, Ommi(other) as good:
            assert not (await bad.find(Note).fetch()).is_success()
            assert await good.find(Note).count.or_raise() == 2000
