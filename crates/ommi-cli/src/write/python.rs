//! Changes as a Python file.

use std::collections::BTreeMap;

use ommi::schema::{Change, ColumnDef, ColumnDefault, MaxLength, TableIndex, TableReference};
use ommi::value::Value;
use ommi::{Error, Result};

use super::Draft;
use super::literal::quoted;
use super::table::{Imports, Said, actions, column, create, list, value_text};

/// The text of the file.
///
/// # Errors
/// `Unsupported` for what only SQL says: a default that the database computes and that an existing column is to get.
pub(crate) fn python(draft: &Draft<'_>) -> Result<String> {
    let mut imports =
        Imports::from(["ommi.migrations.Migration".into(), "ommi.migrations.SchemaManager".into()]);
    let up = body(draft.changes, &mut imports)?;
    let down = body(&Change::undoing(draft.changes), &mut imports)?;
    let mut text = format!("\"\"\"{}.\"\"\"\n", draft.title());
    if let Some(parent) = draft.parent {
        text.push_str(&format!("# parent: {parent}\n"));
    }
    text.push('\n');
    text.push_str(&import_lines(&imports));
    text.push_str(&format!("\n\nclass {}(Migration):\n", class_name(draft.slug)));
    text.push_str(&format!("    async def up(self, schema: SchemaManager) -> None:\n{up}\n"));
    text.push_str(&format!("    async def down(self, schema: SchemaManager) -> None:\n{down}"));
    Ok(text)
}

fn body(changes: &[Change], imports: &mut Imports) -> Result<String> {
    if changes.is_empty() {
        return Ok("        pass\n".into());
    }
    changes.iter().map(|change| Ok(statement(&call(change, imports)?))).collect()
}

/// A call and its arguments: on one line, or, where that is too long, one line for each.
fn statement((method, arguments): &(&str, Vec<String>)) -> String {
    let line = format!("        await schema.{method}({})\n", arguments.join(", "));
    if *method != "create_table" && line.chars().count() <= 100 {
        return line;
    }
    let lines: String = arguments.iter().map(|argument| format!("            {argument},\n")).collect();
    format!("        await schema.{method}(\n{lines}        )\n")
}

fn call(change: &Change, imports: &mut Imports) -> Result<(&'static str, Vec<String>)> {
    Ok(match change {
        Change::CreateTable(table) => ("create_table", create(table, imports)),
        Change::DropTable(table) => ("drop_table", vec![quoted(&table.name)]),
        Change::RenameTable { from, to } => ("rename_table", vec![quoted(from), quoted(to)]),
        Change::AddColumn { table, column: added, fill } => {
            let mut arguments = vec![quoted(table), column(added, Said::default(), imports)];
            arguments.extend(fill_argument(fill.as_ref(), imports));
            ("add_column", arguments)
        }
        Change::DropColumn { table, column, .. } => {
            ("drop_column", vec![quoted(table), quoted(&column.name)])
        }
        Change::AlterColumn { table, from, to, fill } => {
            let mut arguments = vec![quoted(table), quoted(&to.name)];
            arguments.extend(alterations(table, from, to, imports)?);
            // On the way back it is known for which rows there was none, and no longer needed.
            arguments.extend(fill_argument(fill.as_ref().filter(|_| !to.nullable), imports));
            ("alter_column", arguments)
        }
        Change::RenameColumn { table, from, to } => {
            ("rename_column", vec![quoted(table), quoted(from), quoted(to)])
        }
        Change::AddIndex { table, index } => ("add_index", index_arguments(table, index)),
        Change::DropIndex { table, index } => {
            let mut arguments = vec![quoted(table)];
            arguments.extend(index.columns.iter().map(|column| quoted(column)));
            ("drop_index", arguments)
        }
        Change::AddReference { table, reference } => ("add_reference", reference_arguments(table, reference)),
        Change::DropReference { table, reference } => {
            let mut arguments = vec![quoted(table)];
            arguments.extend(reference.columns.iter().map(|column| quoted(column)));
            ("drop_reference", arguments)
        }
    })
}

fn fill_argument(fill: Option<&Value>, imports: &mut Imports) -> Option<String> {
    fill.map(|value| format!("fill={}", value_text(value, imports)))
}

