"""`db.pool`: what is known of a handle's connections."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ommi._ommi import Handle


@dataclass(frozen=True)
class Holder:
    """Who holds a connection: what for, for how many seconds, and its latest statement with the values left out."""

    purpose: str
    held: float
    statement: str


@dataclass(frozen=True)
class PoolStats:
    """A pool at one moment. All numbers are 0 where a database is not reached by connections, as SQLite is."""

    open: int = 0
    """Open connections, used and idle."""
    idle: int = 0
    used: int = 0
    waiting: int = 0
    """Operations that wait for a connection."""
    max: int = 0
    created: int = 0
    """Connections opened since the start."""
    closed: int = 0
    timeouts: int = 0
    """How often a connection was asked for and none came in time."""
    holders: tuple[Holder, ...] = ()
    """Who holds the used connections, the longest first."""


class Pool:
    """The connections of a handle."""

    def __init__(self, handle: "Handle") -> None:
        self._handle = handle

    def stats(self) -> PoolStats:
        """The pool as it is now."""
        found = self._handle._pool_stats()
        if found is None:
            return PoolStats()
        holders = tuple(Holder(*holder) for holder in found.pop("holders"))
        return PoolStats(**found, holders=holders)

    def __repr__(self) -> str:
        stats = self.stats()
        return f"<Pool: {stats.used} of {stats.max} used, {stats.idle} idle, {stats.waiting} waiting>"


__all__ = ["Holder", "Pool", "PoolStats"]
