"""SQLite."""

from ommi.ext.drivers.sqlite.config import SQLiteConfig
from ommi.ext.drivers.sqlite.driver import SQLiteDriver

__all__ = ["SQLiteConfig", "SQLiteDriver"]
