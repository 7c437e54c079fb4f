"""The classes of errors, and what `from_native` makes of the engine's."""

import builtins
import pickle

import ommi
import pytest
from ommi import errors
from ommi.errors import from_native

HIERARCHY = [
    ("ConnectionError", "DatabaseError"),
    ("DriverConnectFailed", "ConnectionError"),
    ("ConnectionPoolExhausted", "ConnectionError"),
    ("QueryError", "DatabaseError"),
    ("DriverQueryFailed", "QueryError"),
    ("DriverModelNotFound", "QueryError"),
    ("ConstraintError", "DatabaseError"),
    ("UniqueViolation", "ConstraintError"),
    ("ForeignKeyViolation", "ConstraintError"),
    ("NotNullViolation", "ConstraintError"),
    ("CheckViolation", "ConstraintError"),
    ("DriverAddFailed", "ConstraintError"),
    ("ModelInsertError", "ConstraintError"),
    ("ModelUpdateError", "ConstraintError"),
    ("TransactionError", "DatabaseError"),
    ("ConflictError", "TransactionError"),
    ("LockError", "TransactionError"),
    ("SchemaError", "DatabaseError"),
    ("IncompatibleSchemaEvolutionError", "SchemaError"),
    ("MigrationError", "SchemaError"),
    ("TimeoutError", "DatabaseError"),
    ("UnsupportedError", "DatabaseError"),
    ("ValidationError", "DatabaseError"),
    ("DBStatusNoResultException", "DatabaseError"),
    ("DBEmptyQueryException", "DatabaseError"),
]


@pytest.mark.parametrize(("name", "parent"), HIERARCHY)
def test_the_hierarchy(name: str, parent: str) -> None:
    assert issubclass(getattr(errors, name), getattr(errors, parent))
    assert getattr(ommi, name) is getattr(errors, name)


def test_some_are_built_in_errors_too() -> None:
    assert issubclass(errors.TimeoutError, builtins.TimeoutError)
    assert issubclass(errors.DBStatusNoResultException, LookupError)
    assert issubclass(errors.ValidationError, ValueError)


def test_the_old_import_path() -> None:
    from ommi.drivers import exceptions

    assert exceptions.DriverConnectFailed is errors.DriverConnectFailed
    assert exceptions.ModelInsertError is errors.ModelInsertError


def test_an_error_carries_what_is_beneath_it() -> None:
    beneath = OSError("disk")

    error = errors.QueryError("the query failed", beneath)

    assert error.original_error is beneath
    assert error.__cause__ is beneath
    assert str(error) == "the query failed"


def test_a_native_error_keeps_its_place() -> None:
    error = from_native(
        "UniqueViolation",
        "taken",
        "User",
        "email",
        "INSERT ...",
        "uq_email",
        ["email"],
        "UNIQUE failed",
        "add",
    )

    assert isinstance(error, errors.UniqueViolation)
    assert (error.model, error.field, error.statement) == ("User", "email", "INSERT ...")
    assert error.constraint == "uq_email"
    assert error.columns == ("email",)
    assert str(error.original_error) == "UNIQUE failed"


def test_a_violation_in_add_is_an_insert_error_too() -> None:
    error = from_native("UniqueViolation", "taken", context="add")

    assert isinstance(error, errors.UniqueViolation)
    assert isinstance(error, errors.ModelInsertError)
    assert isinstance(error, errors.DriverAddFailed)
    assert type(error).__name__ == "UniqueViolation"


def test_a_violation_in_update_is_an_update_error_too() -> None:
    error = from_native("NotNullViolation", "null", context="update")

    assert isinstance(error, errors.NotNullViolation)
    assert isinstance(error, errors.ModelUpdateError)
    assert not isinstance(error, errors.ModelInsertError)


@pytest.mark.parametrize(
    ("kind", "context", "statement", "expected"),
    [
        ("Connection", "connect", None, errors.DriverConnectFailed),
        ("Connection", None, None, errors.DriverConnectFailed),
        ("Connection", None, "SELECT", errors.ConnectionError),
        ("Closed", None, None, errors.ConnectionError),
        ("Query", None, None, errors.QueryError),
        ("Query", None, "SELECT", errors.DriverQueryFailed),
        ("ModelNotFound", None, "SELECT", errors.DriverModelNotFound),
        ("Constraint", "add", None, errors.ModelInsertError),
        ("NoResult", None, None, errors.DBStatusNoResultException),
        ("Storage", None, None, errors.StorageError),
        ("SomethingNew", None, None, errors.DatabaseError),
    ],
)
def test_kinds_become_classes(kind: str, context: str | None, statement: str | None, expected: type) -> None:
    assert type(from_native(kind, "message", statement=statement, context=context)) is expected


@pytest.mark.parametrize("context", [None, "add", "update"])
def test_errors_survive_pickling(context: str | None) -> None:
    error = from_native(
        "UniqueViolation", "taken", "User", constraint="uq", columns=["email"], context=context
    )

    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert str(again) == "taken"
    assert again.columns == ("email",)
    assert again.model == "User"
