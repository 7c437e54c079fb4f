"""MongoDB: a database as template, copied document by document on the server. Through pymongo's synchronous side."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import dataset
import pymongo
from bson import Int64
from contender import Place

from databases.base import Checker, Server

FIELDS: dict[str, tuple[str, ...]] = {
    "person": ("_id", "name", "email", "age", "score"),
    "parent": ("_id", "name"),
    "child": ("_id", "parent_id", "label", "amount"),
}
INDEXED = {"person": "age", "child": "parent_id"}
COUNTERS = "ommi_counters"
"""Where Ommi counts the keys that it generates, and those by hand do too."""


def documents(seed: int) -> dict[str, list[dict[str, Any]]]:
    """The dataset: whole numbers of 64 bits, and no field where there is no value."""
    made = {}
    for table, (_, rows) in zip(FIELDS, dataset.inserts(seed), strict=True):
        keyed = table == "parent"
        made[table] = [
            {
                name: Int64(value) if isinstance(value, int) else value
                for name, value in zip(FIELDS[table], row if keyed else (number, *row), strict=True)
                if value is not None
            }
            for number, row in enumerate(rows, 1)
        ]
    return made


class Mongodb(Server):
    """Databases of a server, copied from a template."""

    name = "mongodb"
    raw = ("pymongo",)
    title = "pymongo (async) + dataclass"
    default = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    admin: ClassVar["pymongo.MongoClient[dict[str, Any]]"]

    def place(self, database: str) -> Place:
        place = super().place(database)
        query = urlsplit(self.url).query
        return replace(place, url=f"{place.url}?{query}" if query else place.url)

    def prepare(self, seed: int, synchronous: str, directory: Path | None) -> None:
        type(self).admin = pymongo.MongoClient(self.url)
        template = self.admin[f"{self.prefix}_template"]
        for table, rows in documents(seed).items():
            template[table].insert_many(rows)
            template[COUNTERS].insert_one({"_id": table, "next": Int64(len(rows) + 1)})

    def copy(self, database: str) -> Place:
        template = self.admin[f"{self.prefix}_template"]
        for table in (*FIELDS, COUNTERS):
            template[table].aggregate([{"$out": {"db": database, "coll": table}}])
        for table, field in INDEXED.items():
            self.admin[database][table].create_index(field)
        return self.place(database)

    def drop(self, database: str) -> None:
        self.admin.drop_database(database)

    def checker(self, place: Place) -> Checker:
        """All documents as rows of SQLite in memory: questions are plain SQL."""
        tables = sqlite3.connect(":memory:")
        for table, fields in FIELDS.items():
            columns = ", ".join(["id INTEGER PRIMARY KEY", *fields[1:]])
            tables.execute(f"CREATE TABLE {table} ({columns})")
            rows = (
                [document.get(name) for name in fields]
                for document in self.admin[place.database][table].find()
            )
            tables.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(fields))})", rows)
        return tables

    def clean_up(self) -> None:
        super().clean_up()
        self.admin.close()

    def describe(self) -> str:
        return (
            f"MongoDB {self.admin.server_info()['version']} over TCP on loopback, a replica set of one member"
        )


DATABASE = Mongodb
