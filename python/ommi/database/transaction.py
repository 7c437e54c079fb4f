"""Transactions: options, the block `async with db.transaction()`, and the two forms that can run again.

The work itself is the engine's; here are its context managers, timeouts and waits between attempts.
"""

import builtins
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ommi._ommi import Tx, ambient_transaction, enter_ambient, exit_ambient
from ommi.errors import ConflictError, TimeoutError, TransactionError, ValidationError

if TYPE_CHECKING:
    from ommi._ommi import Handle

R = TypeVar("R")
FIRST_WAIT = 0.1
"""Seconds before the second attempt; each further wait is twice as long, and up to half as long again by chance."""


class IsolationLevel(Enum):
    """What a transaction sees of others. A level that a database lacks becomes the next stronger one that it has."""

    READ_UNCOMMITTED = "READ_UNCOMMITTED"
    READ_COMMITTED = "READ_COMMITTED"
    REPEATABLE_READ = "REPEATABLE_READ"
    SERIALIZABLE = "SERIALIZABLE"


@dataclass(frozen=True)
class TransactionOptions:
    """How a transaction runs. `timeout` is in seconds, for all of it; `max_retries` counts attempts after the first."""

    isolation_level: IsolationLevel = IsolationLevel.READ_COMMITTED
    timeout: float | None = None
    retry_on_conflict: bool = False
    max_retries: int = 3
    read_only: bool = False

    def __post_init__(self) -> None:
        level = self.isolation_level
        if isinstance(level, str):
            if level.upper() not in IsolationLevel.__members__:
                known = ", ".join(IsolationLevel.__members__)
                raise ValidationError(f"there is no isolation level {level!r}; there are {known}")
            object.__setattr__(self, "isolation_level", IsolationLevel[level.upper()])
        if self.max_retries < 0:
            raise ValidationError(f"max_retries is a number of at least 0, not {self.max_retries}")
        if self.timeout is not None and self.timeout <= 0:
            raise ValidationError(f"timeout is a number of seconds above 0, not {self.timeout}")


def options_from(
    options: TransactionOptions | None, given: dict[str, Any], *, retry: bool = False
) -> TransactionOptions:
    """Options from an object, from keywords, or both (the keywords win). `retry`: whether to retry by default."""
    if options is not None and not isinstance(options, TransactionOptions):
        raise TypeError(f"options are TransactionOptions(...), not {type(options).__name__}")
    base = TransactionOptions(retry_on_conflict=retry) if options is None else options
    values = {name: getattr(base, name) for name in TransactionOptions.__dataclass_fields__}
    unknown = given.keys() - values.keys()
    if unknown:
        known = ", ".join(values)
        raise ValidationError(
            f"unknown option {', '.join(sorted(unknown))}; the options of a transaction are {known}"
        )
    return TransactionOptions(**{**values, **given})


class OmmiTransaction(Tx):
    """A transaction: everything that a handle does (`find`, `add`, ...), inside it."""

    async def commit(self) -> None:
        """Makes the work permanent; after that the transaction is over."""
        await self._commit().raising()

    async def rollback(self) -> None:
        """Undoes the work; after that the transaction is over."""
        await self._rollback().raising()

    async def savepoint(self, name: str) -> None:
        """Marks this moment, to come back to."""
        await self._savepoint(name).raising()

    async def rollback_to_savepoint(self, name: str) -> None:
        """Undoes the work since the savepoint; the savepoint stays."""
        await self._rollback_to(name).raising()

    async def release_savepoint(self, name: str) -> None:
        """Forgets the savepoint and keeps the work."""
        await self._release(name).raising()

    def transaction(self, options: TransactionOptions | None = None, **given: Any) -> "TransactionBlock":
        """A transaction inside this one: a savepoint that is released or undone at the end of its block."""
        return TransactionBlock(self.handle, options_from(options, given), outer=self)

    async def close(self) -> None:
        """Rolls back if the transaction is still open."""
        if self.is_open:
            await self.rollback()

    def __repr__(self) -> str:
        return f"<OmmiTransaction {'open' if self.is_open else 'ended'}>"


