"""The models that most tests use: users, their posts, and roles by way of an association."""

from dataclasses import dataclass
from typing import Annotated, Optional

from ommi import (
    AssociateUsing,
    Auto,
    Index,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    Unique,
    ommi_model,
)

blog = ModelCollection()


@ommi_model(collection=blog)
@dataclass
class User:
    name: str
    email: Annotated[Optional[str], Unique] = None
    age: Annotated[int, Index] = 0
    active: bool = True
    score: float = 0.0
    id: Annotated[int, Key | Auto] = None
    posts: "LazyLoadEveryRelated[Post]" = None
    roles: "LazyLoadEveryRelated[Annotated[Role, AssociateUsing(UserRole)]]" = None


@ommi_model(collection=blog)
@dataclass
class Post:
    title: str
    author_id: Annotated[int, ReferenceTo(User.id)]
    author: LazyLoadTheRelated[User]
    id: int = None


@ommi_model(collection=blog)
@dataclass
class Role:
    name: str
    id: int = None


@ommi_model(collection=blog)
@dataclass
class UserRole:
    user_id: Annotated[int, ReferenceTo(User.id)]
    role_id: Annotated[int, ReferenceTo(Role.id)]
    id: int = None


async def fill(db: Ommi, users: int = 3, posts_each: int = 2) -> list[User]:
    """Users named `user 0`, `user 1`..., aged 20, 21..., each with posts."""
    people = [User(f"user {n}", f"{n}@example.org", 20 + n, active=n % 2 == 0) for n in range(users)]
    await db.add(*people).or_raise()
    posts = [Post(f"post {n} of {user.name}", user.id) for user in people for n in range(posts_each)]
    if posts:
        await db.add(posts).or_raise()
    return people
