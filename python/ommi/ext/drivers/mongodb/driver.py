"""`MongoDBDriver`: MongoDB as a driver of its own, for `Ommi(driver)` and for raw operations."""

from collections.abc import Mapping
from typing import Any, Self

from ommi.database.ommi import Ommi
from ommi.drivers.native import NativeBackedDriver
from ommi.ext.drivers.mongodb.config import MongoDBConfig


class MongoDBDriver(NativeBackedDriver):
    """A MongoDB database."""

    _database = "mongodb"

    @classmethod
    def connect(
        cls, target: "str | Mapping[str, Any] | MongoDBConfig | None" = None, /, **options: Any
    ) -> Self:
        """A driver for a URL, a mapping, a config or keywords, all with the options of `MongoDBConfig`.

        Without any, the URL in the environment's `MONGODB_URI` counts, else the server is the local one. Nothing is
        connected before the first use; awaiting the driver gives the driver.
        """
        return cls._connect(target, options)

    @classmethod
    def from_config(cls, config: MongoDBConfig, *, allow_implicit_model_setup: bool = True) -> Ommi:
        """A handle on a database as the config describes it."""
        return Ommi(cls.connect(config), allow_implicit_model_setup=allow_implicit_model_setup)


__all__ = ["MongoDBDriver"]
