"""The active driver: what models use that are told nothing else."""

import asyncio

import pytest
from blog import User
from ommi import Ommi, SQLiteDriver, UseDriver, active_driver, get_current_driver, use_driver


def test_without_a_driver_there_is_an_error_or_the_default() -> None:
    with pytest.raises(RuntimeError, match="no active driver"):
        get_current_driver()
    assert get_current_driver(None) is None
    assert get_current_driver("fallback") == "fallback"


def test_use_driver_nests_and_restores() -> None:
    first, second = SQLiteDriver.connect(), SQLiteDriver.connect()

    with use_driver(first) as used:
        assert used is first
        assert get_current_driver() is first is active_driver.get()
        with UseDriver(second):
            assert get_current_driver() is second
        assert get_current_driver() is first
    assert get_current_driver(None) is None


def test_it_restores_after_an_exception() -> None:
    with pytest.raises(ValueError, match="x"), use_driver(SQLiteDriver.connect()):
        raise ValueError("x")
    assert get_current_driver(None) is None


async def test_tasks_do_not_disturb_each_other() -> None:
    async def uses(name: str) -> str:
        with use_driver(name):
            await asyncio.sleep(0)
            return get_current_driver()

    assert await asyncio.gather(*(uses(str(n)) for n in range(20))) == [str(n) for n in range(20)]


async def test_async_with_works_too() -> None:
    async with use_driver("x"):
        assert get_current_driver() == "x"


async def test_models_accept_handles_transactions_and_drivers() -> None:
    async with SQLiteDriver.connect() as driver:
        await User("a").save(driver).or_raise()
        async with Ommi(driver) as db:
            await User("b").save(driver=db).or_raise()
            async with db.transaction() as tx:
                await User("c").save(tx).or_raise()
            assert await User.count(driver=db).or_raise() == 3
    with pytest.raises(TypeError, match="int is no handle"):
        User("d").save(3)
