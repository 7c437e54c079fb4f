"""What type variables stand for in the bases of a class: in `class IntBox(Box[int])`, the T of `Box` is an int."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, get_args, get_origin

Variables = Mapping[TypeVar, Any]


def variables_of(cls: type, arguments: Sequence[Any] = ()) -> dict[type, Variables]:
    """What the variables of the class, to which `arguments` were given, and of each of its bases stand for."""
    found: dict[type, Variables] = {}
    _collect(cls, arguments, found)
    return found


def _collect(cls: type, arguments: Sequence[Any], found: dict[type, Variables]) -> None:
    known = dict(zip(_parameters(cls), arguments, strict=False))
    found.setdefault(cls, known)
    made_of, arguments = _pydantic_origin(cls)
    if made_of is not None:
        _collect(made_of, [substitute(argument, known) for argument in arguments], found)
    for base in _bases(cls):
        origin = get_origin(base) or base
        if isinstance(origin, type) and origin not in (object, Generic, Protocol):
            _collect(origin, [substitute(argument, known) for argument in get_args(base)], found)


def _bases(cls: type) -> tuple[Any, ...]:
    # Not by getattr: a class without generic bases of its own would show those of its base.
    bases: tuple[Any, ...] = cls.__dict__.get("__orig_bases__", cls.__bases__)
    return bases


def _parameters(cls: type) -> tuple[Any, ...]:
    pydantic = cls.__dict__.get("__pydantic_generic_metadata__")
    parameters: tuple[Any, ...] = (
        pydantic["parameters"] if pydantic is not None else getattr(cls, "__parameters__", ())
    )
    return parameters


def _pydantic_origin(cls: type) -> tuple[type | None, Sequence[Any]]:
    """Pydantic makes a class of `Box[int]`, which remembers what it was made of."""
    pydantic = cls.__dict__.get("__pydantic_generic_metadata__")
    if pydantic is None or pydantic["origin"] is None:
        return None, ()
    return pydantic["origin"], pydantic["args"]


def substitute(annotation: Any, variables: Variables) -> Any:
    """The annotation with variables replaced by what they stand for; those that are not known stay."""
    if not variables:
        return annotation
    if isinstance(annotation, TypeVar):
        return variables.get(annotation, annotation)
    open_ones = getattr(annotation, "__parameters__", ())
    if isinstance(annotation, type) or not any(variable in variables for variable in open_ones):
        return annotation
    return annotation[tuple(variables.get(variable, variable) for variable in open_ones)]
