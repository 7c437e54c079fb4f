"""From a field's annotation to how it is stored: the codec spec that the binding understands.

Scalars are stored as themselves; enums, literals and subclasses of scalars as what is beneath them; everything nested
as JSON, converted by `ommi.models.nested`. An annotation that cannot be stored is a `TypeError`.
"""

import enum
import typing
from collections.abc import Callable
from typing import Any, NamedTuple, get_args, get_origin

from ommi.errors import DatabaseError, ValidationError
from ommi.models.annotations import ForwardModel, Scope, UnresolvedNameError
from ommi.models.converters import converter_of
from ommi.models.nested import Nesting
from ommi.models.nested_parts import enum_values
from ommi.models.type_system import TypeSystem, strip, without_none

Spec = str | tuple[Any, ...]


class Codec(NamedTuple):
    """How a field is stored: the spec, the base type beneath it, and whether None is a value of the annotation."""

    spec: Spec
    base: str
    nullable: bool = False


# Recognized by module and name, so that nothing has to be imported that the program does not use.
_SCALARS: dict[tuple[str, str], str] = {
    ("builtins", "bool"): "bool",
    ("builtins", "int"): "int",
    ("builtins", "float"): "float",
    ("builtins", "str"): "str",
    ("builtins", "bytes"): "bytes",
    ("decimal", "Decimal"): "decimal",
    ("_decimal", "Decimal"): "decimal",
    ("_pydecimal", "Decimal"): "decimal",
    ("uuid", "UUID"): "uuid",
    ("datetime", "datetime"): "datetime",
    ("pydantic.types", "AwareDatetime"): "timestamp",
    ("pydantic.types", "NaiveDatetime"): "naive_datetime",
    ("datetime", "date"): "date",
    ("datetime", "time"): "time",
    ("datetime", "timedelta"): "timedelta",
}

