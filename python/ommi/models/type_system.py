"""Questions about type annotations that never raise, whatever the annotation is.

`strip` and `union_members` are what the codecs and the metadata use to see through wrappers.
"""

import types
import typing
from typing import Any, ForwardRef, TypeVar, Union, get_args, get_origin

_WRAPPERS = frozenset(
    wrapper
    for name in ("Final", "Required", "NotRequired", "ReadOnly")
    if (wrapper := getattr(typing, name, None)) is not None
)


def unwrap_once(annotation: Any) -> Any:
    """The annotation beneath one wrapper (Annotated, NewType, alias, Final...), or the annotation itself."""
    if get_origin(annotation) is typing.Annotated:
        return annotation.__origin__
    if get_origin(annotation) in _WRAPPERS:
        return (get_args(annotation) or (Any,))[0]
    if isinstance(annotation, typing.NewType):
        return annotation.__supertype__
    if type(annotation).__name__ == "TypeAliasType":
        return annotation.__value__
    if isinstance(annotation, TypeVar):
        return annotation.__bound__ if annotation.__bound__ is not None else Any
    return annotation


def strip(annotation: Any) -> Any:
    """The annotation beneath all its wrappers."""
    beneath = unwrap_once(annotation)
    while beneath is not annotation:
        annotation, beneath = beneath, unwrap_once(beneath)
    return annotation


def union_members(annotation: Any) -> tuple[Any, ...] | None:
    """The members of a union in either spelling, else None."""
    if get_origin(annotation) is Union or isinstance(annotation, types.UnionType):
        return get_args(annotation)
    return None


def without_none(annotation: Any) -> tuple[Any, bool]:
    """The annotation without None, and whether None was allowed: `int | None` gives `(int, True)`."""
    annotation = strip(annotation)
    if annotation is None or annotation is types.NoneType:
        return types.NoneType, True
    members = union_members(annotation)
    if members is None or types.NoneType not in members:
        return annotation, False
    rest = tuple(member for member in members if member is not types.NoneType)
    if not rest:
        return types.NoneType, True
    inner, _ = without_none(rest[0]) if len(rest) == 1 else (Union[rest], False)  # noqa: UP007  (its members are not known here)
    return inner, True


class TypeSystem:
    """Questions about annotations. None of them raises on any annotation."""

    @staticmethod
    def is_optional(annotation: Any) -> bool:
        """Whether None is a value of the type."""
        try:
            return without_none(annotation)[1]
        except Exception:
            return False

    @staticmethod
    def get_optional_inner_type(annotation: Any) -> Any:
        """T of `Optional[T]`; any other annotation is given back."""
        try:
            inner, optional = without_none(annotation)
        except Exception:
            return annotation
        return inner if optional else annotation

    @staticmethod
    def is_generic_list(annotation: Any) -> bool:
        """Whether it is a list: `list`, `list[T]`, `List[T]`."""
        try:
            beneath = strip(annotation)
            return beneath is list or get_origin(beneath) is list
        except Exception:
            return False

    @staticmethod
    def get_list_item_type(annotation: Any) -> Any:
        """T of `list[T]`; Any where it is not known."""
        if not TypeSystem.is_generic_list(annotation):
            return Any
        arguments = get_args(strip(annotation))
        return arguments[0] if arguments and not isinstance(arguments[0], TypeVar) else Any

    @staticmethod
    def validate_value(value: Any, expected_type: Any) -> bool:
        """Whether the value fits the type as far as that can be told; permissive where it cannot."""
        try:
            return _fits(value, expected_type)
        except Exception:
            return True


def _fits(value: Any, expected: Any) -> bool:
    expected = strip(expected)
    if expected is Any or isinstance(expected, (str, ForwardRef)):
        return True
    if expected is None or expected is types.NoneType:
        return value is None
    members = union_members(expected)
    if members is not None:
        return any(_fits(value, member) for member in members)
    origin, arguments = get_origin(expected), get_args(expected)
    if origin is typing.Literal:
        return any(type(value) is type(allowed) and value == allowed for allowed in arguments)
    if origin is not None:
        return _fits_generic(value, origin, arguments)
    if typing.is_typeddict(expected):
        return isinstance(value, dict)
    if isinstance(value, bool) and expected in (int, float):
        return False
    if expected is float:
        return isinstance(value, (int, float))
    return isinstance(value, expected)


def _fits_generic(value: Any, origin: Any, arguments: tuple[Any, ...]) -> bool:
    if not isinstance(value, origin):
        return False
    if not arguments:
        return True
    if isinstance(value, tuple):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return all(_fits(item, arguments[0]) for item in value)
        return len(value) == len(arguments) and all(map(_fits, value, arguments))
    if isinstance(value, (list, set, frozenset)):
        return all(_fits(item, arguments[0]) for item in value)
    if isinstance(value, dict) and len(arguments) == 2:
        return all(_fits(key, arguments[0]) and _fits(item, arguments[1]) for key, item in value.items())
    return True
