"""The built-in drivers as Python sees them: the operations of `BaseDriver` over the engine."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from ommi._ommi import NativeDriver, Session
from ommi.database.ommi import Ommi
from ommi.database.transaction import OmmiTransaction
from ommi.drivers.base import BaseDriver, BaseDriverOperations, BaseDriverTransaction
from ommi.drivers.config import DriverConfig
from ommi.drivers.registry import open_native
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

    _database: ClassVar[str]
    _targets: ClassVar[tuple[str, ...]] = ("url",)
    """Names in a mapping and among keywords that stand for the target."""

    def __init__(self, native_driver: NativeDriver) -> None:
        self.native_driver = native_driver
        self._handle = Ommi(self)

    @classmethod
    def _connect(cls, target: Any, options: dict[str, Any]) -> Self:
        """A driver for a URL, a mapping, a config or keywords; see `connect` of each class."""
        if isinstance(target, DriverConfig):
            if target.database_kind != cls._database:
                raise TypeError(f"{cls.__name__} takes no {type(target).__name__}")
            target = target.options()
        if isinstance(target, Mapping):
            options = {**target, **options}
            target = None
        named = [name for name in cls._targets if options.get(name) is not None]
        if named and (target is not None or len(named) > 1):
            raise TypeError(f"the database is named more than once: {', '.join(named)}")
        if named:
            target = options[named[0]]
        if target is not None and not isinstance(target, (str, os.PathLike)):
            kind = type(target).__name__
            raise TypeError(f"{cls.__name__}.connect takes a URL, a mapping or keywords, not {kind}")
        others = {name: value for name, value in options.items() if name not in cls._targets}
        return cls(open_native(cls._database, target, others))

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
