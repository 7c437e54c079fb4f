"""Lazy fields: what `await user.posts` and `await post.author` are awaiting.

A lazy field belongs to one instance. It loads when first awaited, for all instances that were fetched together, and
keeps what it loaded. `ommi.models.relation_field` puts it into the instance.
"""

import re
import sys
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from ommi.errors import DatabaseError, DBStatusNoResultException
from ommi.models.field_metadata import MetadataType
from ommi.models.lazy_loading import before_load

if TYPE_CHECKING:
    from ommi._ommi import FetchGroup, Session
    from ommi.database.results import DatabaseResult
    from ommi.models.relation_field import RelationField

T = TypeVar("T")
D = TypeVar("D")
_NOT_LOADED: Any = object()


class AssociateUsing(MetadataType):
    """The association model between two models: `LazyLoadEveryRelated[Annotated[Role, AssociateUsing(UserRole)]]`."""

    values: ClassVar[dict[str, Any]] = {"association_model": None}

    def __init__(self, association_model: Any) -> None:
        super().__init__(association_model)


class AssociateOnReference(MetadataType):
    """The field whose reference is followed, where several lead to the same model: `Flight.origin` or `"origin"`."""

    values: ClassVar[dict[str, Any]] = {"reference": None}

    def __init__(self, reference: Any) -> None:
        super().__init__(reference)


