"""Files of migrations: a folder's SQL files, which the engine reads, and its Python files, a `Migration` each."""

import inspect
import os
import sys
import traceback
from types import ModuleType
from typing import Any, cast

from ommi._ommi import MigrationFile, Step, read_migrations
from ommi.errors import MigrationError
from ommi.migrations.migration import Migration
from ommi.migrations.steps import Steps

_ORIGIN = "__ommi_file__"


def load(folder: "str | os.PathLike[str]") -> list[Migration]:
    """The migrations of a folder, in the order of their versions. `MigrationError` names the file that is wrong."""
    return [load_file(file) for file in read_migrations(os.fspath(folder))]


def load_file(file: MigrationFile) -> Migration:
    """The migration of a file."""
    migration = _python(file) if file.is_python else _sql(file)
    setattr(migration, _ORIGIN, (file.path, file.text))
    return migration


def origin_of(migration: Migration) -> tuple[str | None, str | None]:
    """The file that it was read from and its text, or twice None."""
    return cast("tuple[str | None, str | None]", getattr(migration, _ORIGIN, (None, None)))


class _SqlMigration(Migration):
    """The migration of an SQL file."""

    def __init__(self, file: MigrationFile, up: list[Step]) -> None:
        super().__init__(file.version, file.description)
        self._up = up

    async def up(self, schema: Any) -> None:
        await cast(Steps, schema)._take(self._up)


class _SqlMigrationAndBack(_SqlMigration):
    """That of an SQL file with a way back."""

    def __init__(self, file: MigrationFile, up: list[Step], down: list[Step]) -> None:
        super().__init__(file, up)
        self._down = down

    async def down(self, schema: Any) -> None:
        await cast(Steps, schema)._take(self._down)


def _sql(file: MigrationFile) -> Migration:
    up, down = file.steps()
    return _SqlMigration(file, up) if down is None else _SqlMigrationAndBack(file, up, down)


def _python(file: MigrationFile) -> Migration:
    module = _run(file)
    kinds = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Migration) and kind.__module__ == module.__name__
    ]
    if len(kinds) != 1:
        names = ", ".join(kind.__name__ for kind in kinds)
        what = f"it has several migrations ({names}): give each a file" if kinds else "it has no migration"
        raise MigrationError(
            f"{file.path}: {what}; a file holds one class that derives from ommi.migrations.Migration"
        )
    return _made(kinds[0], file, module)


def _run(file: MigrationFile) -> ModuleType:
    """The file's module."""
    stem = os.path.splitext(os.path.basename(file.path))[0]
    module = ModuleType(f"ommi_migration_{stem}")
    module.__file__ = file.path
    try:
        code = compile(file.text, file.path, "exec")
    except (SyntaxError, ValueError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise MigrationError(f"{file.path}{line}: it is no valid Python: {reason}", error) from error
    sys.modules[module.__name__] = module  # where dataclasses and annotations look for their module
    try:
        exec(code, module.__dict__)
    except Exception as error:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file.path
        ]
        line = f":{lines[-1]}" if lines else ""
        raise MigrationError(f"{file.path}{line}: {type(error).__name__}: {error}", error) from error
    return module


def _made(kind: type[Migration], file: MigrationFile, module: ModuleType) -> Migration:
    if inspect.isabstract(kind):
        raise MigrationError(f"{file.path}: {kind.__name__} has no `async def up(self, schema)`")
    try:
        if kind.__init__ is Migration.__init__:
            first = (module.__doc__ or "").strip().splitlines()
            return kind(file.version, first[0].rstrip(".") if first else file.description)
        migration = cast(Any, kind)()
    except Exception as error:
        raise MigrationError(f"{file.path}: {kind.__name__}() raised {error!r}", error) from error
    if migration.version != file.version:
        raise MigrationError(
            f"{file.path}: the class says version {migration.version!r} and the file's name {file.version!r}; "
            "make them the same, or leave out __init__"
        )
    return cast(Migration, migration)


__all__ = ["load"]