fn alterations(table: &str, from: &ColumnDef, to: &ColumnDef, imports: &mut Imports) -> Result<Vec<String>> {
    let mut arguments = Vec::new();
    if from.nullable != to.nullable {
        arguments.push(format!("nullable={}", if to.nullable { "True" } else { "False" }));
    }
    if !MaxLength::are_like(from.max_length.as_ref(), to.max_length.as_ref()) {
        let length = to.max_length.as_ref().map_or("None".into(), |length| length.limit.to_string());
        arguments.push(format!("max_length={length}"));
    }
    if !ColumnDefault::are_like(from.default.as_ref(), to.default.as_ref()) {
        let default = match &to.default {
            Some(ColumnDefault::Value(value)) => value_text(value, imports),
            Some(ColumnDefault::Found { .. }) => {
                return Err(Error::unsupported(format!(
                    "the default of {table}.{} is computed by the database, and no step in Python says that: write the \
                     migration by --sql",
                    to.name
                )));
            }
            None => "None".into(),
        };
        arguments.push(format!("default={default}"));
    }
    Ok(arguments)
}

fn index_arguments(table: &str, index: &TableIndex) -> Vec<String> {
    let mut arguments = vec![quoted(table)];
    arguments.extend(index.columns.iter().map(|column| quoted(column)));
    let prefix = if index.unique { "uq" } else { "ix" };
    let usual = format!("{prefix}_{table}_{}", index.columns.join("_"));
    if index.name != usual && !index.constraint {
        arguments.push(format!("name={}", quoted(&index.name)));
    }
    if index.unique {
        arguments.push("unique=True".into());
    }
    arguments
}

fn reference_arguments(table: &str, reference: &TableReference) -> Vec<String> {
    let names = |columns: &[String]| match columns {
        [only] => quoted(only),
        several => list(several),
    };
    let mut arguments = vec![
        quoted(table),
        names(&reference.columns),
        quoted(&reference.target),
        names(&reference.target_columns),
    ];
    arguments.extend(actions(reference));
    arguments
}

/// Python's own modules first, then Ommi's, one line for each module.
fn import_lines(imports: &Imports) -> String {
    let mut modules: BTreeMap<(bool, &str), Vec<&str>> = BTreeMap::new();
    for import in imports {
        if let Some((module, name)) = import.rsplit_once('.') {
            modules.entry((module.starts_with("ommi"), module)).or_default().push(name);
        }
    }
    let mut text = String::new();
    let mut was_own = None;
    for ((is_own, module), names) in modules {
        if was_own == Some(!is_own) {
            text.push('\n');
        }
        was_own = Some(is_own);
        text.push_str(&format!("from {module} import {}\n", names.join(", ")));
    }
    text
}

fn class_name(slug: &str) -> String {
    let name: String = slug
        .split('_')
        .filter_map(|part| {
            let mut letters = part.chars();
            Some(letters.next()?.to_uppercase().chain(letters).collect::<String>())
        })
        .collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("Migration{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use ommi::schema::{FieldType, TableDef};

    use super::*;

    #[test]
    fn a_file_reads_as_a_person_would_write_it() {
        let column = |name: &str, ty| ColumnDef::new(name, ty);
        let mail = ColumnDef {
            nullable: true,
            max_length: Some(MaxLength { limit: 80, check: None }),
            ..column("mail", FieldType::Text)
        };
        let table = TableDef {
            name: "users".into(),
            columns: vec![
                ColumnDef { auto: true, ..column("id", FieldType::Int) },
                mail,
                ColumnDef {
                    default: Some(ColumnDefault::Value(Value::Text("new".into()))),
                    ..column("state", FieldType::Text)
                },
                column("seen", FieldType::Timestamp),
            ],
            key: vec!["id".into()],
            indexes: vec![TableIndex::unique_column("users", "mail")],
            references: Vec::new(),
            attached: Vec::new(),
            undescribed: Vec::new(),
        };
        let changes = [Change::CreateTable(table)];
        let draft = Draft {
            before: &Default::default(),
            changes: &changes,
            slug: "create_users",
            parent: Some("0001_start"),
        };
        assert_eq!(
            python(&draft).unwrap(),
            r#""""Create users."""
# parent: 0001_start

from datetime import datetime

from ommi import Auto, Aware, Default, Key, MaxLength, Unique
from ommi.migrations import Column, Migration, SchemaManager


class CreateUsers(Migration):
    async def up(self, schema: SchemaManager) -> None:
        await schema.create_table(
            "users",
            Column("id", int, Key | Auto),
            Column("mail", str | None, Unique | MaxLength(80)),
            Column("state", str, Default("new")),
            Column("seen", datetime, Aware),
        )

    async def down(self, schema: SchemaManager) -> None:
        await schema.drop_table("users")
"#
        );
    }
}
