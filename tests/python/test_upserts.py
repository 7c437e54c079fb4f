"""Adding what may be there already, finding or adding, and writing many objects at once."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import Key, ModelCollection, Ommi, Unique, UniqueViolation, ValidationError, given, ommi_model, on

pytestmark = pytest.mark.databases(*EVERY)

guests = ModelCollection()


@ommi_model(collection=guests)
@dataclass
class Guest:
    email: Annotated[str, Unique]
    name: str = ""
    visits: int = 1
    badge: Annotated[Optional[int], Unique] = None
    id: Annotated[int, Key] = None


@ommi_model(collection=guests)
@dataclass(frozen=True)
class Setting:
    name: Annotated[str, Key]
    value: int = 0


async def both(db: Ommi) -> tuple[Guest, Guest]:
    ada, bob = Guest("ada", "Ada", 3, 7), Guest("bob", "bob")
    await db.add(ada, bob).or_raise()
    return ada, bob


async def everybody(db: Ommi) -> list[tuple[Any, ...]]:
    return await db.find(Guest).order_by("id").select(Guest.email, Guest.name, Guest.visits).fetch.all()


async def test_a_row_that_is_there_is_replaced_and_its_key_comes_back(db: Ommi) -> None:
    ada, bob = await both(db)
    lady, cyd = Guest("ada", "Lady", 9, 7), Guest("cyd", "Cyd")

    assert await db.add(lady, cyd, on_conflict=on(Guest.email).replace()).or_raise() == [lady, cyd]

    assert lady.id == ada.id
    assert cyd.id not in (None, ada.id, bob.id)
    assert await everybody(db) == [("ada", "Lady", 9), ("bob", "bob", 1), ("cyd", "Cyd", 1)]
    assert await db.find(cyd).one.or_raise() == cyd


async def test_a_row_that_is_there_is_left_alone(db: Ommi) -> None:
    ada, _ = await both(db)
    other = Guest("ada", "x")

    assert await db.add(other, on_conflict=on(Guest.email).ignore()).or_raise() is other

    assert other.id == ada.id
    assert await everybody(db) == [("ada", "Ada", 3), ("bob", "bob", 1)]
    await db.reload(other).or_raise()
    assert other == ada


async def test_fields_and_expressions_are_set(db: Ommi) -> None:
    await both(db)
    update = on(Guest.email).update(Guest.name, visits=Guest.visits + given(Guest.visits) * 2)

    await db.add([Guest("ada", "Lady", 10), Guest("bob", "Bob", 20)], on_conflict=update).or_raise()

    assert await everybody(db) == [("ada", "Lady", 23), ("bob", "Bob", 41)]
    assert repr(update) == "on(Guest.email).update(...)"
    assert repr(given(Guest.visits)) == "given(Guest.visits)"


async def test_a_key_is_a_target_and_frozen_objects_go_in(db: Ommi) -> None:
    settings = [Setting("a", 1), Setting("b", 2), Setting("a", 3)]

    assert await db.add(settings, on_conflict=on(Setting.name).replace()).or_raise() == settings

    assert await db.find(Setting).order_by("name").fetch.all() == [Setting("a", 3), Setting("b", 2)]


async def test_a_conflict_in_another_field_is_a_violation(db: Ommi) -> None:
    await both(db)
    new = Guest("new", badge=7)

    error = (await db.add(new, on_conflict=on(Guest.email).ignore())).error

    assert isinstance(error, UniqueViolation)
    assert error.columns == ["badge"] or list(error.columns) == ["badge"]
    assert new.id is None


async def test_what_is_no_conflict_target_is_refused(db: Ommi) -> None:
    for conflict in (
        on(Guest.name).replace(),
        on(Guest.email, Guest.badge).ignore(),
        on(Setting.name).ignore(),
    ):
        assert isinstance((await db.add(Guest("a"), on_conflict=conflict)).error, ValidationError)
    for wrong in ((), ("email",), (Guest,)):
        with pytest.raises(TypeError):
            on(*wrong)
    unknown = on(Guest.email).update(nope=1)
    assert isinstance((await db.add(Guest("a"), on_conflict=unknown)).error, ValidationError)
    wrong_type = on(Guest.email).update(visits="many")
    assert isinstance((await db.add(Guest("a"), on_conflict=wrong_type)).error, ValidationError)
    assert await db.find(Guest).count.or_raise() == 0


async def test_an_upsert_is_undone_with_its_transaction(db: Ommi) -> None:
    await both(db)
    with pytest.raises(RuntimeError):
        async with db.transaction() as tx:
            await tx.add(Guest("ada", "x"), Guest("cyd"), on_conflict=on(Guest.email).replace()).or_raise()
            assert await tx.find(Guest).count.or_raise() == 3
            raise RuntimeError
    assert await everybody(db) == [("ada", "Ada", 3), ("bob", "bob", 1)]


async def test_get_or_create_finds_what_is_there(db: Ommi) -> None:
    ada, _ = await both(db)

    assert await db.get_or_create(Guest, email="ada", defaults={"name": "x"}).or_raise() == (ada, False)
    assert await db.get_or_create(Guest("ada", "x"), by=Guest.email).or_raise() == (ada, False)
    assert await db.get_or_create(Guest, badge=7, email="ada").or_use(None) is None


async def test_get_or_create_adds_what_is_not(db: Ommi) -> None:
    cyd, created = await db.get_or_create(Guest, email="cyd", defaults={"name": "Cyd"}).or_raise()

    assert created
    assert cyd.id is not None
    assert await db.get_or_create(Guest("cyd"), by=(Guest.email,)).or_raise() == (cyd, False)
    dan = Guest("dan")
    found, created = await db.get_or_create(dan, by=Guest.email).or_raise()
    assert found is dan
    assert created
    assert dan.id not in (None, cyd.id)


async def test_update_or_create(db: Ommi) -> None:
    ada, _ = await both(db)

    found, created = await db.update_or_create(Guest, email="ada", defaults={"name": "Lady"}).or_raise()
    assert (found, created) == (Guest("ada", "Lady", 3, 7, ada.id), False)
    count = on(Guest.email).update(visits=Guest.visits + 1)
    found, created = await db.update_or_create(Guest("ada"), count).or_raise()
    assert (found.visits, created) == (4, False)
    found, created = await db.update_or_create(Guest("new", visits=5), count).or_raise()
    assert (found.visits, created) == (5, True)
    assert await db.find(Guest).count.or_raise() == 3


async def test_wrong_calls_say_what_is_right(db: Ommi) -> None:
    for call in (
        lambda: db.get_or_create(Guest("a")),
        lambda: db.get_or_create(Guest),
        lambda: db.get_or_create(Guest("a"), by="email"),
        lambda: db.update_or_create(Guest("a")),
        lambda: db.update_or_create(Guest),
    ):
        with pytest.raises(TypeError):
            call()
    assert isinstance((await db.get_or_create(Guest, name="a", email="b")).error, ValidationError)


async def test_of_many_tasks_one_creates_and_the_others_get(db: Ommi) -> None:
    await db.use_models(guests)

    outcomes = await asyncio.gather(
        *(db.get_or_create(Guest("ada", f"n{task}"), by=Guest.email).or_raise() for task in range(32))
    )

    assert sum(created for _, created in outcomes) == 1
    assert len({(guest.id, guest.name) for guest, _ in outcomes}) == 1
    assert await db.find(Guest).count.or_raise() == 1


async def test_update_many_writes_fields_of_objects(db: Ommi) -> None:
    ada, bob = await both(db)
    ada.name, bob.name, ada.visits, bob.visits = "Lady", "Bob", 30, 10

    assert await db.update_many([ada, bob], [Guest.name, "badge"]).or_raise() == 2

    assert await everybody(db) == [("ada", "Lady", 3), ("bob", "Bob", 1)]
    assert await db.update_many([ada, bob], ["visits"]).or_raise() == 2
    assert await everybody(db) == [("ada", "Lady", 30), ("bob", "Bob", 10)]
    assert await db.update_many([], ["visits"]).or_raise() == 0


async def test_update_many_refuses_what_it_cannot_write(db: Ommi) -> None:
    ada, bob = await both(db)
    for objects, fields in (
        ([ada, Guest("new")], ["name"]),
        ([ada], ["id"]),
        ([ada], ["nope"]),
        ([ada], []),
        ([ada, Setting("a")], ["name"]),
        ([ada], [Setting.name]),
    ):
        assert isinstance((await db.update_many(objects, fields)).error, ValidationError), fields
    bob.badge = 7
    assert isinstance((await db.update_many([ada, bob], ["badge"])).error, UniqueViolation)


async def test_updates_return_their_rows(db: Ommi) -> None:
    ada, bob = await both(db)
    query = db.find(Guest).order_by("-id")

    rows = await query.update(visits=Guest.visits + 1).returning().or_raise()
    assert rows == [Guest("bob", "bob", 2, None, bob.id), Guest("ada", "Ada", 4, 7, ada.id)]
    pairs = await query.update(name=Guest.name.upper()).returning(Guest.name, Guest.visits * 2).or_raise()
    assert pairs == [("BOB", 4), ("ADA", 8)]
    nobody = db.find(Guest.email == "x")
    assert await nobody.update(visits=1).returning().or_raise() == []


async def test_deletes_return_their_rows(db: Ommi) -> None:
    ada, bob = await both(db)

    assert await db.find(Guest.email == "bob").delete.returning().or_raise() == [bob]
    assert await db.find(Guest).delete().returning(Guest.id).or_raise() == [(ada.id,)]
    assert await db.find(Guest).count.or_raise() == 0


async def test_only_writes_over_a_query_return_rows(db: Ommi) -> None:
    for operation in (db.add(Guest("a")), db.find(Guest).count, db.find(Guest).all):
        with pytest.raises(TypeError, match="updates and deletes"):
            operation.returning()
    error = (await db.find(Guest).update().returning()).error
    assert isinstance(error, (ValidationError, ValueError))
