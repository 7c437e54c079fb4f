"""What a database has to offer to be measured on: fresh copies of one dataset, and a plain look at them afterwards."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit, urlunsplit

from contender import Place


class Answer(Protocol):
    """The rows that a question found."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Checker(Protocol):
    """Asks plain questions, with `?` where values go; no contender has a part in it."""

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Answer: ...

    def close(self) -> None: ...


class Database(ABC):
    """One database. It makes its dataset once and hands out copies."""

    name: ClassVar[str]
    raw: ClassVar[tuple[str, ...]]
    """Contenders that are a driver by hand: ratios are to the fastest of them."""
    title: ClassVar[str]
    """What the report calls the time that ratios are to."""

    @abstractmethod
    def prepare(self, seed: int, synchronous: str, directory: Path | None) -> None:
        """Make the dataset that is copied."""

    @abstractmethod
    def fresh(self, label: str, *, writes: bool) -> Place:
        """A copy of the dataset; those who only read may get the same one."""

    @abstractmethod
    def checker(self, place: Place) -> Checker:
        """A connection to look at the copy."""

    @abstractmethod
    def discard(self, place: Place) -> None:
        """Remove a copy that was written to."""

    @abstractmethod
    def clean_up(self) -> None:
        """Remove everything."""

    @abstractmethod
    def describe(self) -> str:
        """Version and settings, for the report."""


class Server(Database):
    """A database server, found by `OMMI_TEST_<NAME>` or where it usually listens."""

    default: ClassVar[str]

    def __init__(self) -> None:
        self.url = os.environ.get(f"OMMI_TEST_{self.name.upper()}", self.default)
        self.prefix = f"ommi_bench_{os.getpid()}"
        self.shared: Place | None = None

    def place(self, database: str) -> Place:
        """The place of one of the server's databases."""
        parts = urlsplit(self.url)
        url = urlunsplit(parts._replace(path=f"/{database}", query=""))
        return Place(self.name, url)

    def fresh(self, label: str, *, writes: bool) -> Place:
        if writes:
            return self.copy(f"{self.prefix}_{label}")
        if self.shared is None:
            self.shared = self.copy(f"{self.prefix}_shared")
        return self.shared

    @abstractmethod
    def copy(self, database: str) -> Place:
        """A database of this name with the dataset."""

    @abstractmethod
    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""

    def discard(self, place: Place) -> None:
        if place != self.shared:
            self.drop(place.database)

    def clean_up(self) -> None:
        if self.shared is not None:
            self.drop(self.shared.database)
        self.drop(f"{self.prefix}_template")
