"""What reading an attribute of an instance costs, with and without Ommi: it should cost the same.

`python bench/python/attributes.py [--rounds N]`. Each class has a twin that is no model. Instances are made by the
program and, for models, fetched from a database. The best of the rounds counts; the twins take turns.
"""

import argparse
import asyncio
import timeit
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Optional

import attrs
import msgspec
import pydantic
from ommi import LazyLoadEveryRelated, ModelCollection, Ommi, ReferenceTo, ommi_model

LOOPS = 200_000
READS = "p.name; p.number; p.name; p.number; p.name; p.number; p.name; p.number; p.name; p.number"


def plain() -> type:
    class Person:
        name: str
        number: int
        id: Optional[int]

        def __init__(self, name: str, number: int, id: Optional[int] = None) -> None:
            self.name, self.number, self.id = name, number, id

    return Person


def with_dict() -> type:
    @dataclass
    class Person:
        name: str
        number: int
        id: Optional[int] = None

    return Person


def with_relation() -> type:
    @dataclass
    class Person:
        name: str
        number: int
        parent_id: Annotated[Optional[int], ReferenceTo("Person.id")] = None
        id: Optional[int] = None
        children: LazyLoadEveryRelated["Person"] = None

    return Person


def with_slots() -> type:
    @dataclass(slots=True)
    class Person:
        name: str
        number: int
        id: Optional[int] = None

    return Person


def of_attrs() -> type:
    @attrs.define
    class Person:
        name: str
        number: int
        id: Optional[int] = None

    return Person


def of_pydantic() -> type:
    class Person(pydantic.BaseModel):
        name: str
        number: int
        id: Optional[int] = None

    return Person


def of_msgspec() -> type:
    class Person(msgspec.Struct):
        name: str
        number: int
        id: Optional[int] = None

    return Person


KINDS: dict[str, Callable[[], type]] = {
    "plain class": plain,
    "dataclass": with_dict,
    "dataclass with a relation": with_relation,
    "dataclass with slots": with_slots,
    "attrs": of_attrs,
    "Pydantic": of_pydantic,
    "msgspec": of_msgspec,
}


async def fetched(model: Any) -> Any:
    """An instance of a model that came from a database."""
    async with Ommi("memory://") as db:
        await db.add(model(name="Ada", number=7)).or_raise()
        return await db.find(model).one.or_raise()


def nanoseconds(instances: dict[str, Any], rounds: int) -> Iterator[tuple[str, float]]:
    """The best time of one read for each of the instances, which take turns."""
    timers = {title: timeit.Timer(READS, globals={"p": instance}) for title, instance in instances.items()}
    times: dict[str, list[float]] = {title: [] for title in timers}
    for _ in range(rounds):
        for title, timer in timers.items():
            times[title].append(timer.timeit(LOOPS))
    for title, took in times.items():
        yield title, min(took) / LOOPS / READS.count("p.") * 1e9


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"{'nanoseconds for one read':<26}{'without':>9}{'model':>9}{'fetched':>9}")
    for kind, make in KINDS.items():
        twin, model = make(), ommi_model(collection=ModelCollection())(make())
        instances = {
            "without": twin(name="Ada", number=7),
            "model": model(name="Ada", number=7),
            "fetched": asyncio.run(fetched(model)),
        }
        row = dict(nanoseconds(instances, rounds))
        print(f"{kind:<26}" + "".join(f"{row[title]:>9.1f}" for title in instances))


if __name__ == "__main__":
    main()
