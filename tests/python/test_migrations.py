"""Migrations as classes: up and down, their steps, and what is refused."""

from dataclasses import dataclass
from typing import Annotated, Any, Optional

import pytest
from databases import place_of, run_sql
from ommi import (
    Auto,
    Column,
    Default,
    Key,
    MaxLength,
    Migration,
    MigrationError,
    ModelCollection,
    Ommi,
    ReferenceTo,
    SchemaManager,
    TransactionError,
    Unique,
    ommi_model,
)
from ommi.migrations import TableIndex, TableReference

pytestmark = pytest.mark.databases("sqlite", "postgres", "mysql")

users = ModelCollection()


@ommi_model(collection=users, name="users")
@dataclass
class User:
    name: str
    id: Annotated[int, Key | Auto] = None


later = ModelCollection()


@ommi_model(collection=later, name="users")
@dataclass
class LaterUser:
    name: str
    email: Optional[str] = None
    id: Annotated[int, Key | Auto] = None


class CreateUsers(Migration):
    def __init__(self):
        super().__init__("000", "Create users")

    async def up(self, schema: SchemaManager) -> None:
        await schema.create_table(User)

    async def down(self, schema: SchemaManager) -> None:
        await schema.drop_table(User)


class AddUserEmailMigration(Migration):
    def __init__(self):
        super().__init__("001", "Add email column to users table")

    async def up(self, schema: SchemaManager) -> None:
        await schema.add_column(User, "email", str)

    async def down(self, schema: SchemaManager) -> None:
        await schema.drop_column(User, "email")


class Saying(Migration):
    """What a test says, by functions of the schema."""

    def __init__(self, version: str, up: Any, down: Any = None) -> None:
        super().__init__(version, f"Test {version}")
        self.said = up, down

    async def up(self, schema: SchemaManager) -> None:
        await self.said[0](schema)

    async def down(self, schema: SchemaManager) -> None:
        await self.said[1](schema)


def manager(db: Ommi, *migrations: Migration) -> SchemaManager:
    schema = SchemaManager(db)
    for migration in migrations:
        schema.add_migration(migration)
    return schema


async def emails(db: Ommi) -> list[str | None]:
    return [user.email for user in await db.find(LaterUser).order_by(LaterUser.id).fetch.all()]


async def test_the_documented_migration_goes_up_and_down(db: Ommi) -> None:
    schema = SchemaManager(db)
    schema.add_migration(AddUserEmailMigration())
    schema.add_migration(CreateUsers())

    assert await schema.migrate_up() == ["000", "001"]
    await db.add(LaterUser("Ada", "ada@example.org")).or_raise()
    assert await emails(db) == ["ada@example.org"]

    assert await schema.migrate_down("000") == ["001"]
    assert [user.name for user in await db.find(User).fetch.all()] == ["Ada"]
    assert await schema.migrate_down() == ["000"]
    assert await schema.migrate_up("000") == ["000"]


async def test_status_tells_what_was_applied_by_whom(db: Ommi) -> None:
    schema = manager(db, CreateUsers(), AddUserEmailMigration())
    before = await schema.status()
    assert (before.current, before.pending) == (None, ["000", "001"])

    await schema.migrate_up("000", applied_by="it's me")
    status = await schema.status()

    assert (status.current, status.pending, status.problems) == ("000", ["001"], [])
    applied = status.applied[0]
    assert (applied.description, applied.applied_by) == ("Create users", "it's me")
    assert applied.milliseconds is not None
    assert applied.applied_at.tzinfo is not None


async def test_a_plan_has_words_and_statements_and_changes_nothing(db: Ommi) -> None:
    schema = manager(db, CreateUsers(), AddUserEmailMigration())
    planned = await schema.plan_up()

    assert [one.version for one in planned] == ["000", "001"]
    assert planned[1].steps == ["add the column users.email: text, required"]
    assert "CREATE TABLE" in planned[0].statements[0]
    assert (await schema.status()).pending == ["000", "001"]

    await schema.migrate_up()
    assert (await schema.plan_down("000"))[0].steps == ["drop the column users.email with its values"]
    assert (await schema.status()).pending == []


