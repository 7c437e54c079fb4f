"""`QueryCount`: how many queries a piece of a program sends, for tests to assert."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ommi._ommi import Handle


class QueryCount:
    """Counts what a handle sends between the beginning and the end of a `with` block, in every task.

    Reads and writes count, each as one, those of transactions with them. Setting models up, and beginning and ending
    transactions, do not.
    """

    def __init__(self, db: "Handle") -> None:
        self._db = db
        self._began = 0
        self._ended: int | None = None

    @property
    def count(self) -> int:
        """The number of queries: so far inside the block, of the whole block after it."""
        until = self._db._operations() if self._ended is None else self._ended
        return until - self._began

    def __enter__(self) -> "QueryCount":
        self._began, self._ended = self._db._operations(), None
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = self._db._operations()

    def __repr__(self) -> str:
        return f"<QueryCount {self.count}>"


__all__ = ["QueryCount"]
