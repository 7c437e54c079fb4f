"""What the classes that describe a database have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


class DriverConfig:
    """The base of `SQLiteConfig`, `PostgreSQLConfig` and their kin: dataclasses whose fields are options by name."""

    database_kind: ClassVar[str]

    def options(self) -> dict[str, Any]:
        """What is said; what is None is left to the driver's defaults."""
        named = {part.name: getattr(self, part.name) for part in fields(self)}  # type: ignore[arg-type]
        more = named.pop("more", {})
        return {name: value for name, value in {**named, **more}.items() if value is not None}


@dataclass(frozen=True)
class ServerConfig(DriverConfig):
    """A database on a server. The pool's durations are in seconds; 0 means that there is no limit.

    `more` holds further options by the names that they have in URLs.
    """

    url: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    application_name: str | None = None
    connect_timeout: float | None = None
    statement_timeout: float | None = None
    statement_cache: int | None = None
    min_connections: int | None = None
    max_connections: int | None = None
    connection_timeout: float | None = None
    idle_timeout: float | None = None
    max_lifetime: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)
