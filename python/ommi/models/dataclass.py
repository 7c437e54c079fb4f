"""Dataclasses: plain, slots, frozen. `dataclass_order` has seen to the relations when `@dataclass` ran."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from ommi.models.adapter import Layout, ModelField, storage_of_group
from ommi.models.annotations import all_annotations
from ommi.models.relation_field import slots_of


def matches(cls: type) -> bool:
    """Whether the class went through `@dataclass` itself."""
    return "__dataclass_fields__" in cls.__dict__


def fields(cls: type) -> list[ModelField]:
    """The dataclass's fields; ClassVar and InitVar are none."""
    owners = all_annotations(cls)
    return [_field(field, cls, owners) for field in dataclasses.fields(cls)]


def _field(field: "dataclasses.Field[Any]", cls: type, owners: dict[str, tuple[Any, type]]) -> ModelField:
    known = ModelField(field.name, field.type, owners.get(field.name, (None, cls))[1])
    if field.default is not dataclasses.MISSING:
        return known._replace(default=field.default)
    if field.default_factory is not dataclasses.MISSING:
        return known._replace(default_factory=field.default_factory)
    return known


def prepare(cls: type, relations: Iterable[str]) -> None:
    """The constructor is right already: here the relations leave `fields()`, `asdict` and `replace`."""
    own: dict[str, Any] = cls.__dict__["__dataclass_fields__"]
    for name in relations:
        own.pop(name, None)


def layout(cls: type, stored: list[str]) -> Layout:
    """Without `__init__`, unless there is a `__post_init__` and every field can be passed."""
    group = storage_of_group(cls, slots_of(cls))
    if hasattr(cls, "__post_init__") and all(field.init for field in dataclasses.fields(cls)):
        return Layout("call", group)
    return Layout("new", group)


def construct(cls: Any, values: dict[str, Any]) -> Any:
    """By the constructor; what it does not take is set afterwards."""
    late = {field.name for field in dataclasses.fields(cls) if not field.init}
    instance = cls(**{name: value for name, value in values.items() if name not in late})
    for name in late & values.keys():
        object.__setattr__(instance, name, values[name])
    return instance


def read(instance: Any) -> dict[str, Any]:
    """The values by field."""
    return {field.name: getattr(instance, field.name) for field in dataclasses.fields(instance)}
