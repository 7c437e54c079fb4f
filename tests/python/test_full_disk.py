"""A full disk: an error that says so, nothing of the operation stored, and work goes on when there is room."""

import sqlite3
import subprocess
from pathlib import Path

import pytest
from notes import run_script

FULL = """
        await db.add([Note("x") for _ in range(10)]).or_raise()
        {limit}
        for operation in (
            db.add([Note("x" * 1000) for _ in range(3000)]),
            db.add(Note("x" * 3_000_000)),
            db.find(Note).update(text="y" * 1_000_000),
        ):
            error = (await operation).error
            print(type(error).__name__, "nothing of this operation was stored" in str(error))
        try:
            async with db.transaction() as tx:
                await tx.add(Note("in the transaction")).or_raise()
                await tx.add(Note("x" * 3_000_000)).or_raise()
        except StorageError:
            print("undone")
        print([note.text for note in await db.find(Note).fetch.all()] == ["x"] * 10)
        {unlimit}
        await db.add(Note("after")).or_raise()
        print(await db.find(Note).count.or_raise())
"""
FULL_OUTPUT = [*["StorageError True"] * 3, "undone", "True", "11"]


class TestFullDisk:
    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_a_limit_on_the_size_of_files(self, tmp_path: Path, journal: str) -> None:
        limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))"
        unlimit = "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)"
        code = FULL.format(limit=limit, unlimit=unlimit)
        path = tmp_path / "a.db"

        assert run_script(f"sqlite:///{path}?journal_mode={journal}", code).split("\n") == FULL_OUTPUT
        self.assert_sound(path)

    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_a_file_system_without_room(self, tmp_path: Path, journal: str) -> None:
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1M", "none", tmp_path], capture_output=True, check=False
        )
        if mount.returncode != 0:
            pytest.skip("only root can mount a small file system")
        try:
            limit = f"open('{tmp_path}/filler', 'wb').write(b'x' * 600_000)"
            code = FULL.format(limit=limit, unlimit=f"os.unlink('{tmp_path}/filler')")
            path = tmp_path / "a.db"
            assert run_script(f"sqlite:///{path}?journal_mode={journal}", code).split("\n") == FULL_OUTPUT
            self.assert_sound(path)
        finally:
            subprocess.run(["umount", tmp_path], check=True)

    def assert_sound(self, path: Path) -> None:
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (11,)
        connection.close()
