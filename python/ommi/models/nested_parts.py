"""The functions that nested values are converted with, piece by piece: sequences, mappings, enums, literals."""

import enum
from collections.abc import Callable
from typing import Any

from ommi.models.nested_scalars import Convert, Pair


def enum_values(cls: type[enum.Enum]) -> tuple[str, dict[Any, Any]]:
    """How an enum is stored: "str" or "int" by value where all values are of that kind, else "str" by name."""
    members = list(cls)
    if members and all(isinstance(member.value, str) for member in members):
        return "str", {str(member.value): member for member in members}
    small = range(-(2**63), 2**63)
    if members and all(type(member.value) is int and member.value in small for member in members):
        return "int", {member.value: member for member in members}
    return "str", {member.name: member for member in members}


def name_of(annotation: Any) -> str:
    return getattr(annotation, "__name__", None) or repr(annotation)


def optional_pair(pair: Pair) -> Pair:
    def guarded(convert: Convert | None) -> Convert | None:
        return None if convert is None else (lambda value: None if value is None else convert(value))

    return guarded(pair[0]), guarded(pair[1])


def checked(kind: Any, convert: Convert) -> Convert:
    """Refuses values of another kind with a clear message: text is a sequence too, but not a list."""

    def checked(value: Any) -> Any:
        if not isinstance(value, kind) or isinstance(value, (str, bytes)):
            raise TypeError(f"expected {name_of(kind)}, not {type(value).__name__}")
        return convert(value)

    return checked


def joined(first: Convert | None, second: Convert | None) -> Convert | None:
    """One after the other."""
    if first is None or second is None:
        return second if first is None else first
    return lambda value: second(first(value))


def each(convert: Convert | None, make: Callable[[Any], Any]) -> Convert:
    if convert is None:
        return make
    return lambda values: make([convert(value) for value in values])


def items(key: Convert | None, value: Convert | None, make: Callable[[Any], Any]) -> Convert:
    def converted(items: Any) -> Any:
        return make({(key(k) if key else k): (value(v) if value else v) for k, v in items.items()})

    return converted


def fixed_pair(make: Callable[[Any], Any], pairs: tuple[Pair, ...]) -> Pair:
    def dump(value: Any) -> list[Any]:
        if not isinstance(value, (tuple, list)) or len(value) != len(pairs):
            raise TypeError(f"expected a tuple of {len(pairs)}")
        return [convert(item) if convert else item for item, (convert, _) in zip(value, pairs, strict=True)]

    def load(plain: Any) -> Any:
        return make(
            [convert(item) if convert else item for item, (_, convert) in zip(plain, pairs, strict=True)]
        )

    return dump, load


def enum_pair(cls: type[enum.Enum]) -> Pair:
    if issubclass(cls, enum.Flag):
        return checked(cls, lambda member: member.value), cls
    by_value = enum_values(cls)[1]
    stored = {member: value for value, member in by_value.items()}

    def dump(member: Any) -> Any:
        if member not in stored:
            raise TypeError(f"expected {cls.__name__}, not {member!r}")
        return stored[member]

    return dump, by_value.__getitem__


def checked_literal(values: tuple[Any, ...]) -> Convert:
    def checked(value: Any) -> Any:
        if not any(type(value) is type(allowed) and value == allowed for allowed in values):
            raise ValueError(f"expected one of {', '.join(map(repr, values))}")
        return value

    return checked


def numbered_values(values: tuple[Any, ...]) -> Pair:
    """A Literal of values that are not plain: the value's number is stored."""

    def dump(value: Any) -> int:
        for number, allowed in enumerate(values):
            if type(value) is type(allowed) and value == allowed:
                return number
        raise ValueError(f"expected one of {', '.join(map(repr, values))}")

    return dump, values.__getitem__
