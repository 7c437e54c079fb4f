"""Lists: several members at once, and how many there are."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import Key, ModelCollection, Ommi, ValidationError, col, ommi_model

pytestmark = pytest.mark.databases(*EVERY)

collection = ModelCollection()


@ommi_model(collection=collection)
@dataclass
class Post:
    id: Annotated[int, Key]
    tags: list[str] = field(default_factory=list)
    scores: Optional[list[int]] = None


@pytest.fixture
async def posts(db: Ommi) -> Ommi:
    await db.use_models(collection)
    await db.add(
        Post(1, ["news", "sport"], [1, 2, 3]), Post(2, ["sport"], [3]), Post(3), Post(4, ["a'b", "ä"], [])
    ).or_raise()
    return db


async def ids(posts: Ommi, predicate: Any) -> list[int]:
    return [post.id for post in await posts.find(Post, predicate).order_by(Post.id).fetch.all()]


async def test_one_of_several_and_all_of_several(posts: Ommi) -> None:
    tags, scores = col(Post.tags), col(Post.scores)
    assert await ids(posts, tags.overlaps(["news", "ä", "x"])) == [1, 4]
    assert await ids(posts, tags.overlaps({"a'b"})) == [4]
    assert await ids(posts, tags.contains_all(["sport", "news"])) == [1]
    assert await ids(posts, tags.contains_all(tag for tag in ["sport"])) == [1, 2]
    assert await ids(posts, ~tags.contains_all(["sport", "news"])) == [2, 3, 4]
    assert await ids(posts, scores.overlaps([2, 7])) == [1]
    assert await ids(posts, ~scores.overlaps([2, 7])) == [2, 4]
    assert await ids(posts, tags.overlaps(["sport"]) & scores.contains_all([1])) == [1]


async def test_no_values(posts: Ommi) -> None:
    assert await ids(posts, col(Post.tags).overlaps([])) == []
    assert await ids(posts, col(Post.tags).contains_all([])) == [1, 2, 3, 4]


async def test_the_number_of_members(posts: Ommi) -> None:
    tags, scores = col(Post.tags), col(Post.scores)
    assert await ids(posts, tags.length() > 1) == [1, 4]
    query = posts.find(Post).select(Post.id, scores.length()).order_by(Post.id)
    assert await query.fetch.all() == [(1, 3), (2, 1), (3, None), (4, 0)]


async def test_what_is_no_member(posts: Ommi) -> None:
    with pytest.raises(TypeError, match="a list of values is needed"):
        col(Post.tags).overlaps("news")
    with pytest.raises(ValidationError, match=r"Post\.tags"):
        await ids(posts, col(Post.tags).overlaps([1]))
