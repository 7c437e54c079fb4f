"""Every exception of Ommi, and the one table that turns the engine's errors into them (`from_native`).

The same mistake gives the same class on every database. Messages never hold values or passwords.
"""

import builtins
from collections.abc import Sequence
from typing import Any


class NativeError(Exception):
    """What the database itself said: the `original_error` of errors that come from the engine."""


class DatabaseError(Exception):
    """The root of all errors of Ommi.

    `original_error` is the error beneath it, where there is one; `statement` the SQL or command with its values left
    out; `model` and `field` the names that it concerns.
    """

    def __init__(
        self,
        message: str = "",
        original_error: BaseException | None = None,
        *,
        model: str | None = None,
        field: str | None = None,
        statement: str | None = None,
    ) -> None:
        super().__init__(message)
        self.original_error = original_error
        self.model = model
        self.field = field
        self.statement = statement
        if original_error is not None:
            self.__cause__ = original_error

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (_names(type(self)), self.args, dict(self.__dict__))


class ConnectionError(DatabaseError):
    """The database cannot be reached, or the handle is closed."""


class DriverConnectFailed(ConnectionError):
    """Opening the database failed."""


class ConnectionPoolExhausted(ConnectionError):
    """No connection became free in time."""


class QueryError(DatabaseError):
    """A query means nothing, or the database refused it."""


class DriverQueryFailed(QueryError):
    """The database refused a statement."""


class DriverModelNotFound(QueryError):
    """The model's table or collection is missing."""


class ConstraintError(DatabaseError):
    """A rule of the schema forbids the change. `columns` names the columns and `constraint` the rule, where known."""

    def __init__(
        self,
        message: str = "",
        original_error: BaseException | None = None,
        *,
        model: str | None = None,
        field: str | None = None,
        statement: str | None = None,
        constraint: str | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        super().__init__(message, original_error, model=model, field=field, statement=statement)
        self.constraint = constraint
        self.columns = tuple(columns)


class UniqueViolation(ConstraintError):
    """Another row has the same value in a unique column or key."""


class ForeignKeyViolation(ConstraintError):
    """A reference points at no row, or a row is still referred to."""


class NotNullViolation(ConstraintError):
    """A required column has no value."""


class CheckViolation(ConstraintError):
    """A check of the table failed."""


class DriverAddFailed(ConstraintError):
    """Adding was refused. Violations of a rule that happen in `add` are this as well."""


class ModelInsertError(DriverAddFailed):
    """Adding a model was refused."""


class ModelUpdateError(ConstraintError):
    """An update or a save was refused. Violations of a rule that happen in `update` are this as well."""


class TransactionError(DatabaseError):
    """A transaction was used in a state that does not allow it."""


class ConflictError(TransactionError):
    """Another transaction stood in the way (serialization failure, deadlock, busy): trying again may succeed."""


class LockError(TransactionError):
    """A lock could not be taken."""


class SchemaError(DatabaseError):
    """A model's definition or the database's schema is wrong."""


class IncompatibleSchemaEvolutionError(SchemaError):
    """A table differs from its model; the message names each difference."""


class MigrationError(SchemaError):
    """A migration cannot be read, does not fit the others or the database, or would lose data."""


class TimeoutError(DatabaseError, builtins.TimeoutError):
    """Something took longer than it was allowed to."""


class UnsupportedError(DatabaseError):
    """The database lacks what was asked for; nothing was sent."""


class ValidationError(DatabaseError, ValueError):
    """A value or an option does not fit; nothing was sent."""


class StorageError(DatabaseError):
    """The database cannot write: disk full, read-only, input/output error."""


class OperationCancelledError(DatabaseError):
    """The operation was interrupted before its end."""


class InternalError(DatabaseError):
    """A mistake of Ommi itself; please report it."""


class DBStatusNoResultException(DatabaseError, LookupError):
    """There is no row, or a result does not hold what was asked of it."""


class DBEmptyQueryException(DatabaseError):
    """A query names no model."""


_BY_KIND: dict[str, type[DatabaseError]] = {
    "Connection": ConnectionError,
    "PoolExhausted": ConnectionPoolExhausted,
    "Closed": ConnectionError,
    "Query": QueryError,
    "ModelNotFound": DriverModelNotFound,
    "UniqueViolation": UniqueViolation,
    "ForeignKeyViolation": ForeignKeyViolation,
    "NotNullViolation": NotNullViolation,
    "CheckViolation": CheckViolation,
    "Constraint": ConstraintError,
    "Transaction": TransactionError,
    "Conflict": ConflictError,
    "Lock": LockError,
    "Schema": SchemaError,
    "IncompatibleSchema": IncompatibleSchemaEvolutionError,
    "Timeout": TimeoutError,
    "Unsupported": UnsupportedError,
    "Validation": ValidationError,
    "NoResult": DBStatusNoResultException,
    "EmptyQuery": DBEmptyQueryException,
    "Cancelled": OperationCancelledError,
    "Storage": StorageError,
    "Internal": InternalError,
}

_variants: dict[tuple[type[DatabaseError], type[DatabaseError]], type[DatabaseError]] = {}


def _variant(kind: type[DatabaseError], also: type[DatabaseError]) -> type[DatabaseError]:
    """The class `kind` that is caught as `also` too; it keeps the name of `kind`."""
    if issubclass(kind, also):
        return kind
    if issubclass(also, kind):
        return also
    made = _variants.get((kind, also))
    if made is None:
        body = {"__module__": kind.__module__, "__doc__": kind.__doc__}
        made = _variants[(kind, also)] = type(kind.__name__, (kind, also), body)
    return made


def _names(kind: type[DatabaseError]) -> list[tuple[str, str]]:
    """The importable classes that make up `kind`: itself, or the two of a variant."""
    for (first, second), made in _variants.items():
        if made is kind:
            return [(part.__module__, part.__qualname__) for part in (first, second)]
    return [(kind.__module__, kind.__qualname__)]


def _restore(names: list[tuple[str, str]], args: tuple[Any, ...], state: dict[str, Any]) -> DatabaseError:
    """An error from a pickle."""
    from importlib import import_module

    parts: list[type[DatabaseError]] = [getattr(import_module(module), name) for module, name in names]
    kind = parts[0] if len(parts) == 1 else _variant(parts[0], parts[1])
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def _choose(kind: str, context: str | None, statement: str | None) -> type[DatabaseError]:
    chosen = _BY_KIND.get(kind, DatabaseError)
    opening = context == "connect" or (kind == "Connection" and statement is None)
    if chosen is ConnectionError and opening:
        return DriverConnectFailed
    if chosen is SchemaError and context == "migrate":
        return MigrationError
    if chosen is QueryError and statement is not None:
        return DriverQueryFailed
    if issubclass(chosen, ConstraintError) and context == "add":
        return _variant(chosen, ModelInsertError)
    if issubclass(chosen, ConstraintError) and context == "update":
        return _variant(chosen, ModelUpdateError)
    return chosen


def from_native(
    kind: str,
    message: str,
    model: str | None = None,
    field: str | None = None,
    statement: str | None = None,
    constraint: str | None = None,
    columns: Sequence[str] = (),
    original: BaseException | str | None = None,
    context: str | None = None,
) -> DatabaseError:
    """The exception for an error of the engine; `kind` is its name there, `context` what was being done."""
    chosen = _choose(kind, context, statement)
    beneath = NativeError(original) if isinstance(original, str) else original
    error = chosen(message, beneath, model=model, field=field, statement=statement)
    if isinstance(error, ConstraintError):
        error.constraint = constraint
        error.columns = tuple(columns)
    return error
