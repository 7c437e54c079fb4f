"""Rows that are locked by others: waited for, left out or refused."""

import asyncio

import pytest
from blog import User, fill
from databases import EVERY
from ommi import LockError, Ommi, UnsupportedError

pytestmark = pytest.mark.databases(*EVERY)


@pytest.mark.needs("lock_without_waiting")
async def test_locked_rows_are_left_out_or_refused(db: Ommi) -> None:
    await fill(db, 2, 0)
    async with db.transaction() as one:
        await one.find(User.id == 1).for_update().one.or_raise()

        async def elsewhere() -> None:
            async with db.transaction() as tx:
                left = await tx.find(User).for_update(skip_locked=True).fetch.all()
                assert [user.id for user in left] == [2]
                error = (await tx.find(User).for_update(nowait=True).fetch()).error
                assert isinstance(error, LockError)

        await asyncio.create_task(elsewhere())


async def test_locks_that_do_not_wait_are_refused_where_there_are_none(db: Ommi) -> None:
    if db.capabilities()["lock_without_waiting"]:
        pytest.skip("capability: lock_without_waiting is there")
    async with db.transaction() as tx:
        for options in ({"skip_locked": True}, {"nowait": True}):
            result = await tx.find(User).for_update(**options).fetch()
            assert isinstance(result.error, UnsupportedError)


async def test_locked_rows_cannot_be_both_left_out_and_refused(db: Ommi) -> None:
    with pytest.raises(ValueError, match="not both"):
        db.find(User).for_update(skip_locked=True, nowait=True)
