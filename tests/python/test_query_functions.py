"""Functions in place of predicates and sort keys: they are called with the query's model."""

from dataclasses import dataclass
from typing import Optional

import pytest
from databases import EVERY
from ommi import ModelCollection, Ommi, ommi_model
from ommi.fields import Fields

pytestmark = pytest.mark.databases(*EVERY)


@ommi_model(collection=ModelCollection())
@dataclass(slots=True)
class Person:
    name: str
    age: int
    id: Optional[int] = None

    def __call__(self) -> None:
        raise AssertionError("an instance is no function")


PEOPLE = [("Ada", 36), ("Alan", 41), ("Grace", 85)]


@pytest.fixture
async def filled(db: Ommi) -> Ommi:
    await db.add([Person(name, age) for name, age in PEOPLE]).or_raise()
    return db


async def test_a_function_stands_for_a_predicate(filled: Ommi) -> None:
    found = await filled.find(Person, lambda p: p.name.starts_with("A"), lambda p: p.age > 40).fetch.all()
    assert [person.name for person in found] == ["Alan"]
    assert await filled.find(Person).where(lambda p: (p.age < 40) | (p.age > 80)).count.or_raise() == 2
    assert await filled.query(Person).where(lambda p: ~(p.name == "Ada")).count() == 2


async def test_a_function_stands_for_a_sort_key(filled: Ommi) -> None:
    query = filled.find(Person).order_by(lambda p: p.age.desc, lambda p: p.name)
    assert [person.name for person in await query.fetch.all()] == ["Grace", "Alan", "Ada"]


async def test_it_may_be_written_down_beside(filled: Ommi) -> None:
    def old(person: Fields[Person]) -> object:
        return person.age > 80

    assert await filled.find(Person, old).update(age=86).or_raise() == 1
    assert (await filled.find(Person, old).one.or_raise()).age == 86


async def test_it_needs_the_model_before_it(filled: Ommi) -> None:
    with pytest.raises(TypeError, match=r"the model, which has to come first: db\.find\(User, lambda"):
        filled.find(lambda p: p.age > 3)
    with pytest.raises(TypeError, match="has to come first"):
        filled.find(Person.age > 3).where(lambda p: p.age > 3)


async def test_its_own_errors_are_the_programs(filled: Ommi) -> None:
    with pytest.raises(AttributeError, match="agee"):
        filled.find(Person, lambda p: p.agee > 3)


async def test_instances_that_can_be_called_are_instances(filled: Ommi) -> None:
    ada = await filled.find(Person, lambda p: p.name == "Ada").one.or_raise()
    assert await filled.find(ada).fetch.all() == [ada]