# How a subclass of a scalar is made from the scalar; the others by calling the class.
_FROM_BASE: dict[str, Callable[[type], Callable[[Any], Any]]] = {
    "uuid": lambda cls: lambda value: cls(str(value)),
    "datetime": lambda cls: lambda value: cls.fromisoformat(value.isoformat()),  # type: ignore[attr-defined]
    "date": lambda cls: lambda value: cls.fromisoformat(value.isoformat()),  # type: ignore[attr-defined]
    "time": lambda cls: lambda value: cls.fromisoformat(value.isoformat()),  # type: ignore[attr-defined]
    "timedelta": lambda cls: lambda value: cls(microseconds=value // value.resolution),
}


def scalar_name(cls: Any) -> str | None:
    """The spec of a class that is stored as it is."""
    if not isinstance(cls, type):
        return None
    return _SCALARS.get((cls.__module__, cls.__qualname__))


def codec_for(annotation: Any, scope: Scope, stored_type: Any = None) -> Codec:
    """The codec of an evaluated annotation; `stored_type` is what `FieldType(...)` asks for.

    Raises `TypeError` for what cannot be stored, `UnresolvedNameError` for names that are not defined yet.
    """
    inner, nullable = without_none(scope.evaluate(annotation))
    inner = scope.evaluate(inner)
    if stored_type is not None:
        spec, base = _spec_as(inner, stored_type, scope)
    else:
        spec, base = _spec(inner, scope)
    return Codec(spec, base, nullable)


def _spec(annotation: Any, scope: Scope) -> tuple[Spec, str]:
    annotation = strip(annotation)
    if isinstance(annotation, ForwardModel):
        raise UnresolvedNameError(f"{annotation.name!r} is not defined")
    converter = converter_of(annotation)
    if converter is not None:
        spec, base = _spec(scope.evaluate(converter.stored_as), scope)
        return ("convert", spec, converter.to_stored, converter.from_stored), base
    scalar = scalar_name(annotation)
    if scalar is not None:
        return scalar, scalar
    if get_origin(annotation) is typing.Literal:
        return _literal(annotation, scope)
    if isinstance(annotation, type) and get_origin(annotation) is None:
        if issubclass(annotation, enum.Enum):
            return _enum(annotation)
        for parent in annotation.__mro__[1:]:
            scalar = scalar_name(parent)
            if scalar is not None and scalar != "bool":
                return _subclass(annotation, parent, scalar)
    if get_origin(annotation) is list:
        (item,) = get_args(annotation)
        item_name = scalar_name(strip(scope.evaluate(item)))
        if item_name in ("str", "int", "float", "bool"):
            return ("list", item_name), "list"
    to_plain, from_plain = Nesting(scope).plain(annotation)
    if to_plain is None and annotation not in (Any, object):
        to_plain = _checked(annotation)
    return ("json", to_plain, from_plain), "json"


def _checked(annotation: Any) -> Callable[[Any], Any]:
    """Plain values need no conversion, but they have to be what the annotation says."""

    def checked(value: Any) -> Any:
        if not TypeSystem.validate_value(value, annotation):
            name = (
                annotation.__name__
                if isinstance(annotation, type) and not get_args(annotation)
                else annotation
            )
            raise TypeError(f"expected {name}")
        return value

    return checked


def _spec_as(annotation: Any, stored_type: Any, scope: Scope) -> tuple[Spec, str]:
    """The spec of a field that is annotated as one type and stored as another."""
    spec, base = _spec(without_none(scope.evaluate(stored_type))[0], scope)
    stored, annotated = strip(stored_type), strip(annotation)
    if annotated is stored or annotated is Any or not isinstance(annotated, type):
        return spec, base
    to_base = stored if isinstance(stored, type) else _same
    return ("convert", spec, to_base, annotated), base


def _subclass(cls: type, parent: type, scalar: str) -> tuple[Spec, str]:
    from_base = _FROM_BASE[scalar](cls) if scalar in _FROM_BASE else cls
    if scalar in ("str", "int", "float", "bytes"):
        return ("convert", scalar, parent, from_base), scalar
    return ("convert", scalar, _same, from_base), scalar


def _same(value: Any) -> Any:
    return value


def _enum(cls: type[enum.Enum]) -> tuple[Spec, str]:
    if issubclass(cls, enum.Flag):
        return ("convert", "int", lambda member: member.value, cls), "int"
    base, members = enum_values(cls)
    if not members:
        raise TypeError(f"the enum {cls.__name__} has no members")
    return ("enum", cls, base, members), base


def _literal(annotation: Any, scope: Scope) -> tuple[Spec, str]:
    values = get_args(annotation)
    kinds = {type(value) for value in values}
    if len(kinds) == 1:
        (kind,) = kinds
        if kind in (str, int, bool):
            return ("literal", kind.__name__, values), kind.__name__
        if issubclass(kind, enum.Enum):
            stored, members = enum_values(kind)
            return ("enum", kind, stored, {k: v for k, v in members.items() if v in values}), stored
    to_plain, from_plain = Nesting(scope).plain(annotation)
    return ("json", to_plain, from_plain), "json"


def with_zone(codec: Codec, *, aware: bool, naive: bool) -> Codec:
    """The codec of a field that is marked as `Aware` or `Naive`.

    Raises `TypeError` where it is marked as both, or holds no datetimes.
    """
    if not aware and not naive:
        return codec
    if aware and naive:
        raise TypeError(
            "a field is Aware or Naive, not both; without either it holds datetimes of both sorts"
        )
    stored, marker = ("timestamp", "Aware") if aware else ("naive_datetime", "Naive")
    if codec.base not in ("datetime", stored):
        raise TypeError(f"{marker} is for fields of datetimes")
    spec = codec.spec
    if isinstance(spec, tuple) and spec[0] == "convert":
        return Codec((spec[0], stored, *spec[2:]), stored, codec.nullable)
    return Codec(stored, stored, codec.nullable)


def with_place(spec: Spec, model: str, field: str) -> Spec:
    """The spec with converters whose errors say where they happened, as errors of the engine do."""
    if isinstance(spec, str) or spec[0] not in ("json", "convert"):
        return spec
    kind, *inner, to_stored, from_stored = spec
    return (
        kind,
        *(with_place(beneath, model, field) for beneath in inner),
        _placed(to_stored, model, field, "cannot be stored"),
        _placed(from_stored, model, field, "cannot be read"),
    )


def _placed(
    convert: Callable[[Any], Any] | None, model: str, field: str, what: str
) -> Callable[[Any], Any] | None:
    if convert is None:
        return None

    def placed(value: Any) -> Any:
        try:
            return convert(value)
        except DatabaseError:
            raise
        except Exception as error:
            kind = type(value).__name__
            message = f"{model}.{field}: a value of type {kind} {what}: {error}"
            raise ValidationError(message, error, model=model, field=field) from error

    return placed
