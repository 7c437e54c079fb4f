"""SQLite: one file in WAL mode, copied for every measurement. Through the standard library's `sqlite3`."""

import shutil
import sqlite3
import tempfile
from pathlib import Path

import dataset
from contender import Place

from databases.base import Checker, Database

SCHEMA = """
CREATE TABLE person (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, age INTEGER NOT NULL, score REAL NOT NULL
);
CREATE INDEX person_age ON person (age);
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE child (
    id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id),
    label TEXT NOT NULL, amount INTEGER NOT NULL
);
CREATE INDEX child_parent_id ON child (parent_id);
"""


class Sqlite(Database):
    """Files, opened by every contender with the same settings."""

    name = "sqlite"
    raw = ("sqlite3",)
    title = "synchronous sqlite3 + dataclass"

    def prepare(self, seed: int, synchronous: str, directory: Path | None) -> None:
        self.synchronous = synchronous
        self.folder = tempfile.TemporaryDirectory(prefix="ommi-bench-", dir=directory)
        self.template = Path(self.folder.name, "template.db")
        connection = sqlite3.connect(self.template)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        with connection:
            for query, rows in dataset.inserts(seed):
                connection.executemany(query.format("?"), rows)
        connection.execute("ANALYZE")
        connection.close()

    def fresh(self, label: str, *, writes: bool) -> Place:
        path = Path(self.folder.name, f"{label}.db")
        shutil.copyfile(self.template, path)
        return Place(self.name, f"sqlite:///{path}", self.synchronous)

    def checker(self, place: Place) -> Checker:
        return sqlite3.connect(place.path)

    def discard(self, place: Place) -> None:
        for file in place.path.parent.glob(f"{place.path.name}*"):
            file.unlink()

    def clean_up(self) -> None:
        self.folder.cleanup()

    def describe(self) -> str:
        return f"SQLite files, WAL, synchronous={self.synchronous}"


DATABASE = Sqlite
