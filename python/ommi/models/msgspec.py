"""msgspec Structs. Their constructor is the quickest way to make one, so rows go through it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from ommi.models.adapter import Layout, ModelField, has_dict, storage_of_group
from ommi.models.annotations import all_annotations
from ommi.models.nested_scalars import Pair
from ommi.models.relation_field import slots_of


def matches(cls: type) -> bool:
    """Whether the class is a Struct."""
    return issubclass(cls, msgspec.Struct)


def fields(cls: Any) -> list[ModelField]:
    """The Struct's fields, by their attribute names (not the names that they are encoded with)."""
    annotations = all_annotations(cls)
    names = cls.__struct_fields__
    defaults = cls.__struct_defaults__
    with_default = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    return [
        _field(name, annotations.get(name, (Any, cls)), with_default.get(name, msgspec.NODEFAULT))
        for name in names
    ]


def _field(name: str, annotated: tuple[Any, type], default: Any) -> ModelField:
    annotation, owner = annotated
    if default is msgspec.NODEFAULT:
        return ModelField(name, annotation, owner)
    if type(default).__name__ == "Factory" and type(default).__module__.startswith("msgspec"):
        return ModelField(name, annotation, owner, default_factory=default.factory)
    return ModelField(name, annotation, owner, default=default)


def prepare(cls: Any, relations: Iterable[str]) -> None:
    """A Struct's constructor cannot be changed: its relations need a default.

    Its comparison and representation read all slots, so without a `__dict__` (`dict=True`) to keep lazy fields in,
    they are replaced by ones that leave relations out.
    """
    taken = set(relations)
    required = {field.name for field in fields(cls) if not _has_default(cls, field.name)}
    for name in sorted(taken):
        if name in required:
            raise TypeError(
                f"{cls.__name__}.{name}: a relation of a msgspec Struct needs a default, "
                f"or its constructor would ask for it; write `{name}: ... = None`"
            )
    if taken and not has_dict(cls):
        _compare_without(cls, [name for name in cls.__struct_fields__ if name not in taken])


def _compare_without(cls: Any, names: list[str]) -> None:
    def __eq__(self: Any, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __repr__(self: Any) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    def __hash__(self: Any) -> int:
        return hash((type(self), *(getattr(self, name) for name in names)))

    config = cls.__struct_config__
    if config.eq and cls.__eq__ is msgspec.Struct.__eq__:
        cls.__eq__ = __eq__
        cls.__hash__ = __hash__ if config.frozen else None
    if cls.__repr__ is msgspec.Struct.__repr__:
        cls.__repr__ = __repr__


def _has_default(cls: Any, name: str) -> bool:
    names = cls.__struct_fields__
    position = names.index(name) - (len(names) - len(cls.__struct_defaults__))
    return position >= 0 and cls.__struct_defaults__[position] is not msgspec.NODEFAULT


def layout(cls: type, stored: list[str]) -> Layout:
    """By the constructor."""
    return Layout("call", storage_of_group(cls, slots_of(cls)))


def construct(cls: Any, values: dict[str, Any]) -> Any:
    """By the constructor, which validates nothing."""
    return cls(**values)


def read(instance: Any) -> dict[str, Any]:
    """The values by field."""
    return {name: getattr(instance, name) for name in type(instance).__struct_fields__}


def convert(cls: type) -> Pair | None:
    """msgspec's own conversion, for types that nothing else knows."""
    return msgspec.to_builtins, (lambda plain: msgspec.convert(plain, cls))
