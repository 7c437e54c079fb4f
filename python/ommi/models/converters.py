"""Converters: how values of classes that Ommi does not know are stored. `codecs` and `nested` ask here first."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Converter(NamedTuple):
    """How values of one class are stored."""

    stored_as: Any
    to_stored: Callable[[Any], Any]
    from_stored: Callable[[Any], Any]


_converters: dict[type, Converter] = {}


def register_converter(
    cls: type[T],
    *,
    stored_as: Any,
    to_stored: Callable[[T], Any] | None = None,
    from_stored: Callable[[Any], T] | None = None,
) -> None:
    """Says how values of a class are stored, in fields of their own and inside nested values.

    `stored_as` is the type that they are stored as: anything that a field can be, such as `str`, `Decimal` or
    `dict[str, int]`. `to_stored` makes one of it, by default by calling it (`str(value)`); `from_stored` makes the
    value again, by default by calling the class. A query compares what is stored: it should sort as the values do.

    It counts for models that are defined afterwards, and weighs more than what Ommi knows of the class itself. Raises
    `TypeError` for what is no class, and where `to_stored` is missing and `stored_as` cannot be called.
    """
    if not isinstance(cls, type):
        raise TypeError(f"a converter is for a class, not for {cls!r}")
    make = stored_as if to_stored is None else to_stored
    if not callable(make):
        raise TypeError(f"the converter for {cls.__name__} needs to_stored: {stored_as!r} cannot be called")
    _converters[cls] = Converter(stored_as, _checked(cls, make), cls if from_stored is None else from_stored)


def converter_of(cls: Any) -> Converter | None:
    """The converter of this class; one of its base would give values of the base."""
    return _converters.get(cls) if isinstance(cls, type) else None


def _checked(cls: type, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if not isinstance(value, cls):
            raise TypeError(f"expected {cls.__name__}, not {type(value).__name__}")
        return convert(value)

    return checked


__all__ = ["Converter", "register_converter"]
