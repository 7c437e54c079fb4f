"""`Fields`: what a function sees that is given to a query in place of a predicate."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from ommi._ommi import ASTReferenceNode

M = TypeVar("M")


class Fields(Generic[M]):
    """The fields of a model, each as a reference: the `u` in `db.find(User, lambda u: u.name.starts_with("A"))`.

    It is a type for type checkers alone. At run time the function is called with the model itself.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> "ASTReferenceNode[Any]": ...


__all__ = ["Fields"]
