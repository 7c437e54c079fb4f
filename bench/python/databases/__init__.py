"""The databases to measure on, by name: one module each, imported only when asked for."""

from importlib import import_module

from databases.base import Database

NAMES = ("sqlite", "postgres", "mysql", "mongodb")


def load(name: str) -> type[Database]:
    """The database's class."""
    found: type[Database] = import_module(f"databases.{name}").DATABASE
    return found
