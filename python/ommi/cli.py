"""The command `ommi`. It is written in Rust and asks here for what is written in Python: models, and migrations."""

import asyncio
import importlib
import os
import signal
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ommi._ommi import MigrationFile, run_command
from ommi.models.collections import ModelCollection, get_global_collection, native_models

if TYPE_CHECKING:
    from ommi._ommi import ModelType


def main() -> int:
    """Runs the command of the program's arguments; gives its exit code."""
    # While Rust runs, Python would not see the signal: a run that is ended by it changes nothing or all of a migration.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(["ommi", *sys.argv[1:]])


def models(modules: list[str]) -> "list[ModelType]":
    """The models that modules define or import, with those that stand in their collections.

    The modules are found from the folder of the settings, too, as by `python -m`.
    """
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    found: list[Any] = []
    for name in modules:
        module = importlib.import_module(name)
        sources = _sources(module)
        if not sources:
            raise LookupError(f"the module {name} has no models: decorate them with @ommi_model")
        found.extend(sources)
    return native_models(*found)


def _sources(module: ModuleType) -> list[Any]:
    """The collections and models of a module. A model brings its collection, but for the one that all share."""
    sources: list[Any] = []
    for value in vars(module).values():
        if isinstance(value, ModelCollection):
            sources.append(value)
        elif isinstance(value, type) and "__ommi__" in value.__dict__:
            collection = value.__dict__["__ommi__"].collection
            is_shared = collection is get_global_collection() or value not in collection
            sources.append(value if is_shared else collection)
    return sources


def migration(file: MigrationFile) -> tuple[Any, ...]:
    """The migration of a Python file, in the form that the engine takes."""
    from ommi.migrations.files import load_file, origin_of
    from ommi.migrations.recorder import steps_down, steps_up

    loaded = load_file(file)

    async def steps() -> tuple[Any, Any]:
        return await steps_up(loaded), await steps_down(loaded) if loaded.has_way_back else None

    return (loaded.version, loaded.description, *origin_of(loaded), *asyncio.run(steps()))
