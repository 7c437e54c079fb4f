"""Tables in migrations: columns, indexes and references by name, whatever becomes of the models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ommi._ommi import ASTReferenceNode
from ommi.models.annotations import Scope
from ommi.models.codecs import codec_for, with_place, with_zone
from ommi.models.field_metadata import (
    Auto,
    Aware,
    Default,
    FieldMetadata,
    FieldType,
    Index,
    Key,
    MaxLength,
    Naive,
    ReferenceTo,
    Unique,
    metadata_of,
)

NativeReference = tuple[list[str], str, list[str], str, str]
NativeIndex = tuple[str | None, list[str], bool]


@dataclass(frozen=True)
class Column:
    """A column: its name, its type as models annotate it, and what else is to be said, as inside `Annotated[...]`.

    `Column("email", str | None, Unique | MaxLength(80))`. A text as the type is taken for what the database declares,
    and `default_sql` is a default in its language. `nullable` weighs more than the annotation.
    """

    name: str
    type: Any
    metadata: FieldMetadata | None = None
    nullable: bool | None = None
    default_sql: str | None = None

    def said(self) -> FieldMetadata:
        """All that is said of it, inside its type and beside it."""
        own = () if self.metadata is None else (self.metadata,)
        inner = () if isinstance(self.type, str) else metadata_of(self.type)
        return FieldMetadata(self.name, self.type, None, (*inner, *own))

    def describe(self, table: str) -> dict[str, Any]:
        """The column in the form that the engine takes. `TypeError` for a type that cannot be stored."""
        said = self.said()
        declared = self.type if isinstance(self.type, str) else None
        forced = said.find(FieldType)
        try:
            annotation = str if declared is not None else self.type
            codec = codec_for(annotation, _SCOPE, forced.field_type if forced is not None else None)
            codec = with_zone(codec, aware=said.matches(Aware), naive=said.matches(Naive))
        except TypeError as error:
            raise TypeError(f"{table}.{self.name}: {error}") from error
        length, default = said.find(MaxLength), said.find(Default)
        description = {
            "name": self.name,
            "column": self.name,
            "codec": with_place(codec.spec, table, self.name),
            "nullable": codec.nullable if self.nullable is None else self.nullable,
            "auto": said.matches(Auto),
            "unique": said.matches(Unique),
            "max_length": length.max_length if length is not None else None,
            "declared": declared,
            "default_text": self.default_sql,
        }
        if default is not None:
            description["default"] = default.default_value
        return description

    def index(self) -> NativeIndex | None:
        """Its index, where it is marked with one."""
        index = self.said().find(type(Index))
        return None if index is None else (index.index_name, [self.name], index.unique)

    def reference(self) -> NativeReference | None:
        """Its reference, where it has one."""
        said = self.said().find(ReferenceTo)
        if said is None:
            return None
        table, columns = _aim(said.reference_to)
        return [self.name], table, columns, said.on_delete, said.on_update

    def is_key(self) -> bool:
        """Whether it is marked as part of the key."""
        return self.said().matches(Key)


@dataclass(frozen=True)
class TableIndex:
    """An index of a table that is created."""

    columns: Sequence[str]
    name: str | None = None
    unique: bool = False


@dataclass(frozen=True)
class TableReference:
    """A reference of a table that is created, by several columns; without target columns, to the target's key."""

    columns: Sequence[str]
    target: Any
    target_columns: Sequence[str] = ()
    on_delete: str = "restrict"
    on_update: str = "restrict"


_SCOPE = Scope(Column, [], lambda _: None)


def table_name(model: Any) -> str:
    """The table of a model, or of the name itself."""
    if isinstance(model, str):
        return model
    info = getattr(model, "__ommi__", None)
    if info is None:
        raise TypeError(f"{model!r} is neither a model nor the name of a table")
    return str(info.model_name)


def column_name(model: Any, column: Any) -> str:
    """The column of a field of a model, or of the name itself."""
    if isinstance(column, ASTReferenceNode):
        return str(column.field.get("store_as"))
    if not isinstance(column, str):
        raise TypeError(f"{column!r} is neither a field of a model nor the name of a column")
    fields = getattr(getattr(model, "__ommi__", None), "fields", {})
    return str(fields[column].get("store_as")) if column in fields else column


def column_names(model: Any, columns: Any) -> list[str]:
    """The columns of one or several fields."""
    several = columns if isinstance(columns, (list, tuple)) else [columns]
    return [column_name(model, column) for column in several]


def _aim(target: Any) -> tuple[str, list[str]]:
    """The table and the columns that a reference leads to: `"users.id"`, `"users"`, `User.id` or `User`."""
    if isinstance(target, ASTReferenceNode):
        return table_name(target.model), [column_name(target.model, target)]
    if isinstance(target, str):
        table, dot, column = target.rpartition(".")
        return (table, [column]) if dot else (target, [])
    return table_name(target), []


__all__ = ["Column", "TableIndex", "TableReference"]
