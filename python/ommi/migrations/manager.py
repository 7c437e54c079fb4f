"""`SchemaManager`: takes migrations and brings a database up and down. The engine does it; here they are asked."""

import os
from typing import Any

from ommi._ommi import Migrations, Step, ambient_transaction
from ommi.database.ommi import Ommi
from ommi.errors import TransactionError
from ommi.migrations.files import load, origin_of
from ommi.migrations.migration import Migration
from ommi.migrations.recorder import steps_down, steps_up
from ommi.migrations.reports import MigrationStatus, PlannedMigration, status_of
from ommi.migrations.steps import Steps


class SchemaManager(Steps):
    """Brings the schema of one database up and down.

    `SchemaManager(db)` takes migrations by `add_migration` and from folders by `load`. Its steps (`add_column`...)
    change the database at once; those called on what `up` and `down` are given become part of the migration.
    """

    def __init__(self, db: Any) -> None:
        self._db: Ommi = db if isinstance(db, Ommi) else Ommi(db)
        self._migrations: list[Migration] = []

    def add_migration(self, migration: Migration) -> None:
        """Takes a migration to its place in the order of versions."""
        self._migrations.append(migration)
        self._migrations.sort(key=lambda known: known.version)

    def load(self, folder: "str | os.PathLike[str]") -> list[Migration]:
        """Takes the migrations of a folder, SQL and Python files, and gives them.

        `MigrationError` names the file that is wrong, and what to do.
        """
        loaded = load(folder)
        for migration in loaded:
            self.add_migration(migration)
        return loaded

    @property
    def migrations(self) -> list[Migration]:
        """The migrations, in the order of their versions."""
        return list(self._migrations)

    async def status(self) -> MigrationStatus:
        """What was applied, what is pending, and what is in the way. Nothing is changed."""
        native = await self._native({}, {})
        return status_of(await native.status().raising())

    async def migrate_up(
        self,
        target_version: str | None = None,
        *,
        allow_data_loss: bool = False,
        allow_out_of_order: bool = False,
        applied_by: str | None = None,
    ) -> list[str]:
        """Applies what is pending, up to and with that version; gives the versions applied.

        Each migration is a transaction of its own where the database can, and nothing of one that fails stays. What
        would lose data is refused unless that is allowed.
        """
        self._check_outside()
        native = await self._native(await self._steps_up(), {})
        run = native.migrate_up(target_version, allow_data_loss, allow_out_of_order, applied_by)
        return await run.raising()

    async def migrate_down(
        self,
        target_version: str | None = None,
        *,
        allow_data_loss: bool = True,
        applied_by: str | None = None,
    ) -> list[str]:
        """Undoes what was applied behind that version, the last first, or all of it; gives the versions undone.

        To undo is to lose what came with the migration, so data may be lost unless that is forbidden.
        """
        self._check_outside()
        native = await self._native({}, await self._steps_down(target_version))
        return await native.migrate_down(target_version, allow_data_loss, applied_by).raising()

    async def plan_up(self, target_version: str | None = None) -> list[PlannedMigration]:
        """What `migrate_up` would do, with its statements. Nothing is changed."""
        native = await self._native(await self._steps_up(), {})
        return [PlannedMigration(*planned) for planned in await native.plan_up(target_version).raising()]

    async def plan_down(self, target_version: str | None = None) -> list[PlannedMigration]:
        """What `migrate_down` would do, with its statements. Nothing is changed."""
        native = await self._native({}, await self._steps_down(target_version))
        return [PlannedMigration(*planned) for planned in await native.plan_down(target_version).raising()]

    async def _take(self, steps: list[Step]) -> None:
        self._check_outside()
        await Migrations(self._db, []).make(steps).raising()

    async def _steps_up(self) -> dict[str, list[Step]]:
        return {migration.version: await steps_up(migration) for migration in self._migrations}

    async def _steps_down(self, target: str | None) -> dict[str, list[Step]]:
        going = (known for known in self._migrations if target is None or known.version > target)
        return {known.version: await steps_down(known) for known in going if known.has_way_back}

    async def _native(self, up: dict[str, list[Step]], down: dict[str, list[Step]]) -> Migrations:
        """The migrations for the engine, with the steps that this run may take."""
        given = []
        for known in self._migrations:
            file, text = origin_of(known)
            steps = up.get(known.version, []), down.get(known.version)
            given.append((known.version, known.description, file, text, *steps))
        return Migrations(self._db, given)

    def _check_outside(self) -> None:
        if ambient_transaction(self._db) is not None:
            raise TransactionError(
                "migrations have transactions of their own: run them outside of `async with db.transaction()`"
            )

    def __repr__(self) -> str:
        return f"<SchemaManager {self._db!r}: {len(self._migrations)} migrations>"


__all__ = ["SchemaManager"]
