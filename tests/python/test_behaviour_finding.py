"""Section 4: what `find` takes, and everything that can follow it."""

import asyncio
from typing import Any

import pytest
from blog import Post, Role, User, UserRole, blog, fill
from databases import EVERY
from ommi import (
    AsyncBatchIterator,
    DBEmptyQueryException,
    DBStatusNoResultException,
    Ommi,
    OrderDirection,
    QueryError,
    UnsupportedError,
    ValidationError,
    when,
)

pytestmark = pytest.mark.databases(*EVERY)


def names(users: list[User]) -> list[str]:
    return [user.name for user in users]


async def test_find_takes_the_and_of_its_arguments(db: Ommi) -> None:
    await fill(db)

    assert await db.find(User.age >= 21, User.name == "user 2").count.or_raise() == 1
    assert await db.find(User.age >= 21, User.name == "user 0").count.or_raise() == 0


async def test_find_takes_a_class_groups_and_instances(db: Ommi) -> None:
    people = await fill(db)

    assert await db.find(User).count.or_raise() == 3
    assert await db.find(User, User.age > 20).count.or_raise() == 2
    assert await db.find(when(User.age > 20, User.age < 22)).count.or_raise() == 1
    assert await db.find(when(User.age > 20).Or(User.name == "user 0")).count.or_raise() == 3
    assert await db.find(people[1]).one.or_raise() == people[1]
    assert await db.find(User, when(User.age > 20).limit(1)).count.or_raise() in (1, 2)


async def test_a_group_carries_an_order_and_a_page(db: Ommi) -> None:
    await fill(db)

    group = when(User.age >= 0).sort(User.age.desc).limit(2, 1)

    assert names(await db.find(group).fetch.all()) == ["user 0"]


async def test_find_without_anything_is_an_error(db: Ommi) -> None:
    assert isinstance((await db.find()).error, DBEmptyQueryException)


async def test_predicates_on_several_models_join(db: Ommi) -> None:
    await fill(db)

    posts = await db.find(Post, User.name == "user 1").order_by(Post.id).fetch.all()
    assert [post.title for post in posts] == ["post 0 of user 1", "post 1 of user 1"]
    users = await db.find(User, Post.title.starts_with("post")).fetch.all()
    assert len(users) == 3  # each once, though each has two posts
    assert await db.find(User.age > 20, Post.title.contains("post 0")).count.or_raise() == 2
    assert isinstance(await db.find(Post.title == "post 0 of user 0", User.age >= 0).one.or_raise(), Post)


async def test_a_join_goes_through_models_between(db: Ommi) -> None:
    ada, eve, _ = await fill(db)
    admin, guest = Role("admin"), Role("guest")
    await db.add(admin, guest).or_raise()
    await db.add(UserRole(ada.id, admin.id), UserRole(eve.id, guest.id)).or_raise()

    assert await db.find(User, UserRole.role_id == admin.id).fetch.all() == [ada]


async def test_models_without_a_path_between_them_are_an_error(db: Ommi) -> None:
    error = (await db.find(Post, Role.name == "x")).error
    assert isinstance(error, QueryError)
    assert "Post" in str(error)
    assert "Role" in str(error)


async def test_all_gives_an_iterator_over_batches(db: Ommi) -> None:
    await fill(db, 5)

    iterator = await db.find(User).order_by(User.id).all.or_raise()
    assert isinstance(iterator, AsyncBatchIterator)
    assert (await iterator.one()).name == "user 0"
    assert names(await iterator.get()) == ["user 1", "user 2", "user 3", "user 4"]
    assert await iterator.get() == []
    with pytest.raises(DBStatusNoResultException):
        await iterator.one()
    result = await db.find(User).order_by(User.id)
    assert [user.name async for user in result.value] == [f"user {n}" for n in range(5)]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_streaming(db: Ommi, size: int) -> None:
    await fill(db, 5, 0)

    query = db.find(User).order_by(User.id).batch_size(size)
    assert [user.id async for user in db.find(User, batch_size=size).order_by(User.id)] == [1, 2, 3, 4, 5]

    assert [user.name async for user in query] == [f"user {n}" for n in range(5)]
    assert [user.name async for user in query] == [f"user {n}" for n in range(5)]


async def test_a_stream_that_is_left_early_disturbs_nothing(db: Ommi) -> None:
    await db.add([User(f"user {n}") for n in range(3000)]).or_raise()

    async for user in db.find(User).order_by(User.id).batch_size(10):
        if user.id == 25:
            break

    assert await db.find(User).update(age=1).or_raise() == 3000


async def test_one_first_count_exists(db: Ommi) -> None:
    await fill(db)

    assert (await db.find(User.id == 2).one.or_raise()).name == "user 1"
    assert (await db.find(User).order_by(User.id.desc).first.or_raise()).name == "user 2"
    assert await db.find(User.id == 99).first.or_raise() is None
    assert await db.find(User).count.or_raise() == 3
    assert await db.find(User.id == 1).exists.or_raise() is True
    assert await db.find(User.id == 99).exists.or_raise() is False
    error = (await db.find(User.id == 99).one).error
    assert isinstance(error, DBStatusNoResultException)
    assert "User" in str(error)


