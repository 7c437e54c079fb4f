"""MySQL or MariaDB."""

from ommi.ext.drivers.mysql.config import MySQLConfig
from ommi.ext.drivers.mysql.driver import MySQLDriver

__all__ = ["MySQLConfig", "MySQLDriver"]
