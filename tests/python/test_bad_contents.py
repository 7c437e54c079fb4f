"""Tables that hold what no model expects, or are not there: errors name the field and hide the value."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest
from notes import Note, make_notes, run_sql
from ommi import (
    DatabaseError,
    DriverModelNotFound,
    IncompatibleSchemaEvolutionError,
    Key,
    ModelCollection,
    Ommi,
    ommi_model,
)


@ommi_model(collection=ModelCollection(), name="mixed")
@dataclass
class Mixed:
    """A column of each type, for tables that hold something else."""

    text: str
    whole: int
    real: float
    flag: bool
    raw: bytes
    money: Decimal
    uid: UUID
    moment: datetime
    day: date
    clock: time
    names: list[str]
    id: Annotated[int, Key] = None


COLUMNS = "text, whole, real, flag, raw, money, uid, moment, day, clock, names, id"


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    return await make_notes(tmp_path / "a.db")


class TestForeignContents:
    """Tables made by others hold what SQLite lets into any column: errors name the field, and hide the value."""

    WRONG: tuple[tuple[str, str, str], ...] = (
        ("text", "42", "integer"),
        ("text", "4.5", "float"),
        ("text", "x'00ff'", "bytes"),
        ("text", "CAST(x'41ff42' AS TEXT)", "UTF-8"),
        ("whole", "'secret'", "text"),
        ("whole", "4.5", "float"),
        ("whole", "x'01'", "bytes"),
        ("real", "'secret'", "text"),
        ("real", "x'01'", "bytes"),
        ("flag", "'secret'", "text"),
        ("flag", "7", ""),
        ("raw", "'secret'", "text"),
        ("raw", "42", "integer"),
        ("money", "'secret'", ""),
        ("money", "x'01'", "bytes"),
        ("uid", "'secret'", ""),
        ("uid", "42", ""),
        ("moment", "'secret'", ""),
        ("moment", "'2020-13-01 00:00:00'", ""),
        ("moment", "42", ""),
        ("day", "'2020-02-30'", ""),
        ("day", "'secret'", ""),
        ("clock", "'25:00:00'", ""),
        ("clock", "'secret'", ""),
        ("names", "'[1, secret'", ""),
        ("names", "42", ""),
    )

    @pytest.mark.parametrize(("field", "stored", "said"), WRONG)
    async def test_a_cell_of_another_type(self, tmp_path: Path, field: str, stored: str, said: str) -> None:
        path = tmp_path / "a.db"
        good = {
            "text": "'fine'",
            "whole": "1",
            "real": "1.5",
            "flag": "1",
            "raw": "x'01'",
            "money": "'1.50'",
            "uid": f"'{UUID(int=1)}'",
            "moment": "'2020-01-01 00:00:00'",
            "day": "'2020-01-01'",
            "clock": "'01:02:03'",
            "names": "'[]'",
            "id": "1",
        }
        bad = {**good, field: stored, "id": "2"}
        # Columns without a type keep whatever they are given.
        insert = f"INSERT INTO mixed ({COLUMNS}) VALUES"
        run_sql(
            path,
            f"CREATE TABLE mixed ({COLUMNS.replace(', id', ', id INTEGER PRIMARY KEY')})",
            *(f"{insert} ({', '.join(row[name] for name in COLUMNS.split(', '))})" for row in (good, bad)),
        )
        async with Ommi(path, allow_implicit_model_setup=False) as db:
            one = await db.find(Mixed.id == 1).one.or_raise()
            assert (one.text, one.money, one.uid, one.names) == ("fine", Decimal("1.50"), UUID(int=1), [])
            for operation in (
                lambda: db.find(Mixed.id == 2).one,
                lambda: db.find(Mixed).fetch(),
                lambda: db.find(Mixed).select(getattr(Mixed, field)).fetch(),
            ):
                error = (await operation()).error
                assert isinstance(error, DatabaseError), type(error)
                assert f"Mixed.{field}" in str(error)
                assert said in str(error)
                assert "secret" not in str(error)
            # What is not read does no harm, and the rows can be mended.
            assert await db.find(Mixed).count.or_raise() == 2
            assert await db.find(Mixed).select(Mixed.id).fetch.all() == [(1,), (2,)]
            await db.find(Mixed.id == 2).delete.or_raise()
            assert len(await db.find(Mixed).fetch.all()) == 1

    async def test_a_stream_gives_the_rows_before_the_bad_one(self, path: Path) -> None:
        run_sql(
            path,
            "UPDATE note SET text = 5 WHERE id = 1500",
            "UPDATE note SET text = CAST(text AS BLOB) WHERE id = 1500",
        )
        async with Ommi(path) as db:
            seen = 0
            with pytest.raises(DatabaseError, match=r"Note\.text"):
                async for note in db.find(Note).order_by("id"):
                    seen += 1
                    assert note.id == seen
            assert seen <= 1499
            assert await db.find(Note).count.or_raise() == 2000

    async def test_a_missing_table(self, tmp_path: Path) -> None:
        async with Ommi(tmp_path / "a.db", allow_implicit_model_setup=False) as db:
            for operation in (
                db.find(Note).count,
                db.find(Note).fetch(),
                db.find(Note.id == 1).one,
                db.add(Note("x")),
                db.add([Note("x"), Note("y")]),
                db.save(Note("x", id=1)),
                db.reload(Note("x", id=1)),
                db.find(Note).update(stars=1),
                db.find(Note).delete,
            ):
                error = (await operation).error
                assert isinstance(error, DriverModelNotFound)
                assert "use_models" in str(error)
                assert "Note" in str(error)
                assert "note" in error.statement
            async with db.transaction() as tx:
                assert isinstance((await tx.add(Note("x"))).error, DriverModelNotFound)
            await db.use_models(Note)
            await db.add(Note("x")).or_raise()

    async def test_a_table_that_vanishes_and_comes_back(self, path: Path) -> None:
        async with Ommi(path) as db:
            assert await db.find(Note).count.or_raise() == 2000
            run_sql(path, "ALTER TABLE note RENAME TO gone")
            assert isinstance((await db.find(Note).count).error, DriverModelNotFound)
            assert isinstance((await db.add(Note("x"))).error, DriverModelNotFound)
            run_sql(path, "ALTER TABLE gone RENAME TO note")
            assert await db.find(Note).count.or_raise() == 2000

    async def test_a_table_that_differs_names_each_difference_and_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "a.db"
        run_sql(
            path,
            "CREATE TABLE note (text BLOB, id INTEGER PRIMARY KEY)",
            "INSERT INTO note VALUES (x'01', 1)",
        )
        async with Ommi(path) as db:
            with pytest.raises(IncompatibleSchemaEvolutionError) as caught:
                await db.use_models(Note)
        assert "text" in str(caught.value)
        assert "stars" in str(caught.value)
        connection = sqlite3.connect(path)
        assert connection.execute("SELECT * FROM note").fetchall() == [(b"\x01", 1)]
        connection.close()
