"""The dataclasses of everyone who works by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import starmap
from operator import attrgetter
from typing import Any

from dataset import PersonRow


@dataclass
class Person:
    id: int | None
    name: str
    email: str | None
    age: int
    score: float


@dataclass
class Child:
    id: int
    parent_id: int
    label: str
    amount: int


@dataclass
class Parent:
    id: int
    name: str
    children: list[Child] = field(default_factory=list)


COLUMNS = attrgetter("id", "name", "email", "age", "score")
UNKEYED = attrgetter("name", "email", "age", "score")

EVERYONE = "SELECT id, name, email, age, score FROM person"
PARENTS = "SELECT id, name FROM parent"
CHILDREN = "SELECT id, parent_id, label, amount FROM child"


def people(rows: Sequence[PersonRow], first_key: int | None) -> list[Any]:
    """Unstored people."""
    return [Person(None if first_key is None else first_key + at, *row) for at, row in enumerate(rows)]


def families(
    parents: Iterable[Sequence[Any]], children: Iterable[Sequence[Any]]
) -> list[tuple[Any, list[Any]]]:
    """Parents with their children."""
    found = {row[0]: Parent(*row) for row in parents}
    for child in starmap(Child, children):
        found[child.parent_id].children.append(child)
    return [(parent, parent.children) for parent in found.values()]
