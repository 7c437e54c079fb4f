"""Nested values: pairs of functions that turn a type's values into plain JSON values and back.

Plain means dict with text keys, list, str, int, float, bool and None. None in place of a function means that the value
is plain already. The scalars have their own file, `nested_scalars`; model libraries theirs, their adapters.
"""

import collections.abc
import enum
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, get_args, get_origin

from ommi.models.annotations import ForwardModel, Scope, UnresolvedNameError, all_annotations, own_annotations
from ommi.models.converters import converter_of
from ommi.models.nested_parts import (
    checked,
    checked_literal,
    each,
    enum_pair,
    fixed_pair,
    items,
    joined,
    name_of,
    numbered_values,
    optional_pair,
)
from ommi.models.nested_scalars import Pair, scalar_functions
from ommi.models.type_system import TypeSystem, strip, union_members, without_none

PLAIN: Pair = (None, None)

_SEQUENCES: dict[Any, Callable[[Any], Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.deque: collections.deque,
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Iterable: list,
    collections.abc.Collection: list,
    collections.abc.Set: frozenset,
    collections.abc.MutableSet: set,
}
MAPPINGS: dict[Any, Callable[[Any], Any]] = {
    dict: dict,
    collections.OrderedDict: collections.OrderedDict,
    collections.defaultdict: dict,
    collections.Counter: collections.Counter,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}


class Nesting:
    """Finds the functions for annotations in one scope; a class that contains itself is found once."""

    def __init__(self, scope: Scope, seen: "dict[Any, Nested] | None" = None) -> None:
        self.scope = scope
        self.seen: dict[Any, Nested] = {} if seen is None else seen

    def plain(self, annotation: Any) -> Pair:
        """The functions for an annotation; `TypeError` where its values cannot be stored."""
        annotation = strip(self.scope.evaluate(annotation))
        annotation = self.scope.evaluate(annotation)
        if isinstance(annotation, ForwardModel):
            raise UnresolvedNameError(f"{annotation.name!r} is not defined")
        if annotation is Any or annotation is object or annotation is None or annotation is types.NoneType:
            return PLAIN
        inner, optional = without_none(annotation)
        if optional:
            return optional_pair(self.plain(inner))
        members = union_members(annotation)
        if members is not None:
            return self._union(members)
        origin = get_origin(annotation)
        if origin is typing.Literal:
            return self._literal(get_args(annotation))
        return self._class(annotation, origin or annotation, get_args(annotation))

    def _class(self, annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> Pair:
        converter = converter_of(origin)
        if converter is not None:
            dump, load = self.plain(converter.stored_as)
            return joined(converter.to_stored, dump), joined(load, converter.from_stored)
        if origin in _SEQUENCES:
            return self._sequence(origin, arguments)
        if origin in MAPPINGS:
            return self._mapping(origin, arguments)
        if typing.is_typeddict(origin):
            return self._typed_dict(origin)
        if not isinstance(origin, type):
            raise TypeError(f"{annotation!r} cannot be stored")
        if issubclass(origin, enum.Enum):
            return enum_pair(origin)
        scalar = scalar_functions(origin)
        if scalar is not None:
            return scalar
        if issubclass(origin, tuple) and hasattr(origin, "_fields"):
            return self._named_tuple(origin)
        return self._nested(origin, arguments)

    def _nested(self, cls: type, arguments: tuple[Any, ...]) -> Pair:
        key = (cls, arguments)
        if key in self.seen:
            return self.seen[key].dump, self.seen[key].load
        from ommi.models.adapter import adapter_of, is_structured

        if not is_structured(cls):
            own = _pydantic_type(cls)
            if own is not None:
                return own
            raise TypeError(
                f"{cls.__module__}.{cls.__qualname__} cannot be stored: it is no type that Ommi knows"
            )
        adapter = adapter_of(cls)
        nested = self.seen[key] = Nested(cls, adapter)
        try:
            nested.resolve(Nesting(self.scope.for_class(cls, arguments), self.seen))
        except TypeError:
            convert = getattr(adapter, "convert", None)  # the library may know types that we do not
            pair: Pair | None = convert(cls) if convert is not None else None
            if pair is None:
                raise
            return pair
        return nested.dump, nested.load

    def _sequence(self, origin: Any, arguments: tuple[Any, ...]) -> Pair:
        make = _SEQUENCES[origin]
        if origin is tuple and arguments and not (len(arguments) == 2 and arguments[1] is Ellipsis):
            return fixed_pair(make, tuple(self.plain(argument) for argument in arguments if argument != ()))
        dump, load = self.plain(arguments[0]) if arguments else PLAIN
        if origin is list and dump is None and load is None:
            return PLAIN
        return checked(origin, each(dump, list)), each(load, make)

    def _mapping(self, origin: Any, arguments: tuple[Any, ...]) -> Pair:
        make = MAPPINGS[origin]
        key = arguments[0] if arguments else str
        value = arguments[1] if len(arguments) > 1 else (int if origin is collections.Counter else Any)
        key_dump, key_load = self.key(key)
        dump, load = self.plain(value)
        if origin is dict and key_dump is key_load is dump is load is None:
            return PLAIN
        return checked(origin, items(key_dump, dump, dict)), items(key_load, load, make)

    def key(self, annotation: Any) -> Pair:
        """Keys of JSON are text: keys of other kinds travel as their JSON text."""
        inner = strip(self.scope.evaluate(annotation))
        if inner is str or inner is Any:
            return PLAIN
        import json

        dump, load = self.plain(inner)
        probe = scalar_functions(inner) if isinstance(inner, type) else None
        if probe is not None and probe != PLAIN:
            return dump, load  # text already: dates, UUIDs, decimals
        return (
            lambda key: json.dumps(dump(key) if dump else key),
            lambda text: load(json.loads(text)) if load else json.loads(text),
        )

    def _typed_dict(self, cls: Any) -> Pair:
        scope = self.scope.for_class(cls)
        inner = Nesting(scope, self.seen)
        pairs = {
            name: inner.plain(scope.evaluate(raw, owner))
            for name, (raw, owner) in all_annotations(cls).items()
        }
        if all(pair == PLAIN for pair in pairs.values()):
            return PLAIN

        def converted(value: dict[str, Any], side: int) -> dict[str, Any]:
            functions = {name: pair[side] for name, pair in pairs.items()}
            return {name: f(item) if (f := functions.get(name)) else item for name, item in value.items()}

        return checked(dict, lambda value: converted(value, 0)), lambda plain: converted(plain, 1)

    def _named_tuple(self, cls: Any) -> Pair:
        annotations = own_annotations(cls)
        scope = self.scope.for_class(cls)
        inner = Nesting(scope, self.seen)
        return fixed_pair(cls._make, tuple(inner.plain(annotations.get(name, Any)) for name in cls._fields))

    def _union(self, members: tuple[Any, ...]) -> Pair:
        """A union of plain types is plain; in others, the member's number goes beside the value."""
        pairs = [self.plain(member) for member in members]
        if all(pair == PLAIN for pair in pairs):
            return PLAIN
        types_ = [self.scope.evaluate(member) for member in members]

        def dump(value: Any) -> Any:
            for number, (member, (convert, _)) in enumerate(zip(types_, pairs, strict=True)):
                if TypeSystem.validate_value(value, member):
                    return {"type": number, "value": convert(value) if convert else value}
            raise TypeError(f"expected one of {', '.join(map(name_of, types_))}, not {type(value).__name__}")

        def load(plain: Any) -> Any:
            convert = pairs[plain["type"]][1]
            return convert(plain["value"]) if convert else plain["value"]

        return dump, load

    def _literal(self, values: tuple[Any, ...]) -> Pair:
        if all(
            isinstance(value, (str, int, bool, types.NoneType)) and not isinstance(value, enum.Enum)
            for value in values
        ):
            return checked_literal(values), None
        return numbered_values(values)


class Nested:
    """A dataclass, attrs class, Pydantic model or Struct that is a value of a field, not a row of its own."""

    def __init__(self, cls: type, adapter: Any) -> None:
        self.cls = cls
        self.adapter = adapter
        self.fields: dict[str, Pair] = {}

    def resolve(self, nesting: Nesting) -> None:
        """Finds the functions of its fields."""
        for field in self.adapter.fields(self.cls):
            try:
                self.fields[field.name] = nesting.plain(nesting.scope.evaluate(field.annotation, field.owner))
            except TypeError as error:
                raise TypeError(f"{self.cls.__name__}.{field.name}: {error}") from error

    def dump(self, value: Any) -> dict[str, Any]:
        """The object as a dict of plain values."""
        if not isinstance(value, self.cls):
            raise TypeError(f"expected {self.cls.__name__}, not {type(value).__name__}")
        read = self.adapter.read(value)
        return {name: dump(read[name]) if dump else read[name] for name, (dump, _) in self.fields.items()}

    def load(self, plain: dict[str, Any]) -> Any:
        """The object of a dict of plain values; fields that the dict lacks take their defaults."""
        values = {
            name: load(plain[name]) if load else plain[name]
            for name, (_, load) in self.fields.items()
            if name in plain
        }
        return self.adapter.construct(self.cls, values)


def _pydantic_type(cls: type) -> Pair | None:
    """The functions of a class that tells Pydantic how to handle it: URLs, secrets, types of third parties."""
    if "pydantic" not in sys.modules or not hasattr(cls, "__get_pydantic_core_schema__"):
        return None
    from ommi.models import pydantic

    return pydantic.convert(cls)
