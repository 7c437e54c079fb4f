"""What the manager tells of migrations."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class AppliedMigration:
    """A migration that the database knows."""

    version: str
    description: str
    applied_at: datetime
    applied_by: str
    milliseconds: int | None
    """How long it took; None where it was not brought to its end."""


@dataclass(frozen=True)
class MigrationStatus:
    """What was applied, which versions were not, and what is in the way of the next run, in words."""

    applied: list[AppliedMigration] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def current(self) -> str | None:
        """The last version that was applied."""
        return self.applied[-1].version if self.applied else None


@dataclass(frozen=True)
class PlannedMigration:
    """A migration with its steps in words and its statements."""

    version: str
    description: str
    steps: list[str]
    statements: list[str]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def status_of(native: dict[str, Any]) -> MigrationStatus:
    """The engine's answer, as users see it."""
    applied = [
        AppliedMigration(version, description, _EPOCH + timedelta(microseconds=at), by, milliseconds)
        for version, description, at, by, milliseconds in native["applied"]
    ]
    return MigrationStatus(applied, native["pending"], native["problems"])


__all__ = ["AppliedMigration", "MigrationStatus", "PlannedMigration"]
