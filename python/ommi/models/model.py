"""`ommi_model`, which makes a class a model, and `OmmiModel`, of which every model is an instance."""

import sys
from abc import ABCMeta
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ommi.models.collections import ModelCollection, get_global_collection

if TYPE_CHECKING:
    from ommi._ommi import Operation, Query
    from ommi.models.definition import ModelInfo
    from ommi.models.field_metadata import FieldMetadata

C = TypeVar("C", bound=type)


class OmmiModel(metaclass=ABCMeta):  # noqa: B024  (an ABC for its `register`)
    """The class of all models: `isinstance(user, OmmiModel)` is true of every decorated class's instances.

    It may be a base class too, which tells type checkers of the methods; `ommi_model` adds those either way.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        __ommi__: ModelInfo

        def save(self, driver: Any = None) -> "Operation[Any]":
            """Writes the instance: inserts it, or writes the row of its key."""
            raise NotImplementedError

        def delete(self, driver: Any = None) -> "Operation[int]":
            """Deletes the instance's row."""
            raise NotImplementedError

        def reload(self, driver: Any = None) -> "Operation[Any]":
            """Reads the instance's row again, into the instance."""
            raise NotImplementedError

        @classmethod
        def find(cls, *predicates: Any, driver: Any = None, batch_size: int | None = None) -> "Query[Any]":
            """A query for the model's rows."""
            raise NotImplementedError

        @classmethod
        def count(cls, *predicates: Any, driver: Any = None) -> "Operation[int]":
            """The number of the model's rows."""
            raise NotImplementedError

        @classmethod
        def fetch(cls, *predicates: Any, driver: Any = None) -> "Operation[list[Any]]":
            """The model's rows as a list."""
            raise NotImplementedError

        @classmethod
        def get_primary_key_fields(cls) -> "tuple[FieldMetadata, ...]":
            """What is known of the key's fields."""
            raise NotImplementedError


@overload
def ommi_model(cls: C, /) -> C: ...


@overload
def ommi_model(
    cls: ModelCollection | None = None,
    /,
    *,
    collection: ModelCollection | None = None,
    name: str | None = None,
    track_changes: bool = False,
) -> Callable[[C], C]: ...


def ommi_model(
    cls: Any = None,
    /,
    *,
    collection: ModelCollection | None = None,
    name: str | None = None,
    track_changes: bool = False,
) -> Any:
    """Makes a class a model: `@ommi_model`, or `@ommi_model(collection=blog, name="users")`.

    `collection` is where its references are looked up, the global one by default; `name` names the table, which else
    is named after the class or by `__ommi_model_name__` in it. With `track_changes` each object remembers its row as it
    was read or written last, and `save()` writes what changed since, and nothing where nothing did.

    Raises `TypeError` for a field that cannot be stored and a class without fields, `ValueError` for two fields on
    one column.
    """
    if isinstance(cls, type):
        from ommi.models.define import define  # only now: `import ommi` stays quick

        return define(
            cls,
            get_global_collection() if collection is None else collection,
            name,
            sys._getframe(1),
            track_changes=track_changes,
        )
    if isinstance(cls, ModelCollection):
        collection = cls
    elif cls is not None:
        raise TypeError(f"@ommi_model stands on classes, not on {cls!r}")

    def decorate(decorated: C) -> C:
        if not isinstance(decorated, type):
            raise TypeError(f"@ommi_model stands on classes, not on {decorated!r}")
        from ommi.models.define import define

        return define(
            decorated,
            get_global_collection() if collection is None else collection,
            name,
            sys._getframe(1),
            track_changes=track_changes,
        )

    return decorate
