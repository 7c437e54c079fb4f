"""Eager loads with conditions: `with_related(related(User.posts).where(...).order_by(...).limit(3))`."""

from typing import Any

import pytest
from blog import Post, Role, User, UserRole, blog, fill
from databases import EVERY
from ommi import Ommi, related

pytestmark = pytest.mark.databases(*EVERY)


async def people(db: Ommi, *wanted: Any) -> list[User]:
    return await db.find(User).with_related(*wanted).order_by(User.id).fetch.all()


async def titles(user: User) -> list[str]:
    return [post.title for post in await user.posts]


async def test_the_latest_posts_of_each_user(db: Ommi) -> None:
    await fill(db, users=3, posts_each=4)
    before = db._operations()
    users = await people(db, related(User.posts).order_by(Post.id.desc).limit(2))
    found = [await titles(user) for user in users]
    assert db._operations() - before == 2, "one query for the users, one for all their posts"
    assert found == [[f"post {n} of {user.name}" for n in (3, 2)] for user in users]


async def test_posts_that_a_condition_leaves(db: Ommi) -> None:
    await fill(db, users=2, posts_each=3)
    wanted = related(User.posts).where(Post.title.starts_with("post 1")).where(Post.id > 2)
    users = await people(db, wanted)
    assert [await titles(user) for user in users] == [[], ["post 1 of user 1"]]
    assert len(await users[0].posts.refresh()) == 3, "refreshing knows no condition"


async def test_sort_keys_by_name(db: Ommi) -> None:
    await fill(db, users=1, posts_each=3)
    (user,) = await people(db, related(User.posts).sort("-title").limit(1))
    assert await titles(user) == ["post 2 of user 0"]


async def test_every_method_gives_a_new_one(db: Ommi) -> None:
    await fill(db, users=1, posts_each=3)
    wanted = related(User.posts)
    wanted.limit(1), wanted.where(Post.id == 0), wanted.order_by(Post.id.desc)
    (user,) = await people(db, wanted)
    assert len(await user.posts) == 3


async def test_relations_of_related_rows(db: Ommi) -> None:
    await fill(db, users=2, posts_each=3)
    before = db._operations()
    users = await people(db, related(User.posts).limit(1), related(Post.author).where(User.age == 20))
    posts = [(await user.posts)[0] for user in users]
    assert await posts[0].author == users[0]
    assert await posts[1].author.get(None) is None
    assert db._operations() - before == 3


async def test_the_first_rows_through_an_association(db: Ommi) -> None:
    users = await fill(db, users=2)
    roles = await db.add(Role("a"), Role("b"), Role("c")).or_raise()
    pairs = [(users[0], roles[0]), (users[0], roles[2]), (users[1], roles[1]), (users[1], roles[0])]
    await db.add([UserRole(user.id, role.id) for user, role in pairs]).or_raise()
    found = await people(db, related(User.roles).order_by(Role.name.desc).limit(1))
    assert [[role.name for role in await user.roles] for user in found] == [["c"], ["b"]]


async def test_what_is_wrong_is_refused_before_anything_is_sent(db: Ommi) -> None:
    await db.use_models(blog)
    with pytest.raises(TypeError, match="takes a relation"):
        related(User.name)
    with pytest.raises(ValueError, match="not negative"):
        related(User.posts).limit(-1)
    before = db._operations()
    for wrong in (
        related(User.posts).where(Post.id == "x"),
        related(User.posts).order_by("nothing"),
        User.name,
        3,
    ):
        with pytest.raises(Exception, match=r".+"):
            await people(db, wrong)
    assert db._operations() == before
