"""The picture that docs/diagrams.md shows is what the command draws of the schema of a music shop."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "chinook.svg"


def test_the_documents_show_what_the_command_draws(tmp_path: Path) -> None:
    database = tmp_path / "chinook.db"
    script = (ROOT / "tests" / "data" / "chinook" / "sqlite.sql").read_text(encoding="utf-8-sig")
    connection = sqlite3.connect(database)
    connection.executescript(script)
    connection.close()
    command = [sys.executable, "-m", "ommi", "diagram", "--of-database", "--output", "chinook.svg"]
    variables = {**os.environ, "OMMI_DATABASE": f"sqlite:///{database}"}
    subprocess.run(command, cwd=tmp_path, env=variables, check=True, timeout=60)
    drawn = (tmp_path / "chinook.svg").read_text(encoding="utf-8")
    if os.environ.get("OMMI_UPDATE_SNAPSHOTS"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert drawn == PICTURE.read_text(encoding="utf-8"), "OMMI_UPDATE_SNAPSHOTS=1 draws it anew"
