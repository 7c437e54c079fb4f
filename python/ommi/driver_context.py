"""The active driver: what models' methods and lazy fields use when they are told nothing else.

It is a ContextVar, so tasks and threads do not disturb each other.
"""

from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from ommi._ommi import Session

D = TypeVar("D")
active_driver: ContextVar[Any] = ContextVar("ommi_active_driver")
_RAISE: Any = object()


class UseDriver(Generic[D]):
    """Makes a handle, a transaction or a driver the active one inside a `with` block (`async with` works too)."""

    def __init__(self, driver: D) -> None:
        self.driver = driver
        self._tokens: list[Token[Any]] = []

    def __enter__(self) -> D:
        self._tokens.append(active_driver.set(self.driver))
        return self.driver

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        active_driver.reset(self._tokens.pop())

    async def __aenter__(self) -> D:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)


def use_driver(driver: D) -> UseDriver[D]:
    """The same as `UseDriver(driver)`."""
    return UseDriver(driver)


def get_current_driver(default: Any = _RAISE) -> Any:
    """The active driver, else `default`; without both, a `RuntimeError`."""
    current = active_driver.get(None)
    if current is not None:
        return current
    if default is not _RAISE:
        return default
    raise RuntimeError(
        "there is no active driver: use `with use_driver(db): ...`, or pass the handle (`driver=db`)"
    )


def session_of(driver: Any) -> "Session":
    """Where operations run that are given this handle, transaction or driver."""
    from ommi._ommi import Session

    if isinstance(driver, Session):
        return driver
    session = getattr(driver, "session", None)
    if isinstance(session, Session):
        return session
    raise TypeError(f"{type(driver).__name__} is no handle, transaction or driver of Ommi")


__all__ = ["UseDriver", "active_driver", "get_current_driver", "use_driver"]
