"""The one schema and the one set of rows that every contender works on.

Plain SQL through the standard library, so that no mapper has a say in the tables. Called by `measure`.
"""

import random
import sqlite3
from pathlib import Path
from typing import NamedTuple

PEOPLE = 10_000
AGES = range(18, 98)
PARENTS = 500
CHILDREN_EACH = 10

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


class PersonRow(NamedTuple):
    """A person without a key: what the insert scenarios are given."""

    name: str
    email: str | None
    age: int
    score: float


def people(count: int, seed: int) -> list[PersonRow]:
    """`count` people; the same seed gives the same people."""
    chance = random.Random(seed)
    return [
        PersonRow(
            name=f"Person {number}",
            email=None if chance.random() < 0.1 else f"person{number}@example.org",
            age=chance.choice(AGES),
            score=chance.random() * 100,
        )
        for number in range(1, count + 1)
    ]


def write_template(path: Path, seed: int) -> None:
    """A SQLite file in WAL mode with the schema and its rows, to be copied for every measurement."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(SCHEMA)
    with connection:
        connection.executemany(
            "INSERT INTO person (name, email, age, score) VALUES (?, ?, ?, ?)", people(PEOPLE, seed)
        )
        connection.executemany(
            "INSERT INTO parent (id, name) VALUES (?, ?)",
            [(number, f"Parent {number}") for number in range(1, PARENTS + 1)],
        )
        connection.executemany(
            "INSERT INTO child (parent_id, label, amount) VALUES (?, ?, ?)",
            [
                (parent, f"Child {number} of {parent}", parent * number)
                for parent in range(1, PARENTS + 1)
                for number in range(1, CHILDREN_EACH + 1)
            ],
        )
    connection.execute("ANALYZE")
    connection.close()
