"""Processes that use servers: what they fork, and how they end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from databases import SERVERS

on_servers = pytest.mark.databases(*SERVERS)

FORKS = """
import asyncio, os, sys
from blog import User, blog
from ommi import ConnectionError, Ommi

async def count(db):
    return await db.find(User).count

async def parent():
    db = Ommi(sys.argv[1])
    await db.add(User("Ada")).or_raise()
    return db

async def child():
    assert isinstance((await count(db)).error, ConnectionError)
    async with Ommi(sys.argv[1]) as own:
        print((await count(own)).value, flush=True)

db = asyncio.run(parent())
if os.fork() == 0:
    asyncio.run(child())
    os._exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
print(asyncio.run(count(db)).value)
"""


@on_servers
def test_a_forked_process_opens_its_own_handle(database: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", FORKS, database]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert out.stderr == ""
    assert out.stdout.split() == ["1", "1"]


EXITS = """
import asyncio, sys
from blog import User, blog
from ommi import Ommi

async def main():
    db = Ommi(sys.argv[1])
    await db.use_models(blog)
    tasks = [asyncio.ensure_future(db.find(User).count) for _ in range(20)]
    tx = await db.transaction()
    await tx.add(User("Ada")).or_raise()
    await asyncio.sleep(0.001)
    sys.exit(0)

asyncio.run(main())
"""


@on_servers
def test_an_interpreter_that_exits_with_work_under_way_never_aborts(database: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", EXITS, database]
    for _ in range(10):
        out = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert (out.returncode, out.stderr) == (0, "")
