"""Ommi: your own models (dataclasses, attrs, Pydantic, msgspec, plain classes), stored in a database."""

from typing import TYPE_CHECKING, Any

from ommi.database.ommi import Ommi
from ommi.database.query_results import AsyncBatchIterator
from ommi.database.results import DatabaseResult, DBQueryResult, DBResult, Failure, Success
from ommi.database.transaction import IsolationLevel, OmmiTransaction, TransactionOptions, transaction
from ommi.driver_context import UseDriver, active_driver, get_current_driver, use_driver
from ommi.drivers.base import BaseDriver, BaseDriverTransaction
from ommi.errors import (
    CheckViolation,
    ConflictError,
    ConnectionError,
    ConnectionPoolExhausted,
    ConstraintError,
    DatabaseError,
    DBEmptyQueryException,
    DBStatusNoResultException,
    DriverAddFailed,
    DriverConnectFailed,
    DriverModelNotFound,
    DriverQueryFailed,
    ForeignKeyViolation,
    IncompatibleSchemaEvolutionError,
    LockError,
    MigrationError,
    ModelInsertError,
    ModelUpdateError,
    NotNullViolation,
    QueryError,
    SchemaError,
    StorageError,
    TimeoutError,
    TransactionError,
    UniqueViolation,
    UnsupportedError,
    ValidationError,
)
from ommi.ext.drivers.sqlite import SQLiteConfig, SQLiteDriver
from ommi.fields import Fields
from ommi.models.collections import ModelCollection, get_global_collection
from ommi.models.converters import register_converter
from ommi.models.dataclass_order import let_relations_stand_anywhere
from ommi.models.field_metadata import (
    AggregateMetadata,
    Auto,
    Aware,
    Default,
    FieldMetadata,
    FieldReference,
    FieldType,
    Index,
    Key,
    MaxLength,
    MetadataFlag,
    MetadataType,
    Naive,
    ReferenceTo,
    Shard,
    StoreAs,
    Unique,
    Version,
    create_metadata_flag,
    create_metadata_type,
)
from ommi.models.model import OmmiModel, ommi_model
from ommi.models.query_fields import (
    AssociateOnReference,
    AssociateUsing,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    LazyQueryField,
)
from ommi.models.related import Related, related
from ommi.models.type_system import TypeSystem
from ommi.query_ast import (
    AggregateFunction,
    ASTAggregateNode,
    ASTArithmeticNode,
    ASTCaseNode,
    ASTComparisonNode,
    ASTExistsNode,
    ASTFunctionNode,
    ASTGivenNode,
    ASTGroupNode,
    ASTLiteralNode,
    ASTLogicalNode,
    ASTNamedNode,
    ASTNode,
    ASTPathNode,
    ASTReferenceNode,
    ASTValueNode,
    LogicalOperator,
    OrderDirection,
    QueryOperator,
    ResultOrdering,
    case,
    col,
    count,
    exists,
    given,
    on,
    when,
)

if TYPE_CHECKING:
    from ommi.database.pool import Holder, PoolStats
    from ommi.database.query_cache import QueryCache, QueryCacheStats
    from ommi.ext.drivers.memory import MemoryConfig, MemoryDriver
    from ommi.ext.drivers.mongodb import MongoDBConfig, MongoDBDriver
    from ommi.ext.drivers.mysql import MySQLConfig, MySQLDriver
    from ommi.ext.drivers.postgresql import PostgreSQLConfig, PostgreSQLDriver
    from ommi.migrations import Column, Migration, SchemaManager

let_relations_stand_anywhere()

# What a program may never need is imported when it is first asked for: `import ommi` stays quick.
_LATER = {
    "Column": "ommi.migrations",
    "Holder": "ommi.database.pool",
    "MemoryConfig": "ommi.ext.drivers.memory",
    "MemoryDriver": "ommi.ext.drivers.memory",
    "MongoDBConfig": "ommi.ext.drivers.mongodb",
    "MongoDBDriver": "ommi.ext.drivers.mongodb",
    "Migration": "ommi.migrations",
    "MySQLConfig": "ommi.ext.drivers.mysql",
    "MySQLDriver": "ommi.ext.drivers.mysql",
    "PoolStats": "ommi.database.pool",
    "PostgreSQLConfig": "ommi.ext.drivers.postgresql",
    "PostgreSQLDriver": "ommi.ext.drivers.postgresql",
    "QueryCache": "ommi.database.query_cache",
    "QueryCacheStats": "ommi.database.query_cache",
    "SchemaManager": "ommi.migrations",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_LATER[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


__all__ = [
    "ASTAggregateNode",
    "ASTArithmeticNode",
    "ASTCaseNode",
    "ASTComparisonNode",
    "ASTExistsNode",
    "ASTFunctionNode",
    "ASTGivenNode",
    "ASTGroupNode",
    "ASTLiteralNode",
    "ASTLogicalNode",
    "ASTNamedNode",
    "ASTNode",
    "ASTPathNode",
    "ASTReferenceNode",
    "ASTValueNode",
    "AggregateFunction",
    "AggregateMetadata",
    "AssociateOnReference",
    "AssociateUsing",
    "AsyncBatchIterator",
    "Auto",
    "Aware",
    "BaseDriver",
    "BaseDriverTransaction",
    "CheckViolation",
    "Column",
    "ConflictError",
    "ConnectionError",
    "ConnectionPoolExhausted",
    "ConstraintError",
    "DBEmptyQueryException",
    "DBQueryResult",
    "DBResult",
    "DBStatusNoResultException",
    "DatabaseError",
    "DatabaseResult",
    "Default",
    "DriverAddFailed",
    "DriverConnectFailed",
    "DriverModelNotFound",
    "DriverQueryFailed",
    "Failure",
    "FieldMetadata",
    "FieldReference",
    "FieldType",
    "Fields",
    "ForeignKeyViolation",
    "Holder",
    "IncompatibleSchemaEvolutionError",
    "Index",
    "IsolationLevel",
    "Key",
    "LazyLoadEveryRelated",
    "LazyLoadTheRelated",
    "LazyQueryField",
    "LockError",
    "LogicalOperator",
    "MaxLength",
    "MemoryConfig",
    "MemoryDriver",
    "MetadataFlag",
    "MetadataType",
    "Migration",
    "MigrationError",
    "ModelCollection",
    "ModelInsertError",
    "ModelUpdateError",
    "MongoDBConfig",
    "MongoDBDriver",
    "MySQLConfig",
    "MySQLDriver",
    "Naive",
    "NotNullViolation",
    "Ommi",
    "OmmiModel",
    "OmmiTransaction",
    "OrderDirection",
    "PoolStats",
    "PostgreSQLConfig",
    "PostgreSQLDriver",
    "QueryCache",
    "QueryCacheStats",
    "QueryError",
    "QueryOperator",
    "ReferenceTo",
    "Related",
    "ResultOrdering",
    "SQLiteConfig",
    "SQLiteDriver",
    "SchemaError",
    "SchemaManager",
    "Shard",
    "StorageError",
    "StoreAs",
    "Success",
    "TimeoutError",
    "TransactionError",
    "TransactionOptions",
    "TypeSystem",
    "Unique",
    "UniqueViolation",
    "UnsupportedError",
    "UseDriver",
    "ValidationError",
    "Version",
    "active_driver",
    "case",
    "col",
    "count",
    "create_metadata_flag",
    "create_metadata_type",
    "exists",
    "get_current_driver",
    "get_global_collection",
    "given",
    "ommi_model",
    "on",
    "register_converter",
    "related",
    "transaction",
    "use_driver",
    "when",
]
