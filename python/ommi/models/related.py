"""`related(User.posts).where(...).order_by(...).limit(3)`: which rows of a relation are loaded with a fetch."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from ommi.models.query_fields import LazyLoadEveryRelated, LazyLoadTheRelated

if TYPE_CHECKING:
    from ommi._value_nodes import Predicate, SortKey

T = TypeVar("T")


class Related(Generic[T]):
    """A relation with conditions, for `with_related`. Every method gives a new one. T is the related model."""

    __slots__ = ("max_results", "order", "predicates", "relation")

    def __init__(self, relation: Any) -> None:
        self.relation = relation
        self.predicates: tuple[Any, ...] = ()
        self.order: tuple[Any, ...] = ()
        self.max_results: int | None = None

    def where(self, *predicates: "Predicate[T]") -> "Related[T]":
        """Loads those rows alone for which these hold, too."""
        made = self._copy()
        made.predicates = (*self.predicates, *predicates)
        return made

    def order_by(self, *keys: "SortKey[T]") -> "Related[T]":
        """Sorts the rows of each object, as `order_by` of a query does; their key completes the order."""
        made = self._copy()
        made.order = (*self.order, *keys)
        return made

    sort = order_by

    def limit(self, n: int) -> "Related[T]":
        """Loads at most `n` rows of each object."""
        if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n < 2**63:
            raise ValueError(f"a limit is a number of rows that is not negative, not {n!r}")
        made = self._copy()
        made.max_results = n
        return made

    def _copy(self) -> "Related[T]":
        made: Related[T] = Related(self.relation)
        made.predicates, made.order, made.max_results = self.predicates, self.order, self.max_results
        return made

    def __repr__(self) -> str:
        return f"related({self.relation!r})"


@overload
def related(relation: LazyLoadEveryRelated[T]) -> Related[T]: ...
@overload
def related(relation: LazyLoadTheRelated[T]) -> Related[T]: ...
def related(relation: Any) -> Related[Any]:
    """A relation, such as `User.posts`, to be narrowed, sorted and limited for each object that it is loaded for."""
    from ommi.models.relation_field import RelationField

    if not isinstance(relation, RelationField):
        raise TypeError("related() takes a relation, such as User.posts")
    return Related(relation)


__all__ = ["Related", "related"]
