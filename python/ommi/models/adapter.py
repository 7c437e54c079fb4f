"""What an adapter of a model library is: a module with five functions, found by `adapter_of`.

A library is only looked at when the program itself has imported it: `import ommi` stays quick and needs nothing.
"""

import sys
from collections.abc import Callable, Iterable
from types import MemberDescriptorType
from typing import Any, Literal, NamedTuple, Protocol

GROUP_ATTRIBUTE = "_ommi_group"
"""Where an instance with a `__dict__` keeps the group that it was fetched with."""


class Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


class ModelField(NamedTuple):
    """A field as its class declares it, before it is known what it means to Ommi."""

    name: str
    annotation: Any
    owner: type
    default: Any = MISSING
    default_factory: Callable[[], Any] | None = None


class Layout(NamedTuple):
    """How rows become instances of a class, and where an instance keeps the group that it was fetched with.

    kind "new": `cls.__new__` and each field set directly; "pydantic": the same with Pydantic's own bookkeeping;
    "call": the constructor, by keyword.
    """

    kind: Literal["new", "pydantic", "call"]
    group: Literal["attr"] | MemberDescriptorType | None = None
    construct: Callable[..., Any] | None = None


class Adapter(Protocol):
    """One model library."""

    def matches(self, cls: type) -> bool:
        """Whether the class is one of the library's."""
        ...

    def fields(self, cls: type) -> list[ModelField]:
        """The fields that the class declares, relations too, in their order."""
        ...

    def prepare(self, cls: type, relations: Iterable[str]) -> None:
        """Takes the relations out of the class's constructor, comparison and representation."""
        ...

    def layout(self, cls: type, stored: list[str]) -> Layout:
        """How rows become instances; called after `prepare`."""
        ...

    def construct(self, cls: type, values: dict[str, Any]) -> Any:
        """An instance with these values, trusted as they are: for values nested in a field."""
        ...

    def read(self, instance: Any) -> dict[str, Any]:
        """The values of an instance by field."""
        ...


def _adapters() -> list[Adapter]:
    from ommi.models import dataclass as dataclass_adapter
    from ommi.models import plain

    found: list[Adapter] = []
    if "msgspec" in sys.modules:
        from ommi.models import msgspec

        found.append(msgspec)
    if "pydantic" in sys.modules:
        from ommi.models import pydantic

        found.append(pydantic)
    if "attr" in sys.modules:
        from ommi.models import attrs

        found.append(attrs)
    return [*found, dataclass_adapter, plain]


def adapter_of(cls: type) -> Adapter:
    """The adapter of the class's library; the one for plain classes takes what is left."""
    return next(adapter for adapter in _adapters() if adapter.matches(cls))


def is_structured(cls: type) -> bool:
    """Whether the class belongs to a model library: plain classes are models only when decorated."""
    from ommi.models import plain

    return adapter_of(cls) is not plain


def storage_of_group(
    cls: type, slots: list[MemberDescriptorType]
) -> Literal["attr"] | MemberDescriptorType | None:
    """An instance's place for its group: its `__dict__`, else the slot of its first relation."""
    if has_dict(cls):
        return "attr"
    return slots[0] if slots else None


def has_dict(cls: type) -> bool:
    """Whether the class's instances have a `__dict__`."""
    return getattr(cls, "__dictoffset__", 0) != 0
