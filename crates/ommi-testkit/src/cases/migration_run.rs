//! Migrations that are run: up and down to any version, noted in a history, and never half or twice.

use ommi_core::schema::{Action, Change, ColumnDef, SchemaDef, TableIndex, TableReference};
use ommi_engine::migrations::{
    Alteration, Edit, Hints, IndexName, Migration, RunOptions, SchemaManager, Step, difference,
};

use crate::case::cases;
use crate::kit::*;

cases! {
    migrations_go_up_and_down_to_any_version [SchemaChanges],
    a_plan_changes_nothing [SchemaChanges],
    a_history_that_does_not_fit_is_told [SchemaChanges],
    what_loses_data_or_has_no_way_back_is_refused [SchemaChanges],
    a_migration_that_fails_leaves_nothing [SchemaChanges, TransactionalSchema],
    a_migration_that_fails_midway_is_told [SchemaChanges],
    of_two_that_migrate_at_once_one_waits [SchemaChanges],
    changes_by_name_are_those_of_what_is_there [SchemaChanges],
    what_would_be_lost_is_counted [SchemaChanges],
    offline_statements_leave_what_a_run_leaves [SchemaChanges],
}

fn account(more: &[&str]) -> Arc<ModelDef> {
    let model = ModelDef::builder("Account").table("accounts").field(models::id());
    let optional = |name: &&str| FieldDef::new(*name, FieldType::Text).nullable();
    models::built(more.iter().map(optional).fold(model, |model, field| model.field(field)))
}

fn column(name: &str) -> Change {
    let column = ColumnDef { nullable: true, ..ColumnDef::new(name, FieldType::Text) };
    Change::AddColumn { table: "accounts".into(), column, fill: None }
}

/// Creates a table, and adds two columns to it one after the other.
fn three() -> Result<Vec<Migration>> {
    let first = SchemaDef::of(&[account(&[])])?;
    let create = difference(&SchemaDef::default(), &first, &Hints::default())?;
    Ok(vec![
        Migration::new("001", "Create accounts").changes(create).source("create accounts\n"),
        Migration::new("002", "Add names").changes(vec![column("name")]),
        Migration::new("003", "Add mails").changes(vec![column("mail")]),
    ])
}

fn manager(db: &Db, migrations: Vec<Migration>) -> Result<SchemaManager> {
    let mut manager = SchemaManager::new(db.explicit());
    migrations.into_iter().try_for_each(|migration| manager.add_migration(migration))?;
    Ok(manager)
}

fn columns(db: &Db) -> Result<Vec<String>> {
    let found = now(db.handle().driver().describe())?;
    let table = found.table("accounts");
    Ok(table.into_iter().flat_map(|table| &table.columns).map(|column| column.name.clone()).collect())
}

fn losing() -> RunOptions {
    RunOptions { allow_data_loss: true, ..RunOptions::default() }
}

fn migrations_go_up_and_down_to_any_version(db: &Db) -> Result<()> {
    let manager = manager(db, three()?.into_iter().rev().collect())?;
    assert_eq!(now(manager.status())?.pending, ["001", "002", "003"]);
    let options = RunOptions { applied_by: "it's me".into(), ..RunOptions::default() };
    assert_eq!(now(manager.migrate_up(Some("002"), &options))?, ["001", "002"]);
    assert_eq!(columns(db)?, ["id", "name"]);
    let status = now(manager.status())?;
    assert_eq!((status.pending, status.problems), (vec!["003".to_owned()], vec![]));
    let first = &status.applied[0];
    assert_eq!((first.description.as_str(), first.applied_by.as_str()), ("Create accounts", "it's me"));
    assert!(first.milliseconds.is_some() && first.checksum.is_some() && status.applied[1].checksum.is_none());
    assert_eq!(now(manager.migrate_up(None, &options))?, ["003"]);
    assert_eq!(now(manager.migrate_up(None, &options))?, [] as [&str; 0]);
    assert_eq!(now(manager.migrate_down(Some("001"), &losing()))?, ["003", "002"]);
    assert_eq!(columns(db)?, ["id"]);
    assert_eq!(now(manager.migrate_up(None, &options))?, ["002", "003"]);
    assert_eq!(now(manager.migrate_down(None, &losing()))?, ["003", "002", "001"]);
    assert_eq!(columns(db)?, [] as [&str; 0]);
    Ok(())
}

