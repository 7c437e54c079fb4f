"""Files with notes, what other programs do to them, and scripts that use them in a process of their own."""

import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ommi import Key, ModelCollection, Ommi, ommi_model


@ommi_model(collection=ModelCollection(), name="note")
@dataclass
class Note:
    text: str
    stars: int = 0
    id: Annotated[int, Key] = None


NOTES = 2000


async def make_notes(path: Path) -> Path:
    """A file with two thousand notes: their keys count from 1, their stars from 0."""
    async with Ommi(path) as db:
        await db.add([Note(f"note {number}" * 5, number) for number in range(NOTES)]).or_raise()
    return path


def run_sql(path: Path, *statements: str) -> None:
    """Runs statements as another program would, committed together."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


SCRIPT = """
import asyncio, os, resource, sys
from dataclasses import dataclass
from ommi import *

@ommi_model(collection=ModelCollection(), name="note")
@dataclass
class Note:
    text: str
    stars: int = 0
    id: int = None

async def main():
    async with Ommi(sys.argv[1]) as db:
        {code}
        sys.stdout.flush()

if os.geteuid() == 0 and {unprivileged}:
    os.setuid(65534)
asyncio.run(main())
"""


def run_script(path: Path | str, code: str, unprivileged: bool = False) -> str:
    """What a process of its own prints that runs `code` with a handle `db` on the file."""
    indented = textwrap.indent(textwrap.dedent(code).strip(), " " * 8).strip()
    script = SCRIPT.format(code=indented, unprivileged=unprivileged)
    out = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=False)
    assert out.stderr == ""
    assert out.returncode == 0
    return out.stdout.strip()


def unprivileged(path: Path, code: str) -> str:
    """What a process prints that has not the rights of root, which no permission stops."""
    return run_script(path, code, unprivileged=True)
