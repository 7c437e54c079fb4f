"""`PostgreSQLDriver`: PostgreSQL as a driver of its own, for `Ommi(driver)` and for raw operations."""

from collections.abc import Mapping
from typing import Any, Self

from ommi.database.ommi import Ommi
from ommi.drivers.native import NativeBackedDriver
from ommi.ext.drivers.postgresql.config import PostgreSQLConfig


class PostgreSQLDriver(NativeBackedDriver):
    """A PostgreSQL database."""

    _database = "postgresql"

    @classmethod
    def connect(
        cls, target: "str | Mapping[str, Any] | PostgreSQLConfig | None" = None, /, **options: Any
    ) -> Self:
        """A driver for a URL, a mapping, a config or keywords, all with the options of `PostgreSQLConfig`.

        What is not said comes from the environment (`PGHOST`, `PGUSER`...), else the server is the local
        one. Nothing is connected before the first use; awaiting the driver gives the driver.
        """
        return cls._connect(target, options)

    @classmethod
    def from_config(cls, config: PostgreSQLConfig, *, allow_implicit_model_setup: bool = True) -> Ommi:
        """A handle on a database as the config describes it."""
        return Ommi(cls.connect(config), allow_implicit_model_setup=allow_implicit_model_setup)


__all__ = ["PostgreSQLDriver"]
