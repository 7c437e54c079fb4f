"""What all Python tests share: the models of `blog.py` and a handle on an empty database.

A test that takes `database` (a URL) or `db` (a handle) runs on SQLite, or on those that it or its module names:
`pytestmark = pytest.mark.databases(*EVERY)`. What a database cannot do leaves out those that say that they need it:
`@pytest.mark.needs("savepoints")`, by the names of `docs/capabilities.md`.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import databases
from ommi import Ommi


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "databases(*names): the databases that the test runs on")
    config.addinivalue_line("markers", "needs(*names): the capabilities that the test asks for")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        names = marker.args if marker is not None else ("sqlite",)
        metafunc.parametrize("database", names, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with databases.fresh(request.param, tmp_path) as url:
        for marker in request.node.iter_markers("needs"):
            databases.require_capabilities(url, marker.args)
        yield url


@pytest.fixture
async def db(database: str) -> AsyncIterator[Ommi]:
    async with Ommi(database) as handle:
        yield handle


@pytest.fixture
async def file_db(tmp_path: Path) -> AsyncIterator[Ommi]:
    async with Ommi(f"sqlite:///{tmp_path / 'app.db'}") as handle:
        yield handle