class TransactionBlock:
    """`async with db.transaction() as tx:` commits at the end, rolls back on an exception and on cancellation.

    Operations that this task creates inside the block join it. Awaited instead of entered, it gives a transaction that
    has to be ended by hand and that nothing joins by itself.
    """

    def __init__(self, handle: "Handle", options: TransactionOptions, outer: Tx | None = None) -> None:
        self._handle = handle
        self._options = options
        self._outer = outer
        self._tx: OmmiTransaction | None = None
        self._token: Any = None
        self._deadline: Any = None

    async def __aenter__(self) -> OmmiTransaction:
        if self._tx is not None:
            raise TransactionError(
                "a transaction block is entered once; call db.transaction() again for another one"
            )
        if self._options.timeout is not None:
            import asyncio

            self._deadline = asyncio.timeout(self._options.timeout)
            await self._deadline.__aenter__()
        try:
            self._tx = await self._begin()
        except BaseException as error:
            if self._deadline is not None:
                await self._end_deadline(error)
            raise
        self._token = enter_ambient(self._tx)
        return self._tx

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._tx is None:
            return
        exit_ambient(self._token)
        try:
            if self._tx.is_open:
                await (self._tx.commit() if error is None else self._tx.rollback())
        except BaseException as failed:
            if self._deadline is not None:
                await self._end_deadline(failed)
            if error is not None and isinstance(failed, Exception):
                return  # the block's own exception goes on
            raise
        if self._deadline is not None:
            await self._end_deadline(error)

    def __await__(self) -> Generator[Any, Any, OmmiTransaction]:
        return self._begin().__await__()

    async def _begin(self) -> OmmiTransaction:
        outer = self._outer if self._outer is not None else ambient_transaction(self._handle)
        if outer is not None:
            return await outer._nested(OmmiTransaction).raising()
        options, failures = self._options, 0
        while True:
            try:
                begun = self._handle._begin(options.isolation_level.value, options.read_only, OmmiTransaction)
                return await begun.raising()
            except ConflictError:
                if not options.retry_on_conflict or failures >= options.max_retries:
                    raise
                await wait_after(failures)
                failures += 1

    async def _end_deadline(self, error: BaseException | None) -> None:
        """Ends the timeout; where it is what cancelled the block, raises our TimeoutError."""
        deadline, self._deadline = self._deadline, None
        try:
            await deadline.__aexit__(type(error) if error is not None else None, error, None)
        except builtins.TimeoutError as expired:
            seconds = self._options.timeout
            raise TimeoutError(
                f"the transaction took longer than its timeout of {seconds} s", expired
            ) from expired


async def wait_after(failures: int) -> None:
    """Waits before the next attempt: twice as long after each failure, and a little by chance."""
    import asyncio
    import random

    wait = FIRST_WAIT * 2**failures
    await asyncio.sleep(wait + random.uniform(0, wait / 2))


class Attempt:
    """One attempt of `db.attempts()`: entered like a transaction. A conflict raises only in the last one."""

    def __init__(self, block: TransactionBlock, *, last: bool) -> None:
        self._block = block
        self._last = last
        self.conflict: ConflictError | None = None
        self.entered = False

    async def __aenter__(self) -> OmmiTransaction:
        self.entered = True
        return await self._block.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        try:
            await self._block.__aexit__(kind, error, traceback)
        except ConflictError as conflict:
            self.conflict = conflict
        else:
            self.conflict = error if isinstance(error, ConflictError) else None
        if self.conflict is not None and self._last and self.conflict is not error:
            raise self.conflict
        return self.conflict is not None and not self._last


async def attempts(handle: "Handle", options: TransactionOptions) -> AsyncIterator[Attempt]:
    """Attempts until one ends without a conflict."""
    allowed = options.max_retries if options.retry_on_conflict else 0
    for number in range(allowed + 1):
        attempt = Attempt(TransactionBlock(handle, options), last=number == allowed)
        yield attempt
        if attempt.conflict is None:
            return
        await wait_after(number)


async def run_transaction(
    handle: "Handle", function: Callable[..., Awaitable[R]], options: TransactionOptions
) -> R:
    """Runs the function in a transaction, again after a conflict as often as the options say."""
    takes_transaction = _takes_an_argument(function)
    async for attempt in attempts(handle, options):
        async with attempt as tx:
            return await (function(tx) if takes_transaction else function())
    raise AssertionError("the last attempt ends with a value or an exception")


def _takes_an_argument(function: Callable[..., Any]) -> bool:
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    kinds = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    return any(parameter.kind in kinds for parameter in parameters)


def transaction(db: Any, options: TransactionOptions | None = None, **given: Any) -> TransactionBlock:
    """The same as `db.transaction(options)`."""
    block: TransactionBlock = db.transaction(options, **given)
    return block


__all__ = [
    "Attempt",
    "IsolationLevel",
    "OmmiTransaction",
    "TransactionBlock",
    "TransactionOptions",
    "transaction",
]
