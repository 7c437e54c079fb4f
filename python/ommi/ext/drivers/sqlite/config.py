"""What a SQLite database can be told, as a class."""

import os
from dataclasses import dataclass, fields
from typing import Any, Literal


@dataclass(frozen=True)
class SQLiteConfig:
    """A SQLite database: `SQLiteConfig(filename="app.db")`. What is None is left to the driver's defaults.

    `busy_timeout` is in milliseconds: how long another process's lock is waited for. `readers` is the number of
    threads that read at the same time, `statement_cache` that of the prepared statements that each keeps.
    `inline_budget` is in microseconds: how long a short read may run on the event loop's own thread (0: never).
    """

    filename: str | os.PathLike[str] = ":memory:"
    mode: Literal["ro", "rw", "rwc", "memory"] | None = None
    journal_mode: str | None = None
    synchronous: str | None = None
    busy_timeout: int | None = None
    foreign_keys: bool | None = None
    readers: int | None = None
    statement_cache: int | None = None
    inline_budget: int | None = None

    def options(self) -> dict[str, Any]:
        """What is said, without the file's name."""
        named = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "filename"}
        return {name: value for name, value in named.items() if value is not None}
