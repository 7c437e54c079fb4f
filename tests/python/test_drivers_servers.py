"""Every way to open PostgreSQL, MySQL and MongoDB from Python, what goes wrong on the way, and the pool."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from blog import User, blog
from databases import SERVERS, place_of, run_sql, server_url
from ommi import (
    BaseDriver,
    ConnectionError,
    ConnectionPoolExhausted,
    DatabaseError,
    DriverConnectFailed,
    MongoDBConfig,
    MongoDBDriver,
    MySQLConfig,
    MySQLDriver,
    Ommi,
    PoolStats,
    PostgreSQLConfig,
    PostgreSQLDriver,
    ValidationError,
)
from ommi.ext.drivers.mongodb import MongoDBDriver as MongoDBFromOldPath
from ommi.ext.drivers.mongodb.driver import MongoDBDriver as MongoDBFromOldSubmodule
from ommi.ext.drivers.mysql import MySQLDriver as MySQLFromOldPath
from ommi.ext.drivers.mysql.driver import MySQLDriver as MySQLFromOldSubmodule
from ommi.ext.drivers.postgresql import PostgreSQLDriver as PostgreSQLFromOldPath
from ommi.ext.drivers.postgresql.driver import PostgreSQLDriver as PostgreSQLFromOldSubmodule

SECRET = "s3cret/?@#"
on_servers = pytest.mark.databases(*SERVERS)
DRIVERS: dict[str, Any] = {
    "postgresql": PostgreSQLDriver,
    "postgres": PostgreSQLDriver,
    "mysql": MySQLDriver,
    "mongodb": MongoDBDriver,
}
CONFIGS: dict[Any, Any] = {
    PostgreSQLDriver: PostgreSQLConfig,
    MySQLDriver: MySQLConfig,
    MongoDBDriver: MongoDBConfig,
}
EVERY_DRIVER = list(CONFIGS)


def test_old_import_paths() -> None:
    assert MongoDBFromOldPath is MongoDBFromOldSubmodule is MongoDBDriver
    assert MySQLFromOldPath is MySQLFromOldSubmodule is MySQLDriver
    assert PostgreSQLFromOldPath is PostgreSQLFromOldSubmodule is PostgreSQLDriver


def driver_of(url: str) -> Any:
    return DRIVERS[urlsplit(url).scheme]


def config_of(url: str) -> Any:
    return CONFIGS[driver_of(url)]


def parts_of(url: str) -> dict[str, Any]:
    """The URL of a test's own place, as options by name."""
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "user": unquote(parts.username or "root"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path[1:]),
        "max_connections": 3,
    }
    if parts.port is not None:
        options["port"] = parts.port
    if url.startswith("postgres"):
        options["search_path"] = place_of(url)
    if url.startswith("mongodb"):
        options["user"] = unquote(parts.username) if parts.username else None
        options["replica_set"] = parse_qs(parts.query).get("replicaSet", [None])[0]
    return options


WAYS: dict[str, Callable[[str], Any]] = {
    "url": lambda url: driver_of(url).connect(url),
    "url and keywords": lambda url: driver_of(url).connect(url, min_connections=1),
    "mapping": lambda url: driver_of(url).connect(parts_of(url)),
    "mapping with a url": lambda url: driver_of(url).connect({"url": url, "max_connections": 2}),
    "keywords": lambda url: driver_of(url).connect(**parts_of(url)),
    "config": lambda url: driver_of(url).connect(config_of(url)(**parts_of(url))),
    "config with a url": lambda url: driver_of(url).connect(config_of(url)(url=url)),
}


@on_servers
@pytest.mark.parametrize("way", WAYS)
async def test_connect_takes_urls_mappings_keywords_and_configs(database: str, way: str) -> None:
    async with WAYS[way](database) as driver:
        assert isinstance(driver, BaseDriver)
        await driver.apply_schema(blog)
        assert await driver.add([User("Ada")]) == [User("Ada", id=1)]
        assert await driver.count(User.name == "Ada") == 1
    async with Ommi(database) as db:
        assert await db.find(User).count.or_raise() == 1


@on_servers
async def test_connect_may_be_awaited_or_not(database: str) -> None:
    driver = driver_of(database).connect(database)
    assert await driver is driver
    await driver.disconnect()


@on_servers
async def test_from_config_gives_a_handle(database: str) -> None:
    async with driver_of(database).from_config(config_of(database)(url=database)) as db:
        assert isinstance(db, Ommi)
        await db.add(User("Ada")).or_raise()
        assert await db.find(User).count.or_raise() == 1


