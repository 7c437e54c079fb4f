//! Changes in words, one sentence each.

use std::fmt;

use super::Change;
use crate::schema::{Action, ColumnDef, ColumnDefault, ColumnType, MaxLength, TableIndex, TableReference};

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::CreateTable(table) => {
                let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
                write!(f, "create the table {} ({})", table.name, columns.join(", "))
            }
            Change::DropTable(table) => write!(f, "drop the table {} with its rows", table.name),
            Change::RenameTable { from, to } => write!(f, "rename the table {from} to {to}"),
            Change::AddColumn { table, column, fill } => {
                write!(f, "add the column {table}.{}: {}", column.name, Kind(column))?;
                match fill {
                    Some(_) if !column.nullable => write!(f, ", and fill it in rows that exist"),
                    Some(_) | None => Ok(()),
                }
            }
            Change::DropColumn { table, column, .. } => {
                write!(f, "drop the column {table}.{} with its values", column.name)
            }
            Change::AlterColumn { table, from, to, .. } => {
                write!(f, "make the column {table}.{} {}", to.name, differences(from, to).join(", "))
            }
            Change::RenameColumn { table, from, to } => {
                write!(f, "rename the column {table}.{from} to {to}")
            }
            Change::AddIndex { table, index } => write!(f, "add {} to {table}", Words(index)),
            Change::DropIndex { table, index } => write!(f, "drop {} of {table}", Words(index)),
            Change::AddReference { table, reference } => {
                write!(f, "let {table} refer {}", Way(reference))
            }
            Change::DropReference { table, reference } => {
                write!(f, "let {table} no longer refer {}", Way(reference))
            }
        }
    }
}

fn differences(from: &ColumnDef, to: &ColumnDef) -> Vec<String> {
    let mut words = Vec::new();
    if from.nullable != to.nullable {
        words.push(if to.nullable { "optional" } else { "required" }.to_owned());
    }
    if !MaxLength::are_like(from.max_length.as_ref(), to.max_length.as_ref()) {
        words.push(match &to.max_length {
            Some(length) => format!("of {} characters at most", length.limit),
            None => "of any length".to_owned(),
        });
    }
    if !ColumnDefault::are_like(from.default.as_ref(), to.default.as_ref()) {
        words.push(match &to.default {
            Some(ColumnDefault::Value(value)) => format!("default to {}", value.kind_name()),
            Some(ColumnDefault::Found { text, .. }) => format!("default to {text}"),
            None => "without a default".to_owned(),
        });
    }
    words
}

/// A column's type and whether it is required.
struct Kind<'a>(&'a ColumnDef);

impl fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.ty {
            ColumnType::Field(ty) => f.write_str(&ty.describe())?,
            ColumnType::Found { declared, .. } => f.write_str(declared)?,
        }
        f.write_str(if self.0.nullable { ", optional" } else { ", required" })
    }
}

struct Words<'a>(&'a TableIndex);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.unique { "the unique index" } else { "the index" };
        write!(f, "{kind} {} ({})", self.0.name, self.0.columns.join(", "))
    }
}

struct Way<'a>(&'a TableReference);

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reference = self.0;
        write!(
            f,
            "by ({}) to {} ({})",
            reference.columns.join(", "),
            reference.target,
            reference.target_columns.join(", ")
        )?;
        for (event, action) in [("delete", reference.on_delete), ("update", reference.on_update)] {
            match action {
                Action::Restrict => {}
                Action::Cascade => write!(f, ", cascading on {event}")?,
                Action::SetNull => write!(f, ", set to NULL on {event}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{FieldType, Risk};
    use crate::value::Value;

    #[test]
    fn changes_are_told_with_their_risk_and_undone() {
        let text = ColumnDef::new("name", FieldType::Text);
        let optional = ColumnDef { nullable: true, ..text.clone() };
        let short = ColumnDef { max_length: Some(MaxLength { limit: 9, check: None }), ..optional.clone() };
        let table = || "users".to_owned();
        let add = |fill| Change::AddColumn { table: table(), column: text.clone(), fill };
        let alter = |from: &ColumnDef, to: &ColumnDef| Change::AlterColumn {
            table: table(),
            from: from.clone(),
            to: to.clone(),
            fill: None,
        };
        let index = TableIndex {
            name: "ix_users_name".into(),
            columns: vec!["name".into()],
            unique: false,
            constraint: false,
        };
        for (change, words, risk) in [
            (add(None), "add the column users.name: text, required", Risk::Safe),
            (
                add(Some(Value::Text("?".into()))),
                "add the column users.name: text, required, and fill it in rows that exist",
                Risk::Rewrites,
            ),
            (add(None).inverse(), "drop the column users.name with its values", Risk::LosesData),
            (alter(&optional, &text), "make the column users.name required", Risk::Locks),
            (alter(&text, &optional), "make the column users.name optional", Risk::Safe),
            (
                alter(&text, &short),
                "make the column users.name optional, of 9 characters at most",
                Risk::Locks,
            ),
            (alter(&short, &optional), "make the column users.name of any length", Risk::Safe),
            (
                Change::AddIndex { table: table(), index: index.clone() },
                "add the index ix_users_name (name) to users",
                Risk::Locks,
            ),
            (
                Change::DropIndex { table: table(), index },
                "drop the index ix_users_name (name) of users",
                Risk::Safe,
            ),
        ] {
            assert_eq!(change.to_string(), words);
            assert_eq!(change.risk(), risk, "{words}");
            assert_eq!(change.inverse().inverse(), change);
        }
    }
}
