"""Scalars inside nested values: JSON has no bytes, decimals, UUIDs or dates, so they travel as text (exactly)."""

from collections.abc import Callable
from typing import Any

Convert = Callable[[Any], Any]
Pair = tuple[Convert | None, Convert | None]
"""To plain and from plain; None where the value is plain already."""


def _base64(value: bytes) -> str:
    from base64 import b64encode

    return b64encode(value).decode("ascii")


def _unbase64(cls: type) -> Callable[[str], Any]:
    def load(text: str) -> Any:
        from base64 import b64decode

        return cls(b64decode(text))

    return load


def _iso(value: Any) -> str:
    return str(value.isoformat())


def _from_iso(cls: type) -> Callable[[str], Any]:
    return cls.fromisoformat  # type: ignore[attr-defined, no-any-return]


def _microseconds(value: Any) -> int:
    return int(value // value.resolution)


def _from_microseconds(cls: type) -> Callable[[int], Any]:
    return lambda plain: cls(microseconds=plain)


def _call(cls: type) -> Convert:
    return cls


# By module and name, so that nothing is imported that the program does not use. The first in the MRO counts.
_SCALARS: dict[tuple[str, str], tuple[Convert, Callable[[type], Convert]]] = {
    ("builtins", "bytes"): (_base64, _unbase64),
    ("decimal", "Decimal"): (str, _call),
    ("_pydecimal", "Decimal"): (str, _call),
    ("uuid", "UUID"): (str, _call),
    ("datetime", "datetime"): (_iso, _from_iso),
    ("datetime", "date"): (_iso, _from_iso),
    ("datetime", "time"): (_iso, _from_iso),
    ("datetime", "timedelta"): (_microseconds, _from_microseconds),
}


def scalar_functions(cls: type) -> Pair | None:
    """The functions for a scalar class or a subclass of one; None for every other class."""
    if cls in (bool, int, float, str):
        return None, None
    for parent in cls.__mro__:
        functions = _SCALARS.get((parent.__module__, parent.__qualname__))
        if functions is not None:
            dump, load = functions
            return _guarded(cls, dump), load(cls)
        if parent in (int, float, str):
            return parent, cls
    return None


def _guarded(cls: type, dump: Convert) -> Convert:
    def guarded(value: Any) -> Any:
        if not isinstance(value, cls):
            raise TypeError(f"expected {cls.__name__}, not {type(value).__name__}")
        return dump(value)

    return guarded
