"""MySQL and MariaDB: a database as template, copied by `INSERT ... SELECT`. Through PyMySQL."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dataset
import pymysql
from contender import Place

from databases.base import Answer, Checker, Server

TEXT = "LONGTEXT CHARACTER SET utf8mb4 COLLATE {collation}"
SCHEMA = (
    "CREATE TABLE person (id BIGINT AUTO_INCREMENT PRIMARY KEY, name {text} NOT NULL, email {text}, "
    "age BIGINT NOT NULL, score DOUBLE NOT NULL, INDEX person_age (age)) ENGINE = InnoDB",
    "CREATE TABLE parent (id BIGINT AUTO_INCREMENT PRIMARY KEY, name {text} NOT NULL) ENGINE = InnoDB",
    "CREATE TABLE child (id BIGINT AUTO_INCREMENT PRIMARY KEY, parent_id BIGINT NOT NULL, label {text} NOT NULL, "
    "amount BIGINT NOT NULL, INDEX child_parent_id (parent_id), "
    "FOREIGN KEY (parent_id) REFERENCES parent (id)) ENGINE = InnoDB",
)
TABLES = ("person", "parent", "child")


def connect(place: Place) -> "pymysql.Connection[Any]":
    """A connection; this driver has another word for the database than its siblings."""
    settings = place.parameters
    settings["database"] = settings.pop("db")
    return pymysql.connect(**settings, autocommit=True)


class MysqlChecker:
    """A connection that takes `?`."""

    def __init__(self, connection: "pymysql.Connection[Any]") -> None:
        self.connection = connection

    def execute(self, query: str, values: Sequence[Any] = ()) -> Answer:
        cursor = self.connection.cursor()
        cursor.execute(query.replace("?", "%s"), tuple(values))
        rows = list(cursor.fetchall())
        return Rows(rows)

    def close(self) -> None:
        self.connection.close()


class Rows:
    """Rows that were read."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows


class Mysql(Server):
    """Databases of a server, filled from a template."""

    name = "mysql"
    raw = ("asyncmy", "aiomysql")
    title = "the faster of asyncmy and aiomysql + dataclass"
    default = "mysql://root@127.0.0.1:3306/mysql"

    def prepare(self, seed: int, synchronous: str, directory: Path | None) -> None:
        self.admin = connect(self.place("mysql"))
        with self.admin.cursor() as cursor:
            cursor.execute("SELECT version()")
            ((self.version,),) = cursor.fetchall()
            template = f"{self.prefix}_template"
            self.create(cursor, template)
            for query, rows in dataset.inserts(seed):
                cursor.executemany(query.format("%s"), rows)
            self.admin.commit()

    def create(self, cursor: Any, database: str) -> None:
        """An empty database with the tables, in use."""
        collation = "utf8mb4_nopad_bin" if "mariadb" in self.version.lower() else "utf8mb4_0900_bin"
        cursor.execute(f"CREATE DATABASE {database}")
        cursor.execute(f"USE {database}")
        for statement in SCHEMA:
            cursor.execute(statement.format(text=TEXT.format(collation=collation)))

    def copy(self, database: str) -> Place:
        with self.admin.cursor() as cursor:
            self.create(cursor, database)
            for table in TABLES:
                cursor.execute(f"INSERT INTO {table} SELECT * FROM {self.prefix}_template.{table}")
            cursor.execute(f"ANALYZE TABLE {', '.join(TABLES)}")
            cursor.fetchall()
        return self.place(database)

    def drop(self, database: str) -> None:
        with self.admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {database}")

    def checker(self, place: Place) -> Checker:
        return MysqlChecker(connect(place))

    def clean_up(self) -> None:
        super().clean_up()
        self.admin.close()

    def describe(self) -> str:
        with self.admin.cursor() as cursor:
            cursor.execute("SELECT @@innodb_flush_log_at_trx_commit")
            ((flush,),) = cursor.fetchall()
        return f"{self.version} over TCP on loopback, innodb_flush_log_at_trx_commit={flush}"


DATABASE = Mysql
