"""What is done after a transaction's end: the functions given to `tx.on_commit` and `tx.on_rollback`."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ommi._ommi import leave_ambient, return_ambient

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

Hook = Callable[[], Any]
"""A function without arguments, async or not."""


def checked_hook(function: Hook) -> Hook:
    """The function, if it is one."""
    if not callable(function):
        raise TypeError(f"what is called after a transaction is a function, not {type(function).__name__}")
    return function


async def run_hooks(functions: Iterable[Hook]) -> None:
    """Calls the functions one after the other, outside of any transaction.

    The transaction is over, and a function that fails changes nothing about that: its exception goes where the event
    loop reports those of callbacks, and the others are called.
    """
    import asyncio

    token = leave_ambient()
    try:
        for function in functions:
            try:
                outcome = function()
                if hasattr(outcome, "__await__"):
                    await outcome
            except Exception as error:
                _report(asyncio.get_running_loop(), function, error)
    finally:
        return_ambient(token)


def _report(loop: "AbstractEventLoop", function: Hook, error: Exception) -> None:
    name = getattr(function, "__qualname__", type(function).__name__)
    message = f"Exception in {name}, called after the end of a transaction"
    loop.call_exception_handler({"message": message, "exception": error})
