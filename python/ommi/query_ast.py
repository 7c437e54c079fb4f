"""The query language as objects: the native nodes, the names of their operators, `when` and `col`."""

from enum import Enum
from typing import Any, TypeVar, overload

V = TypeVar("V")


class QueryOperator(Enum):
    """What a comparison, an arithmetic or a function node does."""

    EQUALS = "eq"
    NOT_EQUALS = "ne"
    GREATER_THAN = "gt"
    GREATER_THAN_OR_EQUAL = "gte"
    LESS_THAN = "lt"
    LESS_THAN_OR_EQUAL = "lte"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    LIKE = "like"
    ILIKE = "ilike"
    REGEX = "regex"
    BETWEEN = "between"
    IS_NULL = "is_null"
    IS_NOT_NULL = "is_not_null"
    IS_TRUE = "is_true"
    ADD = "add"
    SUBTRACT = "sub"
    MULTIPLY = "mul"
    DIVIDE = "div"
    MODULO = "mod"
    LOWER = "lower"
    UPPER = "upper"
    LENGTH = "length"
    TRIM = "trim"
    ABS = "abs"
    ROUND = "round"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    COALESCE = "coalesce"


class AggregateFunction(Enum):
    """What an aggregate makes of many rows."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


class LogicalOperator(Enum):
    """What a logical node does with its operands."""

    AND = "and"
    OR = "or"
    NOT = "not"


class OrderDirection(Enum):
    """The direction of an order."""

    ASC = "asc"
    DESC = "desc"


from ommi._ommi import (  # noqa: E402  (the native nodes look the enums up here)
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
    ConflictTarget,
    OnConflict,
    ResultOrdering,
    case,
    count,
    exists,
    given,
    on,
    when,
)


@overload
def col(field: "ASTReferenceNode[V]") -> "ASTReferenceNode[V]": ...
@overload
def col(field: V) -> "ASTReferenceNode[V]": ...
def col(field: Any) -> "ASTReferenceNode[Any]":
    """The reference itself: `col(User.name).starts_with("A")` tells type checkers that it is one."""
    if not isinstance(field, ASTReferenceNode):
        raise TypeError(f"col() takes a field of a model, such as User.name, not {field!r}")
    return field


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
    "ConflictTarget",
    "LogicalOperator",
    "OnConflict",
    "OrderDirection",
    "QueryOperator",
    "ResultOrdering",
    "case",
    "col",
    "count",
    "exists",
    "given",
    "on",
    "when",
]
