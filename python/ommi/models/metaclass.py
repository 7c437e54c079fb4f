"""Class access: `User.name` is a query reference while `instance.name` costs what it always did.

A descriptor on the class would be asked at every access to an instance. A property on the *metaclass* is not: the
class's own metaclass gets a derived one with a property for each field, put in place on the class itself, so
identity, closures, registries and pickling stay. This is the one piece of metaclass magic in Ommi.
"""

from collections.abc import Mapping
from typing import Any

from ommi._ommi import ASTReferenceNode, ClassField, set_metaclass

# `type` itself asks for these by name while it makes a class.
_RESERVED = frozenset({"mro"})


def install(cls: type, references: Mapping[str, ASTReferenceNode]) -> None:
    """Makes `cls.field` the reference, for each field; subclasses see their own attributes."""
    base = type(cls)
    body = {name: ClassField(node) for name, node in references.items() if name not in _RESERVED}
    make: Any = type(base)
    derived = make(base.__name__, (base,), {"__module__": base.__module__, "__doc__": base.__doc__, **body})
    set_metaclass(cls, derived)
