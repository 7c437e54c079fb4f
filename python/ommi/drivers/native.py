"""The built-in drivers as Python sees them: the operations of `BaseDriver` over the engine."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ommi._ommi import NativeDriver, Session
from ommi.database.ommi import Ommi
from ommi.database.transaction import OmmiTransaction
from ommi.drivers.base import BaseDriver, BaseDriverOperations, BaseDriverTransaction
from ommi.errors import TransactionError

if TYPE_CHECKING:
    from ommi.database.query_results import AsyncBatchIterator


class SessionOperations(BaseDriverOperations):
    """Raw operations over a session of the engine."""

    @property
    def session(self) -> Session:
        """Where the operations run."""
        raise NotImplementedError

    async def add(self, models: Iterable[Any]) -> list[Any]:
        """Inserts the models, all or none; gives them back with their keys."""
        return await self.session.add(list(models)).raising()

    async def fetch(self, query: Any) -> "AsyncBatchIterator[Any]":
        """The rows that the predicate (or model, or group) finds."""
        return cast("AsyncBatchIterator[Any]", await self._find(query).all.raising())

    async def update(self, query: Any, values: Mapping[str, Any]) -> int:
        """Sets values in the rows found; gives their number."""
        return cast(int, await self._find(query).update(**values).raising())

    async def delete(self, query: Any) -> int:
        """Deletes the rows found; gives their number."""
        return cast(int, await self._find(query).delete.raising())

    async def count(self, query: Any) -> int:
        """The number of rows found."""
        return cast(int, await self._find(query).count.raising())

    def _find(self, query: Any) -> Any:
        predicates = query if isinstance(query, (list, tuple)) else (query,)
        return self.session.find(*predicates)


class NativeBackedTransaction(SessionOperations, BaseDriverTransaction):
    """A transaction of a built-in driver."""

    def __init__(self, handle: Ommi) -> None:
        self._handle = handle
        self._tx: OmmiTransaction | None = None

    @property
    def session(self) -> OmmiTransaction:
        if self._tx is None:
            raise TransactionError(
                "the transaction is not open: use `async with driver.transaction()`, or open()"
            )
        return self._tx

    async def open(self) -> None:
        self._tx = await self._handle.transaction()

    async def commit(self) -> None:
        await self.session.commit()

    async def rollback(self) -> None:
        await self.session.rollback()

    async def close(self) -> None:
        if self._tx is not None:
            await self._tx.close()


class NativeBackedDriver(SessionOperations, BaseDriver):
    """A built-in driver. `Ommi(driver)` is a handle on it; its own operations raise and return plain values."""

    def __init__(self, native_driver: NativeDriver) -> None:
        self.native_driver = native_driver
        self._handle = Ommi(self)

    @property
    def session(self) -> Session:
        return self._handle

    async def disconnect(self) -> None:
        """Closes everything that the driver has open."""
        await self._handle.close()

    def transaction(self) -> BaseDriverTransaction:
        """A new transaction."""
        return NativeBackedTransaction(self._handle)

    async def apply_schema(self, collection: Any) -> None:
        """Creates the collection's missing tables."""
        await self._handle.use_models(collection)

    async def delete_schema(self, collection: Any) -> None:
        """Drops the collection's tables."""
        await self._handle.remove_models(collection)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.native_driver.location}>"
