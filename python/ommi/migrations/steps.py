"""The steps of a schema's changes, one method each: what `up` and `down` call, and what changes a database at once."""

from abc import ABC, abstractmethod
from typing import Any

from ommi._ommi import Step
from ommi.migrations.columns import (
    Column,
    NativeIndex,
    TableIndex,
    TableReference,
    column_name,
    column_names,
    table_name,
)
from ommi.models.field_metadata import FieldMetadata


class _Unsaid:
    """A value that was not given, where None means something."""

    def __repr__(self) -> str:
        return "unsaid"


UNSAID = _Unsaid()


class Steps(ABC):
    """Tables are named by models or by their names, columns by fields (`User.name`) or by their names."""

    @abstractmethod
    async def _take(self, steps: list[Step]) -> None:
        """Takes steps that belong together."""

    async def create_table(
        self, model: Any, *parts: Column | TableIndex | TableReference, key: list[str] | None = None
    ) -> None:
        """Creates the table of a model as it is now; or the table of a name with these columns, indexes and references.

        The key is of the columns marked `Key`, else found as a model's is; `key=[]` is none.
        """
        if not isinstance(model, str):
            if parts:
                raise TypeError("a model's table has the model's columns; name the table to give it others")
            table_name(model)
            await self._take([Step.create_model(model.__ommi__.native)])
            return
        columns = [part for part in parts if isinstance(part, Column)]
        indexes: list[NativeIndex] = [index for column in columns if (index := column.index()) is not None]
        references = [reference for column in columns if (reference := column.reference()) is not None]
        for part in parts:
            if isinstance(part, TableIndex):
                indexes.append((part.name, list(part.columns), part.unique))
            elif isinstance(part, TableReference):
                aim = table_name(part.target), list(part.target_columns)
                references.append((list(part.columns), *aim, part.on_delete, part.on_update))
            elif not isinstance(part, Column):
                raise TypeError(f"a table is made of columns, indexes and references, not of {part!r}")
        marked = [column.name for column in columns if column.is_key()]
        described = [column.describe(model) for column in columns]
        await self._take(
            [Step.create_table(model, described, marked or None if key is None else key, indexes, references)]
        )

    async def drop_table(self, model: Any) -> None:
        """Drops a table with its rows."""
        await self._take([Step.drop_table(table_name(model))])

    async def rename_table(self, old: Any, new: Any) -> None:
        """Gives a table another name; rows, indexes and references stay."""
        await self._take([Step.rename_table(table_name(old), table_name(new))])

    async def add_column(
        self,
        model: Any,
        column_name: str | Column,
        column_type: Any = None,
        metadata: FieldMetadata | None = None,
        *,
        fill: Any = None,
    ) -> None:
        """Adds a column behind the others: `add_column(User, "email", str | None)`.

        A required column needs a default, or `fill`, the value of the rows that exist.
        """
        if isinstance(column_name, Column):
            column = column_name
        elif column_type is None:
            raise TypeError(f"the column {column_name!r} needs a type: add_column(User, 'email', str | None)")
        else:
            column = Column(column_name, column_type, metadata)
        table, described = table_name(model), column.describe(table_name(model))
        steps = [Step.add_column(table, described, fill)]
        if described["unique"]:
            steps.append(Step.add_index(table, [column.name], None, True))
        index, reference = column.index(), column.reference()
        if index is not None:
            name, columns, unique = index
            steps.append(Step.add_index(table, columns, name, unique))
        if reference is not None:
            steps.append(Step.add_reference(table, reference))
        await self._take(steps)

    async def drop_column(self, model: Any, column_name: Any) -> None:
        """Drops a column with its values, its own indexes and its own reference."""
        await self._take([Step.drop_column(table_name(model), _column(model, column_name))])

    async def rename_column(self, model: Any, old: str, new: str) -> None:
        """Gives a column another name; values, indexes and references stay."""
        await self._take([Step.rename_column(table_name(model), old, new)])

    async def alter_column(
        self,
        model: Any,
        column_name: Any,
        *,
        nullable: bool | _Unsaid = UNSAID,
        max_length: int | _Unsaid | None = UNSAID,
        default: Any = UNSAID,
        fill: Any = UNSAID,
    ) -> None:
        """Changes what is given of a column, and leaves the rest: None is no limit, or no default.

        `fill` is the value of rows that have none in a column that becomes required. A column keeps its type: add
        another one, fill it by `execute`, and drop the old one.
        """
        given = {"nullable": nullable, "max_length": max_length, "default": default, "fill": fill}
        said = {name: value for name, value in given.items() if value is not UNSAID}
        await self._take([Step.alter_column(table_name(model), _column(model, column_name), said)])

    async def add_index(
        self, model: Any, *columns: Any, name: str | None = None, unique: bool = False
    ) -> None:
        """Creates an index over these columns, in their order."""
        names = [_column(model, column) for column in columns]
        await self._take([Step.add_index(table_name(model), names, name, unique)])

    async def drop_index(self, model: Any, *columns: Any, name: str | None = None) -> None:
        """Drops the index of that name, or that over these columns."""
        names = [_column(model, column) for column in columns]
        if not names and name is None:
            raise TypeError("drop_index takes the columns of the index, or its name=")
        await self._take([Step.drop_index(table_name(model), names, name)])

    async def add_reference(
        self,
        model: Any,
        columns: Any,
        target: Any,
        target_columns: Any = (),
        *,
        on_delete: str = "restrict",
        on_update: str = "restrict",
    ) -> None:
        """Lets the database watch over a reference: `add_reference("posts", "author_id", "users")`.

        It leads to the key of the target, or to these columns of it. `on_delete` and `on_update` are `"restrict"`,
        `"cascade"` or `"set_null"`.
        """
        own, aimed = column_names(model, columns), column_names(target, target_columns)
        reference = own, table_name(target), aimed, on_delete, on_update
        await self._take([Step.add_reference(table_name(model), reference)])

    async def drop_reference(self, model: Any, *columns: Any) -> None:
        """Lets the database watch no longer over the reference by these columns."""
        names = [_column(model, column) for column in columns]
        await self._take([Step.drop_reference(table_name(model), names)])

    async def execute(self, statement: str, *, loses_data: bool = False) -> None:
        """Runs a statement in the database's own language, which takes no parameters and gives no rows.

        Say `loses_data=True` where values are gone afterwards: it is refused then unless that is allowed.
        """
        await self._take([Step.execute(statement, loses_data)])


def _column(model: Any, column: Any) -> str:
    return column_name(model, column)


__all__ = ["UNSAID", "Steps"]