@on_servers
async def test_the_environment_fills_in_what_is_not_said(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = parts_of(database)
    names = {
        "postgres": {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"},
        "mysql": {
            "MYSQL_HOST": "host",
            "MYSQL_TCP_PORT": "port",
            "MYSQL_USER": "user",
            "MYSQL_PWD": "password",
        },
        "mongodb": {"MONGODB_USER": "user", "MONGODB_PASSWORD": "password", "MONGODB_DATABASE": "database"},
    }[urlsplit(database).scheme.replace("postgresql", "postgres")]
    for variable, option in names.items():
        monkeypatch.setenv(variable, str(options.get(option) or ""))
    monkeypatch.setenv("MONGODB_URI", server_url("mongodb"))
    monkeypatch.setenv("PGDATABASE", options["database"])
    monkeypatch.setenv("MYSQL_DATABASE", options["database"])
    if "search_path" in options:
        monkeypatch.setenv("PGOPTIONS", f"-c search_path={options['search_path']}")

    async with driver_of(database).connect() as driver:
        await driver.apply_schema(blog)
        await driver.add([User("Ada")])
    async with Ommi(database) as db:
        assert await db.find(User).count.or_raise() == 1


def test_mariadb_urls_are_mysql_urls() -> None:
    assert Ommi("mariadb://root@127.0.0.1/x").driver_name == Ommi("mysql://root@127.0.0.1/x").driver_name


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_both_spellings_of_postgresql(scheme: str) -> None:
    assert Ommi(f"{scheme}://u@127.0.0.1/x").driver_name == PostgreSQLDriver.connect().native_driver.name


@pytest.mark.parametrize(
    "open_",
    [
        lambda: Ommi("postgresql://u@h/db?nonsense=1"),
        lambda: Ommi("postgresql://u@h/db", nonsense=1),
        lambda: PostgreSQLDriver.connect(nonsense=1),
        lambda: PostgreSQLDriver.connect({"nonsense": 1}),
        lambda: Ommi("mysql://u@h/db?nonsense=1"),
        lambda: Ommi("mysql://u@h/db", nonsense=1),
        lambda: MySQLDriver.connect(nonsense=1),
        lambda: MySQLDriver.connect({"nonsense": 1}),
        lambda: Ommi("mongodb://u@h/db?nonsense=1"),
        lambda: MongoDBDriver.connect(nonsense=1),
        lambda: MongoDBDriver.connect({"nonsense": 1}),
        lambda: Ommi("memory://?nonsense=1"),
        lambda: Ommi("memory://", nonsense=1),
        lambda: Ommi("sqlite://?nonsense=1"),
    ],
)
def test_an_unknown_option_is_an_error_that_lists_the_known_ones(open_: Callable[[], Any]) -> None:
    with pytest.raises(ValidationError, match=r"nonsense.*max_connections"):
        open_()


@pytest.mark.parametrize(
    "options",
    [
        {"max_connections": 0},
        {"max_connections": "many"},
        {"min_connections": -1},
        {"connection_timeout": 0},
        {"idle_timeout": "never"},
        {"max_lifetime": -1},
        {"port": 70_000},
    ],
    ids=repr,
)
@pytest.mark.parametrize("driver", EVERY_DRIVER)
def test_a_value_that_does_not_fit_names_its_option(driver: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(options))):
        driver.connect(host="127.0.0.1", **options)


@pytest.mark.parametrize("driver", EVERY_DRIVER)
def test_a_strange_target_is_an_error(driver: Any) -> None:
    for target in (3, b"x", object()):
        with pytest.raises(TypeError, match="URL"):
            driver.connect(target)
    with pytest.raises(TypeError, match="more than once"):
        driver.connect("postgresql://h", url="postgresql://h")
    other = MySQLConfig() if driver is PostgreSQLDriver else PostgreSQLConfig()
    with pytest.raises(TypeError, match=type(other).__name__):
        driver.connect(other)
    with pytest.raises(ValidationError, match="URL") as caught:
        driver.connect(SECRET)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("driver", EVERY_DRIVER)
async def test_a_password_of_any_kind_goes_in_and_is_never_shown(driver: Any) -> None:
    scheme = next(scheme for scheme, of in DRIVERS.items() if of is driver)
    config = CONFIGS[driver]
    address = {"host": "127.0.0.1", "port": 1, "connect_timeout": 2, "connection_timeout": 2}
    url = f"{scheme}://u:{quote(SECRET, safe='')}@127.0.0.1:1/x?connect_timeout=2&connection_timeout=2"
    described = config(user="u", password=SECRET, database="x", **address)
    assert SECRET not in repr(described)
    assert SECRET not in repr(config(url=url))
    for opened in (
        driver.connect(url),
        driver.connect(user="u", password=SECRET, database="x", **address),
        driver.connect(described),
    ):
        assert SECRET not in repr(opened)
        assert quote(SECRET, safe="") not in repr(opened)
        async with Ommi(opened) as db:
            result = await db.find(User).count
            assert isinstance(result.error, DriverConnectFailed)
            shown = repr(result) + str(result.error) + repr(db) + str(result.error.original_error)
            assert SECRET not in shown
            assert quote(SECRET, safe="") not in shown


@on_servers
async def test_a_wrong_password_or_database_is_one_clear_error(database: str) -> None:
    wrongs: list[dict[str, Any]] = [{"user": "ommi_nobody", "password": SECRET}]
    if not database.startswith("mongodb"):  # where a database is there as soon as something is stored in it
        wrongs.append({"database": "ommi_no_such_database"})
    for wrong in wrongs:
        async with driver_of(database).from_config(
            config_of(database)(**{**parts_of(database), **wrong})
        ) as db:
            async with asyncio.timeout(20):
                result = await db.find(User).count
        if result.is_success() and "password" in wrong:
            pytest.skip("capability: a server that asks for passwords")
        assert isinstance(result.error, ConnectionError)
        assert SECRET not in str(result.error)


@on_servers
async def test_an_unreachable_server_is_an_error_in_time(database: str) -> None:
    options = {**parts_of(database), "host": "192.0.2.1", "connection_timeout": 0.5, "connect_timeout": 1}
    async with driver_of(database).from_config(config_of(database)(**options)) as db, asyncio.timeout(10):
        result = await db.find(User).count
        assert isinstance(result.error, ConnectionError)


class TestPool:
    pytestmark = on_servers

    async def test_statistics(self, database: str) -> None:
        async with Ommi(database, max_connections=3) as db:
            await db.use_models(blog)
            assert db.pool.stats().max == 3
            async with db.transaction() as tx:
                await tx.add(User("Ada")).or_raise()
                stats = db.pool.stats()
                assert isinstance(stats, PoolStats)
                assert stats.used >= 1
                assert stats.open == stats.used + stats.idle
                assert stats.created >= stats.open
                assert stats.timeouts == 0
                holder = stats.holders[0]
                assert holder.purpose == "transaction"
                assert 0 <= holder.held < 60
                assert "Ada" not in holder.statement
                with pytest.raises(dataclasses.FrozenInstanceError):
                    stats.used = 0  # type: ignore[misc]
            assert "transaction" not in [holder.purpose for holder in db.pool.stats().holders]
            assert "of 3 used" in repr(db.pool)

    async def test_an_exhausted_pool_names_who_holds_the_connections(self, database: str) -> None:
        async with Ommi(database, max_connections=1, connection_timeout=0.3) as db:
            await db.use_models(blog)
            async with db.transaction() as tx:
                await tx.add(User("Ada")).or_raise()
                result = await asyncio.create_task(_outside(db))
                assert isinstance(result.error, ConnectionPoolExhausted)
                assert "transaction" in str(result.error)
                assert "max_connections" in str(result.error)
                assert db.pool.stats().timeouts >= 1
                assert db.pool.stats().waiting == 0
            assert await db.find(User).count.or_raise() == 1

    async def test_those_who_wait_get_their_turn(self, database: str) -> None:
        async with Ommi(database, max_connections=2) as db:
            await db.use_models(blog)

            async def work(number: int) -> None:
                async with db.transaction() as tx:
                    await tx.add(User(f"user {number}")).or_raise()
                    await asyncio.sleep(0.001)

            await asyncio.gather(*(work(number) for number in range(30)))
            assert await db.find(User).count.or_raise() == 30
            assert db.pool.stats().open <= 4  # two, and those that reads share

    async def test_early_connections(self, database: str) -> None:
        async with Ommi(database, min_connections=2, max_connections=3) as db:
            await db.use_models(blog)
            async with asyncio.timeout(10):
                while db.pool.stats().open < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    async def test_a_cancelled_wait_takes_nothing_with_it(self, database: str) -> None:
        async with Ommi(database, max_connections=1) as db:
            await db.use_models(blog)
            async with db.transaction():
                waiting = [asyncio.create_task(_outside(db)) for _ in range(5)]
                await asyncio.sleep(0.05)
                for task in waiting:
                    task.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)
            async with asyncio.timeout(10):
                assert (await _outside(db)).is_success()

    @pytest.mark.databases("postgres", "mysql")  # nobody can end single connections of MongoDB
    async def test_work_goes_on_after_the_server_ended_the_connections(self, database: str) -> None:
        async with Ommi(database, max_connections=2) as db:
            await db.use_models(blog)
            await db.add(User("Ada")).or_raise()
            _end_connections(database)
            outcomes = [await db.find(User).count for _ in range(5)]
            assert all(
                outcome.is_success() or isinstance(outcome.error, ConnectionError) for outcome in outcomes
            )
            assert outcomes[-1].value == 1
            block = db.transaction()
            with pytest.raises(DatabaseError):
                async with block as tx:
                    await tx.add(User("Eve")).or_raise()
                    _end_connections(database)
                    await tx.add(User("Bob")).or_raise()
            assert await db.find(User).count.or_raise() == 1


async def test_sqlite_and_memory_have_no_pool_to_tell_of() -> None:
    for url in ("sqlite://:memory:", "memory://"):
        async with Ommi(url) as db:
            assert db.pool.stats() == PoolStats()


async def _outside(db: Ommi) -> Any:
    return await db.add(User("outside"))


def _end_connections(database: str) -> None:
    """Ends the connections of a test's handle, as an administrator would."""
    place = place_of(database)
    if database.startswith("postgres"):
        found = run_sql(
            "postgres",
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            f" AND application_name = '{place}'",
        )
        for (pid,) in found:
            run_sql("postgres", f"SELECT pg_terminate_backend({pid})")
    else:
        found = run_sql("mysql", f"SELECT id FROM information_schema.processlist WHERE db = '{place}'")
        for (number,) in found:
            run_sql("mysql", f"KILL {number}")