fn a_plan_changes_nothing(db: &Db) -> Result<()> {
    let manager = manager(db, three()?)?;
    let planned = now(manager.plan_up(Some("002")))?;
    assert_eq!(planned.len(), 2);
    assert_eq!(planned[1].steps, ["add the column accounts.name: text, optional"]);
    assert!(planned[1].statements.concat().contains("ADD COLUMN"), "{:?}", planned[1].statements);
    assert_eq!(now(db.handle().driver().describe())?.tables, []);
    now(manager.migrate_up(None, &RunOptions::default()))?;
    assert_eq!(now(manager.plan_up(None))?, []);
    let back: Vec<_> =
        now(manager.plan_down(Some("001")))?.into_iter().map(|planned| planned.version).collect();
    assert_eq!(back, ["003", "002"]);
    assert_eq!(columns(db)?, ["id", "name", "mail"]);
    Ok(())
}

fn a_history_that_does_not_fit_is_told(db: &Db) -> Result<()> {
    let run = |migrations: Vec<Migration>, options: &RunOptions| {
        now(manager(db, migrations)?.migrate_up(None, options))
    };
    let [first, second, third] = <[Migration; 3]>::try_from(three()?).unwrap();
    let options = RunOptions::default();
    run(vec![first.clone(), third.clone()], &options)?;
    let told = |outcome: Result<Vec<String>>, part: &str| {
        let error = refused(outcome, ErrorKind::Schema);
        assert!(error.message().contains(part), "{part:?} in {error}");
    };
    told(run(vec![first.clone()], &options), "the database is ahead: the migration 003");
    let edited = first.clone().source("create accounts otherwise");
    told(run(vec![edited, third.clone()], &options), "001 \"Create accounts\" was edited");
    let all = vec![first.clone(), second.clone(), third.clone()];
    told(run(all.clone(), &options), "two branches have added one each");
    told(
        run(vec![first.clone(), first.clone()], &options),
        "two migrations have one version: 001 \"Create accounts\" and 001",
    );
    let unknown = manager(db, all.clone())?;
    told(now(unknown.migrate_up(Some("9"), &options)), "there are 001, 002, 003");
    let allowed = RunOptions { allow_out_of_order: true, ..options };
    assert_eq!(run(all, &allowed)?, ["002"]);
    Ok(())
}

fn what_loses_data_or_has_no_way_back_is_refused(db: &Db) -> Result<()> {
    let mut migrations = three()?;
    let drop = Migration::new("004", "Drop names").changes(vec![column("name").inverse()]);
    let execute = Step::Execute("INSERT INTO accounts (id, mail) VALUES (1, 'a;b')".into());
    migrations.extend([drop, Migration::new("005", "Add a row").up(vec![execute])]);
    let manager = manager(db, migrations)?;
    let error = refused(now(manager.migrate_up(None, &RunOptions::default())), ErrorKind::Schema);
    assert!(error.message().starts_with("migration 004 \"Drop names\": it would drop the column"), "{error}");
    assert_eq!(now(manager.status())?.pending, ["004", "005"]);
    assert_eq!(now(manager.migrate_up(None, &losing()))?, ["004", "005"]);
    assert_eq!(db.values(find(&account(&["mail"])).select(&["mail"]))?, [text("a;b")]);
    let error = refused(now(manager.migrate_down(Some("003"), &losing())), ErrorKind::Schema);
    assert!(error.message().contains("005 \"Add a row\" has no way back"), "{error}");
    assert_eq!(now(manager.status())?.pending, [] as [&str; 0], "nothing was undone");
    Ok(())
}

/// Adds a column, and then does what cannot be done.
fn broken() -> Result<Vec<Migration>> {
    let mut migrations = three()?;
    migrations[1].up.push(Step::Execute("INSERT INTO nowhere VALUES (1)".into()));
    Ok(migrations)
}

