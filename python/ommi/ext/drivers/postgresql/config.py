"""What a PostgreSQL database can be told, as a class."""

from dataclasses import dataclass
from typing import ClassVar

from ommi.drivers.config import ServerConfig


@dataclass(frozen=True)
class PostgreSQLConfig(ServerConfig):
    """A PostgreSQL database: `PostgreSQLConfig(host="db.example", database="shop")`. The names are libpq's.

    What is None comes from the environment or is left to the driver's defaults. `pooler="transaction"` is for
    PgBouncer in transaction mode.
    """

    database_kind: ClassVar[str] = "postgresql"

    sslmode: str | None = None
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    search_path: str | None = None
    pooler: str | None = None
