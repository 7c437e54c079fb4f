"""What a MongoDB database can be told, as a class."""

from dataclasses import dataclass
from typing import ClassVar

from ommi.drivers.config import ServerConfig


@dataclass(frozen=True)
class MongoDBConfig(ServerConfig):
    """A MongoDB database: `MongoDBConfig(host="db1.example,db2.example", database="shop", replica_set="rs0")`.

    What is None comes from the environment or is left to the driver's defaults. The names are those of MongoDB's
    connection strings; others of them go into `more`.
    """

    database_kind: ClassVar[str] = "mongodb"

    replica_set: str | None = None
    direct_connection: bool | None = None
    auth_source: str | None = None
    auth_mechanism: str | None = None
    tls: bool | None = None
    tls_ca_file: str | None = None
    tls_certificate_key_file: str | None = None
    read_preference: str | None = None
    read_concern_level: str | None = None
    w: str | int | None = None
