"""`TypeSystem` answers about any annotation and raises on none."""

import typing
from enum import Enum
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Generic,
    Literal,
    NewType,
    Optional,
    TypedDict,
    TypeVar,
    Union,
)

import pytest
from ommi import FieldMetadata, TypeSystem

T = TypeVar("T")
UserId = NewType("UserId", int)


class Colour(Enum):
    RED = "red"


class Point(TypedDict):
    x: int


class Box(Generic[T]):
    pass


STRANGE: list[Any] = [
    None,
    ...,
    3,
    "User",
    ForwardRef("User"),
    T,
    UserId,
    Colour,
    Point,
    Box[int],
    Any,
    typing.Callable[[int], str],
    typing.ClassVar[int],
    Annotated[Optional[int], "note"],
    Literal["a", 1],
    int | None,
    Union[int, str, None],
    list,
    list,
    list[int],
    dict[str, list[int]],
    tuple[int, ...],
    tuple[()],
    type[int],
    object(),
]


@pytest.mark.parametrize("annotation", STRANGE, ids=repr)
@pytest.mark.parametrize("value", [None, 1, "a", [1], {"x": 1}, (1,), Colour.RED, object()], ids=repr)
def test_no_annotation_raises(annotation: Any, value: Any) -> None:
    TypeSystem.is_optional(annotation)
    TypeSystem.get_optional_inner_type(annotation)
    TypeSystem.is_generic_list(annotation)
    TypeSystem.get_list_item_type(annotation)
    assert TypeSystem.validate_value(value, annotation) in (True, False)
    assert FieldMetadata("field", annotation).validate_value(value) in (True, False)


@pytest.mark.parametrize(
    "annotation",
    [Optional[int], int | None, Union[None, int], Annotated[int | None, 1], Union[int, str, None]],
)
def test_optional_is_seen_in_every_spelling(annotation: Any) -> None:
    assert TypeSystem.is_optional(annotation)


@pytest.mark.parametrize("annotation", [int, Union[int, str], list[Optional[int]], Any])
def test_what_is_not_optional(annotation: Any) -> None:
    assert not TypeSystem.is_optional(annotation)


def test_the_inner_type_of_an_optional() -> None:
    assert TypeSystem.get_optional_inner_type(Optional[int]) is int
    assert TypeSystem.get_optional_inner_type(list[int] | None) == list[int]
    assert TypeSystem.get_optional_inner_type(Union[int, str, None]) == Union[int, str]
    assert TypeSystem.get_optional_inner_type(str) is str


def test_lists_and_their_items() -> None:
    assert TypeSystem.is_generic_list(list[int])
    assert TypeSystem.is_generic_list(list[int])
    assert TypeSystem.is_generic_list(list)
    assert not TypeSystem.is_generic_list(dict[str, int])
    assert TypeSystem.get_list_item_type(list[int]) is int
    assert TypeSystem.get_list_item_type(list) is Any
    assert TypeSystem.get_list_item_type(int) is Any


@pytest.mark.parametrize(
    ("value", "annotation", "fits"),
    [
        (1, int, True),
        (True, int, False),
        (1, float, True),
        ("1", int, False),
        (None, Optional[int], True),
        (None, int, False),
        (None, None, True),
        ([1, 2], list[int], True),
        ([1, "2"], list[int], False),
        ([], list[int], True),
        ((1, "a"), tuple[int, str], True),
        ((1, 2), tuple[int, str], False),
        ((1, 2, 3), tuple[int, ...], True),
        ({"a": 1}, dict[str, int], True),
        ({"a": "b"}, dict[str, int], False),
        ({1, 2}, set[int], True),
        ("red", Literal["red", "blue"], True),
        ("green", Literal["red", "blue"], False),
        (Colour.RED, Colour, True),
        ("red", Colour, False),
        (7, UserId, True),
        ("x", Union[int, str], True),
        (b"x", Union[int, str], False),
        ("anything", Any, True),
    ],
)
def test_values_are_compared_with_types(value: Any, annotation: Any, fits: bool) -> None:
    assert TypeSystem.validate_value(value, annotation) is fits
