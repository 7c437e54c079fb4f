"""What happens to a row that is there already, for type checkers: a part of the native module."""

from collections.abc import Sequence
from typing import Any, final, overload, type_check_only

from typing_extensions import TypeVar

from ommi._ommi import ASTReferenceNode, Operation
from ommi._value_nodes import ASTValueNode

_M = TypeVar("_M")
_T = TypeVar("_T")
_V = TypeVar("_V", default=Any, covariant=True)  # of a value in a query

@final
class ASTGivenNode(ASTValueNode[_V]):
    """The value that an object on its way in has for a field: see `given`."""

    def __class_getitem__(cls, key: Any) -> Any: ...
    @property
    def field(self) -> ASTReferenceNode[_V]: ...

@final
class ConflictTarget:
    """The fields by which a row is known to be there: see `on`."""

    def ignore(self) -> OnConflict: ...
    def replace(self) -> OnConflict: ...
    def update(self, *fields: Any, **values: Any) -> OnConflict: ...

@final
class OnConflict:
    """What becomes of an object that is added while a row like it is there: see `on`."""

@overload
def given(field: ASTReferenceNode[_T]) -> ASTGivenNode[_T]: ...
@overload
def given(field: _T) -> ASTGivenNode[_T]: ...
def on(*fields: Any) -> ConflictTarget:
    """Names the fields by which a row is known to be there: `db.add(user, on_conflict=on(User.email).replace())`."""

@type_check_only
class Adding:
    """What sessions add, find or change by objects."""

    @overload
    def add(
        self, model: list[_M] | tuple[_M, ...], /, *, on_conflict: OnConflict | None = None
    ) -> Operation[list[_M]]: ...
    @overload
    def add(self, model: _M, /, *, on_conflict: OnConflict | None = None) -> Operation[_M]: ...
    @overload
    def add(
        self, model: Any, other: Any, /, *more: Any, on_conflict: OnConflict | None = None
    ) -> Operation[list[Any]]: ...
    @overload
    def add(self, *, on_conflict: OnConflict | None = None) -> Operation[list[Any]]: ...
    @overload
    def get_or_create(
        self, model: type[_M], /, *, defaults: dict[str, Any] | None = None, **values: Any
    ) -> Operation[tuple[_M, bool]]: ...
    @overload
    def get_or_create(self, model: _M, /, *, by: Any) -> Operation[tuple[_M, bool]]: ...
    @overload
    def update_or_create(
        self,
        model: type[_M],
        on_conflict: None = None,
        /,
        *,
        defaults: dict[str, Any] | None = None,
        **values: Any,
    ) -> Operation[tuple[_M, bool]]: ...
    @overload
    def update_or_create(self, model: _M, on_conflict: OnConflict, /) -> Operation[tuple[_M, bool]]: ...
    def update_many(self, models: Sequence[Any], fields: Sequence[Any]) -> Operation[int]: ...