async def test_rows_that_exist_need_a_value_for_a_required_column(db: Ommi) -> None:
    schema = manager(db, CreateUsers(), AddUserEmailMigration())
    await schema.migrate_up("000")
    await db.add(User("Ada")).or_raise()

    with pytest.raises(Exception, match='migration 001 "Add email column to users table"'):
        await schema.migrate_up()
    await db.find(User).delete.or_raise()
    if not db.capabilities()["transactional_schema"]:
        return

    async def filled(steps: SchemaManager) -> None:
        await steps.add_column(User, "email", str, fill="?")

    await db.add(User("Grace")).or_raise()
    assert await manager(db, CreateUsers(), Saying("001", filled)).migrate_up() == ["001"]
    assert await emails(db) == ["?"]


async def test_what_loses_data_is_refused_unless_allowed(db: Ommi) -> None:
    async def drop(steps: SchemaManager) -> None:
        await steps.drop_table("users")

    async def sweep(steps: SchemaManager) -> None:
        await steps.execute("DELETE FROM users", loses_data=True)

    schema = manager(db, CreateUsers(), Saying("002", sweep), Saying("003", drop))
    with pytest.raises(
        MigrationError, match=r"migration 002 .*: it would run DELETE FROM users: allow data loss"
    ):
        await schema.migrate_up()
    assert (await schema.status()).pending == ["002", "003"]
    assert await schema.migrate_up(allow_data_loss=True) == ["002", "003"]


async def test_a_migration_without_a_way_back_is_not_undone(db: Ommi) -> None:
    class OneWay(Migration):
        async def up(self, schema: SchemaManager) -> None:
            await schema.create_table("notes", Column("id", int, Key), Column("text", str))

    schema = manager(db, CreateUsers(), OneWay("001", "Add notes"))
    await schema.migrate_up()
    with pytest.raises(MigrationError, match='the migration 001 "Add notes" has no way back: write its down'):
        await schema.migrate_down()
    assert (await schema.status()).current == "001"


async def test_every_step_changes_the_database(db: Ommi, database: str) -> None:
    async def create(steps: SchemaManager) -> None:
        await steps.create_table(
            "people",
            Column("id", int, Key | Auto),
            Column("name", Annotated[str, MaxLength(40)]),
            Column("mail", str | None, Unique),
            Column("kind", str, Default("guest")),
            TableIndex(["name", "kind"], unique=True),
        )
        await steps.create_table(
            "visits",
            Column("id", int, Key),
            Column("person", int, ReferenceTo("people.id", on_delete="cascade")),
            Column("name", str | None, MaxLength(40)),
            Column("kind", str | None),
            TableReference(["name", "kind"], "people", ["name", "kind"]),
        )

    async def change(steps: SchemaManager) -> None:
        await steps.rename_column("people", "mail", "email")
        await steps.drop_index("people", "email")
        await steps.alter_column("people", "email", nullable=False, fill="?", max_length=99)
        await steps.alter_column("people", "kind", default=None)
        await steps.drop_reference("visits", "name", "kind")
        await steps.drop_column("visits", "kind")
        await steps.add_column("visits", Column("by", int | None, ReferenceTo("people")))
        await steps.add_index("visits", "person", name="ix_of_persons")
        await steps.rename_table("visits", "calls")

    async def undo(steps: SchemaManager) -> None:
        await steps.rename_table("calls", "visits")
        await steps.drop_column("visits", "by")
        await steps.add_column("visits", "kind", str | None)
        await steps.add_reference("visits", ["name", "kind"], "people", ["name", "kind"])
        await steps.alter_column("people", "email", nullable=True)

    collection = ModelCollection()

    @ommi_model(collection=collection, name="people")
    @dataclass
    class Person:
        name: Annotated[str, MaxLength(40)]
        email: Annotated[str, MaxLength(99)]
        kind: str
        id: Annotated[int, Key | Auto] = None

    @ommi_model(collection=collection, name="calls")
    @dataclass
    class Call:
        id: Annotated[int, Key]
        person: Annotated[int, ReferenceTo(Person, on_delete="cascade")]
        by: Annotated[Optional[int], ReferenceTo(Person)] = None
        name: Annotated[Optional[str], MaxLength(40)] = None

    schema = manager(db, Saying("001", create), Saying("002", change, undo))
    await schema.migrate_up("001")
    await schema.execute("INSERT INTO people (id, name) VALUES (1, 'Ada')")
    await schema.migrate_up(allow_data_loss=True)

    await db.use_models(collection)
    assert await db.find(Person).fetch.all() == [Person("Ada", "?", "guest", 1)]
    await db.add(Call(1, 1, 1)).or_raise()
    await db.find(Person).delete.or_raise() if database.startswith("sqlite") else None
    assert await schema.migrate_down("001") == ["002"]


