"""`SQLiteDriver`: SQLite as a driver of its own, for `Ommi(driver)` and for raw operations."""

import os
from collections.abc import Mapping
from typing import Any, Self

from ommi.database.ommi import Ommi
from ommi.drivers.native import NativeBackedDriver
from ommi.ext.drivers.sqlite.config import SQLiteConfig


class SQLiteDriver(NativeBackedDriver):
    """A SQLite database."""

    _database = "sqlite"
    _targets = ("filename", "database", "path", "url")

    @classmethod
    def connect(
        cls,
        target: "str | os.PathLike[str] | Mapping[str, Any] | SQLiteConfig | None" = None,
        /,
        **options: Any,
    ) -> Self:
        """A driver for a URL, a path, `":memory:"` (the default), a mapping, a config or keywords.

        The file is opened on first use; awaiting the driver gives the driver. In mappings and keywords the file is
        `filename` (or `database`, `path`, `url`); the rest are the options of `SQLiteConfig`.
        """
        return cls._connect(target, options)

    @classmethod
    def from_config(cls, config: SQLiteConfig, *, allow_implicit_model_setup: bool = True) -> Ommi:
        """A handle on a database as the config describes it."""
        return Ommi(cls.connect(config), allow_implicit_model_setup=allow_implicit_model_setup)


__all__ = ["SQLiteDriver"]
