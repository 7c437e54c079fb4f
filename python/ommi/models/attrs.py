"""attrs classes: `define`, `frozen`, `mutable`, `attr.s`; slotted or not.

The methods that attrs generated (constructor, comparison, representation) know the relations as fields. They are
generated again, by attrs, for a passing class whose relations are optional and not compared, and moved over.
"""

import sys
from collections.abc import Iterable
from functools import partial
from operator import itemgetter
from typing import Any

import attr

from ommi.models.adapter import Layout, ModelField, storage_of_group
from ommi.models.annotations import all_annotations
from ommi.models.relation_field import slots_of

_METHODS = ("__init__", "__repr__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__")
_HOOKS = ("__attrs_pre_init__", "__attrs_post_init__")
_CACHED_HASH = "_attrs_cached_hash"


def matches(cls: type) -> bool:
    """Whether the class went through attrs itself."""
    return "__attrs_attrs__" in cls.__dict__


def fields(cls: type) -> list[ModelField]:
    """The class's attributes, by their attribute names (not the constructor's aliases)."""
    annotations = all_annotations(cls)
    return [
        _field(attribute, *annotations.get(attribute.name, (attribute.type, cls)))
        for attribute in attr.fields(cls)
    ]


def _field(attribute: Any, annotation: Any, owner: type) -> ModelField:
    annotation = Any if annotation is None else annotation
    if attribute.default is attr.NOTHING:
        return ModelField(attribute.name, annotation, owner)
    if isinstance(attribute.default, attr.Factory):  # type: ignore[arg-type]
        factory = None if attribute.default.takes_self else attribute.default.factory
        return ModelField(attribute.name, annotation, owner, default_factory=factory)
    return ModelField(attribute.name, annotation, owner, default=attribute.default)


def prepare(cls: type, relations: Iterable[str]) -> None:
    """Generates again what attrs had generated, with relations that are optional."""
    taken = set(relations)
    attributes: Any = attr.fields(cls)
    if not taken & {attribute.name for attribute in attributes}:
        return
    made = _generate(cls, [_attribute(attribute, attribute.name in taken) for attribute in attributes])
    for name in _METHODS:
        if name in cls.__dict__ and _generated(cls.__dict__[name]):
            method = made.__dict__[name]
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
    kept = [attribute for attribute in attributes if attribute.name not in taken]
    rows = type(attributes)
    changed: Any = cls
    changed.__attrs_attrs__ = _named(rows, kept)
    if "__match_args__" in cls.__dict__:
        matched = tuple(name for name in cls.__dict__["__match_args__"] if name not in taken)
        setattr(cls, "__match_args__", matched)  # noqa: B010  (mypy knows the name as one of type's own)


def _attribute(attribute: Any, relation: bool) -> tuple[str, Any]:
    if relation:
        default = None if attribute.default is attr.NOTHING else attribute.default
        return attribute.name, attr.ib(default=default, kw_only=True, repr=False, eq=False, order=False)
    again = attr.ib(
        default=attribute.default,
        validator=attribute.validator,
        repr=attribute.repr,
        eq=attribute.eq if attribute.eq_key is None else attribute.eq_key,
        order=attribute.order if attribute.order_key is None else attribute.order_key,
        hash=attribute.hash,
        init=attribute.init,
        metadata=attribute.metadata,
        type=attribute.type,
        converter=attribute.converter,
        kw_only=attribute.kw_only,
        on_setattr=attribute.on_setattr,
        alias=attribute.alias,
    )
    return attribute.name, again


def _generate(cls: type, attributes: list[tuple[str, Any]]) -> type:
    """A passing class with the same attributes and hooks, from which the methods are taken."""
    body = {name: getattr(cls, name) for name in _HOOKS if hasattr(cls, name)}
    bases = (BaseException,) if issubclass(cls, BaseException) else ()
    ordered = "__lt__" in cls.__dict__ and _generated(cls.__dict__["__lt__"])
    hashed = cls.__dict__.get("__hash__") is not None and _generated(cls.__dict__["__hash__"])
    frozen = _is_frozen(cls)
    hooked = getattr(cls, "__attrs_own_setattr__", False)
    return attr.s(
        type(cls.__name__, bases, body),
        these=dict(attributes),
        frozen=frozen,
        # Says only that there is a hook, so that `__init__` passes by it as attrs does.
        on_setattr=attr.setters.validate if hooked and not frozen else None,
        slots=True,  # or frozen ones would write past the relations into `__dict__`
        eq=True,
        order=ordered,
        unsafe_hash=hashed or None,
        cache_hash=hashed and hasattr(cls, _CACHED_HASH),
    )


def _is_frozen(cls: type) -> bool:
    setter: Any = cls.__setattr__
    return getattr(setter, "__module__", "").startswith("attr.") and "frozen" in getattr(
        setter, "__name__", ""
    )


def _generated(method: Any) -> bool:
    """Whether attrs made the method: by compiling text, or (order) in its own module."""
    code = getattr(method, "__code__", None)
    return code is not None and (
        code.co_filename.startswith("<attrs generated")
        or code.co_filename == sys.modules["attr._make"].__file__
    )


def _named(rows: Any, attributes: list[Any]) -> Any:
    """The tuple with named items that `attr.fields` gives."""
    body = {"__slots__": ()} | {
        attribute.name: property(itemgetter(position)) for position, attribute in enumerate(attributes)
    }
    return type(rows.__name__, (tuple,), body)(attributes)


def layout(cls: type, stored: list[str]) -> Layout:
    """Without `__init__` and validators, unless there is a hook to run or a hash to keep."""
    group = storage_of_group(cls, slots_of(cls))
    if any(hasattr(cls, name) for name in _HOOKS) or hasattr(cls, _CACHED_HASH):
        return Layout("call", group, partial(_construct, cls))
    return Layout("new", group)


def _construct(cls: type, /, **values: Any) -> Any:
    return construct(cls, values)


def construct(cls: Any, values: dict[str, Any]) -> Any:
    """Without converters and validators; with defaults for what is missing and with the class's hooks."""
    instance = cls.__new__(cls)
    for attribute in attr.fields(cls):
        if attribute.name in values:
            object.__setattr__(instance, attribute.name, values[attribute.name])
        elif attribute.default is not attr.NOTHING:
            object.__setattr__(instance, attribute.name, _default(attribute.default, instance))
    if hasattr(cls, _CACHED_HASH):
        object.__setattr__(instance, _CACHED_HASH, None)
    if hasattr(cls, "__attrs_post_init__"):
        instance.__attrs_post_init__()
    return instance


def _default(default: Any, instance: Any) -> Any:
    if isinstance(default, attr.Factory):  # type: ignore[arg-type]
        return default.factory(instance) if default.takes_self else default.factory()
    return default


def read(instance: Any) -> dict[str, Any]:
    """The values by attribute."""
    return {attribute.name: getattr(instance, attribute.name) for attribute in attr.fields(type(instance))}