async def test_steps_called_on_the_manager_change_the_database_at_once(db: Ommi) -> None:
    schema = SchemaManager(db)
    await schema.create_table(User)
    await db.add(User("Ada")).or_raise()
    await schema.add_column(User, "email", Optional[str])
    assert await emails(db) == [None]
    assert (await schema.status()).applied == []


async def test_what_does_not_fit_is_told(db: Ommi) -> None:
    schema = SchemaManager(db)
    await schema.create_table(User)
    with pytest.raises(MigrationError, match='"users" has no column "mail"; its columns are name, id'):
        await schema.drop_column(User, "mail")
    with pytest.raises(MigrationError, match='"users" has no index over \\(name\\); it has none'):
        await schema.drop_index(User, "name")
    with pytest.raises(MigrationError, match='there is no table "nowhere"'):
        await schema.drop_table("nowhere")
    with pytest.raises(TypeError, match=r"users\.thing"):
        await schema.add_column(User, "thing", object())
    with pytest.raises(TypeError, match="the column 'email' needs a type"):
        await schema.add_column(User, "email")
    with pytest.raises(TypeError, match="neither a model nor the name of a table"):
        await schema.drop_table(3)
    async with db.transaction():
        with pytest.raises(TransactionError, match="outside of"):
            await schema.drop_table(User)


async def test_two_of_one_version_are_refused_by_name(db: Ommi) -> None:
    async def nothing(steps: SchemaManager) -> None: ...

    schema = manager(db, CreateUsers(), Saying("000", nothing))
    with pytest.raises(
        MigrationError, match='two migrations have one version: 000 "Create users" and 000 "Test 000"'
    ):
        await schema.migrate_up()


async def test_an_exception_in_up_comes_out_and_nothing_is_done(db: Ommi) -> None:
    async def broken(steps: SchemaManager) -> None:
        await steps.create_table(User)
        raise LookupError("mine")

    schema = manager(db, Saying("001", broken))
    with pytest.raises(LookupError, match="mine"):
        await schema.migrate_up()
    assert (await schema.status()).pending == ["001"]


@pytest.mark.databases("mongodb")
async def test_a_database_without_migrations_says_so(db: Ommi) -> None:
    with pytest.raises(
        Exception, match="the driver mongodb describes and changes no schemas: it has no migrations"
    ):
        await manager(db, CreateUsers()).migrate_up()


@pytest.mark.databases("postgres", "mysql")
async def test_other_programs_see_the_change(db: Ommi, database: str) -> None:
    await manager(db, CreateUsers(), AddUserEmailMigration()).migrate_up()
    server = "postgres" if database.startswith("postgres") else "mysql"
    question = (
        "SELECT column_name FROM information_schema.columns "
        f"WHERE table_schema = '{place_of(database)}' AND table_name = 'users'"
    )
    assert {row[0] for row in run_sql(server, question)} == {"id", "name", "email"}
