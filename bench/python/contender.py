"""What every contender can do. One file in `contenders/` implements this for one library.

Each method does all the operations it is given, in the library's fastest documented way, so that the loop
is the library's own and a synchronous one pays for no `await`. The runner times one call.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from dataset import PersonRow

PAGE = 20
"""How many rows `filtered` asks for."""


@dataclass(frozen=True)
class Place:
    """A database that a contender opens: its tables and rows are there."""

    kind: str
    """`sqlite`, `postgres`, `mysql` or `mongodb`."""
    url: str
    """`sqlite:////folder/file.db`, `postgresql://user@host:port/database`, `mysql://...`."""
    synchronous: str = ""
    """SQLite's `PRAGMA synchronous`."""

    @property
    def path(self) -> Path:
        """SQLite's file."""
        return Path(self.url.removeprefix("sqlite:///"))

    @property
    def database(self) -> str:
        """The name of a server's database."""
        return urlsplit(self.url).path.removeprefix("/")

    @property
    def parameters(self) -> dict[str, Any]:
        """What the drivers for MySQL take instead of a URL."""
        parts = urlsplit(self.url)
        return {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 3306,
            "user": unquote(parts.username or "root"),
            "password": unquote(parts.password or ""),
            "db": self.database,
            "charset": "utf8mb4",
        }

    def url_for(self, scheme: str) -> str:
        """The URL with another scheme, as mappers spell their drivers."""
        return f"{scheme}:{self.url.partition(':')[2]}"


class Contender(ABC):
    """One library, opened on a database that already holds the tables and their rows."""

    name: ClassVar[str]
    """Short name, as `--only` takes it."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Distributions whose versions the report states."""

    @classmethod
    def versions(cls) -> dict[str, str]:
        """Distribution name to its installed version."""
        found = {}
        for package in cls.packages:
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                found[package] = "unknown"
        return found

    @abstractmethod
    async def open(self, place: Place) -> None:
        """Open the place; a SQLite file, in WAL mode, with `PRAGMA synchronous` as it says and foreign keys on."""

    @abstractmethod
    async def close(self) -> None:
        """Close every connection; another library opens the database next."""

    @abstractmethod
    def people(self, rows: Sequence[PersonRow], first_key: int | None = None) -> list[Any]:
        """Unstored objects of the library's own model; with keys counting from `first_key` if it is given."""

    @abstractmethod
    async def insert(self, people: Sequence[Any]) -> None:
        """Store each by itself, each committed; its key is written into the object."""

    @abstractmethod
    async def insert_bulk(self, people: Sequence[Any]) -> None:
        """Store all at once, in one transaction."""

    @abstractmethod
    async def get(self, keys: Sequence[int]) -> list[Any]:
        """One read for each key; the objects."""

    @abstractmethod
    async def filtered(self, asked: Sequence[tuple[int, float]]) -> list[list[Any]]:
        """For each (age, least score): the first `PAGE` people by key of that age with that score or more."""

    @abstractmethod
    async def everyone(self, times: int) -> list[Any]:
        """All people as objects, `times` times; the last list."""

    @abstractmethod
    async def update(self, changes: Sequence[tuple[int, float]]) -> None:
        """For each (key, score): one UPDATE, committed."""

    @abstractmethod
    async def update_in_transaction(self, changes: Sequence[tuple[int, float]]) -> None:
        """For each (key, score): one UPDATE, all inside one transaction."""

    @abstractmethod
    async def transactions(self, changes: Sequence[tuple[int, float]]) -> None:
        """For each (key, score): begin, one UPDATE, commit, spelt out."""

    @abstractmethod
    async def delete(self, keys: Sequence[int]) -> None:
        """For each key: one DELETE, committed."""

    @abstractmethod
    async def count(self, ages: Sequence[int]) -> list[int]:
        """For each age: how many people have it."""

    @abstractmethod
    async def related(self, times: int) -> list[tuple[Any, list[Any]]]:
        """Every parent with its children, in a fixed number of statements, `times` times; the last list."""

    @abstractmethod
    async def get_in_tasks(self, batches: Sequence[Sequence[int]]) -> list[list[Any]]:
        """One task for each batch, all at once, each reading its keys one after another."""
