//! Changes of schemas on the database itself: what was made is what is described afterwards, rows stay, and all of it can
//! be undone.

use ommi_core::schema::{Change, ColumnDef, SchemaDef};
use ommi_engine::migrations::{Hints, difference};

use crate::case::cases;
use crate::generate::{check, same};
use crate::kit::*;
use crate::schemas::{DEFAULT, FILL, hints, pairs, value};

cases! {
    migrated_schemas_are_those_asked_for_and_back_again [SchemaChanges],
    models_that_are_set_up_are_what_migrations_make [SchemaChanges],
    renamed_tables_and_columns_keep_their_rows [SchemaChanges],
    rows_without_a_required_value_refuse_the_change [SchemaChanges],
}

/// So many rows has each table before it is changed.
const ROWS: u8 = 3;

/// How many pairs of schemas are tried: another number by the environment variable `OMMI_MIGRATION_PAIRS`.
fn how_many() -> u32 {
    std::env::var("OMMI_MIGRATION_PAIRS").ok().and_then(|count| count.parse().ok()).unwrap_or(25)
}

fn described(db: &Db) -> Result<SchemaDef> {
    now(db.handle().driver().connect())?;
    now(db.handle().driver().describe())
}

/// Makes the changes to what is there; gives the statements.
fn make(db: &Db, changes: &[Change]) -> Result<Vec<String>> {
    let driver = db.handle().driver();
    let statements = driver.change_statements(&described(db)?, changes)?;
    now(driver.change_schema(statements.clone()))?;
    Ok(statements)
}

fn told(steps: &[Vec<String>]) -> String {
    steps.iter().map(|statements| statements.join(";\n")).collect::<Vec<_>>().join(";\n-- then\n")
}

/// The database has this schema and no other.
fn is_there(db: &Db, wanted: &SchemaDef, steps: &[Vec<String>]) -> Result<()> {
    let found = described(db)?;
    let rest = difference(&found, wanted, &Hints::default())?;
    let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
    same(&rest, &Vec::new(), || format!("what is left after\n{}\nof {found:#?}", told(steps)))
}

/// Fills the tables; rows refer to the row of the same number.
fn fill(db: &Db, models: &[Arc<ModelDef>]) -> Result<()> {
    for model in models {
        let is_link = |field: &&FieldDef| field.name.starts_with('r');
        let own: Vec<&FieldDef> = model.fields().iter().filter(|field| !is_link(field)).collect();
        let names: Vec<&str> = own.iter().map(|field| field.name.as_str()).collect();
        let row = |number: u8| own.iter().map(|field| value(&field.ty, number)).collect::<Row>();
        db.add_all(model, &names, &(1..=ROWS).map(row).collect::<Vec<_>>())?;
    }
    for model in models {
        for link in model.fields().iter().filter(|field| field.name.starts_with('r')) {
            let number = if model.key().len() == 1 { "id" } else { "number" };
            db.change(find(model), &[(&link.name, field(model, number))])?;
        }
    }
    Ok(())
}

/// The rows of a column, in the order of the key.
fn column_of(db: &Db, model: &Arc<ModelDef>, name: &str) -> Result<Vec<Value>> {
    let number = if model.key().len() == 1 { "id" } else { "number" };
    db.values(find(model).by(number).select(&[name]))
}

/// What the rows of a table that stays hold afterwards in a column: what they held, or what rows that exist get.
fn check_rows(db: &Db, before: &[Arc<ModelDef>], after: &[Arc<ModelDef>]) -> Result<()> {
    for model in after {
        let Some(old) = before.iter().find(|old| old.table() == model.table()) else {
            same(&db.count(find(model))?, &0, || format!("rows of the new table {}", model.table()))?;
            continue;
        };
        for field in model.fields() {
            let kept = old.fields().iter().any(|old| old.name == field.name && old.ty == field.ty);
            let number = |row: u8| match (kept, field.nullable, &field.default) {
                (true, _, _) => value(&field.ty, row),
                (false, _, Some(_)) => value(&field.ty, DEFAULT),
                (false, true, None) => NULL,
                (false, false, None) => value(&field.ty, FILL),
            };
            let expected: Vec<Value> = (1..=ROWS).map(number).collect();
            same(&column_of(db, model, &field.name)?, &expected, || {
                format!("{}.{}", model.table(), field.name)
            })?;
        }
    }
    Ok(())
}

