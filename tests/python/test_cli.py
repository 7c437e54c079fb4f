"""The command `ommi`, from an empty folder on: models, migrations, a database, and what it says of each mistake."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from databases import place_of, run_sql

pytestmark = pytest.mark.databases("sqlite", "postgres")

MODELS = """
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Optional

from ommi import Auto, Aware, Default, Index, Key, MaxLength, ReferenceTo, Unique, ommi_model


@ommi_model(name="users")
@dataclass
class User:
    name: Annotated[str, MaxLength(80) | Index]
    mail: Annotated[Optional[str], Unique] = None
    state: Annotated[str, Default("new")] = "new"
    id: Annotated[int, Key | Auto] = None


@ommi_model(name="posts")
@dataclass
class Post:
    author: Annotated[int, ReferenceTo(User, on_delete="cascade")]
    text: str
    written: Annotated[datetime, Aware]
    id: Annotated[int, Key | Auto] = None
"""


class Project:
    """A folder with models, and the command run in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        (folder / "app").mkdir()
        (folder / "app" / "__init__.py").touch()
        self.models(MODELS)

    def models(self, text: str) -> None:
        (self.folder / "app" / "models.py").write_text(text)

    def ommi(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """What the command prints, both ways, where its exit code is the one expected."""
        variables = {**os.environ, "OMMI_DATABASE": self.url, **environment}
        command = [sys.executable, "-m", "ommi", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=variables, text=True, capture_output=True, timeout=60
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def python(self, text: str) -> str:
        """What a program prints that runs in the project's folder."""
        program = self.folder / "program.py"
        program.write_text(text)
        done = subprocess.run(
            [sys.executable, str(program)], cwd=self.folder, text=True, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.ommi(*arguments, "--json", code=code))

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "migrations").iterdir() if path.is_file())

    def read(self, name: str) -> str:
        return (self.folder / "migrations" / name).read_text()


@pytest.fixture
def project(tmp_path: Path, database: str) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, database)


@pytest.fixture
def begun(project: Project) -> Project:
    """A project of which the first migration was applied."""
    project.ommi("init", "--models", "app.models")
    project.ommi("makemigrations")
    project.ommi("migrate")
    return project


def test_from_an_empty_folder_to_a_database_and_back(project: Project) -> None:
    assert "wrote migrations/" in project.ommi("init", "--models", "app.models")
    settings = (project.folder / "pyproject.toml").read_text()
    assert 'models = ["app.models"]' in settings
    assert "everything is there already" in project.ommi("init")

    said = project.ommi("makemigrations")
    assert "wrote migrations/0001_create_users_and_more.py" in said
    assert "create the table users (name, mail, state, id) (safe)" in said
    text = project.read("0001_create_users_and_more.py")
    assert '            Column("name", str, Index | MaxLength(80)),\n' in text
    assert '            Column("author", int, ReferenceTo("users.id", on_delete="cascade")),\n' in text
    assert text.endswith(
        '        await schema.drop_table("posts")\n        await schema.drop_table("users")\n'
    )

    assert "1 migration to apply: ommi migrate" in project.ommi("status")
    assert project.json("check", code=1)["found"][0].startswith("the migration 0001")
    assert "applied 0001 Create users and more" in project.ommi("migrate")
    assert "is up to date" in project.ommi("migrate")
    assert "is what the migrations and models say" in project.ommi("check")
    assert "nothing to do: the database is what the models say" in project.ommi("makemigrations")
    assert project.files() == ["0001_create_users_and_more.py"]

    assert "data would be lost" in project.ommi("rollback", code=3)
    assert project.json("rollback", "--allow-data-loss")["undone"] == ["0001"]
    assert project.json("status")["pending"] == ["0001"]