class LazyQueryField(Generic[T]):
    """A value that is loaded when first awaited. T is what awaiting gives."""

    __slots__ = (
        "_driver",
        "_empty_on_error",
        "_given",
        "_group",
        "_instance",
        "_query",
        "_relation",
        "_value",
    )

    def __init__(
        self,
        query: Callable[[], Any] | Any = None,
        *,
        driver: Any = None,
        return_empty_on_error: bool = False,
    ) -> None:
        self._query = query
        self._driver = driver
        self._empty_on_error = return_empty_on_error
        self._value: Any = _NOT_LOADED
        self._given = False  # whether the value was set, and is not known to be stored so
        self._instance: Any = None
        self._relation: RelationField | None = None
        self._group: FetchGroup | None = None

    # What awaiting gives, in all its spellings.

    def __await__(self) -> Generator[Any, Any, T]:
        if self._value is not _NOT_LOADED or self._is_at_hand():
            return cast(T, self._value)
        return (yield from self._load().__await__())

    @property
    def value(self) -> Awaitable[T]:
        """The value, or raises: the same as awaiting the field."""
        return self._get()

    async def get(self, default: D = _NOT_LOADED) -> T | D:
        """The value, or `default` where loading fails or there is none."""
        try:
            value = await self
        except DatabaseError:
            if default is _NOT_LOADED:
                raise
            return default
        return default if value is None and default is not _NOT_LOADED else value

    async def or_use(self, default: D) -> T | D:
        """The value, or `default`."""
        return await self.get(default)

    async def get_result(self) -> "DatabaseResult[T]":
        """The value or the error as a result; never raises a database error."""
        from ommi.database.results import Failure, Success

        try:
            return Success(await self)
        except DatabaseError as error:
            return Failure(error)

    @property
    def result(self) -> Awaitable["DatabaseResult[T]"]:
        """The same as `get_result()`."""
        return self.get_result()

    async def refresh(self) -> T:
        """Loads again, and gives the new value."""
        return await self._load(again=True)

    async def refresh_if_needed(self) -> T:
        """Loads if that has not happened yet, and gives the value."""
        return await self

    @property
    def is_loaded(self) -> bool:
        """Whether the value is there already."""
        return self._value is not _NOT_LOADED

    async def _get(self) -> T:
        return await self

    # Loading.

    def _is_at_hand(self) -> bool:
        """Take the value where the load for another object of the same fetch has brought it."""
        relation = self._relation
        if relation is None or self._query is not None or self._driver is not None:
            return False
        group = relation.group_of(self._instance) or self._group
        if group is None:
            return False
        try:
            rows = group.at_hand(self._instance, relation.native, relation.name)
        except DatabaseError:  # loading meets it again, and knows what to do with it
            return False
        if rows is None:
            return False
        self._value = self._choose(rows)
        return True

    async def _load(self, *, again: bool = False) -> T:
        try:
            if not again:
                self._announce_load()
            rows = await self._rows(again)
            value = self._choose(rows)
        except DatabaseError:
            if not self._empty_on_error:
                raise
            value = self._empty()
        if self._value is _NOT_LOADED or again:  # another task may have been quicker
            self._value = value
            self._given = False
        return cast(T, self._value)

    def _announce_load(self) -> None:
        """Says that a relation is about to be loaded, unless a load for another object has brought it."""
        relation = self._relation
        if relation is None or self._query is not None:
            return
        group = self._current_group() if self._driver is None else None
        if group is None or not group.has(self._instance, relation.native, relation.name):
            before_load(relation, self._session())

    async def _rows(self, again: bool) -> list[Any]:
        relation = self._relation
        if self._query is not None or relation is None:
            return await self._rows_of_query()
        group = self._current_group()
        native = relation.native
        if group is not None and self._driver is None:
            if again:
                return await group.session.load_related(self._instance, native, relation.name).raising()
            return await group.load(self._instance, native, relation.name).raising()
        return await self._session().load_related(self._instance, native, relation.name).raising()

    async def _rows_of_query(self) -> list[Any]:
        query = self._query() if callable(self._query) else self._query
        if query is None:
            raise DBStatusNoResultException("the lazy field belongs to no instance and has no query")
        predicates = query if isinstance(query, (list, tuple)) else (query,)
        return await self._session().find(*predicates).fetch.all()

    def _current_group(self) -> "FetchGroup | None":
        if self._relation is not None and self._instance is not None:
            return self._relation.group_of(self._instance) or self._group
        return self._group

    def _session(self) -> "Session":
        from ommi.driver_context import get_current_driver, session_of

        if self._driver is not None:
            return session_of(self._driver)
        group = self._current_group()
        return group.session if group is not None else session_of(get_current_driver())

    def _choose(self, rows: list[Any]) -> Any:
        raise NotImplementedError

    def _empty(self) -> Any:
        raise NotImplementedError

    # Belonging to an instance.

    def _bound(
        self, instance: Any, relation: "RelationField", group: "FetchGroup | None"
    ) -> "LazyQueryField[T]":
        """A field of the same query and value for `instance`."""
        made = self.__class__.__new__(self.__class__)
        made._query = self._query
        made._driver = self._driver
        made._empty_on_error = self._empty_on_error
        made._value = self._value
        made._given = self._given
        made._instance = instance
        made._relation = relation
        made._group = group
        return made

    @classmethod
    def _with_value(cls, value: Any) -> "LazyQueryField[T]":
        made = cls()
        made._value = value
        made._given = True
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies as its value alone: sessions and queries stay behind."""
        loaded = self.is_loaded
        return _restore, (type(self), loaded, self._value if loaded else None, self._empty_on_error)

    def __repr__(self) -> str:
        name = f" {self._relation.model.__name__}.{self._relation.name}" if self._relation is not None else ""
        return f"<{type(self).__name__}{name}: {self._value if self.is_loaded else 'not loaded'!r}>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.any_schema()


class LazyLoadTheRelated(LazyQueryField[T]):
    """One related object: `await post.author`. A missing one is None if the annotation is Optional, else an error."""

    __slots__ = ()

    def _choose(self, rows: list[T]) -> T | None:
        if rows:
            return rows[0]
        if self._empty_on_error or (self._relation is not None and self._relation.optional):
            return None
        name = (
            f"{self._relation.model.__name__}.{self._relation.name}"
            if self._relation is not None
            else "the query"
        )
        raise DBStatusNoResultException(
            f"{name}: there is no related row; annotate it Optional where that may be"
        )

    def _empty(self) -> None:
        return None


class LazyLoadEveryRelated(LazyQueryField[list[T]], Generic[T]):
    """All related objects: `await user.posts` is a list."""

    __slots__ = ()

    def _choose(self, rows: list[T]) -> list[T]:
        return rows

    def _empty(self) -> list[T]:
        return []


def _restore(
    cls: type[LazyQueryField[Any]], loaded: bool, value: Any, empty_on_error: bool
) -> LazyQueryField[Any]:
    made = cls(return_empty_on_error=empty_on_error)
    if loaded:
        made._value = value
    return made


def unloaded() -> None:
    """What a pickle or a copy holds where the original knew the fetch that it came from."""


_NAMES = frozenset(cls.__name__ for cls in (LazyQueryField, LazyLoadTheRelated, LazyLoadEveryRelated))


def names_relation(annotation: Any, module: str) -> bool:
    """Whether an annotation, perhaps a string that cannot be evaluated yet, is that of a lazy field."""
    if isinstance(annotation, str):
        known = getattr(sys.modules.get(module), "__dict__", {})
        return any(
            name in _NAMES or _is_lazy(known.get(name)) for name in re.findall(r"[^\W\d]\w*", annotation)
        )
    return "LazyLoad" in repr(annotation) or _is_lazy(annotation)


def _is_lazy(value: Any) -> bool:
    value = getattr(value, "__origin__", value)
    return isinstance(value, type) and issubclass(value, LazyQueryField)


__all__ = [
    "AssociateOnReference",
    "AssociateUsing",
    "LazyLoadEveryRelated",
    "LazyLoadTheRelated",
    "LazyQueryField",
]
