"""What an awaited operation gives: `Success` or `Failure`, under all their names.

`DatabaseResult`, `DBResult` and `DBQueryResult` are one class, the base of both.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar

from ommi.errors import DatabaseError, DBStatusNoResultException

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class DatabaseResult(Generic[T_co]):
    """The outcome of an operation: a `Success` with a value or a `Failure` with an exception."""

    __slots__ = ()

    if TYPE_CHECKING:  # plain aliases: patterns of `match` take no specialized ones
        Success: TypeAlias = "_Success"
        Failure: TypeAlias = "_Failure"
        DBSuccess: TypeAlias = "_Success"
        DBFailure: TypeAlias = "_Failure"
        DBQuerySuccess: TypeAlias = "_Success"
        DBQueryFailure: TypeAlias = "_Failure"

    def is_success(self) -> bool:
        """Whether there is a value."""
        raise NotImplementedError

    def is_failure(self) -> bool:
        """Whether there is an exception."""
        return not self.is_success()

    @property
    def value(self) -> T_co:
        """The value; a failure raises its exception."""
        raise NotImplementedError

    @property
    def result(self) -> T_co:
        """The value; a failure raises `DBStatusNoResultException`."""
        raise NotImplementedError

    @property
    def error(self) -> BaseException | None:
        """The exception, or None."""
        raise NotImplementedError

    @property
    def exception(self) -> BaseException:
        """The exception; a success raises `DBStatusNoResultException`."""
        raise NotImplementedError

    def value_or(self, default: U) -> T_co | U:
        """The value, or `default` for a failure."""
        raise NotImplementedError

    def result_or(self, default: U) -> T_co | U:
        """The value, or `default` for a failure."""
        return self.value_or(default)

    def exception_or(self, default: U) -> BaseException | U:
        """The exception, or `default` for a success."""
        raise NotImplementedError

    def map(self, function: Callable[[T_co], U]) -> "DatabaseResult[U]":
        """The result of `function` over the value; an exception in it becomes a failure."""
        raise NotImplementedError

    def flat_map(self, function: "Callable[[T_co], DatabaseResult[U]]") -> "DatabaseResult[U]":
        """The result that `function` gives for the value; an exception in it becomes a failure."""
        raise NotImplementedError


class Success(DatabaseResult[T_co]):
    """An operation's value."""

    __slots__ = ("_value",)
    __match_args__ = ("value",)
    _value: T_co

    def __init__(self, value: T_co) -> None:
        self._value = value

    def is_success(self) -> bool:
        return True

    @property
    def value(self) -> T_co:
        return self._value

    @property
    def result(self) -> T_co:
        return self._value

    @property
    def error(self) -> None:
        return None

    @property
    def exception(self) -> NoReturn:
        raise DBStatusNoResultException("a success holds no exception")

    def value_or(self, default: object) -> T_co:
        return self._value

    def exception_or(self, default: U) -> U:
        return default

    def map(self, function: Callable[[T_co], U]) -> DatabaseResult[U]:
        try:
            return Success(function(self._value))
        except Exception as error:
            return Failure(error)

    def flat_map(self, function: Callable[[T_co], DatabaseResult[U]]) -> DatabaseResult[U]:
        try:
            mapped = function(self._value)
        except Exception as error:
            return Failure(error)
        if not isinstance(mapped, DatabaseResult):
            kind = type(mapped).__name__
            return Failure(TypeError(f"the function of flat_map has to return a result, not {kind}; use map"))
        return mapped

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Success) and bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((Success, self._value))

    def __repr__(self) -> str:
        return f"Success({self._value!r})"


class Failure(DatabaseResult[Any]):
    """An operation's exception."""

    __slots__ = ("_exception",)
    __match_args__ = ("exception",)

    def __init__(self, exception: BaseException) -> None:
        if not isinstance(exception, BaseException):
            exception = DatabaseError(str(exception))
        self._exception = exception

    def is_success(self) -> bool:
        return False

    @property
    def value(self) -> NoReturn:
        raise self._exception

    @property
    def result(self) -> NoReturn:
        raise DBStatusNoResultException(f"a failure holds no result: {self._exception}", self._exception)

    @property
    def error(self) -> BaseException:
        return self._exception

    @property
    def exception(self) -> BaseException:
        return self._exception

    def value_or(self, default: U) -> U:
        return default

    def exception_or(self, default: object) -> BaseException:
        return self._exception

    def map(self, function: Callable[[Any], object]) -> "Failure":
        return self

    def flat_map(self, function: Callable[[Any], object]) -> "Failure":
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Failure) and self._exception is other._exception

    def __hash__(self) -> int:
        return hash((Failure, id(self._exception)))

    def __repr__(self) -> str:
        return f"Failure({self._exception!r})"


_Success = Success
_Failure = Failure
DBResult = DatabaseResult
DBQueryResult = DatabaseResult

if not TYPE_CHECKING:
    for _prefix in ("", "DB", "DBQuery"):
        setattr(DatabaseResult, f"{_prefix}Success", Success)
        setattr(DatabaseResult, f"{_prefix}Failure", Failure)

__all__ = ["DBQueryResult", "DBResult", "DatabaseResult", "Failure", "Success"]
