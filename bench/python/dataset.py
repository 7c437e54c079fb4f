"""The one set of rows that every contender works on. The tables are plain SQL in `databases/`, so that no mapper has a
say in them.
"""

import random
from typing import Any, NamedTuple

PEOPLE = 10_000
AGES = range(18, 98)
PARENTS = 500
CHILDREN_EACH = 10


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


def inserts(seed: int) -> list[tuple[str, list[Any]]]:
    """The statements that fill the tables, with `{}` where a placeholder goes, and their rows."""
    return [
        (
            "INSERT INTO person (name, email, age, score) VALUES ({0}, {0}, {0}, {0})",
            list(people(PEOPLE, seed)),
        ),
        (
            "INSERT INTO parent (id, name) VALUES ({0}, {0})",
            [(number, f"Parent {number}") for number in range(1, PARENTS + 1)],
        ),
        (
            "INSERT INTO child (parent_id, label, amount) VALUES ({0}, {0}, {0})",
            [
                (parent, f"Child {number} of {parent}", parent * number)
                for parent in range(1, PARENTS + 1)
                for number in range(1, CHILDREN_EACH + 1)
            ],
        ),
    ]
