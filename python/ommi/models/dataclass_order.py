"""Lets relations stand anywhere in a dataclass, without a default.

`@dataclass` runs before `@ommi_model` and refuses a field without a default after one with a default. A relation is
never asked for by the constructor, so it must not count there: `_get_field`, by which dataclasses reads each
annotation, is told that relations are optional, by keyword, and no part of comparison and representation. Every
other field it gives back untouched.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from ommi.models.query_fields import names_relation


def let_relations_stand_anywhere() -> None:
    """Puts our `_get_field` in place, once; without it (it is private) such relations just need a default."""
    original: Callable[..., Any] | None = getattr(dataclasses, "_get_field", None)
    if original is None or hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def get_field(cls: type, name: str, annotation: Any, *args: Any, **kwargs: Any) -> Any:
        field = original(cls, name, annotation, *args, **kwargs)
        if names_relation(annotation, cls.__module__):
            field.kw_only = True
            field.repr = field.compare = field.hash = False
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                field.default = None
        return field

    dataclasses._get_field = get_field  # type: ignore[attr-defined]
