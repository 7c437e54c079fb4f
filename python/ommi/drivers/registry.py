"""From what `Ommi(...)` is given (a URL, a path, a driver) to the driver beneath it."""

import os
import re
from typing import Any

from ommi._ommi import NativeDriver, sqlite_driver
from ommi.errors import UnsupportedError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEMES = ("sqlite",)


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
        native = sqlite_driver(sqlite_target(target), options)
        return native, native
    kind = type(target).__name__
    raise TypeError(f"Ommi takes a URL, a path or a driver, not {kind}; for example Ommi('sqlite:///app.db')")


def sqlite_target(target: Any) -> str | None:
    """A URL or path of SQLite; `UnsupportedError` for a scheme that no driver is there for."""
    if target is None:
        return None
    text: str = os.fsdecode(target)
    scheme = _SCHEME.match(text) if isinstance(target, str) else None
    if scheme is not None and scheme[1].lower() not in _SCHEMES:
        known = ", ".join(f"{name}://" for name in _SCHEMES)
        raise UnsupportedError(f"there is no driver for {scheme[1]}:// URLs; the known schemes are {known}")
    if not isinstance(target, str) and text.startswith(("sqlite:", ":memory:")):
        text = os.path.join(os.curdir, text)  # a path object is a path, whatever it looks like
    return text
