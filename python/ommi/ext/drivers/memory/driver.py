"""`MemoryDriver`: a database in memory, small and without a file or a server, for tests."""

from collections.abc import Mapping
from typing import Any, Self

from ommi.database.ommi import Ommi
from ommi.drivers.native import NativeBackedDriver
from ommi.ext.drivers.memory.config import MemoryConfig


class MemoryDriver(NativeBackedDriver):
    """A database in memory."""

    _database = "memory"
    _targets = ("name", "url")

    @classmethod
    def connect(
        cls, target: "str | Mapping[str, Any] | MemoryConfig | None" = None, /, **options: Any
    ) -> Self:
        """A database of its own, or one that the process shares: by a name, `memory://name`, a mapping or a config.

        A shared one lasts until the last driver of its name is disconnected.
        """
        return cls._connect(target, options)

    @classmethod
    def from_config(cls, config: MemoryConfig, *, allow_implicit_model_setup: bool = True) -> Ommi:
        """A handle on a database as the config describes it."""
        return Ommi(cls.connect(config), allow_implicit_model_setup=allow_implicit_model_setup)


__all__ = ["MemoryDriver"]
