"""Paths into nested values: what the names in `User.address.city` lead to, and how it is compared and read.

A path follows what `ommi.models.nested` writes: the fields of dataclasses, attrs classes, Pydantic models and Structs,
the names of TypedDicts, the keys of dicts. It ends at what JSON has a word for, or at what is written as one of those
in a form that compares as its values do.
"""

import datetime
import typing
import uuid
from typing import Any, NamedTuple, get_args, get_origin

from ommi.models.annotations import ForwardModel, Scope, all_annotations
from ommi.models.codecs import Codec, codec_for, with_place
from ommi.models.converters import converter_of
from ommi.models.nested import MAPPINGS, Nesting
from ommi.models.nested_scalars import scalar_functions
from ommi.models.type_system import strip, without_none


class Place(NamedTuple):
    """Where a path has come to."""

    label: str
    """The path as it was written, for messages."""
    keys: tuple[str, ...]
    """The names under which the database has it."""
    annotation: Any
    """The type of what is there."""
    scope: Scope
    """Where the names in the annotation are known."""
    model: type
    field: str


class NoPathError(TypeError, AttributeError):
    """A name that leads nowhere. To `hasattr` and its like it is an attribute that is not there."""


def begin(model: type, field: str) -> Place:
    """The field itself."""
    info: Any = model.__dict__["__ommi__"]
    annotation = info.fields[field].type_annotation
    return Place(f"{info.name}.{field}", (), annotation, info.scope_of(field), model, field)


def step(place: Place, name: Any, *, attribute: bool) -> Place:
    """What a name leads to: an attribute, or a key in brackets, which may be a field's name too."""
    annotation = _inner(place)
    label = f"{place.label}.{name}" if attribute else f"{place.label}[{name!r}]"
    if annotation is Any or (annotation is dict and not attribute):
        return place._replace(label=label, keys=(*place.keys, _text(place, name)), annotation=Any)
    origin, arguments = get_origin(annotation) or annotation, get_args(annotation)
    if origin in MAPPINGS and not attribute:
        return _key(place, label, name, arguments)
    if typing.is_typeddict(origin):
        found = all_annotations(origin)
        if name in found:
            raw, owner = found[name]
            scope = place.scope.for_class(origin)
            return place._replace(
                label=label, keys=(*place.keys, name), annotation=scope.evaluate(raw, owner), scope=scope
            )
        raise _nothing(place, name, found)
    return _field(place, label, name, origin, arguments)


def as_type(place: Place, annotation: Any) -> Place:
    """The same place, taken for a value of another type."""
    return place._replace(annotation=annotation)


def codec(place: Place) -> Any:
    """The spec of the codec that reads and builds what is there; `TypeError` where it cannot be compared."""
    annotation = _inner(place)
    spec = _written_as_text(annotation) or _spec(place, annotation)
    if spec is None:
        raise TypeError(
            f"{place.label} holds {_name(annotation)}, which a query cannot compare inside a nested value: a path "
            "leads to text, numbers, bools, enums, UUIDs, dates and timedeltas"
        )
    return with_place(spec, place.model.__name__, place.field)


def _inner(place: Place) -> Any:
    annotation = without_none(place.scope.evaluate(place.annotation))[0]
    annotation = strip(place.scope.evaluate(annotation))
    if isinstance(annotation, ForwardModel):
        raise TypeError(f"{place.label}: {annotation.name!r} is not defined")
    return annotation


def _key(place: Place, label: str, name: Any, arguments: tuple[Any, ...]) -> Place:
    dump = Nesting(place.scope).key(arguments[0] if arguments else str)[0]
    key = dump(name) if dump is not None else name
    value = arguments[1] if len(arguments) > 1 else Any
    return place._replace(label=label, keys=(*place.keys, _text(place, key)), annotation=value)


def _text(place: Place, key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    raise TypeError(f"{place.label}: a key is text, not {type(key).__name__}")


def _field(place: Place, label: str, name: Any, origin: Any, arguments: tuple[Any, ...]) -> Place:
    from ommi.models.adapter import adapter_of, is_structured

    is_plain = isinstance(origin, type) and converter_of(origin) is None
    if not is_plain or not is_structured(origin):
        raise NoPathError(f"{place.label} has nothing called {name!r} in it: it holds {_name(origin)}")
    fields = {field.name: field for field in adapter_of(origin).fields(origin)}
    if name not in fields:
        raise _nothing(place, name, fields)
    scope = place.scope.for_class(origin, arguments)
    field = fields[name]
    annotation = scope.evaluate(field.annotation, field.owner)
    return place._replace(label=label, keys=(*place.keys, name), annotation=annotation, scope=scope)


def _nothing(place: Place, name: Any, known: Any) -> NoPathError:
    return NoPathError(f"{place.label} has no field {name!r}; its fields are {', '.join(known)}")


def _written_as_text(annotation: Any) -> Any:
    """The spec of what is written in a form that has the order of its values."""
    if not isinstance(annotation, type):
        return None
    for cls, base in ((uuid.UUID, "str"), (datetime.date, "str"), (datetime.timedelta, "int")):
        if issubclass(annotation, cls) and not issubclass(annotation, datetime.datetime):
            dump, load = scalar_functions(annotation) or (None, None)
            return ("convert", base, dump, load)
    return None


def _spec(place: Place, annotation: Any) -> Any:
    if annotation is Any:
        return None
    try:
        found: Codec = codec_for(annotation, place.scope)
    except TypeError:
        return None
    if (
        get_origin(annotation) is typing.Literal
        and not isinstance(found.spec, str)
        and found.spec[0] == "enum"
    ):
        return None  # such values are written by their number
    return found.spec if found.base in ("bool", "int", "float", "str") else None


def _name(annotation: Any) -> str:
    return getattr(annotation, "__name__", None) or repr(annotation)
