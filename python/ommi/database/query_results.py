"""The results of queries: `DBQueryResult`, and `AsyncBatchIterator`, which walks over rows a batch at a time."""

from ommi._ommi import BatchIterator
from ommi.database.results import DatabaseResult, DBQueryResult, Failure, Success

AsyncBatchIterator = BatchIterator

__all__ = ["AsyncBatchIterator", "DBQueryResult", "DatabaseResult", "Failure", "Success"]
