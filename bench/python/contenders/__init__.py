"""The contenders, by name: one module each, imported only when asked for."""

from importlib import import_module

from contender import Contender

MODULES = {
    "sqlite3": "contenders.sqlite3_dataclass",
    "ommi": "contenders.ommi_dataclass",
    "aiosqlite": "contenders.aiosqlite_dataclass",
    "sqlalchemy": "contenders.sqlalchemy_async",
    "tortoise": "contenders.tortoise_orm",
    "oxyde": "contenders.oxyde_orm",
}
BASELINE = "sqlite3"
"""What every ratio is taken to."""


def load(name: str) -> type[Contender] | None:
    """The contender's class, or None if its library is not installed."""
    try:
        module = import_module(MODULES[name])
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] in {"contenders", "contender", "dataset"}:
            raise
        return None
    found: type[Contender] = module.CONTENDER
    return found
