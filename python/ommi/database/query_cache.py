"""`QueryCache`: reads that are kept until their tables are written."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ommi._ommi import Handle


@dataclass(frozen=True)
class QueryCache:
    """How a handle's query cache works: `Ommi(url, query_cache=QueryCache(max_size=1000, ttl=300))`."""

    max_size: int = 1000
    """How many reads are kept. Beyond that, those that were not asked for of late go first."""
    ttl: float | timedelta | None = 300
    """For how many seconds a read is good; None keeps it until one of its tables is written."""
    max_bytes: int = 1 << 20
    """The most memory that the rows of one read may take; larger ones are not kept."""


@dataclass(frozen=True)
class QueryCacheStats:
    """A query cache at one moment."""

    hits: int = 0
    """Reads that were answered from the cache."""
    misses: int = 0
    """Reads that went to the database though they might have been answered."""
    evictions: int = 0
    """Reads that were given up for others."""
    size: int = 0
    """Reads that are kept now, those among them that are no longer good."""


class CachedQueries:
    """What a handle keeps of its reads."""

    def __init__(self, handle: "Handle") -> None:
        self._handle = handle

    def stats(self) -> QueryCacheStats:
        """The cache as it is now; all numbers are 0 before the first read that asks for it."""
        return QueryCacheStats(*self._handle._query_cache_stats())

    def clear(self) -> None:
        """Forgets everything: for who knows that the database was changed from elsewhere."""
        self._handle._clear_query_cache()

    def __repr__(self) -> str:
        stats = self.stats()
        return f"<query cache: {stats.size} reads kept, {stats.hits} hits, {stats.misses} misses>"


__all__ = ["CachedQueries", "QueryCache", "QueryCacheStats"]
