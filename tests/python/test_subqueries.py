"""Subqueries: `exists`, and `in_` with a query."""

from dataclasses import dataclass
from typing import Annotated, Optional

import pytest
from databases import EVERY
from ommi import (
    ASTComparisonNode,
    ASTExistsNode,
    Key,
    ModelCollection,
    Ommi,
    QueryError,
    QueryOperator,
    ReferenceTo,
    count,
    exists,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)

collection = ModelCollection()


@ommi_model(collection=collection)
@dataclass
class User:
    id: Annotated[int, Key]
    name: str
    busy: bool = False


@ommi_model(collection=collection)
@dataclass
class Post:
    id: Annotated[int, Key]
    title: str
    author_id: Annotated[Optional[int], ReferenceTo(User.id)] = None
    likes: int = 0


@pytest.fixture
async def blog(db: Ommi) -> Ommi:
    await db.use_models(collection)
    await db.add(User(1, "Ada"), User(2, "Bob"), User(3, "Cyd")).or_raise()
    posts = [
        Post(1, "Engines", 1, 200),
        Post(2, "Notes", 1),
        Post(3, "Games", 2, 3),
        Post(4, "Lost", None, 500),
    ]
    await db.add(*posts).or_raise()
    return db


async def names(query: object) -> list[str]:
    return sorted(user.name for user in await query.fetch.all())  # type: ignore[attr-defined]


async def test_a_value_among_those_that_a_query_selects(blog: Ommi) -> None:
    liked = blog.find(Post.likes > 100, Post.author_id.is_not_null()).select(Post.author_id)
    assert await names(blog.find(User.id.in_(liked))) == ["Ada"]
    assert await names(blog.find(User.id.not_in(liked))) == ["Bob", "Cyd"]
    assert await blog.find(User.id.in_(liked)).count.or_raise() == 1
    assert await blog.find(User.id.in_(liked), User.name == "Bob").exists.or_raise() is False


async def test_a_null_leaves_what_is_not_found_unknown(blog: Ommi) -> None:
    authors = blog.find(Post).select(Post.author_id)
    assert await names(blog.find(User.id.in_(authors))) == ["Ada", "Bob"]
    assert await names(blog.find(User.id.not_in(authors))) == []
    known = authors.where(Post.author_id.is_not_null())
    assert await names(blog.find(~User.id.in_(known))) == ["Cyd"]


async def test_rows_for_which_others_exist(blog: Ommi) -> None:
    own = blog.find(Post, Post.author_id == User.id)
    assert await names(blog.find(User, exists(own))) == ["Ada", "Bob"]
    assert await names(blog.find(User, ~exists(own))) == ["Cyd"]
    assert await names(blog.find(User, exists(own.where(Post.title == "Notes")) | (User.name == "Cyd"))) == [
        "Ada",
        "Cyd",
    ]


async def test_groups_and_pages_decide(blog: Ommi) -> None:
    busy = blog.find(Post).group_by(Post.author_id).having(count() > 1).select(Post.author_id)
    assert await names(blog.find(User.id.in_(busy))) == ["Ada"]
    best = (
        blog.find(Post, Post.author_id.is_not_null())
        .order_by(Post.likes.desc)
        .limit(2)
        .select(Post.author_id)
    )
    assert await names(blog.find(User.id.in_(best))) == ["Ada", "Bob"]


async def test_updates_and_deletes_by_subqueries(blog: Ommi) -> None:
    own = blog.find(Post, Post.author_id == User.id)
    assert await blog.find(User, exists(own)).update(busy=True).or_raise() == 2
    assert await names(blog.find(User.busy)) == ["Ada", "Bob"]
    assert await blog.find(User, ~exists(own)).delete.or_raise() == 1
    assert await blog.find(User).count.or_raise() == 2


async def test_they_join_the_transaction(blog: Ommi) -> None:
    async with blog.transaction() as tx:
        await tx.add(Post(5, "New", 3)).or_raise()
        own = tx.find(Post, Post.author_id == User.id)
        assert await names(tx.find(User, ~exists(own))) == []
        await tx.rollback()


async def test_a_long_list_inside_is_bound_like_any(blog: Ommi) -> None:
    listed = blog.find(Post.id.in_(range(3, 5000))).select(Post.author_id)
    assert await names(blog.find(User.id.in_(listed))) == ["Bob"]


async def test_what_has_no_meaning_is_refused(blog: Ommi) -> None:
    for query, what in [
        (blog.find(User.id.in_(blog.find(Post))), "selects one"),
        (blog.find(User.id.in_(blog.find(Post).select(Post.id, Post.title))), "selects one"),
        (blog.find(User.id.in_(blog.find(Post).select(Post.title))), "types differ"),
    ]:
        with pytest.raises(QueryError, match=what):
            await query.fetch.all()
    with pytest.raises(TypeError):
        exists(Post)  # type: ignore[arg-type]


def test_drivers_can_walk_them() -> None:
    handle = Ommi("memory://")
    query = handle.find(Post, Post.author_id == User.id)
    node = exists(query)
    assert isinstance(node, ASTExistsNode)
    assert node.query is query
    assert repr(node).startswith("exists(<Query")
    among = User.id.in_(query.select(Post.author_id))
    assert isinstance(among, ASTComparisonNode)
    assert among.operator is QueryOperator.IN
