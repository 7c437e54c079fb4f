"""Class access: `User.name` is a query reference while `instance.name` costs what it always did.

A descriptor on the class would be asked at every access to an instance. A property on the *metaclass* is not: the
class's own metaclass gives way to a derived one with a property for each name of a field, put in place on the class
itself, so identity, closures, registries and pickling stay. This is the one piece of metaclass magic in Ommi.

Models of one kind share their metaclass, and all these metaclasses derive from `ModelMeta`, so a class may have
several models, and abstract base classes, among its bases.
"""

from abc import ABCMeta
from collections.abc import Mapping
from typing import Any

from ommi._ommi import ASTReferenceNode, ClassField, set_metaclass

# `type` itself asks for these by name while it makes a class.
_RESERVED = frozenset({"mro"})


class ModelMeta(ABCMeta):
    """The metaclass of models whose own was `type` or `ABCMeta`, and a base of the metaclasses of all others."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if "_abc_impl" in cls.__dict__:
            return ABCMeta.__instancecheck__(cls, instance)
        return type.__instancecheck__(cls, instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        if "_abc_impl" in cls.__dict__:
            return ABCMeta.__subclasscheck__(cls, subclass)
        return type.__subclasscheck__(cls, subclass)


def install(cls: type, references: Mapping[str, ASTReferenceNode]) -> None:
    """Makes `cls.field` the reference, for each field; other classes see their own attributes."""
    metaclass = _metaclass_for(type(cls))
    for name in references:
        if name not in _RESERVED and name not in metaclass.__dict__:
            setattr(metaclass, name, ClassField(name))
    cls.__ommi_references__ = dict(references)  # type: ignore[attr-defined]
    set_metaclass(cls, metaclass)


def _metaclass_for(own: type) -> type:
    """The metaclass for models that had the metaclass `own`: the same one for all of them."""
    if own in (type, ABCMeta):
        return ModelMeta
    if issubclass(own, ModelMeta):
        return own
    for derived in type.__subclasses__(own):
        if issubclass(derived, ModelMeta) and derived.__dict__.get("_ommi_derived"):
            return derived
    make: Any = type(own)
    body = {"__module__": own.__module__, "__doc__": own.__doc__, "_ommi_derived": True}
    try:
        metaclass: type = make(own.__name__, (own, ModelMeta), body)
    except TypeError:  # the two do not go together: such a model has no second one beside it
        metaclass = make(own.__name__, (own,), body)
    return metaclass
