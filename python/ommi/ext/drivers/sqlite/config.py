"""What a SQLite database can be told, as a class."""

import os
from dataclasses import dataclass
from typing import ClassVar, Literal

from ommi.drivers.config import DriverConfig


@dataclass(frozen=True)
class SQLiteConfig(DriverConfig):
    """A SQLite database: `SQLiteConfig(filename="app.db")`. What is None is left to the driver's defaults.

    `busy_timeout` is in milliseconds: how long another process's lock is waited for. `readers` is the number of
    threads that read at the same time, `statement_cache` that of the prepared statements that each keeps.
    `inline_budget` is in microseconds: how long a short read may run on the event loop's own thread (0: never).
    """

    database_kind: ClassVar[str] = "sqlite"

    filename: str | os.PathLike[str] = ":memory:"
    mode: Literal["ro", "rw", "rwc", "memory"] | None = None
    journal_mode: str | None = None
    synchronous: str | None = None
    busy_timeout: int | None = None
    foreign_keys: bool | None = None
    readers: int | None = None
    statement_cache: int | None = None
    inline_budget: int | None = None
