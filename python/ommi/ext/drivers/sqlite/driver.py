"""`SQLiteDriver`: SQLite as a driver of its own, for `Ommi(driver)` and for raw operations."""

import os
from collections.abc import Mapping
from typing import Any, Self

from ommi._ommi import sqlite_driver
from ommi.database.ommi import Ommi
from ommi.drivers.native import NativeBackedDriver
from ommi.drivers.registry import sqlite_target
from ommi.ext.drivers.sqlite.config import SQLiteConfig

_TARGETS = ("filename", "database", "path", "url")


class SQLiteDriver(NativeBackedDriver):
    """A SQLite database."""

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
        if isinstance(target, SQLiteConfig):
            options = {**target.options(), **options}
            target = target.filename
        elif isinstance(target, Mapping):
            options = {**target, **options}
            target = None
        named = [name for name in _TARGETS if name in options]
        if named and (target is not None or len(named) > 1):
            raise TypeError(f"the database is named more than once: {', '.join(named)}")
        if named:
            target = options.pop(named[0])
        return cls(sqlite_driver(sqlite_target(target), options))

    @classmethod
    def from_config(cls, config: SQLiteConfig, *, allow_implicit_model_setup: bool = True) -> Ommi:
        """A handle on a database as the config describes it."""
        return Ommi(cls.connect(config), allow_implicit_model_setup=allow_implicit_model_setup)


__all__ = ["SQLiteDriver"]
