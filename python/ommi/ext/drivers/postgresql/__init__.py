"""PostgreSQL."""

from ommi.ext.drivers.postgresql.config import PostgreSQLConfig
from ommi.ext.drivers.postgresql.driver import PostgreSQLDriver

__all__ = ["PostgreSQLConfig", "PostgreSQLDriver"]
