//! SQLite's tables, from its pragmas and the text that made them.

use std::collections::HashMap;

use ommi_core::schema::{Action, ColumnDef, ColumnType, MaxLength, TableDef};

use super::constant::default;
use super::sqlite_text::told;
use super::{Row, index_column, of, reference_column};
use crate::Dialect;
use crate::introspect::sqlite::fits;

const COLUMNS: &str = "SELECT list.name, field.name, field.type, CAST(field.\"notnull\" AS TEXT), field.dflt_value, \
    CAST(field.pk AS TEXT), CAST(field.hidden AS TEXT), made.sql FROM pragma_table_list AS list \
    JOIN sqlite_schema AS made ON made.name = list.name AND made.type = 'table' \
    JOIN pragma_table_xinfo(list.name) AS field \
    WHERE list.schema = 'main' AND list.type = 'table' AND list.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    ORDER BY list.name, field.cid";

const INDEXES: &str = "SELECT made.name, list.name, CAST(list.\"unique\" AS TEXT), list.origin, \
    CAST(list.partial OR part.\"desc\" OR part.coll <> 'BINARY' OR part.name IS NULL AS TEXT), part.name \
    FROM sqlite_schema AS made JOIN pragma_index_list(made.name) AS list JOIN pragma_index_xinfo(list.name) AS part \
    WHERE made.type = 'table' AND part.key = 1 AND list.origin <> 'pk' ORDER BY made.name, list.name, part.seqno";

const REFERENCES: &str = "SELECT made.name, CAST(reference.id AS TEXT), reference.\"table\", reference.\"from\", \
    reference.\"to\", reference.on_delete, reference.on_update, CAST(reference.seq AS TEXT) FROM sqlite_schema AS made \
    JOIN pragma_foreign_key_list(made.name) AS reference WHERE made.type = 'table' \
    ORDER BY made.name, reference.id DESC, reference.seq";

const ATTACHED: &str = "SELECT tbl_name, name, type, sql FROM sqlite_schema \
    WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid";

pub(super) const QUESTIONS: &[(&str, usize)] = &[(COLUMNS, 8), (INDEXES, 6), (REFERENCES, 8), (ATTACHED, 4)];

pub(super) fn tables(answers: &[Vec<Row>]) -> Option<Vec<TableDef>> {
    let [columns, indexes, references, attached] = answers else { return None };
    let mut tables = Vec::new();
    read_columns(&mut tables, columns)?;
    let strange = read_indexes(&mut tables, indexes)?;
    read_references(&mut tables, references)?;
    for row in attached {
        let (table, name, sql) = (row.text(0)?, row.text(1)?, row.owned(3)?);
        let is_kept = row.text(2)? == "trigger" || strange.iter().any(|(_, index)| index == name);
        let owner = tables.iter_mut().find(|owner: &&mut TableDef| owner.name.eq_ignore_ascii_case(table));
        if let Some(owner) = owner.filter(|_| is_kept) {
            owner.attached.push(sql);
        }
    }
    Some(tables)
}

fn read_columns(tables: &mut Vec<TableDef>, rows: &[Row]) -> Option<()> {
    let mut keys: HashMap<String, Vec<(i64, String)>> = HashMap::new();
    for row in rows {
        let (name, column, declared) = (row.text(0)?, row.owned(1)?, row.owned(2).unwrap_or_default());
        let table = of(tables, name);
        let told = told(row.text(7)?);
        if table.columns.is_empty() {
            table.undescribed.clone_from(&told.undescribed);
        }
        if row.number(6)? != 0 && !table.undescribed.iter().any(|word| word == "a computed column") {
            table.undescribed.push("a computed column".to_owned());
        }
        let place = row.number(5)?;
        if place > 0 {
            keys.entry(name.to_owned()).or_default().push((place, column.clone()));
        }
        let limit = told.limits.get(&column).copied();
        table.columns.push(ColumnDef {
            // A key's column counts as required: only SQLite's long compatible oversight lets NULL into one.
            nullable: !row.is(3) && place == 0,
            ty: ColumnType::Found { fits: fits(&declared), declared },
            auto: false,
            max_length: limit.map(|limit| MaxLength { limit, check: None }),
            default: row.owned(4).and_then(|text| default(text, Dialect::Sqlite)),
            name: column,
        });
    }
    for table in tables {
        let mut key = keys.remove(&table.name).unwrap_or_default();
        key.sort();
        table.key = key.into_iter().map(|(_, name)| name).collect();
        if let [key] = table.key.as_slice() {
            let is_row_id = |column: &ColumnDef| matches!(&column.ty, ColumnType::Found { declared, .. } if declared.eq_ignore_ascii_case("integer"));
            let column = table.columns.iter_mut().find(|column| column.name == *key);
            column.into_iter().for_each(|column| column.auto = is_row_id(column));
        }
    }
    Some(())
}

/// Gives the indexes that cannot be described, with their tables.
fn read_indexes(tables: &mut [TableDef], rows: &[Row]) -> Option<Vec<(String, String)>> {
    let mut strange = Vec::new();
    for row in rows.iter().filter(|row| row.is(4)) {
        strange.push((row.owned(0)?, row.owned(1)?));
    }
    for row in rows {
        let (table, name) = (row.text(0)?, row.text(1)?);
        if strange.iter().any(|(of, index)| of == table && index == name) {
            continue;
        }
        let Some(owner) = tables.iter_mut().find(|owner| owner.name == table) else { continue };
        index_column(owner, name, row.owned(5)?, row.is(2), row.text(3)? == "u");
    }
    Some(strange)
}

fn read_references(tables: &mut [TableDef], rows: &[Row]) -> Option<()> {
    let keys: HashMap<String, Vec<String>> =
        tables.iter().map(|table| (table.name.to_lowercase(), table.key.clone())).collect();
    let names: HashMap<String, String> =
        tables.iter().map(|table| (table.name.to_lowercase(), table.name.clone())).collect();
    for row in rows {
        let target = row.text(2)?.to_lowercase();
        let Some(owner) = tables.iter_mut().find(|owner| Some(owner.name.as_str()) == row.text(0)) else {
            continue;
        };
        let place = usize::try_from(row.number(7)?).ok()?;
        let aimed = row.owned(4).or_else(|| keys.get(&target)?.get(place).cloned());
        let (on_delete, on_update) = (action(owner, row.text(5)?), action(owner, row.text(6)?));
        let Some(aimed) = aimed else {
            owner.undescribed.push("a reference to a table that is not there".to_owned());
            continue;
        };
        let target = names.get(&target).map_or(row.text(2)?, String::as_str);
        reference_column(owner, row.text(1)?, target, [row.owned(3)?, aimed], [on_delete, on_update]);
    }
    for reference in tables.iter_mut().flat_map(|table| &mut table.references) {
        // The number that told references apart is no name.
        reference.name = None;
    }
    Some(())
}

fn action(table: &mut TableDef, word: &str) -> Action {
    match word {
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "NO ACTION" => Action::Restrict,
        other => {
            table.undescribed.push(format!("a reference with {other}"));
            Action::Restrict
        }
    }
}
