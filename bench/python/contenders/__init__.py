"""The contenders, by name: one module each, imported only when asked for."""

from importlib import import_module

from contender import Contender

MODULES = {
    "sqlite": {
        "sqlite3": "sqlite3_dataclass",
        "ommi": "ommi_dataclass",
        "aiosqlite": "aiosqlite_dataclass",
        "sqlalchemy": "sqlalchemy_async",
        "tortoise": "tortoise_orm",
        "oxyde": "oxyde_orm",
    },
    "postgres": {
        "asyncpg": "asyncpg_dataclass",
        "psycopg": "psycopg_dataclass",
        "ommi": "ommi_dataclass",
        "sqlalchemy": "sqlalchemy_async",
        "tortoise": "tortoise_orm",
        "oxyde": "oxyde_orm",
    },
    "mysql": {
        "asyncmy": "asyncmy_dataclass",
        "aiomysql": "aiomysql_dataclass",
        "ommi": "ommi_dataclass",
        "sqlalchemy": "sqlalchemy_async",
        "tortoise": "tortoise_orm",
        # Not oxyde: it reads the columns of LONGTEXT as NULL.
    },
    "mongodb": {
        "pymongo": "pymongo_dataclass",
        "ommi": "ommi_dataclass",
        "beanie": "beanie_odm",
    },
}
"""For each database its contenders, those by hand first."""


def names(database: str) -> list[str]:
    """The contenders on a database."""
    return list(MODULES[database])


def load(database: str, name: str) -> type[Contender] | None:
    """The contender's class, or None if its library is not installed."""
    try:
        module = import_module(f"contenders.{MODULES[database][name]}")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] in {"contenders", "contender", "dataset"}:
            raise
        return None
    found: type[Contender] = module.CONTENDER
    return found