def test_a_changed_model_becomes_a_migration(begun: Project) -> None:
    begun.models(
        MODELS.replace("    mail: Annotated[Optional[str], Unique] = None\n", "").replace(
            "    id: Annotated[int, Key | Auto] = None\n\n\n@ommi",
            "    id: Annotated[int, Key | Auto] = None\n    city: Optional[str] = None\n\n\n@ommi",
        )
    )
    assert "the models want to add the column users.city" in begun.ommi("check", code=1)
    said = begun.ommi("makemigrations", "city")
    assert "run: ommi makemigrations --rename users.mail:city" in said
    assert "# parent: 0001_create_users_and_more" in begun.read("0002_city.py")

    run_in(begun, "INSERT INTO users (name, mail) VALUES ('Ada', 'a@b.c'), ('Grace', NULL)")
    plan = begun.json("migrate", "--dry-run")
    assert plan["losses"] == [
        {"version": "0002", "step": "drop the column users.mail with its values", "rows": 1}
    ]
    refused = begun.ommi("migrate", code=3)
    assert "0002: drop the column users.mail with its values (1 row has a value there)" in refused
    assert begun.json("status")["pending"] == ["0002"]
    assert begun.json("migrate", "--allow-data-loss")["applied"] == ["0002"]
    assert begun.json("check")["found"] == []
    assert begun.json("rollback", "--allow-data-loss")["undone"] == ["0002"]


def test_a_declared_rename_keeps_the_values(begun: Project) -> None:
    run_in(begun, "INSERT INTO users (name, mail) VALUES ('Ada', 'a@b.c')")
    begun.models(MODELS.replace("mail:", "email:"))
    begun.ommi("makemigrations", "--rename", "users.mail:email")
    assert begun.json("migrate")["applied"] == ["0002"]
    assert begun.json("check")["found"] == []
    assert begun.json("migrate", "--dry-run")["migrations"] == []
    assert [name for name in begun.files() if name.startswith("0002")] == ["0002_rename_users_email.py"]


def test_a_required_column_needs_a_value_for_rows_that_exist(begun: Project) -> None:
    run_in(begun, "INSERT INTO users (name) VALUES ('Ada')")
    begun.models(MODELS.replace("    name:", "    city: str\n    name:"))
    assert "give one by --fill 'users.city=VALUE'" in begun.ommi("makemigrations", code=3)
    begun.ommi("makemigrations", "--fill", "users.city=Oslo")
    assert 'fill="Oslo"' in begun.read("0002_add_users_city.py")
    begun.ommi("migrate")
    assert begun.json("check")["found"] == []


def test_migrations_are_written_in_sql_where_that_is_wanted(project: Project) -> None:
    project.ommi("init", "--models", "app.models")
    project.ommi("makemigrations", "--sql", "first")
    text = project.read("0001_first.sql")
    assert text.startswith("-- First\n\n-- up\nCREATE TABLE")
    assert "\n-- down\n-- loses data\nDROP TABLE" in text
    project.ommi("migrate")
    assert project.json("check")["found"] == []
    assert "data would be lost" in project.ommi("rollback", code=3)
    project.ommi("rollback", "--allow-data-loss")


def test_offline_statements_make_the_same_database(begun: Project) -> None:
    printed = begun.ommi("sql")
    assert printed.startswith("-- 0001 Create users and more\n")
    assert "ommi_migrations" in printed
    assert begun.ommi("sql", "1:") == ""
    begun.ommi("rollback", "--allow-data-loss")
    run_in(begun, "DROP TABLE ommi_migrations")
    run_in(begun, printed)
    assert begun.json("status")["pending"] == []
    assert begun.json("check")["found"] == []


def test_a_table_that_no_model_knows_is_left_alone(begun: Project) -> None:
    run_in(begun, "CREATE TABLE others (x INT)")
    said = begun.ommi("makemigrations")
    assert "note: no model knows the table others; it is left alone" in said
    assert "nothing to do" in said
    assert begun.json("check")["found"] == []


def test_a_table_whose_model_is_gone_is_dropped_by_a_migration(begun: Project) -> None:
    begun.models(MODELS[: MODELS.index('@ommi_model(name="posts")')])
    begun.ommi("makemigrations")
    assert 'schema.drop_table("posts")' in begun.read("0002_drop_posts.py")
    assert "posts with its rows (0 rows have a value there)" in begun.ommi("migrate", code=3)
    begun.ommi("migrate", "--allow-data-loss")


