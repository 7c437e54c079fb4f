"""Transactions: options, the block `async with db.transaction()`, and the two forms that can run again.

The work itself is the engine's; here are its context managers, timeouts and waits between attempts.
"""

import builtins
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ommi._ommi import Tx, ambient_transaction, enter_ambient, exit_ambient
from ommi.database.hooks import checked_hook, run_hooks
from ommi.errors import ConflictError, DatabaseError, TimeoutError, TransactionError, ValidationError

if TYPE_CHECKING:
    from ommi._ommi import Handle, Operation

R = TypeVar("R")
H = TypeVar("H", bound=Callable[[], Any])
FIRST_WAIT = 0.1
"""Seconds before the second attempt; each further wait is twice as long, and up to half as long again by chance."""
LONGEST_WAIT = 10.0
"""Seconds, without what chance adds."""


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

    _ended = False  # by a call of ours: one that failed or timed out is still to be rolled back

    def on_commit(self, function: H) -> H:
        """Calls the function, async or not, after the work has become permanent; also a decorator.

        Inside another transaction that is when the outermost one has committed. Work that is undone, and a commit
        whose outcome nobody knows, call nothing.
        """
        self._on_commit(checked_hook(function))
        return function

    def on_rollback(self, function: H) -> H:
        """Calls the function, async or not, after the work has been undone; also a decorator."""
        self._on_rollback(checked_hook(function))
        return function

    async def commit(self) -> None:
        """Makes the work permanent; after that the transaction is over."""
        self._ended = True
        await self._finish(self._commit())

    async def rollback(self) -> None:
        """Undoes the work; after that the transaction is over."""
        self._ended = True
        await self._finish(self._rollback())

    async def _finish(self, operation: "Operation[None]") -> None:
        """Runs what ends the transaction or a part of it, then the hooks that this calls for."""
        try:
            await operation.raising()
        finally:
            due = self._take_due()
            if due:
                await run_hooks(due)

    async def _undo(self) -> None:
        """Rolls back where nobody has ended the transaction; the error that led here weighs more than one of this."""
        if not self._ended:
            with contextlib.suppress(DatabaseError):
                await self.rollback()

    async def savepoint(self, name: str) -> None:
        """Marks this moment, to come back to."""
        await self._savepoint(name).raising()

    async def rollback_to_savepoint(self, name: str) -> None:
        """Undoes the work since the savepoint; the savepoint stays."""
        await self._finish(self._rollback_to(name))

    async def release_savepoint(self, name: str) -> None:
        """Forgets the savepoint and keeps the work."""
        await self._release(name).raising()

    def transaction(self, options: TransactionOptions | None = None, **given: Any) -> "TransactionBlock":
        """A transaction inside this one: a savepoint that is released or undone at the end of its block."""
        return TransactionBlock(self.handle, options_from(options, given), outer=self)

    async def close(self) -> None:
        """Rolls back if the transaction is still open."""
        if not self._ended:
            await self.rollback()

    def __repr__(self) -> str:
        return f"<OmmiTransaction {'open' if self.is_open else 'ended'}>"


class TransactionBlock:
    """`async with db.transaction() as tx:` commits at the end, rolls back on an exception and on cancellation.

    Operations that this task creates inside the block join it. Awaited instead of entered, it gives a transaction that
    has to be ended by hand and that nothing joins by itself.
    """

    def __init__(
        self, handle: "Handle", options: TransactionOptions, outer: OmmiTransaction | None = None
    ) -> None:
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
            expired = await self._end_deadline(error)
            if expired is not None:
                raise expired from error
            raise
        self._token = enter_ambient(self._tx)
        return self._tx

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._tx is None:
            return
        exit_ambient(self._token)
        # The end itself is not cut short: a commit that was sent is waited for, within the engine's own timeout.
        expired = await self._end_deadline(error)
        if error is not None or expired is not None:
            await self._tx._undo()
        elif not self._tx._ended:
            await self._tx.commit()
        if expired is not None:
            raise expired from error

    def __await__(self) -> Generator[Any, Any, OmmiTransaction]:
        return self._begin().__await__()

    async def _begin(self) -> OmmiTransaction:
        outer = self._outer if self._outer is not None else ambient_transaction(self._handle)
        options, failures = self._options, 0
        level = options.isolation_level
        if outer is not None:
            # What is asked for by default is what the outermost one has.
            wanted = None if level is IsolationLevel.READ_COMMITTED else level.value
            return await outer._nested(wanted, options.read_only, OmmiTransaction).raising()
        while True:
            try:
                begun = self._handle._begin(level.value, options.read_only, options.timeout, OmmiTransaction)
                return await begun.raising()
            except ConflictError:
                if not options.retry_on_conflict or failures >= options.max_retries:
                    raise
                await wait_after(failures)
                failures += 1

    async def _end_deadline(self, error: BaseException | None) -> TimeoutError | None:
        """Ends the timeout; gives our TimeoutError where it is what cancelled the block."""
        deadline, self._deadline = self._deadline, None
        if deadline is None:
            return None
        try:
            await deadline.__aexit__(type(error) if error is not None else None, error, None)
        except builtins.TimeoutError as expired:
            seconds = self._options.timeout
            return TimeoutError(f"the transaction took longer than its timeout of {seconds} s", expired)
        return None


async def wait_after(failures: int) -> None:
    """Waits before the next attempt: twice as long after each failure, and a little by chance."""
    import asyncio
    import random

    wait = min(FIRST_WAIT * 2**failures, LONGEST_WAIT)
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
    """Attempts until one ends without a conflict. Inside a transaction there is one: a conflict ends all of it."""
    again = options.retry_on_conflict and ambient_transaction(handle) is None
    allowed = options.max_retries if again else 0
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
    outcome: list[R] = []
    async for attempt in attempts(handle, options):
        outcome.clear()
        async with attempt as tx:
            outcome.append(await (function(tx) if takes_transaction else function()))
        if attempt.conflict is None:  # the commit may meet one too
            return outcome[0]
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
