//! PostgreSQL's tables of the current schema, from its catalogs.

use ommi_core::schema::{Action, ColumnDef, ColumnType, MaxLength, TableDef};

use super::constant::default;
use super::{Row, index_column, length_limit, of, reference_column};
use crate::Dialect;
use crate::introspect::postgres::fits;

const COLUMNS: &str = "SELECT class.relname::text, attribute.attname::text, \
    format_type(attribute.atttypid, attribute.atttypmod), \
    format_type(CASE WHEN kind.typtype = 'd' THEN kind.typbasetype ELSE attribute.atttypid END, \
    CASE WHEN kind.typtype = 'd' THEN kind.typtypmod ELSE attribute.atttypmod END), \
    CASE WHEN attribute.attcollation <> kind.typcollation THEN quote_ident(sorted.collname) END, \
    (attribute.attnotnull OR kind.typnotnull)::text, pg_get_expr(initial.adbin, initial.adrelid), \
    (attribute.attidentity <> '')::text, (SELECT part.place FROM pg_index AS key \
    CROSS JOIN unnest(key.indkey) WITH ORDINALITY AS part(number, place) \
    WHERE key.indrelid = class.oid AND key.indisprimary AND part.number = attribute.attnum)::text \
    FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid \
    JOIN pg_type AS kind ON kind.oid = attribute.atttypid \
    LEFT JOIN pg_collation AS sorted ON sorted.oid = attribute.attcollation \
    LEFT JOIN pg_attrdef AS initial ON initial.adrelid = class.oid AND initial.adnum = attribute.attnum \
    WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind IN ('r', 'p') \
    AND attribute.attnum > 0 AND NOT attribute.attisdropped ORDER BY class.relname, attribute.attnum";

const INDEXES: &str = "SELECT class.relname::text, own.relname::text, attribute.attname::text, \
    index.indisunique::text, (made.oid IS NOT NULL)::text \
    FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indrelid \
    JOIN pg_class AS own ON own.oid = index.indexrelid \
    CROSS JOIN unnest(index.indkey) WITH ORDINALITY AS part(number, place) \
    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = part.number \
    LEFT JOIN pg_constraint AS made ON made.conindid = own.oid AND made.contype = 'u' \
    WHERE class.relnamespace = current_schema()::regnamespace AND NOT index.indisprimary \
    AND index.indpred IS NULL AND index.indexprs IS NULL AND part.place <= index.indnkeyatts \
    ORDER BY class.relname, own.relname, part.place";

const REFERENCES: &str = "SELECT class.relname::text, made.conname::text, target.relname::text, column_.attname::text, \
    aimed.attname::text, made.confdeltype::text, made.confupdtype::text \
    FROM pg_constraint AS made JOIN pg_class AS class ON class.oid = made.conrelid \
    JOIN pg_class AS target ON target.oid = made.confrelid \
    CROSS JOIN unnest(made.conkey, made.confkey) WITH ORDINALITY AS part(own, other, place) \
    JOIN pg_attribute AS column_ ON column_.attrelid = class.oid AND column_.attnum = part.own \
    JOIN pg_attribute AS aimed ON aimed.attrelid = target.oid AND aimed.attnum = part.other \
    WHERE made.contype = 'f' AND class.relnamespace = current_schema()::regnamespace \
    ORDER BY class.relname, made.conname, part.place";

const CHECKS: &str = "SELECT class.relname::text, made.conname::text, column_.attname::text, \
    pg_get_constraintdef(made.oid) FROM pg_constraint AS made JOIN pg_class AS class ON class.oid = made.conrelid \
    JOIN pg_attribute AS column_ ON column_.attrelid = class.oid AND column_.attnum = made.conkey[1] \
    WHERE made.contype = 'c' AND cardinality(made.conkey) = 1 \
    AND class.relnamespace = current_schema()::regnamespace ORDER BY class.relname, made.conname";

pub(super) const QUESTIONS: &[(&str, usize)] = &[(COLUMNS, 9), (INDEXES, 5), (REFERENCES, 7), (CHECKS, 4)];

pub(super) fn tables(answers: &[Vec<Row>]) -> Option<Vec<TableDef>> {
    let [columns, indexes, references, checks] = answers else { return None };
    let mut tables = read_columns(columns)?;
    for row in indexes {
        let (column, unique, constraint) = (row.owned(2)?, row.is(3), row.is(4));
        index_column(of(&mut tables, row.text(0)?), row.text(1)?, column, unique, constraint);
    }
    for row in references {
        let columns = [row.owned(3)?, row.owned(4)?];
        let actions = [action(row.text(5)?), action(row.text(6)?)];
        reference_column(of(&mut tables, row.text(0)?), row.text(1)?, row.text(2)?, columns, actions);
    }
    for row in checks {
        let Some(limit) = length_limit(row.text(3)?) else { continue };
        let name = row.text(2)?;
        let columns = &mut of(&mut tables, row.text(0)?).columns;
        for column in columns.iter_mut().filter(|column| column.name == name) {
            column.max_length = Some(MaxLength { limit, check: row.owned(1) });
        }
    }
    Some(tables)
}

fn read_columns(rows: &[Row]) -> Option<Vec<TableDef>> {
    let mut tables = Vec::new();
    let mut places = Vec::new();
    for row in rows {
        let table = row.text(0)?;
        let collation = row.text(4).map_or_else(String::new, |name| format!(" COLLATE {name}"));
        let is_serial = row.text(6).is_some_and(|text| text.starts_with("nextval("));
        let name = row.owned(1)?;
        if let Some(place) = row.number(8) {
            places.push((table, place, name.clone()));
        }
        of(&mut tables, table).columns.push(ColumnDef {
            name,
            ty: ColumnType::Found {
                declared: format!("{}{collation}", row.text(2)?),
                fits: fits(row.text(3)?),
            },
            nullable: !row.is(5),
            auto: row.is(7) || is_serial,
            max_length: None,
            default: row.owned(6).filter(|_| !is_serial).and_then(|text| default(text, Dialect::Postgres)),
        });
    }
    places.sort();
    for (table, _, column) in places {
        of(&mut tables, table).key.push(column);
    }
    Some(tables)
}

fn action(letter: &str) -> Action {
    match letter {
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        _no_action_or_restrict => Action::Restrict,
    }
}
