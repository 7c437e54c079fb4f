"""The handle `Ommi`, its results and its transactions."""

from ommi.database.ommi import Ommi
from ommi.database.query_results import AsyncBatchIterator
from ommi.database.results import DatabaseResult, DBQueryResult, DBResult, Failure, Success
from ommi.database.transaction import IsolationLevel, OmmiTransaction, TransactionOptions

__all__ = [
    "AsyncBatchIterator",
    "DBQueryResult",
    "DBResult",
    "DatabaseResult",
    "Failure",
    "IsolationLevel",
    "Ommi",
    "OmmiTransaction",
    "Success",
    "TransactionOptions",
]
