"""Plain annotated classes, with or without a constructor of their own, with or without `__slots__`."""

import enum
import inspect
import typing
from collections.abc import Callable, Iterable
from typing import Any

from ommi.models.adapter import MISSING, Layout, ModelField, storage_of_group
from ommi.models.annotations import all_annotations, is_class_variable
from ommi.models.relation_field import RelationField, slots_of


def matches(cls: type) -> bool:
    """Every class: this adapter is asked last."""
    return True


def fields(cls: type) -> list[ModelField]:
    """The annotated names of the class and its bases. `TypeError` for classes whose instances hold no such names."""
    _refuse_values(cls)
    return [
        ModelField(name, annotation, owner, default=_default(cls, name))
        for name, (annotation, owner) in all_annotations(cls).items()
        if not is_class_variable(annotation) and not (name.startswith("__") and name.endswith("__"))
    ]


def _refuse_values(cls: type) -> None:
    kind = next((said for said, belongs in _VALUES.items() if belongs(cls)), None)
    if kind is not None:
        raise TypeError(
            f"{cls.__name__} is {kind} and cannot be rows: an instance has no place for a key that the database "
            "gives it; make it a dataclass, or use it as the type of a field"
        )


_VALUES: dict[str, Callable[[type], bool]] = {
    "a TypedDict, whose instances are plain dicts,": typing.is_typeddict,
    "a tuple": lambda cls: issubclass(cls, tuple),
    "an enum": lambda cls: issubclass(cls, enum.Enum),
}


def _default(cls: type, name: str) -> Any:
    for base in cls.__mro__:
        if name in base.__dict__:
            value = base.__dict__[name]
            is_slot = inspect.ismemberdescriptor(value) or isinstance(value, RelationField)
            return MISSING if is_slot else value
    return MISSING


def prepare(cls: type, relations: Iterable[str]) -> None:
    """A class without any constructor gets one that takes its fields, or no instance could be made with values."""
    taken = set(relations)
    made: Any = cls
    if made.__init__ is object.__init__ and made.__new__ is object.__new__:
        own = [field for field in fields(cls) if field.name not in taken]
        made.__init__ = _constructor(cls, own)


def _constructor(cls: type, own: list[ModelField]) -> Any:
    """An `__init__` that takes the fields in their order, by position or by name."""
    optional = [field for field in own if field.default is not MISSING]
    required = [field for field in own if field.default is MISSING]
    kinds = inspect.Parameter
    signature = inspect.Signature(
        [kinds("self", kinds.POSITIONAL_ONLY)]
        + [kinds(field.name, kinds.POSITIONAL_OR_KEYWORD) for field in required]
        + [kinds(field.name, kinds.POSITIONAL_OR_KEYWORD, default=field.default) for field in optional]
    )

    def __init__(self: Any, /, *args: Any, **kwargs: Any) -> None:
        try:
            bound = signature.bind(self, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{cls.__name__}: {error}") from None
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if name != "self":
                setattr(self, name, value)

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def layout(cls: type, stored: list[str]) -> Layout:
    """By the constructor where the class wrote one that takes every field; else each field is set."""
    group = storage_of_group(cls, slots_of(cls))
    written: Any = cls.__init__  # type: ignore[misc]
    if written is not object.__init__ and not hasattr(written, "__signature__") and _takes(written, stored):
        return Layout("call", group)
    return Layout("new", group)


def _takes(constructor: Any, names: list[str]) -> bool:
    try:
        parameters = inspect.signature(constructor).parameters
    except (TypeError, ValueError):
        return False
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return all(name in parameters and parameters[name].kind in by_name for name in names)


def construct(cls: Any, values: dict[str, Any]) -> Any:
    """Without the constructor."""
    instance = cls.__new__(cls)
    for name, value in values.items():
        object.__setattr__(instance, name, value)
    return instance


def read(instance: Any) -> dict[str, Any]:
    """The values by field."""
    return {field.name: getattr(instance, field.name) for field in fields(type(instance))}
