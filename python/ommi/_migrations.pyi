"""Migrations, for type checkers: a part of the native module."""

from collections.abc import Sequence
from typing import Any, Self, final

from ommi._ommi import Handle, ModelType, Operation

_Index = tuple[str | None, list[str], bool]
_Reference = tuple[list[str], str, list[str], str, str]
_Given = tuple[str, str, str | None, str | None, list[Step], list[Step] | None]
_Planned = tuple[str, str, list[str], list[str]]

@final
class Step:
    """One step of a migration."""

    @staticmethod
    def create_table(
        table: str,
        columns: Sequence[dict[str, Any]],
        key: Sequence[str] | None,
        indexes: Sequence[_Index],
        references: Sequence[_Reference],
    ) -> Step: ...
    @staticmethod
    def create_model(model: ModelType) -> Step: ...
    @staticmethod
    def drop_table(table: str) -> Step: ...
    @staticmethod
    def rename_table(old: str, new: str) -> Step: ...
    @staticmethod
    def add_column(table: str, column: dict[str, Any], fill: Any) -> Step: ...
    @staticmethod
    def drop_column(table: str, column: str) -> Step: ...
    @staticmethod
    def rename_column(table: str, old: str, new: str) -> Step: ...
    @staticmethod
    def alter_column(table: str, column: str, to: dict[str, Any]) -> Step: ...
    @staticmethod
    def add_index(table: str, columns: Sequence[str], name: str | None, unique: bool) -> Step: ...
    @staticmethod
    def drop_index(table: str, columns: Sequence[str], name: str | None) -> Step: ...
    @staticmethod
    def add_reference(table: str, given: _Reference) -> Step: ...
    @staticmethod
    def drop_reference(table: str, columns: Sequence[str]) -> Step: ...
    @staticmethod
    def execute(statement: str, loses_data: bool) -> Step: ...

@final
class MigrationFile:
    """A file of a folder of migrations."""

    @property
    def path(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def is_python(self) -> bool: ...
    @property
    def text(self) -> str: ...
    def steps(self) -> tuple[list[Step], list[Step] | None]: ...

def read_migrations(folder: str) -> list[MigrationFile]:
    """The files of a folder, in the order of their versions."""

def run_command(arguments: Sequence[str]) -> int:
    """Runs the command `ommi` of these arguments, the first of which is the program's name; gives the exit code."""

@final
class Migrations:
    """Migrations with the database that they are for."""

    def __new__(cls, handle: Handle, migrations: Sequence[_Given]) -> Self: ...
    def status(self) -> Operation[dict[str, Any]]: ...
    def migrate_up(
        self,
        target: str | None,
        allow_data_loss: bool,
        allow_out_of_order: bool,
        applied_by: str | None,
    ) -> Operation[list[str]]: ...
    def migrate_down(
        self, target: str | None, allow_data_loss: bool, applied_by: str | None
    ) -> Operation[list[str]]: ...
    def plan_up(self, target: str | None) -> Operation[list[_Planned]]: ...
    def plan_down(self, target: str | None) -> Operation[list[_Planned]]: ...
    def make(self, steps: Sequence[Step]) -> Operation[list[str]]: ...
