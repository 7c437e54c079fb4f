"""The databases that tests run on, each test in a schema or a database of its own.

Servers are found by `OMMI_TEST_POSTGRES`, `OMMI_TEST_MYSQL` and `OMMI_TEST_MONGODB`, URLs of accounts that may create
databases, the first two at their usual local addresses, too. One that is missing leaves its tests out; where
`OMMI_REQUIRE` names it, they fail.
"""

import contextlib
import functools
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
import pymongo
import pymongo.errors
import pymysql
import pytest
from ommi import Ommi

EVERY = ("sqlite", "memory", "postgres", "mysql", "mongodb")
SERVERS = ("postgres", "mysql", "mongodb")
ADDRESSES = {
    "postgres": ("OMMI_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"),
    "mysql": ("OMMI_TEST_MYSQL", "mysql://root@127.0.0.1:3306/mysql"),
    "mongodb": ("OMMI_TEST_MONGODB", "mongodb://127.0.0.1:27017/?replicaSet=rs0"),
}
CONNECTIONS = 4
"""The most that the pool of one test's handle opens."""

_numbers = itertools.count(1)


def server_url(name: str) -> str:
    """The URL of a server, whether it is there or not."""
    variable, usual = ADDRESSES[name]
    return os.environ.get(variable) or usual


def require(name: str) -> None:
    """Leaves the test out, or fails it, where the database is not there."""
    if name not in SERVERS:
        return
    problem = _problem(name)
    if problem is None:
        return
    message = f"capability: {name} server ({ADDRESSES[name][0]} names none that answers: {problem})"
    if name in os.environ.get("OMMI_REQUIRE", "").split(","):
        pytest.fail(message)
    pytest.skip(message)


def require_capabilities(url: str, names: tuple[str, ...]) -> None:
    """Leaves the test out where the database cannot do what it needs."""
    capabilities = Ommi(url).capabilities()
    for name in names:
        if not capabilities[name]:
            pytest.skip(f"capability: {name}")


@contextlib.contextmanager
def fresh(name: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database."""
    require(name)
    if name == "sqlite":
        yield f"sqlite:///{folder / 'fresh.db'}?synchronous=off"
    elif name == "memory":
        yield f"memory://{os.getpid()}-{next(_numbers)}"
    elif name == "mongodb":
        place = f"ommi_py_{os.getpid()}_{next(_numbers)}"
        try:
            yield inside(name, place)
        finally:
            _connection(name).drop_database(place)
    else:
        place = f"ommi_py_{os.getpid()}_{next(_numbers)}"
        run_sql(name, f"CREATE {_kind(name)} {place}")
        try:
            yield inside(name, place)
        finally:
            run_sql(name, f"DROP {_kind(name)} {place}{' CASCADE' if name == 'postgres' else ''}")


def inside(name: str, place: str) -> str:
    """The URL of a schema or database on the server."""
    parts = urlsplit(server_url(name))
    query = f"{parts.query}&" if parts.query else ""
    if name == "postgres":
        return urlunsplit(
            parts._replace(
                query=f"{query}search_path={place}&application_name={place}&max_connections={CONNECTIONS}"
            )
        )
    return urlunsplit(parts._replace(path=f"/{quote(place)}", query=f"{query}max_connections={CONNECTIONS}"))


def run_command(database: str, command: dict[str, Any]) -> dict[str, Any]:
    """What another program sees: runs a command on a database of MongoDB, outside of Ommi, and gives the answer."""
    return dict(_connection("mongodb")[database].command(command))


def run_sql(name: str, text: str) -> list[tuple[Any, ...]]:
    """What another program sees: runs a statement on the server, outside of Ommi, and gives its rows."""
    with _connection(name).cursor() as cursor:
        cursor.execute(text)
        return list(cursor.fetchall()) if cursor.description else []


def place_of(url: str) -> str:
    """The schema or database that a URL of `inside` leads to."""
    parts = urlsplit(url)
    if parts.scheme.startswith("postgres"):
        return parts.query.split("search_path=")[1].split("&")[0]
    return unquote(parts.path[1:])


def _kind(name: str) -> str:
    return "SCHEMA" if name == "postgres" else "DATABASE"


@functools.cache
def _problem(name: str) -> str | None:
    if name == "mongodb" and ADDRESSES[name][0] not in os.environ:
        return "it is not set"
    try:
        _connection(name)
    except (psycopg.Error, pymysql.Error, pymongo.errors.PyMongoError) as error:
        return type(error).__name__
    return None


@functools.cache
def _connection(name: str) -> Any:
    url = server_url(name)
    if name == "postgres":
        connection = psycopg.connect(url, autocommit=True, connect_timeout=3)
        connection.execute("SET lock_timeout = '20s'")
        return connection
    if name == "mongodb":
        client: Any = pymongo.MongoClient(url, serverSelectionTimeoutMS=3000)
        client.admin.command("ping")
        return client
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        autocommit=True,
        connect_timeout=3,
        init_command="SET lock_wait_timeout = 20",
    )