fn a_migration_that_fails_leaves_nothing(db: &Db) -> Result<()> {
    let broken = manager(db, broken()?)?;
    let error = now(broken.migrate_up(None, &RunOptions::default())).unwrap_err();
    assert!(error.message().starts_with("migration 002 \"Add names\": "), "{error}");
    assert!(error.statement().is_some_and(|text| text.contains("nowhere")), "{error:?}");
    assert_eq!(columns(db)?, ["id"]);
    let status = now(broken.status())?;
    assert_eq!((status.pending, status.problems), (vec!["002".to_owned(), "003".to_owned()], vec![]));
    // Mended, it goes on from there.
    assert_eq!(now(manager(db, three()?)?.migrate_up(None, &RunOptions::default()))?, ["002", "003"]);
    Ok(())
}

fn a_migration_that_fails_midway_is_told(db: &Db) -> Result<()> {
    let broken = manager(db, broken()?)?;
    assert!(now(broken.migrate_up(None, &RunOptions::default())).is_err());
    let status = now(broken.status())?;
    if db.capabilities().transactional_schema {
        assert_eq!(status.problems, [] as [&str; 0]);
        return Ok(());
    }
    assert_eq!(status.problems.len(), 1);
    let error = refused(now(broken.migrate_up(None, &RunOptions::default())), ErrorKind::Schema);
    assert!(error.message().contains("002 \"Add names\" was not brought to its end"), "{error}");
    Ok(())
}

fn of_two_that_migrate_at_once_one_waits(db: &Db) -> Result<()> {
    let run = || {
        let manager = manager(db, three()?)?;
        now(manager.migrate_up(None, &RunOptions::default()))
    };
    let (handles, migrations) = ((db.explicit(), db.explicit()), three()?);
    let start = |handle: Handle| {
        let migrations = migrations.clone();
        std::thread::spawn(move || {
            let mut manager = SchemaManager::new(handle);
            migrations.into_iter().try_for_each(|migration| manager.add_migration(migration))?;
            now(manager.migrate_up(None, &RunOptions::default()))
        })
    };
    let both = [start(handles.0), start(handles.1)].map(|thread| thread.join().unwrap());
    let mut done: Vec<String> = both.into_iter().collect::<Result<Vec<_>>>()?.concat();
    done.sort();
    assert_eq!(done, ["001", "002", "003"], "each of them once");
    assert_eq!(columns(db)?, ["id", "name", "mail"]);
    assert_eq!(run()?, [] as [&str; 0]);
    Ok(())
}

fn edits(version: &str, edits: Vec<Edit>) -> Migration {
    Migration::new(version, "Edit").up(edits.into_iter().map(Step::from).collect())
}

fn changes_by_name_are_those_of_what_is_there(db: &Db) -> Result<()> {
    let table = || "accounts".to_owned();
    let names = || vec!["name".to_owned()];
    let parent = ColumnDef { nullable: true, ..ColumnDef::new("parent", FieldType::Int) };
    let reference = |target_columns: &[&str]| TableReference {
        name: None,
        columns: vec!["parent".into()],
        target: table(),
        target_columns: target_columns.iter().map(|name| (*name).to_owned()).collect(),
        on_delete: Action::Restrict,
        on_update: Action::Restrict,
    };
    let altered = Alteration { nullable: Some(false), fill: Some(text("?")), ..Alteration::default() };
    let mut migrations = three()?;
    migrations[2].up.extend([
        Step::from(Change::AddIndex { table: table(), index: TableIndex::unique_column("accounts", "name") }),
        Step::from(Change::AddColumn { table: table(), column: parent, fill: None }),
        Step::from(Edit::AddReference { table: table(), reference: reference(&[]) }),
    ]);
    let by_name = vec![
        Edit::DropIndex { table: table(), index: IndexName::Over(names()) },
        Edit::AlterColumn { table: table(), column: "mail".into(), to: altered },
        Edit::DropColumn { table: table(), column: "parent".into() },
        Edit::DropColumn { table: table(), column: "name".into() },
    ];
    migrations.push(edits("004", by_name));
    now(manager(db, migrations.clone())?.migrate_up(Some("003"), &losing()))?;
    let found = now(db.handle().driver().describe())?;
    let accounts = found.require_table("accounts")?;
    let foreign_keys = usize::from(db.capabilities().foreign_keys);
    assert_eq!(accounts.references.len(), foreign_keys, "{accounts:#?}");
    assert!(accounts.reference_like(&reference(&["id"])).is_some() || foreign_keys == 0, "{accounts:#?}");
    now(manager(db, migrations.clone())?.migrate_up(None, &losing()))?;
    assert_eq!(columns(db)?, ["id", "mail"]);
    let found = now(db.handle().driver().describe())?;
    assert!(!found.require_table("accounts")?.require_column("mail")?.nullable);
    let missing = Edit::DropColumn { table: table(), column: "nothing".into() };
    migrations.push(edits("005", vec![missing]));
    let error = refused(now(manager(db, migrations)?.migrate_up(None, &losing())), ErrorKind::Schema);
    assert!(error.message().contains("has no column \"nothing\"; its columns are id, mail"), "{error}");
    Ok(())
}

