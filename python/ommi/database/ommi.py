"""`Ommi`: a handle on a database. Operations are the engine's; here are opening, schemas and transactions."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ommi._ommi import Handle, Operation
from ommi.database.transaction import (
    Attempt,
    TransactionBlock,
    TransactionOptions,
    attempts,
    options_from,
    run_transaction,
)
from ommi.drivers.registry import open_target
from ommi.models.collections import native_models

if TYPE_CHECKING:
    from ommi.database.counting import QueryCount
    from ommi.database.pool import Pool
    from ommi.database.query_cache import CachedQueries, QueryCache

R = TypeVar("R")


class Ommi(Handle):
    """A database: `Ommi("sqlite:///app.db")`, `Ommi(driver)`, `Ommi(path)`.

    It opens on first use. `async with` closes it; so does `await db.close()`. Options of the database may stand in the
    URL or be keywords. With `allow_implicit_model_setup`, the tables of a model's collection are made, if missing,
    before the first operation on it; nothing is ever dropped or altered. With `lazy_loading=False`, awaiting a relation
    that was not loaded with the fetch is a `RuntimeError` that names it. With a `query_cache`, reads outside of
    transactions are kept until their tables are written.
    """

    driver: Any
    lazy_loading: bool

    def __init__(
        self,
        target: "str | os.PathLike[str] | Any" = None,
        *,
        allow_implicit_model_setup: bool = True,
        lazy_loading: bool = True,
        query_cache: "QueryCache | None" = None,
        **options: Any,
    ) -> None:
        self.lazy_loading = lazy_loading
        native, self.driver = open_target(target, options)
        self._open(native, allow_implicit_model_setup, query_cache)

    async def use_models(self, *models: Any) -> None:
        """Creates what is missing, adds new nullable columns, and destroys nothing.

        Takes collections and models; without any, the global collection. A table that differs raises
        `IncompatibleSchemaEvolutionError`, which names each difference.
        """
        await self._use_models(native_models(*models)).raising()

    async def remove_models(self, *models: Any) -> None:
        """Drops the tables of these models, with all that is in them."""
        await self._remove_models(native_models(*models)).raising()

    async def recreate_models(self, *models: Any) -> None:
        """Drops the tables of these models and creates them anew, empty."""
        await self._recreate_models(native_models(*models)).raising()

    def schema(self, *models: Any) -> "Schema":
        """The same, in result form: `await db.schema(blog).create_models()`."""
        return Schema(self, models)

    def transaction(self, options: TransactionOptions | None = None, **given: Any) -> TransactionBlock:
        """A transaction for `async with`; inside another one of this handle, a savepoint.

        Takes `TransactionOptions`, or its values by keyword: `isolation_level`, `timeout`, `read_only`...
        """
        return TransactionBlock(self, options_from(options, given))

    async def run_transaction(
        self,
        function: Callable[..., Awaitable[R]],
        options: TransactionOptions | None = None,
        **given: Any,
    ) -> R:
        """Runs `function(tx)` in a transaction and gives what it returns; after a conflict, runs it again."""
        return await run_transaction(self, function, options_from(options, given, retry=True))

    def attempts(self, options: TransactionOptions | None = None, **given: Any) -> AsyncIterator[Attempt]:
        """`async for attempt in db.attempts(): async with attempt as tx: ...`, again after a conflict."""
        return attempts(self, options_from(options, given, retry=True))

    def count_queries(self) -> "QueryCount":
        """Counts what the handle sends: `with db.count_queries() as queries: ...; assert queries.count == 1`."""
        from ommi.database.counting import QueryCount

        return QueryCount(self)

    @property
    def pool(self) -> "Pool":
        """The connections: `db.pool.stats()`."""
        from ommi.database.pool import Pool

        return Pool(self)

    @property
    def query_cache(self) -> "CachedQueries":
        """What is kept of reads: `db.query_cache.stats()`, `db.query_cache.clear()`."""
        from ommi.database.query_cache import CachedQueries

        return CachedQueries(self)

    async def close(self) -> None:
        """Closes all connections and threads. The handle cannot be used after that."""
        await self._close().raising()

    async def connect(self) -> "Ommi":
        """The handle itself: it opens on first use."""
        return self

    async def __aenter__(self) -> "Ommi":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Ommi {self.driver_name} {self.location}{' closed' if self.closed else ''}>"


class Schema:
    """The tables of some models on a handle."""

    def __init__(self, db: Ommi, models: tuple[Any, ...]) -> None:
        self._db = db
        self._models = models

    def create_models(self) -> "Operation[None]":
        """`use_models` as an awaitable result."""
        db, models = self._db, self._models
        return Operation.from_coroutine(lambda: db.use_models(*models))

    def delete_models(self) -> "Operation[None]":
        """`remove_models` as an awaitable result."""
        db, models = self._db, self._models
        return Operation.from_coroutine(lambda: db.remove_models(*models))


__all__ = ["Ommi", "Schema"]
