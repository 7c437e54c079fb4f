//! Tables are read back as what they were created from, and foreign ones as what they can hold.

use ommi_core::schema::{ColumnInfo, FieldDef, FieldType, ModelDef};
use ommi_sql::introspect::sqlite::{COLUMNS, column_info, fits};
use rusqlite::Connection;

use crate::database::database;
use crate::models::{PERSON, SEAT, list};

fn columns(connection: &Connection, table: &str) -> Vec<ColumnInfo> {
    let mut statement = connection.prepare(COLUMNS).unwrap();
    let rows = statement.query_map([table], |row| {
        Ok(column_info(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_created_table_fits_its_model() {
    let all = ModelDef::builder("All").field(FieldDef::new("id", FieldType::Int));
    let types = [
        FieldType::Bool,
        FieldType::Float,
        FieldType::Bytes,
        FieldType::Decimal,
        FieldType::Uuid,
        FieldType::DateTime,
        FieldType::Timestamp,
        FieldType::Date,
        FieldType::Time,
        FieldType::Duration,
        FieldType::Json,
        list(FieldType::Float),
    ];
    let all =
        types.into_iter().fold(all, |all, ty| all.field(FieldDef::new(ty.to_string(), ty))).build().unwrap();
    for model in [&all, &*PERSON, &*SEAT] {
        let connection = database(&[model]);
        let columns = columns(&connection, model.table());
        assert_eq!(columns.len(), model.fields().len());
        for (position, (column, field)) in columns.iter().zip(model.fields()).enumerate() {
            assert_eq!(column.name, field.column);
            assert!(column.fits.contains(&field.ty), "{column:?}");
            assert_eq!(column.nullable, field.nullable, "{column:?}");
            assert_eq!(column.key, model.key().iter().position(|key| *key == position));
        }
    }
}

#[test]
fn a_missing_table_has_no_columns() {
    assert_eq!(columns(&database(&[]), "nothing"), []);
}

#[test]
fn foreign_types_fit_by_affinity() {
    assert!(fits("VARCHAR(255)").contains(&FieldType::Text));
    assert!(fits("varchar(10)").contains(&FieldType::Uuid));
    assert!(fits("BIGINT UNSIGNED").contains(&FieldType::Int));
    assert_eq!(fits("DOUBLE PRECISION"), [FieldType::Float]);
    assert!(fits("DECIMAL(10, 2)").contains(&FieldType::Decimal));
    assert!(!fits("STRING").contains(&FieldType::Text));
    assert!(fits("").contains(&FieldType::Bytes) && fits("").contains(&FieldType::Text));
    assert!(fits("datetime").contains(&FieldType::DateTime));
    assert!(!fits("INTEGER").contains(&FieldType::Text));
}

#[test]
fn a_changed_type_does_not_fit() {
    assert!(!fits("DECIMAL_TEXT").contains(&FieldType::Text));
    assert!(!fits("BOOLEAN").contains(&FieldType::Int));
    assert!(!fits("JSON_TEXT").contains(&FieldType::Text));
}

#[test]
fn a_foreign_integer_key_is_required() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE x (id INTEGER PRIMARY KEY, v, g AS (v + 1))").unwrap();
    let columns = columns(&connection, "x");
    assert_eq!(columns.iter().map(|column| column.nullable).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(columns[0].key, Some(0));
}

#[test]
fn a_default_is_told() {
    let connection = database(&[]);
    connection
        .execute_batch(
            "CREATE TABLE t (a INTEGER NOT NULL DEFAULT 1, b TEXT NOT NULL, c INTEGER AS (a + 1), d TEXT DEFAULT NULL)",
        )
        .unwrap();
    let defaults: Vec<_> = columns(&connection, "t").iter().map(|column| column.has_default).collect();
    assert_eq!(defaults, [true, false, true, true]);
}
