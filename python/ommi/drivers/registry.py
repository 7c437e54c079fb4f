"""From what `Ommi(...)` is given (a URL, a path, a driver) to the driver beneath it."""

import os
import re
from typing import Any

from ommi._ommi import NativeDriver, native_driver
from ommi.errors import UnsupportedError, ValidationError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_DATABASES = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mongodb": "mongodb",
    "mongodb+srv": "mongodb",
    "memory": "memory",
}
"""The schemes of URLs, and the driver that each belongs to."""


def open_target(target: Any, options: dict[str, Any]) -> tuple[NativeDriver, Any]:
    """The engine's driver for a target, and the Python object that stands for it."""
    native = getattr(target, "native_driver", None)
    if isinstance(native, NativeDriver):
        if options:
            names = ", ".join(options)
            raise TypeError(f"the options {names} belong to the driver: it is configured already")
        return native, target
    if isinstance(target, NativeDriver):
        return target, target
    if target is None or isinstance(target, (str, os.PathLike)):
        native = open_native(_database_of(target), target, options)
        return native, native
    kind = type(target).__name__
    raise TypeError(f"Ommi takes a URL, a path or a driver, not {kind}; for example Ommi('sqlite:///app.db')")


def open_native(
    database: str, target: "str | os.PathLike[str] | None", options: dict[str, Any]
) -> NativeDriver:
    """The engine's driver of one database, for a URL (for SQLite a path too) and options, which weigh more."""
    text = None if target is None else os.fsdecode(target)
    if text is not None and _scheme_of(target) is None:
        if database == "memory":
            text = f"memory://{text}"
        elif database != "sqlite":
            # It is not repeated: what is no URL may be a password.
            raise ValidationError(f"a {database} database is named by a URL: {database}://host/database")
        elif not isinstance(target, str) and text.startswith(("sqlite:", ":memory:")):
            text = os.path.join(os.curdir, text)  # a path object is a path, whatever it looks like
    return native_driver(
        database, text, {name: value for name, value in options.items() if value is not None}
    )


def _scheme_of(target: object) -> str | None:
    scheme = _SCHEME.match(target) if isinstance(target, str) else None
    return scheme[1].lower() if scheme is not None else None


def _database_of(target: object) -> str:
    """The driver for a URL or path; `UnsupportedError` for a scheme that no driver is there for."""
    scheme = _scheme_of(target)
    if scheme is None:
        return "sqlite"
    if scheme not in _DATABASES:
        known = ", ".join(f"{name}://" for name in _DATABASES)
        raise UnsupportedError(f"there is no driver for {scheme}:// URLs; the known schemes are {known}")
    return _DATABASES[scheme]