fn migrated_schemas_are_those_asked_for_and_back_again(db: &Db) -> Result<()> {
    check(how_many(), pairs(), |(from, to)| {
        let (from, to) = (from.models()?, to.models()?);
        let told_values = hints([&from, &to]);
        let (first, second) = (SchemaDef::of(&from)?, SchemaDef::of(&to)?);
        clear(db)?;
        let mut steps = vec![make(db, &difference(&SchemaDef::default(), &first, &Hints::default())?)?];
        is_there(db, &first, &steps)?;
        fill(db, &from)?;
        let changes = difference(&first, &second, &told_values)?;
        let failed = |steps: &[Vec<String>], error: Error| {
            Error::query(format!("{error:?} after\n{}\non the way\n{changes:#?}", told(steps)))
        };
        steps.push(make(db, &changes).map_err(|error| failed(&steps, error))?);
        is_there(db, &second, &steps)?;
        check_rows(db, &from, &to).map_err(|error| failed(&steps, error))?;
        steps.push(make(db, &Change::undoing(&changes)).map_err(|error| failed(&steps, error))?);
        is_there(db, &first, &steps)?;
        check_rows(db, &to, &from).map_err(|error| failed(&steps, error))
    });
    Ok(())
}

/// Drops every table.
fn clear(db: &Db) -> Result<()> {
    let found = described(db)?;
    make(db, &difference(&found, &SchemaDef::default(), &Hints::default())?).map(drop)
}

fn models_that_are_set_up_are_what_migrations_make(db: &Db) -> Result<()> {
    let blog = models::blog();
    let all = [&blog.user, &blog.post, &blog.tag, &blog.post_tag, &blog.profile, &blog.message];
    db.set_up(&all)?;
    let wanted = SchemaDef::of(&all.map(Arc::clone))?;
    is_there(db, &wanted, &[])?;
    let sample = models::sample();
    db.set_up(&[&sample])?;
    let mut found = described(db)?;
    found.tables.retain(|table| table.name == sample.table());
    let rest = difference(&found, &SchemaDef::of(&[sample])?, &Hints::default())?;
    assert_eq!(rest, []);
    Ok(())
}

fn renamed_tables_and_columns_keep_their_rows(db: &Db) -> Result<()> {
    let model = |table: &str, name: &str| {
        let length = FieldDef::new("name", FieldType::Text).column(name).max_length(9);
        let model = ModelDef::builder("Thing").table(table).field(models::id()).field(length);
        models::built(model.index(Some("ix_thing".into()), ["name"], true))
    };
    let (old, new) = (model("things", "name"), model("items", "title"));
    let schema = |model: &Arc<ModelDef>| SchemaDef::of(std::slice::from_ref(model));
    make(db, &difference(&SchemaDef::default(), &schema(&old)?, &Hints::default())?)?;
    db.add(&old, &[("name", text("a"))])?;
    let renames = Hints {
        renamed_tables: vec![("things".into(), "items".into())],
        renamed_columns: vec![("items".into(), "name".into(), "title".into())],
        fills: Vec::new(),
    };
    let changes = difference(&schema(&old)?, &schema(&new)?, &renames)?;
    make(db, &changes)?;
    is_there(db, &schema(&new)?, &[])?;
    assert_eq!(db.values(find(&new).select(&["name"]))?, [text("a")]);
    // What goes by the column's name goes on.
    refused(db.add(&new, &[("name", text("a"))]), ErrorKind::UniqueViolation);
    make(db, &Change::undoing(&changes))?;
    is_there(db, &schema(&old)?, &[])?;
    assert_eq!(db.values(find(&old).select(&["name"]))?, [text("a")]);
    Ok(())
}

fn rows_without_a_required_value_refuse_the_change(db: &Db) -> Result<()> {
    let tag = models::built(ModelDef::builder("Tag").table("tags").field(models::id()));
    make(
        db,
        &difference(&SchemaDef::default(), &SchemaDef::of(std::slice::from_ref(&tag))?, &Hints::default())?,
    )?;
    let add = Change::AddColumn {
        table: "tags".into(),
        column: ColumnDef::new("size", FieldType::Int),
        fill: None,
    };
    make(db, std::slice::from_ref(&add))?;
    make(db, &[add.inverse()])?;
    db.add(&tag, &[("id", int(1))])?;
    let refusal = make(db, &[add]).err().map(|error| error.kind());
    assert!(
        matches!(refusal, Some(ErrorKind::NotNullViolation | ErrorKind::Query | ErrorKind::Constraint)),
        "{refusal:?}"
    );
    assert_eq!(db.count(find(&tag))?, 1);
    Ok(())
}