def test_mistakes_are_told_with_the_way_out(project: Project) -> None:
    assert "there is no such folder of migrations; `ommi init` makes it" in project.ommi("status", code=3)
    assert "no database is named: give --database URL" in project.ommi("status", code=2, OMMI_DATABASE="")
    project.ommi("init", "--models", "app.models")
    assert "no migration 9 in migrations; there are: none" in project.ommi("migrate", "9", code=2)
    assert "unrecognized subcommand 'migrat'" in project.ommi("migrat", code=2)
    assert "No module named 'nowhere'" in project.ommi("makemigrations", "--models", "nowhere", code=3)
    assert "the module json has no models" in project.ommi("makemigrations", "--models", "json", code=3)
    assert "--rename a: write TABLE:NEW" in project.ommi("makemigrations", "--rename", "a", code=2)
    assert "has none" in project.ommi("makemigrations", "--empty", "???", code=2)
    project.ommi("makemigrations", "first")
    assert "0001_first.py) was not applied" in project.ommi("makemigrations", code=3)
    (project.folder / "migrations" / "0002_x.py").write_text("class X(:")
    assert "migrations/0002_x.py:1: it is no valid Python" in project.ommi("migrate", code=3)
    assert json.loads(project.ommi("migrate", "--json", code=3))["error"].startswith("migrations/0002_x.py")
    (project.folder / "pyproject.toml").write_text("[tool.ommi]\nmodel = 'x'\n")
    told = project.ommi("status", code=2)
    assert 'has no setting "model"; the settings are database, migrations, models' in told


def test_an_unreachable_database_is_named_without_its_password(project: Project) -> None:
    project.ommi("init", "--models", "app.models")
    url = "postgresql://someone:secret@127.0.0.1:1/nothing?connect_timeout=2"
    said = project.ommi("status", "--database", url, code=3)
    assert "127.0.0.1" in said
    assert "secret" not in said


def test_a_database_that_is_ahead_and_an_edited_file_are_found(begun: Project) -> None:
    name = "0001_create_users_and_more.py"
    file = begun.folder / "migrations" / name
    text = file.read_text()
    file.write_text(text.replace("80", "90"))
    assert f"(migrations/{name}) was edited after it was applied" in begun.ommi("check", code=1)
    file.unlink()
    assert "the database is ahead: the migration 0001" in begun.ommi("migrate", code=3)


def test_a_diagram_of_the_models(project: Project) -> None:
    assert "no models are named" in project.ommi("diagram", code=2)
    text = project.ommi("diagram", "--models", "app.models")
    assert '        text(80) name\n        text mail UK "nullable"\n' in text
    assert text.endswith('    "posts" }o--|| "users" : "author"\n')
    # The database has none of them.
    assert "note: there are no tables" in project.ommi("diagram", "--of-database")


@pytest.mark.databases("sqlite", "postgres", "mysql")
def test_a_diagram_is_written_in_the_format_of_its_name(begun: Project) -> None:
    said = begun.ommi("diagram", "--output", "schema.svg")
    assert "wrote schema.svg: 2 tables, 1 reference" in said
    picture = ElementTree.parse(begun.folder / "schema.svg").getroot()
    assert titles(picture) == ["posts", "users"]
    begun.ommi("diagram", "--output", "schema.mmd")
    assert (begun.folder / "schema.mmd").read_text() == begun.ommi("diagram")
    assert '"posts" }o--|| "users" : "author"' in begun.ommi("diagram", "--of-database")
    assert "the name does not say the format" in begun.ommi("diagram", "--output", "schema.png", code=2)
    begun.ommi("diagram", "--output", "schema.txt", "--format", "svg")
    assert (begun.folder / "schema.txt").read_text() == (begun.folder / "schema.svg").read_text()
    assert "nowhere/schema.svg: " in begun.ommi("diagram", "--output", "nowhere/schema.svg", code=3)


def test_a_diagram_of_the_database_is_that_of_its_models(begun: Project) -> None:
    run_in(begun, 'CREATE TABLE "a <b> & c" (x INT REFERENCES users (id))')
    answer = begun.json("diagram", "--of-database", "--format", "svg")
    assert (answer["tables"], answer["references"], answer["file"]) == (3, 2, None)
    picture = ElementTree.fromstring(answer["text"])
    assert titles(picture) == ["a <b> & c", "posts", "users"]
    lines = [own.findtext(f"{SVG}title") for own in picture.iter(f"{SVG}g") if own.get("class") == "link"]
    assert lines == ["a <b> & c.x → users.id", "posts.author → users.id"]
    text = begun.ommi("diagram", "--of-database")
    assert '"a <b> & c" }o--o| "users" : "x"' in text
    assert '"posts" }o--|| "users" : "author"' in text
    assert "ommi_migrations" not in text