async def test_update_and_delete_give_the_number_of_rows(db: Ommi) -> None:
    await fill(db, 3, 0)

    assert await db.find(User.age > 20).update(age=User.age + 10, name="older").or_raise() == 2
    assert await db.find(User.age > 30, User.name == "older").count.or_raise() == 2
    assert await db.find(User.name == "older").set(email=None).or_raise() == 2
    assert await db.find(User.name == "older").delete.or_raise() == 2
    assert await db.find(User).delete().or_raise() == 1
    assert await db.find(User).delete.or_raise() == 0


async def test_an_update_without_values_is_a_value_error(db: Ommi) -> None:
    await fill(db, 1, 0)

    assert isinstance((await db.find(User).update()).error, ValueError)
    with pytest.raises(ValueError, match="at least one value"):
        await db.find(User).update().or_raise()


async def test_an_update_of_an_unknown_field_names_the_known_ones(db: Ommi) -> None:
    error = (await db.find(User).update(nonsense=1)).error

    assert isinstance(error, ValidationError)
    assert "nonsense" in str(error)
    assert "email" in str(error)


async def test_updates_and_deletes_over_joins_and_pages(db: Ommi) -> None:
    await fill(db)

    assert await db.find(Post, User.name == "user 1").update(title="changed").or_raise() == 2
    assert await db.find(Post.title == "changed").count.or_raise() == 2
    assert await db.find(Post).order_by(Post.id.desc).limit(2).delete.or_raise() == 2
    assert await db.find(Post, User.name == "user 2").count.or_raise() == 0


async def test_fetch_gives_lists_and_single_objects(db: Ommi) -> None:
    people = await fill(db, 3, 0)
    query = db.find(User).order_by(User.id)

    assert await query.fetch.all() == people
    assert await query.fetch.one() == people[0]
    assert await query.fetch().or_raise() == people
    assert (await query.fetch()).is_success()
    with pytest.raises(DBStatusNoResultException):
        await db.find(User.id == 99).fetch.one()


@pytest.mark.parametrize(
    "keys",
    [
        (User.name.desc,),
        (User.name.desc(),),
        ("-name",),
        (("name", OrderDirection.DESC),),
        ("name", OrderDirection.DESC),
        (User.name.desc, User.id.asc),
        (User.name.desc, "id"),
    ],
    ids=repr,
)
async def test_orders(db: Ommi, keys: tuple[Any, ...]) -> None:
    await fill(db, 3, 0)

    expected = ["user 2", "user 1", "user 0"]
    assert names(await db.find(User).order_by(*keys).fetch.all()) == expected
    assert names(await db.find(User).sort(*keys).fetch.all()) == expected


async def test_ascending_orders(db: Ommi) -> None:
    await fill(db, 3, 0)

    for key in (User.name, User.name.asc, User.name.asc(), "name"):
        assert names(await db.find(User).order_by(key).fetch.all()) == ["user 0", "user 1", "user 2"]


async def test_the_first_key_weighs_most_and_nulls_come_first(db: Ommi) -> None:
    await db.add(User("b", "1"), User("a", "2"), User("a"), User("b")).or_raise()

    rows = await db.find(User).order_by(User.name, User.email).fetch.all()

    assert [(user.name, user.email) for user in rows] == [("a", None), ("a", "2"), ("b", None), ("b", "1")]


async def test_limit_page_and_offset(db: Ommi) -> None:
    await fill(db, 7, 0)
    query = db.find(User).order_by(User.id)

    assert names(await query.limit(3).fetch.all()) == ["user 0", "user 1", "user 2"]
    assert names(await query.limit(3, 1).fetch.all()) == ["user 3", "user 4", "user 5"]
    assert names(await query.limit(3, page=2).fetch.all()) == ["user 6"]
    assert names(await query.offset(5).fetch.all()) == ["user 5", "user 6"]
    assert names(await query.limit(1).offset(2).fetch.all()) == ["user 2"]
    assert await query.limit(0).fetch.all() == []
    with pytest.raises(ValueError, match="negative"):
        query.limit(-1)
    with pytest.raises(ValueError, match="negative"):
        query.offset(-1)


async def test_select_and_distinct(db: Ommi) -> None:
    await db.add(User("a", age=1), User("a", age=1), User("b", age=1)).or_raise()

    assert await db.find(User).order_by(User.id).select(User.id, User.name).fetch.all() == [
        (1, "a"),
        (2, "a"),
        (3, "b"),
    ]
    assert await db.find(User).select(User.name).distinct().order_by(User.name).fetch.all() == [
        ("a",),
        ("b",),
    ]
    assert await db.find(User.id == 1).select(User.name).one.or_raise() == ("a",)
    assert [row async for row in db.find(User).select(User.age).distinct()] == [(1,)]


