"""What lazy loading costs: queries are counted, may be forbidden, and many of a kind are told of."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from blog import Post, User, fill
from databases import EVERY
from ommi import DBStatusNoResultException, LazyLoadTheRelated, Ommi

pytestmark = pytest.mark.databases(*EVERY)


class TestCounting:
    async def test_reads_and_writes_count_and_set_up_does_not(self, db: Ommi) -> None:
        with db.count_queries() as queries:
            await db.add(User("Ada")).or_raise()
            assert queries.count == 1
            await db.add(User("Alan"), User("Grace")).or_raise()
            await db.find(User).count.or_raise()
            await db.find(User.name == "Ada").update(age=36).or_raise()
            await db.find(User.id == 1).one.or_raise()
            await db.find(User.name == "Grace").delete().or_raise()
        assert queries.count == 6
        await db.find(User).count.or_raise()
        assert queries.count == 6
        assert repr(queries) == "<QueryCount 6>"

    async def test_those_of_transactions_count_too(self, db: Ommi) -> None:
        await fill(db, 1)
        with db.count_queries() as queries:
            async with db.transaction() as tx:
                await tx.add(User("Ada")).or_raise()
                await db.find(User).count.or_raise()
        assert queries.count == 2

    async def test_what_is_refused_before_it_is_sent_does_not_count(self, db: Ommi) -> None:
        await fill(db, 1)
        with db.count_queries() as queries:
            assert not (await db.add(User(3))).is_success()
            assert not (await db.find(User.age == "x").count).is_success()
        assert queries.count == 0

    async def test_a_block_may_be_inside_another_and_be_used_again(self, db: Ommi) -> None:
        await fill(db, 1)
        counter = db.count_queries()
        with db.count_queries() as outer:
            for _ in range(2):
                with counter as inner:
                    await db.find(User).count.or_raise()
                assert inner.count == 1
        assert outer.count == 2

    async def test_a_loop_over_a_thousand_objects_is_one_query(self, db: Ommi) -> None:
        await fill(db, 1000, 1)
        with db.count_queries() as queries:
            users = await db.find(User).order_by(User.id).fetch.all()
            posts = [post for user in users for post in await user.posts]
            assert queries.count == 2
            authors = [await post.author for post in posts]
        assert queries.count == 3
        assert authors == users

    async def test_eager_loading_is_one_query_a_relation(self, db: Ommi) -> None:
        await fill(db, 10)
        with db.count_queries() as queries:
            users = await db.find(User).with_related(User.posts).fetch.all()
            for user in users:
                await user.posts
        assert queries.count == 2


@pytest.fixture
async def strict(database: str) -> AsyncIterator[Ommi]:
    async with Ommi(database, lazy_loading=False) as handle:
        await fill(handle, 3)
        yield handle


class TestStrictMode:
    async def test_awaiting_what_was_not_loaded_is_an_error_that_names_it(self, strict: Ommi) -> None:
        user = await strict.find(User.id == 1).one.or_raise()
        with strict.count_queries() as queries:
            for wait in (lambda: user.posts, lambda: user.posts.get([]), lambda: user.posts.get_result()):
                with pytest.raises(
                    RuntimeError, match=r"^User\.posts is not loaded.*\.with_related\(User\.posts\)"
                ):
                    await wait()
        assert queries.count == 0

    async def test_what_came_with_the_fetch_is_there(self, strict: Ommi) -> None:
        users = await strict.find(User).with_related(User.posts).fetch.all()
        assert [len(await user.posts) for user in users] == [2, 2, 2]
        with pytest.raises(RuntimeError, match=r"^User\.roles is not loaded"):
            await users[0].roles
        with pytest.raises(RuntimeError, match=r"^Post\.author is not loaded"):
            await (await users[0].posts)[0].author

    async def test_also_when_awaited_at_once_and_after_turns_of_the_loop(self, strict: Ommi) -> None:
        users = await strict.find(User).with_related(User.posts).fetch.all()
        await asyncio.sleep(0)
        assert [len(posts) for posts in await asyncio.gather(*(user.posts for user in users))] == [2, 2, 2]

    async def test_refresh_asks_by_name(self, strict: Ommi) -> None:
        user = await strict.find(User.id == 1).one.or_raise()
        assert len(await user.posts.refresh()) == 2
        assert len(await user.posts) == 2

    async def test_a_field_built_by_hand_says_itself_what_to_load(self, strict: Ommi) -> None:
        first = LazyLoadTheRelated(lambda: Post.title == "post 0 of user 0", driver=strict)
        assert (await first).author_id == 1
        with pytest.raises(DBStatusNoResultException):
            await LazyLoadTheRelated(lambda: Post.title == "none", driver=strict)

    async def test_in_a_transaction_too(self, strict: Ommi) -> None:
        async with strict.transaction() as tx:
            user = await tx.find(User.id == 1).one.or_raise()
            with pytest.raises(RuntimeError, match=r"^User\.posts is not loaded"):
                await user.posts


class TestWarning:
    async def test_loading_one_by_one_is_told_of_once(
        self, db: Ommi, caplog: pytest.LogCaptureFixture
    ) -> None:
        await fill(db, 30, 1)
        with caplog.at_level(logging.WARNING, "ommi.relations"):
            for number in range(1, 31):
                user = await db.find(User.id == number).one.or_raise()
                await user.posts
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert "User.posts was loaded for one object at a time, 10 times in one task" in record.getMessage()
        assert ".with_related(User.posts)" in record.getMessage()

    async def test_objects_of_one_fetch_are_no_reason(
        self, db: Ommi, caplog: pytest.LogCaptureFixture
    ) -> None:
        await fill(db, 30, 1)
        with caplog.at_level(logging.WARNING, "ommi.relations"):
            for user in await db.find(User).fetch.all():
                await user.posts
        assert caplog.records == []

    async def test_nor_are_single_objects_in_tasks_of_their_own(
        self, db: Ommi, caplog: pytest.LogCaptureFixture
    ) -> None:
        await fill(db, 30, 1)

        async def request(number: int) -> int:
            user = await db.find(User.id == number).one.or_raise()
            return len(await user.posts)

        with caplog.at_level(logging.WARNING, "ommi.relations"):
            assert await asyncio.gather(*(request(number) for number in range(1, 31))) == [1] * 30
        assert caplog.records == []
