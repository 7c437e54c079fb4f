"""What a driver is, seen from Python: plain values and exceptions, no results.

`BaseDriver` is the base of drivers written in Python; `NativeBackedDriver` satisfies it for the built-in ones.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from ommi.database.query_results import AsyncBatchIterator
    from ommi.models.collections import ModelCollection


class BaseDriverOperations(ABC):
    """The operations that drivers and their transactions share. They return plain values and raise."""

    @abstractmethod
    async def add(self, models: Iterable[Any]) -> list[Any]:
        """Inserts the models, all or none; gives them back with their keys."""

    @abstractmethod
    async def fetch(self, query: Any) -> "AsyncBatchIterator[Any]":
        """The rows that the predicate (or model, or group) finds."""

    @abstractmethod
    async def update(self, query: Any, values: Mapping[str, Any]) -> int:
        """Sets values in the rows found; gives their number."""

    @abstractmethod
    async def delete(self, query: Any) -> int:
        """Deletes the rows found; gives their number."""

    @abstractmethod
    async def count(self, query: Any) -> int:
        """The number of rows found."""


class BaseDriverTransaction(BaseDriverOperations):
    """A driver's transaction."""

    @abstractmethod
    async def open(self) -> None:
        """Begins."""

    @abstractmethod
    async def commit(self) -> None:
        """Makes the work permanent."""

    @abstractmethod
    async def rollback(self) -> None:
        """Undoes the work."""

    @abstractmethod
    async def close(self) -> None:
        """Rolls back what is neither committed nor rolled back."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self.commit()
            else:
                await self.rollback()
        finally:
            await self.close()


class BaseDriver(BaseDriverOperations):
    """One database. An async context manager that disconnects at its end."""

    @classmethod
    @abstractmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Any:
        """A driver for a database; it may be awaited, or not."""

    @abstractmethod
    async def disconnect(self) -> None:
        """Closes everything."""

    @abstractmethod
    def transaction(self) -> BaseDriverTransaction:
        """A new transaction."""

    @abstractmethod
    async def apply_schema(self, collection: "ModelCollection") -> None:
        """Creates the collection's missing tables."""

    @abstractmethod
    async def delete_schema(self, collection: "ModelCollection") -> None:
        """Drops the collection's tables."""

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._self().__await__()

    async def _self(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.disconnect()
