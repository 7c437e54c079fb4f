//! Describing whole tables: the questions to ask, and what the answers say.

mod constant;
mod mysql;
mod postgres;
mod sqlite;
mod sqlite_text;

use std::future::poll_fn;
use std::sync::Arc;

use ommi_core::driver::{BoxFuture, RowStream, Statement};
use ommi_core::plan::Reach;
use ommi_core::schema::{Action, FieldType, SchemaDef, TableDef, TableIndex, TableReference};
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, ErrorKind, Result};

use crate::Dialect;

/// Describes a database: `ask` is how its driver runs a statement without parameters.
///
/// # Errors
/// What asking fails with; `Query` where the answers make no sense.
pub fn describe(
    dialect: Dialect,
    ask: impl FnMut(Arc<Statement>) -> RowStream,
) -> BoxFuture<Result<SchemaDef>> {
    let streams: Vec<RowStream> = questions(dialect).into_iter().map(ask).collect();
    Box::pin(async move {
        let mut answers = Vec::new();
        for mut stream in streams {
            let mut answer = Vec::new();
            while let Some(batch) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
                answer.push(batch?);
            }
            answers.push(answer);
        }
        described(dialect, &answers)
    })
}

/// The questions that describe a database. They have no parameters, and every column of their answers is text.
fn questions(dialect: Dialect) -> Vec<Arc<Statement>> {
    let questions: &[(&str, usize)] = match dialect {
        Dialect::Sqlite => sqlite::QUESTIONS,
        Dialect::Postgres => postgres::QUESTIONS,
        Dialect::Mysql(flavour) => mysql::questions(flavour),
    };
    let statement = |(text, width): &(&str, usize)| {
        let mut statement = Statement::new(*text, Reach::Unlimited);
        statement.columns = vec![FieldType::Text; *width];
        statement.labels = (0..*width).map(|column| format!("description.{column}")).collect();
        Arc::new(statement)
    };
    questions.iter().map(statement).collect()
}

/// What the answers to [`questions`], in their order, say.
fn described(dialect: Dialect, answers: &[Vec<RowBatch>]) -> Result<SchemaDef> {
    let answers = answers.iter().map(|batches| rows(batches)).collect::<Vec<_>>();
    let tables = match dialect {
        Dialect::Sqlite => sqlite::tables(&answers),
        Dialect::Postgres => postgres::tables(&answers),
        Dialect::Mysql(flavour) => mysql::tables(&answers, flavour),
    };
    let senseless =
        || Error::new(ErrorKind::Query, "the database's description of its tables makes no sense");
    Ok(SchemaDef { tables: tables.ok_or_else(senseless)? })
}

/// A row of an answer.
#[derive(Debug)]
struct Row(Vec<Option<String>>);

impl Row {
    fn text(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_deref()
    }

    fn owned(&self, column: usize) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    fn number(&self, column: usize) -> Option<i64> {
        self.text(column)?.parse().ok()
    }

    fn is(&self, column: usize) -> bool {
        matches!(self.text(column), Some("1" | "t" | "true"))
    }
}

fn rows(batches: &[RowBatch]) -> Vec<Row> {
    let text = |cell: Cell<'_>| match cell {
        Cell::Text(text) => Some(text.to_owned()),
        _null => None,
    };
    let row = |batch: &RowBatch, row: usize| Row(batch.row(row).map(text).collect());
    batches.iter().flat_map(|batch| (0..batch.len()).map(move |number| row(batch, number))).collect()
}

/// An empty table.
fn table(name: &str) -> TableDef {
    TableDef {
        name: name.to_owned(),
        columns: Vec::new(),
        key: Vec::new(),
        indexes: Vec::new(),
        references: Vec::new(),
        attached: Vec::new(),
        undescribed: Vec::new(),
    }
}

/// The table of this name, which comes after the others if it is new.
fn of<'a>(tables: &'a mut Vec<TableDef>, name: &str) -> &'a mut TableDef {
    let position = tables.iter().rposition(|table| table.name == name).unwrap_or_else(|| {
        tables.push(table(name));
        tables.len() - 1
    });
    &mut tables[position]
}

/// Adds a column to the index of this name, which is made if it is new.
fn index_column(table: &mut TableDef, name: &str, column: String, unique: bool, constraint: bool) {
    match table.indexes.iter_mut().find(|index| index.name == name) {
        Some(index) => index.columns.push(column),
        None => table.indexes.push(TableIndex {
            name: name.to_owned(),
            columns: vec![column],
            unique,
            constraint,
        }),
    }
}

/// Adds a pair of columns to the reference of this name, which is made if it is new.
fn reference_column(
    table: &mut TableDef,
    name: &str,
    target: &str,
    [column, aimed]: [String; 2],
    [on_delete, on_update]: [Action; 2],
) {
    let found = table.references.iter_mut().find(|reference| reference.name.as_deref() == Some(name));
    match found {
        Some(reference) => {
            reference.columns.push(column);
            reference.target_columns.push(aimed);
        }
        None => table.references.push(TableReference {
            name: Some(name.to_owned()),
            columns: vec![column],
            target: target.to_owned(),
            target_columns: vec![aimed],
            on_delete,
            on_update,
        }),
    }
}

/// The limit of a check of ours as a database writes it: `CHECK ((char_length(name) <= 7))`.
fn length_limit(condition: &str) -> Option<u32> {
    let bare: String = condition.chars().filter(|character| !character.is_whitespace()).collect();
    let bare = bare.trim_start_matches("CHECK").trim_start_matches('(');
    let function = bare.get(.."char_length(".len())?;
    if !function.eq_ignore_ascii_case("char_length(") || bare.matches('(').count() != 1 {
        return None;
    }
    let (_, limit) = bare.rsplit_once("<=")?;
    limit.trim_end_matches(')').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_a_text_is_read_from_its_check() {
        assert_eq!(length_limit("CHECK ((char_length(name) <= 7))"), Some(7));
        assert_eq!(length_limit("char_length(`a b`) <= 12"), Some(12));
        assert_eq!(length_limit("CHECK ((length(name) <= 7))"), None);
        assert_eq!(length_limit("CHECK ((price > 7))"), None);
    }
}