fn what_would_be_lost_is_counted(db: &Db) -> Result<()> {
    let mut migrations = three()?;
    let table = || "people".to_owned();
    migrations.extend([
        Migration::new("004", "Rename").changes(vec![
            Change::RenameTable { from: "accounts".into(), to: table() },
            Change::RenameColumn { table: table(), from: "name".into(), to: "title".into() },
        ]),
        edits(
            "005",
            vec![Edit::DropColumn { table: table(), column: "title".into() }, Edit::DropTable(table())],
        ),
        Migration::new("006", "Sweep").up(vec![Step::Discard("DELETE FROM nothing".into())]),
    ]);
    let manager = manager(db, migrations)?;
    now(manager.migrate_up(Some("003"), &RunOptions::default()))?;
    let model = account(&["name", "mail"]);
    db.add_all(&model, &["id", "name"], &[vec![int(1), text("Ada")], vec![int(2), NULL]])?;
    let told = |losses: Vec<ommi_engine::migrations::Loss>| -> Vec<_> {
        losses.into_iter().map(|loss| (loss.version, loss.rows)).collect()
    };
    let five = || "005".to_owned();
    let losses = told(now(manager.losses_up(None))?);
    assert_eq!(losses, [(five(), Some(1)), (five(), Some(2)), ("006".to_owned(), None)]);
    assert_eq!(told(now(manager.losses_up(Some("004")))?), vec![]);
    assert_eq!(told(now(manager.losses_down(Some("002")))?), [("003".to_owned(), Some(0))]);
    Ok(())
}

fn offline_statements_leave_what_a_run_leaves(db: &Db) -> Result<()> {
    let manager = manager(db, three()?)?;
    let options = RunOptions::default();
    let written = manager.offline(None, Some("002"), &options)?;
    assert_eq!(written.iter().map(|planned| planned.version.as_str()).collect::<Vec<_>>(), ["001", "002"]);
    now(db.handle().driver().connect())?;
    for planned in written {
        now(db.handle().driver().change_schema(planned.statements))?;
    }
    assert_eq!(columns(db)?, ["id", "name"]);
    let status = now(manager.status())?;
    assert_eq!((status.pending, status.problems), (vec!["003".to_owned()], vec![]));
    let rest = manager.offline(Some("002"), None, &options)?;
    assert_eq!(rest.len(), 1);
    now(db.handle().driver().change_schema(rest[0].statements.clone()))?;
    assert_eq!(now(manager.migrate_up(None, &options))?, [] as [&str; 0]);
    assert_eq!(columns(db)?, ["id", "name", "mail"]);
    let names = |schema: SchemaDef| -> Vec<String> {
        schema.tables[0].columns.iter().map(|column| column.name.clone()).collect()
    };
    assert_eq!(names(manager.replayed()), columns(db)?);
    Ok(())
}
