"""MongoDB."""

from ommi.ext.drivers.mongodb.config import MongoDBConfig
from ommi.ext.drivers.mongodb.driver import MongoDBDriver

__all__ = ["MongoDBConfig", "MongoDBDriver"]