async def test_explain_and_for_update(db: Ommi) -> None:
    await fill(db, 1, 0)

    lines = await db.find(User.id == 1).explain.or_raise()
    assert any("User" in line for line in lines)
    async with db.transaction():
        if locks_what_it_reads(db):
            assert await db.find(User.id == 1).for_update().one.or_raise()
        else:
            assert isinstance((await db.find(User.id == 1).for_update().one).error, UnsupportedError)
    assert isinstance((await db.find(User.id == 1).for_update().one).error, ValidationError)


async def test_pages_by_their_last_row(db: Ommi) -> None:
    people = await fill(db, 7)
    pages = db.find(User).order_by("-age").limit(3)

    seen = await pages.fetch.all()
    while page := await pages.after(seen[-1]).fetch.all():
        assert len(page) <= 3
        seen.extend(page)
    assert [user.id for user in seen] == [user.id for user in sorted(people, key=lambda user: -user.age)]

    behind = db.find(User, User.age > 0).after(seen[-2]).order_by("-age")  # in whatever order they are called
    assert [user.id for user in await behind.fetch.all()] == [seen[-1].id]
    assert await behind.count.or_raise() == 1
    assert await behind.select(User.name).fetch.all() == [(seen[-1].name,)]
    for wrong in (Post(title="x", author_id=1), "x", None):
        with pytest.raises(ValidationError, match="a row of User"):
            await pages.after(wrong).fetch.all()
    with pytest.raises(ValidationError, match="no key"):
        await pages.after(User(name="new")).fetch.all()
    for query in (pages.order_by(User.age + 1), pages.select(User.age).distinct()):
        with pytest.raises(QueryError, match="after"):
            await query.after(seen[0]).fetch.all()


async def test_statements_are_shown_without_values(db: Ommi) -> None:
    found = db.find(User, User.name == "Ada Lovelace")
    everything = db.find(User)
    shown = [
        found.statement(),
        found.one.statement(),
        found.count.statement(),
        found.exists.statement(),
        found.delete.statement(),
        found.update(age=1815).statement(),
        found.order_by("-name").limit(3).statement(),
    ]
    assert all("User" in text for text in shown), shown
    assert not any("Ada" in text or "1815" in text for text in shown), shown
    assert len(set(shown)) == len(shown)
    assert everything.statement() != found.statement()
    with db.count_queries() as counted:
        found.statement()
    assert counted.count == 0
    with pytest.raises(TypeError, match="reads, updates and deletes over a query"):
        db.add(User(name="x")).statement()
    count = everything.count
    await count.or_raise()
    with pytest.raises(TypeError, match="before they are awaited"):
        count.statement()
    with pytest.raises(QueryError):
        db.find(User, User.age.lower() == "x").statement()


def locks_what_it_reads(db: Ommi) -> bool:
    """Where one transaction writes at a time, it needs no locks of rows."""
    able = db.capabilities()
    return able["row_locks"] or not able["concurrent_writers"]


async def test_rows_that_are_read_for_update_are_changed_by_nobody_else(database: str) -> None:
    async with Ommi(database) as db, Ommi(database) as other:
        if not locks_what_it_reads(db):
            pytest.skip("capability: row_locks")
        await fill(db, 2, 0)
        await other.use_models(blog)

        async def birthday(session: Ommi) -> None:
            async with session.transaction() as tx:
                user = await tx.find(User.id == 1).for_update().one.or_raise()
                await asyncio.sleep(0)
                user.age += 1
                await tx.save(user).or_raise()

        await asyncio.gather(*(birthday(session) for session in (db, other) for _ in range(8)))
        assert (await db.find(User.id == 1).one.or_raise()).age == 36
        async with db.transaction() as tx:
            result = await tx.find(User).select(User.age).distinct().for_update().fetch()
            assert isinstance(result.error, QueryError)


async def test_a_query_is_not_changed_by_its_methods(db: Ommi) -> None:
    await fill(db, 3, 0)
    query = db.find(User)

    query.limit(1)
    query.where(User.id == 1)
    query.order_by(User.name)

    assert await query.count.or_raise() == 3


async def test_the_raising_spelling(db: Ommi) -> None:
    await fill(db, 4, 0)
    query = (
        db.query(User).where(User.age > 20).where(User.active == True).order_by("name").limit(10).offset(0)
    )

    assert names(await query.fetch_all()) == ["user 2"]
    assert (await query.fetch_one()).name == "user 2"
    assert await query.count() == 1
    assert await db.query(User).where(User.id == 99).fetch_one() is None
    with pytest.raises(ValidationError):
        await db.query(User).where(User.name == 3).fetch_all()


async def test_values_of_any_kind_mean_themselves(db: Ommi) -> None:
    odd = [
        "'; DROP TABLE User; --",
        '"',
        "\\",
        "%",
        "_",
        "$1",
        "?1",
        ":x",
        "\U0001f600",
        "",
        " ",
        "\n",
        "x" * 100_000,
    ]
    await db.add([User(name) for name in odd]).or_raise()

    for name in odd:
        assert names(await db.find(User.name == name).fetch.all()) == [name]


async def test_one_shape_with_many_values(db: Ommi) -> None:
    await db.add([User(f"user {n}", age=n) for n in range(300)]).or_raise()

    for n in range(300):
        assert (await db.find(User.age == n).one.or_raise()).name == f"user {n}"
