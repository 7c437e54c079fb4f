"""Section 3: every operation is an awaitable result, in every spelling."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from blog import User, blog, fill
from databases import EVERY
from ommi import (
    DatabaseError,
    DBResult,
    DBStatusNoResultException,
    Failure,
    Ommi,
    Success,
    UniqueViolation,
)

pytestmark = pytest.mark.databases(*EVERY)

SUCCEEDS: list[Callable[[Ommi], Any]] = [
    lambda db: db.find(User),
    lambda db: db.find(User).all,
    lambda db: db.find(User).all(),
    lambda db: db.find(User.id == 1).one,
    lambda db: db.find(User.id == 1).one(),
    lambda db: db.find(User).first,
    lambda db: db.find(User).count,
    lambda db: db.find(User).exists,
    lambda db: db.find(User.id == 99).delete,
    lambda db: db.find(User).update(age=1),
    lambda db: db.find(User).set(age=1),
    lambda db: db.find(User).fetch(),
    lambda db: db.find(User).explain,
    lambda db: db.add(User("x")),
    lambda db: db.add(User("x"), User("y")),
    lambda db: db.add([User("x")]),
    lambda db: db.add(),
    lambda db: db.save(User("x")),
    lambda db: db.schema(blog).create_models(),
    lambda db: User.find(driver=db),
    lambda db: User.count(driver=db),
    lambda db: User.fetch(driver=db),
    lambda db: User("x").save(db),
]

FAILS: list[Callable[[Ommi], Any]] = [
    lambda db: db.find(User.id == 99).one,
    lambda db: db.find(User.name == 3),
    lambda db: db.find(User.name == 3).count,
    lambda db: db.find(User).update(nonsense=1),
    lambda db: db.find(User).update(age="x"),
    lambda db: db.find(),
    lambda db: db.add(User("x", id=1)),
    lambda db: db.add(User(3)),
    lambda db: db.add(3),
    lambda db: db.save(3),
    lambda db: db.delete(User("x")),
    lambda db: db.reload(User("x", id=99)),
    lambda db: db.find(User).order_by("nonsense"),
]


@pytest.mark.parametrize("operation", SUCCEEDS)
async def test_awaiting_gives_a_success(db: Ommi, operation: Callable[[Ommi], Any]) -> None:
    await fill(db, 1, 0)

    result = await operation(db)

    assert isinstance(result, DBResult.DBSuccess), result
    assert isinstance(result, Success)


@pytest.mark.parametrize("operation", FAILS)
async def test_awaiting_gives_a_failure_and_never_raises(db: Ommi, operation: Callable[[Ommi], Any]) -> None:
    await fill(db, 1, 0)

    result = await operation(db)

    assert isinstance(result, DBResult.DBFailure), result
    assert isinstance(result, Failure)
    assert isinstance(result.error, DatabaseError)
    assert str(result.error)


async def test_the_value_or_the_exception(db: Ommi) -> None:
    ada, *_ = await fill(db)

    assert await db.find(User.id == 1).one.or_raise() == ada
    assert await db.find(User.id == 1).one().or_raise() == ada
    assert await db.find(User.id == 1).one.value == ada
    with pytest.raises(DBStatusNoResultException):
        await db.find(User.id == 99).one.or_raise()
    with pytest.raises(DBStatusNoResultException):
        await db.find(User.id == 99).one.value
    with pytest.raises(LookupError):
        await db.find(User.id == 99).one.raise_on_errors()


async def test_the_value_or_a_default(db: Ommi) -> None:
    await fill(db)

    assert await db.find(User).count.or_use(0) == 3
    assert await db.find(User.id == 99).one.or_use(None) is None
    assert await db.find(User.id == 99).one.value_or("nobody") == "nobody"


async def test_raise_on_errors_gives_none(db: Ommi) -> None:
    assert await db.add(User("Ada")).raise_on_errors() is None


async def test_map_and_flat_map(db: Ommi) -> None:
    await fill(db)
    name = db.find(User.id == 1).one.map(lambda user: user.name)

    assert await name == Success("user 0")
    assert await db.find(User).count.map(lambda n: n + 1).or_raise() == 4
    assert await db.find(User).count.flat_map(lambda n: Success(n * 2)).or_raise() == 6
    assert await db.find(User).first.flat_map(lambda user: db.find(User.age > user.age).count).or_raise() == 2
    assert isinstance((await db.find(User).count.map(lambda n: 1 / 0)).error, ZeroDivisionError)
    assert isinstance((await db.find(User).count.flat_map(lambda n: 1 / 0)).error, ZeroDivisionError)
    missing = db.find(User.id == 99).one.map(lambda user: user.name)
    assert isinstance((await missing).error, DBStatusNoResultException)
    assert await missing.or_use("nobody") == "nobody"


async def test_nothing_runs_until_awaited(db: Ommi) -> None:
    await db.use_models(blog)
    adding = db.add(User("Ada"))

    await asyncio.sleep(0)
    assert await db.find(User).count.or_raise() == 0
    await adding
    assert await db.find(User).count.or_raise() == 1


async def test_awaiting_twice_runs_once(db: Ommi) -> None:
    adding = db.add(User("Ada"))

    first, second = await adding, await adding

    assert first.value is second.value
    assert await adding.or_raise() is first.value
    assert await db.find(User).count.or_raise() == 1


async def test_two_tasks_await_one_operation(db: Ommi) -> None:
    adding = db.add([User(f"user {n}") for n in range(500)])

    async def waits() -> list[User]:
        return await adding.or_raise()

    first, second = await asyncio.gather(waits(), waits())

    assert first is second
    assert await db.find(User).count.or_raise() == 500


async def test_match(db: Ommi) -> None:
    await fill(db, 1, 0)

    match await db.find(User.id == 1).one:
        case DBResult.DBSuccess(user):
            assert user.name == "user 0"
        case DBResult.DBFailure(error):
            pytest.fail(str(error))
    match await db.add(User("again", "0@example.org")):
        case DBResult.DBSuccess(_):
            pytest.fail("the address is taken")
        case DBResult.DBFailure(UniqueViolation() as error):
            assert "email" in str(error)


async def test_cancelling_the_task_cancels_the_operation_and_leaves_the_handle_usable(db: Ommi) -> None:
    await db.add([User(f"user {n}") for n in range(2000)]).or_raise()
    slow = db.find(User.name.regex("(user|nobody) .*9$"), User.score >= 0).count

    async def waits() -> None:
        await slow

    for delay in (0, 0, 0.0005, 0.001):
        task = asyncio.create_task(waits())
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert await db.find(User).count.or_raise() == 2000
    await db.add(User("after")).or_raise()
