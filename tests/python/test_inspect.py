"""`ommi inspect`: the models that it writes for a database are models of that database."""

from pathlib import Path
from textwrap import dedent

import pytest
from test_cli import Project

pytestmark = pytest.mark.databases("sqlite", "postgres", "mysql")

MODELS = """
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Optional
from uuid import UUID

from ommi import Auto, Default, Index, Key, MaxLength, Naive, ReferenceTo, Unique, ommi_model


@ommi_model(name="users")
@dataclass
class User:
    name: Annotated[str, MaxLength(80) | Index]
    city: Annotated[str, MaxLength(80) | Index | Index("by_place")]
    street: Annotated[str, MaxLength(80) | Index("by_place")]
    mail: Annotated[Optional[str], MaxLength(80) | Unique] = None
    state: Annotated[str, MaxLength(9) | Default("new")] = "new"
    level: Annotated[int, Default(3)] = 3
    active: Annotated[bool, Default(True)] = True
    weight: Optional[float] = None
    boss: Annotated[Optional[int], ReferenceTo("User.id", on_delete="set_null")] = None
    id: Annotated[int, Key | Auto] = None


@ommi_model(name="BlogPost")
@dataclass
class Post:
    AuthorId: Annotated[int, ReferenceTo(User, on_delete="cascade")]
    text: str
    written: Annotated[datetime, Naive]
    number: UUID
    price: Optional[Decimal] = None
    day: Optional[date] = None
    picture: Optional[bytes] = None
    id: Annotated[int, Key | Auto] = None


@ommi_model(name="reader")
@dataclass
class Reader:
    post_id: Annotated[int, Key | ReferenceTo(Post)]
    user_id: Annotated[int, Key | ReferenceTo(User)]
"""

USE = """
import asyncio
from datetime import datetime
from uuid import UUID

import app.found as found
from ommi import Ommi


async def main(url):
    async with Ommi(url) as db:
        ada = found.Users(name="Ada", city="London", street="St James's Square")
        await db.add(ada).or_raise()
        written = datetime(2024, 1, 2)
        post = found.BlogPost(author_id=ada.id, text="x", written=written, number=UUID(int=7))
        await db.add(post).or_raise()
        await db.add(found.Reader(post_id=post.id, user_id=ada.id)).or_raise()
        (read,) = await db.find(found.BlogPost).fetch.all()
        author = await read.author
        print(author.name, author.state, author.level, author.active, read.number.int, read.written.year)
        print([post.text for post in await author.blog_posts], len(await author.readers))


asyncio.run(main({url!r}))
"""

STYLES = ["dataclass", "attrs", "pydantic", "msgspec"]


@pytest.fixture
def begun(tmp_path: Path, database: str) -> Project:
    """A project whose database has tables, and whose models are forgotten."""
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(folder, database)
    project.models(MODELS)
    project.ommi("init", "--models", "app.models")
    project.ommi("makemigrations")
    project.ommi("migrate")
    return project


@pytest.mark.parametrize("style", STYLES)
def test_the_models_are_those_of_the_database(begun: Project, style: str) -> None:
    text = begun.ommi("inspect", "--style", style)
    (begun.folder / "app" / "found.py").write_text(text)
    found = begun.ommi("check", "--models", "app.found")
    assert "is what the migrations and models say" in found
    assert begun.python(USE.format(url=begun.url)) == dedent("""\
        Ada new 3 True 7 2024
        ['x'] 1
    """)


def test_tables_are_chosen(begun: Project) -> None:
    answer = begun.json("inspect", "users", "reader")
    assert "class Users:" in answer["models"]
    assert "class Reader:" in answer["models"]
    assert "BlogPost" not in answer["models"].replace("# post_id refers to BlogPost, which is left out", "")
    told = begun.ommi("inspect", "user", code=2)
    assert "has no table user; there are: BlogPost, reader, users" in told
    assert "struct BlogPost" in begun.ommi("inspect", "--style", "rust")


def test_an_empty_database_is_told(tmp_path: Path, database: str) -> None:
    project = Project(tmp_path, database)
    assert "has no tables" in project.ommi("inspect", code=3)
