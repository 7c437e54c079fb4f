"""The layer rules of the workspace: which crate may use which, and where the foreign libraries are allowed."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

CORE = "ommi-core"
ENGINE = "ommi-engine"
NET = "ommi-net"
SQL = "ommi-sql"
TESTKIT = "ommi-testkit"
FACE = "ommi"
EMBEDDED_DRIVERS = {"ommi-driver-sqlite"}
SERVER_DRIVERS = {"ommi-driver-postgres", "ommi-driver-mysql"}
DOCUMENT_DRIVERS = {"ommi-driver-mongodb"}
OTHER_DRIVERS = {"ommi-driver-memory"}
DRIVERS = EMBEDDED_DRIVERS | SERVER_DRIVERS | DOCUMENT_DRIVERS | OTHER_DRIVERS

# Who may use whom. A crate that is missing here has no place yet: decide on one.
MAY_USE: dict[str, set[str]] = {
    CORE: set(),
    "ommi-macros": set(),
    SQL: {CORE},
    ENGINE: {CORE},
    TESTKIT: {CORE, ENGINE, "ommi-driver-memory"},
    NET: {CORE},
    **{driver: {CORE, SQL} for driver in EMBEDDED_DRIVERS},
    **{driver: {CORE, SQL, NET} for driver in SERVER_DRIVERS},
    **{driver: {CORE, NET} for driver in DOCUMENT_DRIVERS},
    **{driver: {CORE} for driver in OTHER_DRIVERS},
    FACE: {CORE, ENGINE, NET, SQL, TESTKIT, "ommi-macros"} | DRIVERS,
    "ommi-python": {FACE, "ommi-cli"},  # the wheel has the command
    "ommi-cli": {FACE},
    "outside-driver": {CORE, TESTKIT, "ommi-driver-memory"},
}

# What shows how somebody else would do it stands among the examples.
EXAMPLES = {"outside-driver"}

# Tests may reach further, but the engine and the drivers still never see each other.
MAY_USE_IN_TESTS: dict[str, set[str]] = {
    "ommi-macros": {FACE},
    **{driver: {TESTKIT} for driver in DRIVERS},
}

# Foreign libraries with one home each.
ONLY_IN: dict[str, set[str]] = {
    "sea-query": {SQL},
    "rusqlite": {"ommi-driver-sqlite"},
    "pyo3": {"ommi-python"},
    "mongodb": {"ommi-driver-mongodb"},
}

# The SQL compiler's tests run its text on the database that it is for.
ONLY_IN_TESTS: dict[str, set[str]] = {"rusqlite": {SQL}}

# The vocabulary does no I/O and knows no SQL.
NOT_IN_CORE = {
    "tokio",
    "async-std",
    "smol",
    "rusqlite",
    "sea-query",
    "tokio-postgres",
    "mysql_async",
    "mongodb",
}


def workspace() -> list[dict[str, Any]]:
    """The packages of the workspace, as cargo describes them."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--offline"]
    described = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return list(json.loads(described)["packages"])


PACKAGES = {package["name"]: package for package in workspace()}


def used(package: dict[str, Any], *, tests: bool) -> set[str]:
    """The names of its dependencies: those of its tests, or those of the crate and its build script."""
    return {
        dependency["name"] for dependency in package["dependencies"] if (dependency["kind"] == "dev") == tests
    }


def test_every_crate_has_a_place_in_the_rules() -> None:
    assert set(PACKAGES) <= set(MAY_USE)


def test_every_crate_stands_in_the_folder_of_its_name() -> None:
    for name, package in PACKAGES.items():
        folder = "examples" if name in EXAMPLES else "crates"
        assert Path(package["manifest_path"]) == ROOT / folder / name / "Cargo.toml"


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_crate_uses_only_the_layers_below_it(name: str) -> None:
    ours = used(PACKAGES[name], tests=False) & set(MAY_USE)

    assert ours <= MAY_USE[name]


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_the_tests_of_a_crate_keep_to_the_rules_too(name: str) -> None:
    ours = used(PACKAGES[name], tests=True) & set(MAY_USE)

    assert ours <= MAY_USE[name] | MAY_USE_IN_TESTS.get(name, set()) | {name}


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_foreign_library_has_one_home(library: str) -> None:
    homes = {name for name, package in PACKAGES.items() if library in used(package, tests=False)}
    homes_in_tests = {name for name, package in PACKAGES.items() if library in used(package, tests=True)}

    assert homes <= ONLY_IN[library]
    assert homes_in_tests <= ONLY_IN[library] | ONLY_IN_TESTS.get(library, set())


def test_core_does_no_io() -> None:
    assert not used(PACKAGES[CORE], tests=False) & NOT_IN_CORE
