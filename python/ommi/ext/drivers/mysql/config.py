"""What a MySQL or MariaDB database can be told, as a class."""

from dataclasses import dataclass
from typing import ClassVar

from ommi.drivers.config import ServerConfig


@dataclass(frozen=True)
class MySQLConfig(ServerConfig):
    """A MySQL or MariaDB database: `MySQLConfig(host="db.example", database="shop")`.

    What is None comes from the environment or is left to the driver's defaults. `ssl_mode` is `disabled`,
    `preferred` (the default), `required`, `verify-ca` or `verify-identity`.
    """

    database_kind: ClassVar[str] = "mysql"

    socket: str | None = None
    ssl_mode: str | None = None
    ssl_ca: str | None = None
    ssl_cert: str | None = None
    ssl_key: str | None = None
    keepalive: float | None = None
    lock_timeout: int | None = None
