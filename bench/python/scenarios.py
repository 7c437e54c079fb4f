"""What is timed: for each scenario its work, the call, and the proof that the call did it.

`work` is made before the clock starts. `check` runs after the contender has closed the database, through the
database's own checker: no contender is measured on work that it did not do. Called by `measure`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import dataset
from contender import PAGE, Contender
from databases.base import Checker

TASKS = 64
PERSON = "SELECT id, name, email, age, score FROM person"


class WrongAnswer(Exception):
    """A contender returned or stored something else than it was asked for."""


@dataclass(frozen=True)
class Scenario:
    """One line of the report."""

    name: str
    title: str
    work: Callable[[Contender, int, int, Random], Any]
    """(contender, operations done before, operations now, chance) -> the work."""
    run: Callable[[Contender, Any], Awaitable[Any]]
    check: Callable[[Checker, Any, Any], None]
    warm: int = 50
    """Operations before the clock starts."""
    most: int = 20_000
    """Operations in one measurement, at most."""
    step: int = 1
    """Operations come in multiples of this."""
    writes: bool = False
    """Whether it changes rows."""


def expect(what: str, found: object, wanted: object) -> None:
    """Raise `WrongAnswer` unless both are equal."""
    if found != wanted:
        raise WrongAnswer(f"{what}: got {found!r:.200}, wanted {wanted!r:.200}")


def values(person: Any) -> tuple[Any, ...]:
    return (person.id, person.name, person.email, person.age, person.score)


def some_keys(_: Contender, __: int, count: int, chance: Random) -> list[int]:
    return chance.choices(range(1, dataset.PEOPLE + 1), k=count)


def some_batches(_: Contender, __: int, count: int, chance: Random) -> list[list[int]]:
    every = chance.choices(range(1, dataset.PEOPLE + 1), k=count)
    return [every[task::TASKS] for task in range(TASKS)]


def next_keys(_: Contender, done: int, count: int, __: Random) -> list[int]:
    return list(range(done + 1, done + count + 1))


def some_changes(_: Contender, __: int, count: int, chance: Random) -> list[tuple[int, float]]:
    return [(chance.randint(1, dataset.PEOPLE), chance.random() * 100) for _ in range(count)]


def some_terms(_: Contender, __: int, count: int, chance: Random) -> list[tuple[int, float]]:
    return [(chance.choice(dataset.AGES), chance.random() * 50) for _ in range(count)]


def some_ages(_: Contender, __: int, count: int, chance: Random) -> list[int]:
    return chance.choices(dataset.AGES, k=count)


def times(_: Contender, __: int, count: int, ___: Random) -> int:
    return count


def new_people(contender: Contender, done: int, count: int, _: Random) -> list[Any]:
    return contender.people(dataset.people(count, seed=done))


def new_lots(contender: Contender, done: int, count: int, _: Random) -> list[list[Any]]:
    return [contender.people(dataset.people(10_000, seed=done + lot)) for lot in range(count)]


def new_keyed_lots(contender: Contender, done: int, count: int, _: Random) -> list[list[Any]]:
    return [
        contender.people(dataset.people(10_000, seed=done + lot), first_key=1_000_000 + (done + lot) * 10_000)
        for lot in range(count)
    ]


async def insert_lots(contender: Contender, lots: Sequence[Sequence[Any]]) -> None:
    for lot in lots:
        await contender.insert_bulk(lot)


def check_get(checker: Checker, keys: list[int], found: list[Any]) -> None:
    wanted = [checker.execute(f"{PERSON} WHERE id = ?", (key,)).fetchone() for key in keys]
    expect("rows by key", [values(person) for person in found], wanted)


def check_batches(checker: Checker, batches: list[list[int]], found: list[list[Any]]) -> None:
    for keys, people in zip(batches, found, strict=True):
        check_get(checker, keys, people)


def check_filtered(checker: Checker, asked: list[tuple[int, float]], found: list[list[Any]]) -> None:
    query = f"{PERSON} WHERE age = ? AND score >= ? ORDER BY id LIMIT {PAGE}"
    for terms, people in zip(asked, found, strict=True):
        expect(
            "filtered rows",
            [values(person) for person in people],
            checker.execute(query, terms).fetchall(),
        )


def check_everyone(checker: Checker, _: int, found: list[Any]) -> None:
    wanted = checker.execute(f"{PERSON} ORDER BY id").fetchall()
    expect("all rows", sorted(values(person) for person in found), wanted)


def check_inserted(checker: Checker, people: list[Any], _: None) -> None:
    check_get(checker, [person.id for person in people], people)


def check_lots(checker: Checker, lots: list[list[Any]], _: None) -> None:
    for lot in lots:
        (stored,) = checker.execute(
            "SELECT count(*) FROM person WHERE name = ? AND age = ? AND score = ?",
            (lot[-1].name, lot[-1].age, lot[-1].score),
        ).fetchone()
        expect("the last of a lot", stored, 1)


def check_keyed_lots(checker: Checker, lots: list[list[Any]], _: None) -> None:
    for lot in lots:
        check_inserted(checker, lot, None)


def check_updated(checker: Checker, changes: list[tuple[int, float]], _: None) -> None:
    for key, score in dict(changes).items():
        stored = checker.execute("SELECT score FROM person WHERE id = ?", (key,)).fetchone()
        expect(f"the score of person {key}", stored, (score,))


def check_deleted(checker: Checker, keys: list[int], _: None) -> None:
    (left,) = checker.execute("SELECT count(*) FROM person WHERE id <= ?", (keys[-1],)).fetchone()
    expect("people left among the deleted", left, 0)
    (others,) = checker.execute("SELECT count(*) FROM person").fetchone()
    expect("other people", others, dataset.PEOPLE - keys[-1])


def check_counts(checker: Checker, ages: list[int], found: list[int]) -> None:
    wanted = dict(checker.execute("SELECT age, count(*) FROM person GROUP BY age").fetchall())
    expect("counts", found, [wanted.get(age, 0) for age in ages])


def check_related(checker: Checker, _: int, found: list[tuple[Any, list[Any]]]) -> None:
    rows = checker.execute("SELECT parent_id, id, label, amount FROM child ORDER BY parent_id, id").fetchall()
    families = sorted(found, key=lambda family: int(family[0].id))
    expect("parents", len(families), dataset.PARENTS)
    expect(
        "children",
        [
            (parent.id, child.id, child.label, child.amount)
            for parent, children in families
            for child in sorted(children, key=lambda child: int(child.id))
        ],
        rows,
    )


SCENARIOS = (
    Scenario(
        "insert", "insert one", new_people, lambda c, w: c.insert(w), check_inserted, 50, 5_000, writes=True
    ),
    Scenario(
        "bulk", "insert 10,000, keys by the database", new_lots, insert_lots, check_lots, 1, 4, writes=True
    ),
    Scenario(
        "bulk_keyed",
        "insert 10,000, keys given",
        new_keyed_lots,
        insert_lots,
        check_keyed_lots,
        1,
        4,
        writes=True,
    ),
    Scenario("get", "get by key", some_keys, lambda c, w: c.get(w), check_get),
    Scenario("filtered", "20 filtered rows", some_terms, lambda c, w: c.filtered(w), check_filtered, 20),
    Scenario("everyone", "10,000 rows to objects", times, lambda c, w: c.everyone(w), check_everyone, 1),
    Scenario(
        "update_in_tx",
        "update one by key, in a transaction",
        some_changes,
        lambda c, w: c.update_in_transaction(w),
        check_updated,
        writes=True,
    ),
    Scenario(
        "update", "update one by key", some_changes, lambda c, w: c.update(w), check_updated, writes=True
    ),
    Scenario(
        "transaction",
        "begin, update one, commit",
        some_changes,
        lambda c, w: c.transactions(w),
        check_updated,
        writes=True,
    ),
    Scenario(
        "delete",
        "delete one by key",
        next_keys,
        lambda c, w: c.delete(w),
        check_deleted,
        50,
        5_000,
        writes=True,
    ),
    Scenario("count", "count", some_ages, lambda c, w: c.count(w), check_counts),
    Scenario("related", "500 parents, 10 children each", times, lambda c, w: c.related(w), check_related, 1),
    Scenario(
        "tasks",
        f"{TASKS} tasks reading by key",
        some_batches,
        lambda c, w: c.get_in_tasks(w),
        check_batches,
        warm=TASKS * 4,
        step=TASKS,
    ),
)
