"""Dataclasses: plain, slots, frozen. `dataclass_order` has seen to the relations when `@dataclass` ran."""

import dataclasses
import inspect
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

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
    """Without `__init__`, unless there is a `__post_init__` and the constructor takes every field and needs no more."""
    group = storage_of_group(cls, slots_of(cls))
    takes_all = all(field.init for field in dataclasses.fields(cls))
    if hasattr(cls, "__post_init__") and takes_all and not _needs_more(cls):
        return Layout("call", group)
    return Layout("new", group)


_needy: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


def _needs_more(cls: Any) -> bool:
    """Whether the constructor asks for something that is no field: an `InitVar` without a default."""
    if cls not in _needy:
        known = {field.name for field in dataclasses.fields(cls)}
        asked = inspect.signature(cls).parameters.values()
        _needy[cls] = any(item.default is item.empty and item.name not in known for item in asked)
    return _needy[cls]


def construct(cls: Any, values: dict[str, Any]) -> Any:
    """By the constructor; what it does not take is set afterwards. Without it where it needs more than fields."""
    if _needs_more(cls):
        return _bare(cls, values)
    late = {field.name for field in dataclasses.fields(cls) if not field.init}
    instance = cls(**{name: value for name, value in values.items() if name not in late})
    for name in late & values.keys():
        object.__setattr__(instance, name, values[name])
    return instance


def _bare(cls: Any, values: dict[str, Any]) -> Any:
    instance = cls.__new__(cls)
    for field in dataclasses.fields(cls):
        if field.name in values:
            object.__setattr__(instance, field.name, values[field.name])
        elif field.default_factory is not dataclasses.MISSING:
            object.__setattr__(instance, field.name, field.default_factory())
        elif field.default is not dataclasses.MISSING:
            object.__setattr__(instance, field.name, field.default)
    return instance


def read(instance: Any) -> dict[str, Any]:
    """The values by field."""
    return {field.name: getattr(instance, field.name) for field in dataclasses.fields(instance)}
