"""Files that may not be written, or not even read."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from notes import Note, make_notes, unprivileged
from ommi import (
    DatabaseError,
    Ommi,
    StorageError,
)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    return await make_notes(tmp_path / "a.db")


IS_ROOT = os.geteuid() == 0
REPORT = "print(repr((await db.add(Note('x'))).error))"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that an unprivileged process may use."""
    with tempfile.TemporaryDirectory() as folder:
        if IS_ROOT:
            os.chown(folder, 65534, 65534)
        yield Path(folder)
        os.chmod(folder, 0o755)


class TestReadOnly:
    async def assert_reads_only(self, db: Ommi) -> None:
        assert await db.find(Note).count.or_raise() == 2000
        assert (await db.find(Note.id == 7).one.or_raise()).stars == 6
        async with db.transaction(read_only=True) as tx:
            assert len(await tx.find(Note).fetch.all()) == 2000
        for operation in (db.add(Note("x")), db.find(Note).update(stars=1), db.find(Note).delete):
            error = (await operation).error
            assert isinstance(error, StorageError)
            assert "read-only" in str(error)
        assert await db.find(Note).count.or_raise() == 2000

    async def test_by_its_mode(self, path: Path) -> None:
        before = path.read_bytes()
        async with Ommi(f"sqlite:///{path}?mode=ro") as db:
            await self.assert_reads_only(db)
        assert path.read_bytes() == before

    async def test_a_read_only_transaction_refuses_to_write(self, path: Path) -> None:
        async with Ommi(path) as db:
            async with db.transaction(read_only=True) as tx:
                for operation in (tx.add(Note("x")), tx.find(Note).update(stars=1), tx.find(Note).delete):
                    error = (await operation).error
                    assert isinstance(error, DatabaseError)
                    assert "read-only" in str(error)
            assert await db.find(Note.stars == 6).count.or_raise() == 1

    def test_by_the_rights_of_the_file(self, public: Path) -> None:
        path = public / "a.db"
        assert unprivileged(path, "await db.add([Note('x')] * 7).or_raise()") == ""
        path.chmod(0o444)
        code = """
            print(await db.find(Note).count.or_raise())
            for operation in (db.add(Note("x")), db.find(Note).update(stars=1), db.find(Note).delete):
                print(type((await operation).error).__name__, "read-only" in str((await operation).error))
"""
        assert unprivileged(path, code).split("\n") == ["7", *["StorageError True"] * 3]

    def test_a_file_that_may_not_be_read(self, public: Path) -> None:
        path = public / "a.db"
        path.touch()
        path.chmod(0)
        assert "DriverConnectFailed" in unprivileged(path, REPORT)
        assert str(path) in unprivileged(path, REPORT)

    def test_a_folder_that_may_not_be_written(self, public: Path) -> None:
        public.chmod(0o555)
        assert "DriverConnectFailed" in unprivileged(public / "a.db", REPORT)

    def test_a_folder_that_may_not_be_written_with_a_file_that_may_not_either(self, public: Path) -> None:
        """A write-ahead log needs its folder: SQLite cannot even read there, and the error names the file."""
        path = public / "a.db"
        unprivileged(path, "await db.add(Note('x')).or_raise()")
        path.chmod(0o444)
        public.chmod(0o555)
        report = unprivileged(path, "print(repr((await db.find(Note).count).error))")
        assert "StorageError" in report
        assert "read-only" in report
        assert str(path) in report