SVG = "{http://www.w3.org/2000/svg}"


def titles(picture: ElementTree.Element) -> list[str | None]:
    return [own.text for own in picture.iter(f"{SVG}text") if own.get("class") == "title"]


def test_colours_are_for_terminals(begun: Project) -> None:
    assert "\x1b" not in begun.ommi("status")
    assert "\x1b[32mapplied" in begun.ommi("status", "--color", "always")


def test_settings_are_found_from_folders_within(begun: Project) -> None:
    inner = begun.folder / "app"
    command = [sys.executable, "-m", "ommi", "status", "--json"]
    variables = {**os.environ, "OMMI_DATABASE": begun.url}
    done = subprocess.run(command, cwd=inner, env=variables, text=True, capture_output=True, check=True)
    assert [own["version"] for own in json.loads(done.stdout)["applied"]] == ["0001"]


def run_in(project: Project, text: str) -> None:
    """Runs statements outside of Ommi."""
    if project.url.startswith("sqlite"):
        script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
        path = project.url.removeprefix("sqlite:///").split("?")[0]
        subprocess.run([sys.executable, "-c", script, path, text], check=True, timeout=60)
        return
    place = place_of(project.url)
    run_sql("postgres", f"SET search_path TO {place}")
    try:
        run_sql("postgres", text)
    finally:
        run_sql("postgres", "RESET search_path")


EVERY_TYPE = """
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Optional
from uuid import UUID

from ommi import Aware, Default, Index, Key, Naive, ReferenceTo, Unique, ommi_model


@ommi_model(name="every")
@dataclass
class Every:
    first: Annotated[str, Key]
    second: Annotated[int, Key]
    flag: Annotated[bool, Default(True)]
    number: Annotated[int, Default(-7)]
    ratio: Annotated[float, Default(1.5)]
    text: Annotated[str, Default("it's \\"quoted\\"")]
    price: Annotated[Decimal, Default(Decimal("12.50"))]
    name: Annotated[UUID, Default(UUID("00000000-0000-0000-0000-000000000001"))]
    local: Annotated[datetime, Naive, Default(datetime(2020, 1, 2, 3, 4, 5))]
    instant: Annotated[datetime, Aware, Default(datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc))]
    day: Annotated[date, Default(date(2020, 1, 2))]
    hour: Annotated[time, Default(time(3, 4, 5))]
    either: datetime
    span: Annotated[timedelta, Default(timedelta(days=1, microseconds=3))]
    raw: bytes
    tags: list[str]
    more: dict[str, int]
    left: Annotated[Optional[int], Index("both", unique=True)] = None
    right: Annotated[Optional[int], Index("both")] = None


@ommi_model(name="others")
@dataclass
class Other:
    id: Annotated[int, Key]
    parent: Annotated[Optional[int], ReferenceTo("Other.id", on_delete="set_null")] = None
    code: Annotated[Optional[int], Unique] = None
"""


@pytest.mark.databases("sqlite", "postgres", "mysql")
def test_every_type_and_default_goes_through_a_file_and_back(project: Project) -> None:
    project.models(EVERY_TYPE)
    project.ommi("init", "--models", "app.models")
    project.ommi("makemigrations", "all")
    project.ommi("migrate")
    assert project.json("check")["found"] == [], project.read("0001_all.py")

    # All of it goes and comes back, from what the database says of itself.
    project.models(MODELS)
    project.ommi("makemigrations", "others")
    project.ommi("migrate", "--allow-data-loss")
    assert project.json("check")["found"] == []
    project.ommi("rollback", "--allow-data-loss")
    (project.folder / "migrations" / "0002_others.py").unlink()
    project.models(EVERY_TYPE)
    assert project.json("check")["found"] == []
