//! Tables and columns as Python writes them.

use std::collections::BTreeSet;

use ommi::schema::{
    Action, ColumnDef, ColumnDefault, ColumnType, FieldType, TableDef, TableIndex, TableReference,
};

use super::literal::{literal, quoted};

/// The names that a file imports, `module.name`.
pub(super) type Imports = BTreeSet<String>;

/// What is said of a column beside its name and type, in its table.
#[derive(Debug, Default)]
pub(super) struct Said {
    marks: Vec<String>,
}

/// `create_table`'s arguments, a line each.
pub(super) fn create(table: &TableDef, imports: &mut Imports) -> Vec<String> {
    let mut lines = vec![quoted(&table.name)];
    let position = |name: &String| table.columns.iter().position(|column| column.name == *name);
    let in_order = table.key.iter().map(position).is_sorted();
    let mut told_indexes = Vec::new();
    let mut told_references = Vec::new();
    for column in &table.columns {
        let mut said = Said::default();
        let is_key = table.key.contains(&column.name);
        if is_key && in_order {
            said.marks.push(mark("Key", imports));
        }
        if column.auto {
            said.marks.push(mark("Auto", imports));
        }
        let alone =
            |index: &&TableIndex| index.columns == [column.name.clone()] && has_usual_name(table, index);
        for index in table.indexes.iter().filter(alone) {
            said.marks.push(mark(if index.unique { "Unique" } else { "Index" }, imports));
            told_indexes.push(index);
        }
        let by_it = |reference: &&TableReference| reference.columns == [column.name.clone()];
        if let Some(reference) = table.references.iter().find(by_it).filter(|own| !own.target.contains('.')) {
            said.marks.push(reference_mark(reference, imports));
            told_references.push(reference);
        }
        // A key's column is required, whatever its type says.
        let column = ColumnDef { nullable: column.nullable && !is_key, ..column.clone() };
        lines.push(self::column(&column, said, imports));
    }
    for index in table.indexes.iter().filter(|index| !told_indexes.contains(index)) {
        lines.push(table_index(table, index, imports));
    }
    for reference in table.references.iter().filter(|reference| !told_references.contains(reference)) {
        lines.push(table_reference(reference, imports));
    }
    if !in_order || table.key.is_empty() {
        lines.push(format!("key={}", list(&table.key)));
    }
    lines
}

/// `Column("name", str | None, MaxLength(9))`.
pub(super) fn column(column: &ColumnDef, mut said: Said, imports: &mut Imports) -> String {
    imports.insert("ommi.migrations.Column".into());
    let mut more = Vec::new();
    let ty = match &column.ty {
        ColumnType::Field(ty) => {
            let written = annotation(ty, &mut said, imports);
            if column.nullable { format!("{written} | None") } else { written }
        }
        ColumnType::Found { declared, .. } => {
            if column.nullable {
                more.push("nullable=True".to_owned());
            }
            quoted(declared)
        }
    };
    if let Some(length) = &column.max_length {
        said.marks.push(format!("{}({})", mark("MaxLength", imports), length.limit));
    }
    match &column.default {
        Some(ColumnDefault::Value(value)) => {
            said.marks.push(format!("{}({})", mark("Default", imports), value_text(value, imports)));
        }
        Some(ColumnDefault::Found { text, .. }) => more.push(format!("default_sql={}", quoted(text))),
        None => {}
    }
    let mut parts = vec![quoted(&column.name), ty];
    if !said.marks.is_empty() {
        parts.push(said.marks.join(" | "));
    }
    parts.extend(more);
    format!("Column({})", parts.join(", "))
}

/// A value's expression.
pub(super) fn value_text(value: &ommi::value::Value, imports: &mut Imports) -> String {
    let (text, import) = literal(value);
    imports.extend(import.map(str::to_owned));
    text
}

/// What `add_reference` and a reference of a new table say beside the columns.
pub(super) fn actions(reference: &TableReference) -> Vec<String> {
    let word = |action| match action {
        Action::Restrict => None,
        Action::Cascade => Some("cascade"),
        Action::SetNull => Some("set_null"),
    };
    let both = [("on_delete", word(reference.on_delete)), ("on_update", word(reference.on_update))];
    both.iter()
        .filter_map(|(name, action)| action.map(|action| format!("{name}={}", quoted(action))))
        .collect()
}

/// `["a", "b"]`.
pub(super) fn list(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
}

/// Whether an index has the name that it gets without one.
pub(super) fn has_usual_name(table: &TableDef, index: &TableIndex) -> bool {
    let prefix = if index.unique { "uq" } else { "ix" };
    index.constraint || index.name == format!("{prefix}_{}_{}", table.name, index.columns.join("_"))
}

fn mark(name: &str, imports: &mut Imports) -> String {
    imports.insert(format!("ommi.{name}"));
    name.to_owned()
}

fn reference_mark(reference: &TableReference, imports: &mut Imports) -> String {
    let aim = match reference.target_columns.as_slice() {
        [column] => format!("{}.{column}", reference.target),
        _several => reference.target.clone(),
    };
    let mut parts = vec![quoted(&aim)];
    parts.extend(actions(reference));
    format!("{}({})", mark("ReferenceTo", imports), parts.join(", "))
}

fn table_index(table: &TableDef, index: &TableIndex, imports: &mut Imports) -> String {
    imports.insert("ommi.migrations.TableIndex".into());
    let mut parts = vec![list(&index.columns)];
    if !has_usual_name(table, index) {
        parts.push(format!("name={}", quoted(&index.name)));
    }
    if index.unique {
        parts.push("unique=True".into());
    }
    format!("TableIndex({})", parts.join(", "))
}

fn table_reference(reference: &TableReference, imports: &mut Imports) -> String {
    imports.insert("ommi.migrations.TableReference".into());
    let mut parts =
        vec![list(&reference.columns), quoted(&reference.target), list(&reference.target_columns)];
    parts.extend(actions(reference));
    format!("TableReference({})", parts.join(", "))
}

fn annotation(ty: &FieldType, said: &mut Said, imports: &mut Imports) -> String {
    let mut from = |name: &str| {
        imports.insert(name.to_owned());
        name.rsplit('.').next().unwrap_or_default().to_owned()
    };
    match ty {
        FieldType::Bool => "bool".into(),
        FieldType::Int => "int".into(),
        FieldType::Float => "float".into(),
        FieldType::Text => "str".into(),
        FieldType::Bytes => "bytes".into(),
        FieldType::Decimal => from("decimal.Decimal"),
        FieldType::Uuid => from("uuid.UUID"),
        FieldType::DateTime => from("datetime.datetime"),
        FieldType::NaiveDateTime => {
            said.marks.push(from("ommi.Naive"));
            from("datetime.datetime")
        }
        FieldType::Timestamp => {
            said.marks.push(from("ommi.Aware"));
            from("datetime.datetime")
        }
        FieldType::Date => from("datetime.date"),
        FieldType::Time => from("datetime.time"),
        FieldType::Duration => from("datetime.timedelta"),
        FieldType::Json => "dict".into(),
        FieldType::List(item) => format!("list[{}]", annotation(item, said, imports)),
    }
}
