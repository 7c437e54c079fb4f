"""The methods of every model, unless its class has the name already: save, delete, reload, find, count, fetch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ommi.driver_context import get_current_driver, session_of

if TYPE_CHECKING:
    from ommi._ommi import Operation, Query, Session
    from ommi.models.field_metadata import FieldMetadata


def _session(driver: Any) -> "Session":
    return session_of(get_current_driver() if driver is None else driver)


def save(self: Any, driver: Any = None) -> "Operation[Any]":
    """Writes the instance: inserts it, or writes the row of its key. Uses the active driver, or the one passed."""
    return _session(driver).save(self)


def delete(self: Any, driver: Any = None) -> "Operation[int]":
    """Deletes the instance's row. Uses the active driver, or the one passed."""
    return _session(driver).delete(self)


def reload(self: Any, driver: Any = None) -> "Operation[Any]":
    """Reads the instance's row again, into the instance. Uses the active driver, or the one passed."""
    return _session(driver).reload(self)


def find(cls: type, *predicates: Any, driver: Any = None, batch_size: int | None = None) -> "Query[Any]":
    """A query for the model's rows. Uses the active driver, or the one passed."""
    return _session(driver).find(cls, *predicates, batch_size=batch_size)


def count(cls: type, *predicates: Any, driver: Any = None) -> "Operation[int]":
    """The number of the model's rows. Uses the active driver, or the one passed."""
    return find(cls, *predicates, driver=driver).count


def fetch(cls: type, *predicates: Any, driver: Any = None) -> "Operation[list[Any]]":
    """The model's rows as a list. Uses the active driver, or the one passed."""
    return find(cls, *predicates, driver=driver).fetch()


def get_primary_key_fields(cls: Any) -> "tuple[FieldMetadata, ...]":
    """What is known of the key's fields."""
    fields: tuple[FieldMetadata, ...] = cls.__ommi__.key_fields()
    return fields


_ON_INSTANCES: tuple[Callable[..., Any], ...] = (save, delete, reload)
_ON_THE_CLASS: tuple[Callable[..., Any], ...] = (find, count, fetch, get_primary_key_fields)


def add(cls: type, taken: set[str]) -> None:
    """Adds the methods whose names neither a field nor the class or its bases use."""
    taken = taken.union(*(base.__dict__ for base in cls.__mro__ if base is not object))
    for method in _ON_INSTANCES:
        if method.__name__ not in taken:
            setattr(cls, method.__name__, method)
    for method in _ON_THE_CLASS:
        if method.__name__ not in taken:
            setattr(cls, method.__name__, classmethod(method))
