"""Migrations in files: SQL and Python, in one order, and every way in which a folder can be wrong."""

from pathlib import Path

import pytest
from ommi import MigrationError, Ommi, SchemaManager

pytestmark = pytest.mark.databases("sqlite", "postgres", "mysql")

CREATE = """-- Create notes

-- up
CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(20));
INSERT INTO notes VALUES (1, 'a;b');

-- down
DROP TABLE notes;
"""

ADD = '''"""Give notes a colour."""
# parent: 0001_create_notes

from ommi.migrations import Migration, SchemaManager


class AddColour(Migration):
    async def up(self, schema: SchemaManager) -> None:
        await schema.add_column("notes", "colour", str | None)

    async def down(self, schema: SchemaManager) -> None:
        await schema.drop_column("notes", "colour")
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    (made / "0001_create_notes.sql").write_text(CREATE)
    (made / "0002_add_colour.py").write_text(ADD)
    return made


def loaded(db: Ommi, folder: Path) -> SchemaManager:
    schema = SchemaManager(db)
    schema.load(folder)
    return schema


async def test_files_of_both_languages_go_up_and_down(db: Ommi, folder: Path) -> None:
    schema = loaded(db, folder)
    assert [migration.description for migration in schema.migrations] == [
        "Create notes",
        "Give notes a colour",
    ]
    assert await schema.migrate_up() == ["0001", "0002"]
    await schema.execute("UPDATE notes SET colour = 'red' WHERE text = 'a;b'")
    assert (await schema.status()).problems == []
    assert await schema.migrate_down() == ["0002", "0001"]


async def test_an_applied_file_may_not_be_edited_but_its_line_endings_may(db: Ommi, folder: Path) -> None:
    await loaded(db, folder).migrate_up()
    file = folder / "0001_create_notes.sql"
    file.write_bytes(CREATE.replace("\n", "\r\n").encode())
    assert (await loaded(db, folder).status()).problems == []

    file.write_text(CREATE.replace("20", "30"))
    with pytest.raises(
        MigrationError, match=r'0001 "Create notes" \(.*0001_create_notes\.sql\) was edited after'
    ):
        await loaded(db, folder).migrate_up()


async def test_a_database_that_is_ahead_is_told(db: Ommi, folder: Path) -> None:
    await loaded(db, folder).migrate_up()
    (folder / "0002_add_colour.py").unlink()
    schema = loaded(db, folder)
    with pytest.raises(
        MigrationError, match='the database is ahead: the migration 0002 "Give notes a colour"'
    ):
        await schema.migrate_up()
    with pytest.raises(MigrationError, match='there is no migration of the version "9"; there are 0001'):
        await schema.migrate_up("9")


async def test_a_missing_down_names_the_file(db: Ommi, folder: Path) -> None:
    (folder / "0001_create_notes.sql").write_text(CREATE.split("-- down")[0])
    schema = loaded(db, folder)
    await schema.migrate_up()
    with pytest.raises(MigrationError, match=r"0001_create_notes\.sql\) has no way back: write its down"):
        await schema.migrate_down()


BROKEN = {
    "syntax": ("class X(:", r"0003_x\.py:1: it is no valid Python"),
    "raises": ("\n\nimport nothing_of_this_name", r"0003_x\.py:3: ModuleNotFoundError: No module named"),
    "empty": ("", r"0003_x\.py: it has no migration; a file holds one class"),
    "two": (f"{ADD}\n\nclass Other(AddColour): ...\n", r"several migrations \(AddColour, Other\)"),
    "no_up": (
        "from ommi.migrations import Migration\nclass X(Migration): ...",
        r"0003_x\.py: X has no `async def up\(self, schema\)`",
    ),
    "version": (
        f"{ADD}\n    def __init__(self): super().__init__('7', 'Seven')\n",
        r"the class says version '7' and the file's name '0003'",
    ),
    "init": (
        f"{ADD}\n    def __init__(self): raise OSError('mine')\n",
        r"AddColour\(\) raised OSError\('mine'\)",
    ),
}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_python_file_is_named_with_the_reason(db: Ommi, folder: Path, case: str) -> None:
    text, reason = BROKEN[case]
    (folder / "0003_x.py").write_text(text.replace("# parent: 0001_create_notes", ""))
    with pytest.raises(MigrationError, match=reason):
        loaded(db, folder)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("x.sql", CREATE, r"x\.sql: a migration's file is named by digits"),
        ("0003_x.sql", "SELECT 1;", r"0003_x\.sql: line 1: a statement before the line `-- up`"),
        ("0003_x.sql", "-- up\nSELECT 'a;\n", r"0003_x\.sql: line 2: a quotation that has no end"),
        ("0002_x.sql", CREATE, r"0002_add_colour\.py and .*0002_x\.sql have the same version: two branches"),
        ("0003_x.sql", f"-- parent: 0001_create_notes\n{CREATE}", r"have the same parent 0001_create_notes"),
        ("0003_x.sql", f"-- parent: 0009_lost\n{CREATE}", r"its parent 0009_lost is not in the folder"),
    ],
)
async def test_a_folder_that_makes_no_line_is_told(
    db: Ommi, folder: Path, name: str, text: str, reason: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(MigrationError, match=reason):
        loaded(db, folder)


@pytest.mark.databases("sqlite")
async def test_a_class_with_a_constructor_of_its_own_may_stand_in_a_file(db: Ommi, folder: Path) -> None:
    said = "\n    def __init__(self) -> None:\n        super().__init__('0002', 'My own words')\n"
    (folder / "0002_add_colour.py").write_text(ADD + said)
    assert loaded(db, folder).migrations[1].description == "My own words"


@pytest.mark.databases("sqlite")
async def test_a_missing_folder_is_told(db: Ommi, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="there is no such folder of migrations; `ommi init` makes it"):
        SchemaManager(db).load(tmp_path / "nowhere")
