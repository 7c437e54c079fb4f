"""What all Python tests share: the models of `blog.py` and a handle on an empty database in memory."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from ommi import Ommi


@pytest.fixture
async def db() -> AsyncIterator[Ommi]:
    async with Ommi("sqlite://:memory:") as handle:
        yield handle


@pytest.fixture
async def file_db(tmp_path: Path) -> AsyncIterator[Ommi]:
    async with Ommi(f"sqlite:///{tmp_path / 'app.db'}") as handle:
        yield handle
