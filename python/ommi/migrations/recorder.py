"""What `up` and `down` are given: it notes their steps, which are taken together when the method has returned."""

from typing import TYPE_CHECKING, cast

from ommi._ommi import Step
from ommi.migrations.migration import Migration
from ommi.migrations.steps import Steps

if TYPE_CHECKING:
    from ommi.migrations.manager import SchemaManager


class Recorder(Steps):
    """The steps that were said."""

    def __init__(self, migration: Migration) -> None:
        self.steps: list[Step] = []
        self._migration = migration

    async def _take(self, steps: list[Step]) -> None:
        self.steps.extend(steps)

    def __repr__(self) -> str:
        return f"<steps of {self._migration!r}>"


async def steps_up(migration: Migration) -> list[Step]:
    """The steps of the way up."""
    recorder = Recorder(migration)
    await migration.up(cast("SchemaManager", recorder))
    return recorder.steps


async def steps_down(migration: Migration) -> list[Step]:
    """The steps of the way back."""
    recorder = Recorder(migration)
    await migration.down(cast("SchemaManager", recorder))
    return recorder.steps


__all__ = ["steps_down", "steps_up"]
