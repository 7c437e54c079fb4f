//! Compares a model with the table that exists.

use ommi_core::schema::{ColumnInfo, FieldDef, ModelDef, TableInfo};

/// What a table lacks, and where it contradicts its model.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Comparison {
    /// Positions of optional fields without a column: they can be added.
    pub(crate) add: Vec<usize>,
    /// Differences that need a migration, in words.
    pub(crate) differences: Vec<String>,
}

/// The table of a model among those found: by its exact name, else by one that differs in case only.
pub(crate) fn find<'a>(model: &ModelDef, tables: &'a [TableInfo]) -> Option<&'a TableInfo> {
    let exact = tables.iter().find(|table| table.name == model.table());
    exact.or_else(|| tables.iter().find(|table| table.name.eq_ignore_ascii_case(model.table())))
}

/// Compares `model` with `table`.
pub(crate) fn compare(model: &ModelDef, table: &TableInfo) -> Comparison {
    let mut comparison = Comparison::default();
    for (position, field) in model.fields().iter().enumerate() {
        match column(table, model, position) {
            Some(column) => comparison.differences.extend(in_column(model, position, column)),
            None if field.nullable && !model.key().contains(&position) => comparison.add.push(position),
            None => comparison.differences.push(format!(
                "{} has no column {:?} and the field is not optional",
                place(model, field),
                field.column
            )),
        }
    }
    comparison.differences.extend(in_key(model, table));
    comparison.differences.extend(in_foreign_columns(model, table));
    comparison
}

/// The column of a field. MongoDB keeps a single key as `_id`, whatever the column is called.
fn column<'a>(table: &'a TableInfo, model: &ModelDef, field: usize) -> Option<&'a ColumnInfo> {
    let named = table.columns.iter().find(|column| is_named(column, &model.fields()[field].column));
    named.or_else(|| table.columns.iter().find(|column| model.key() == [field] && is_id(column)))
}

fn is_id(column: &ColumnInfo) -> bool {
    column.name == "_id" && column.key.is_some()
}

fn is_named(column: &ColumnInfo, name: &str) -> bool {
    column.name.eq_ignore_ascii_case(name)
}

fn in_column(model: &ModelDef, position: usize, column: &ColumnInfo) -> Vec<String> {
    let field = &model.fields()[position];
    let mut differences = Vec::new();
    if !column.fits.contains(&field.ty) {
        differences.push(format!(
            "{} holds {} and the column {:?} is declared as {}",
            place(model, field),
            field.ty.describe(),
            column.name,
            if column.declared.is_empty() { "nothing" } else { &column.declared }
        ));
    }
    // Whether a key's column is nullable is a matter of dialect and of no consequence.
    let is_key = model.key().contains(&position) || column.key.is_some();
    // Rows in which it is never NULL forbid nothing.
    let differs =
        if column.sampled { column.nullable && !field.nullable } else { field.nullable != column.nullable };
    if !is_key && differs {
        let (wanted, found) = if field.nullable { ("is", "refuses") } else { ("is not", "allows") };
        differences.push(format!(
            "{} {wanted} optional and the column {:?} {found} NULL",
            place(model, field),
            column.name
        ));
    }
    differences
}

fn in_key(model: &ModelDef, table: &TableInfo) -> Option<String> {
    let wanted: Vec<&str> = model.key().iter().map(|field| model.fields()[*field].column.as_str()).collect();
    let mut found: Vec<&ColumnInfo> = table.columns.iter().filter(|column| column.key.is_some()).collect();
    found.sort_by_key(|column| column.key);
    let is_same = wanted.len() == found.len()
        && wanted.iter().all(|name| {
            found.iter().any(|column| is_named(column, name) || wanted.len() == 1 && is_id(column))
        });
    if is_same {
        return None;
    }
    let found: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
    let found = if found.is_empty() { "has none".to_owned() } else { format!("is {}", found.join(", ")) };
    Some(format!("{}: the key is {} and that of the table {found}", model.name(), wanted.join(", ")))
}

/// Columns that the model does not know are no matter, unless every new row would need a value for them.
fn in_foreign_columns(model: &ModelDef, table: &TableInfo) -> Vec<String> {
    let is_known = |column: &ColumnInfo| model.fields().iter().any(|field| is_named(column, &field.column));
    let in_the_way = |column: &&ColumnInfo| {
        !column.nullable
            && !column.has_default
            && !column.sampled
            && column.key.is_none()
            && !is_known(column)
    };
    let word = |column: &ColumnInfo| {
        format!(
            "{}: the table's column {:?} is required and no field is stored in it",
            model.name(),
            column.name
        )
    };
    table.columns.iter().filter(in_the_way).map(word).collect()
}

fn place(model: &ModelDef, field: &FieldDef) -> String {
    format!("{}.{}", model.name(), field.name)
}
