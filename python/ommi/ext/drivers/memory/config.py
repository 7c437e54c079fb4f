"""What a database in memory can be told, as a class."""

from dataclasses import dataclass
from typing import ClassVar

from ommi.drivers.config import DriverConfig


@dataclass(frozen=True)
class MemoryConfig(DriverConfig):
    """A database in memory: one of its own, or with a `name` one that the process shares by it."""

    database_kind: ClassVar[str] = "memory"

    name: str | None = None
