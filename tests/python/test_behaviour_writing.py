"""add, save, delete, reload: one, many, in bulk; all or none; keys written back."""

from dataclasses import dataclass
from typing import Optional

import pytest
from blog import Post, Role, User, blog, fill
from databases import EVERY
from ommi import (
    DBStatusNoResultException,
    ForeignKeyViolation,
    ModelCollection,
    Ommi,
    UniqueViolation,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)


async def test_adding_one_gives_the_instance(db: Ommi) -> None:
    ada = User("Ada")

    assert await db.add(ada).or_raise() is ada
    assert ada.id == 1


async def test_adding_several_gives_a_list(db: Ommi) -> None:
    ada, eve = User("Ada"), User("Eve")

    assert await db.add(ada, eve).or_raise() == [ada, eve]
    assert (ada.id, eve.id) == (1, 2)
    assert await db.add([User("x")]).or_raise() == [User("x", id=3)]
    assert await db.add().or_raise() == []
    assert await db.add([]).or_raise() == []


@pytest.mark.needs("foreign_keys")
async def test_several_models_at_once_are_all_or_none(db: Ommi) -> None:
    await db.add(User("Ada"), Role("admin"), User("Eve")).or_raise()
    assert await db.find(User).count.or_raise() == 2

    error = (await db.add(Role("guest"), User("x"), Post("y", 99))).error

    assert isinstance(error, ForeignKeyViolation)
    assert await db.find(Role).count.or_raise() == 1
    assert await db.find(User).count.or_raise() == 2


async def test_bulk_is_all_or_none_and_keys_come_back(db: Ommi) -> None:
    users = [User(f"user {n}", f"{n}@example.org") for n in range(5000)]
    await db.add(users).or_raise()
    assert [user.id for user in users] == list(range(1, 5001))

    error = (await db.add([User("x", "new@example.org"), User("y", "7@example.org")])).error

    assert isinstance(error, UniqueViolation)
    assert await db.find(User).count.or_raise() == 5000


async def test_a_wrong_value_among_many_stops_all_of_them(db: Ommi) -> None:
    error = (await db.add([User("a"), User("b", age="old"), User("c")])).error

    assert isinstance(error, ValidationError)
    assert error.field == "age"
    assert await db.find(User).count.or_raise() == 0


async def test_given_and_generated_keys_mix(db: Ommi) -> None:
    users = [User("a"), User("b", id=10), User("c"), User("d", id=5), User("e")]
    await db.add(users).or_raise()

    found = {user.id: user.name for user in await db.find(User).fetch.all()}

    assert found == {user.id: user.name for user in users}
    assert len(found) == 5


async def test_save_inserts_what_has_no_key_and_writes_what_has(db: Ommi) -> None:
    user = User("Ada")
    assert await db.save(user).or_raise() is user
    user.name = "Ada Lovelace"
    await db.save(user).or_raise()

    assert [found.name for found in await db.find(User).fetch.all()] == ["Ada Lovelace"]


async def test_saving_a_row_that_is_gone_is_an_error(db: Ommi) -> None:
    (user,) = await fill(db, 1, 0)
    await db.delete(user).or_raise()

    assert isinstance((await db.save(user)).error, DBStatusNoResultException)


async def test_delete_gives_the_number_of_rows(db: Ommi) -> None:
    (user,) = await fill(db, 1, 0)

    assert await db.delete(user).or_raise() == 1
    assert await db.delete(user).or_raise() == 0


async def test_reload_reads_into_the_instance(db: Ommi) -> None:
    (user,) = await fill(db, 1, 0)
    await db.find(User.id == user.id).update(name="changed").or_raise()

    assert await db.reload(user).or_raise() is user
    assert user.name == "changed"
    await db.delete(user).or_raise()
    assert isinstance((await db.reload(user)).error, DBStatusNoResultException)


async def test_an_instance_without_a_key_can_be_neither_deleted_nor_reloaded(db: Ommi) -> None:
    await db.use_models(blog)

    for operation in (db.delete(User("x")), db.reload(User("x"))):
        error = (await operation).error
        assert isinstance(error, ValidationError)
        assert "add() it first" in str(error)


@pytest.mark.parametrize("thing", [3, "user", None, object(), User, {"name": "Ada"}], ids=repr)
async def test_only_models_are_added(db: Ommi, thing: object) -> None:
    error = (await db.add(thing)).error

    assert isinstance(error, ValidationError)
    assert "ommi_model" in str(error)


async def test_an_undecorated_subclass_is_no_model(db: Ommi) -> None:
    @dataclass
    class Admin(User):
        level: int = 1

    assert isinstance((await db.add(Admin("x"))).error, ValidationError)


async def test_a_key_that_is_added_twice_is_a_unique_violation_that_names_it(db: Ommi) -> None:
    await db.add(User("a", id=1)).or_raise()

    error = (await db.add(User("b", id=1))).error

    assert isinstance(error, UniqueViolation)
    assert error.columns == ("id",)
    assert error.model == "User"


async def test_a_model_of_one_generated_key_only(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Ticket:
        id: Optional[int] = None

    tickets = [Ticket(), Ticket(), Ticket(9), Ticket()]
    await db.add(tickets).or_raise()

    keys = [ticket.id for ticket in tickets]
    assert keys[2] == 9
    assert len(set(keys)) == 4
    await db.add([Ticket() for _ in range(12)]).or_raise()  # none of them meets a key that was given
    assert len({ticket.id for ticket in await db.find(Ticket).fetch.all()}) == 16
