//! MySQL's and MariaDB's tables of the session's database, from `information_schema`.

use ommi_core::schema::{Action, ColumnDef, ColumnDefault, ColumnType, FieldType, MaxLength, TableDef};

use super::constant::default;
use super::{Row, index_column, length_limit, of, reference_column};
use crate::introspect::mysql::fits;
use crate::{Dialect, Flavour};

const COLUMNS: &str = "SELECT CAST(field.table_name AS CHAR), CAST(field.column_name AS CHAR), \
    CAST(field.column_type AS CHAR), CAST(field.collation_name AS CHAR), CAST(field.is_nullable = 'YES' AS CHAR), \
    CAST(field.column_default AS CHAR), CAST(field.extra AS CHAR) FROM information_schema.columns AS field \
    JOIN information_schema.tables AS made ON made.table_schema = field.table_schema \
    AND made.table_name = field.table_name AND made.table_type = 'BASE TABLE' \
    WHERE field.table_schema = DATABASE() ORDER BY field.table_name, field.ordinal_position";

const INDEXES: &str = "SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), CAST(column_name AS CHAR), \
    CAST(non_unique = 0 AS CHAR), CAST(sub_part IS NOT NULL OR column_name IS NULL OR index_type <> 'BTREE' AS CHAR) \
    FROM information_schema.statistics WHERE table_schema = DATABASE() \
    ORDER BY table_name, index_name, seq_in_index";

const REFERENCES: &str = "SELECT CAST(part.table_name AS CHAR), CAST(part.constraint_name AS CHAR), \
    CAST(part.referenced_table_name AS CHAR), CAST(part.column_name AS CHAR), \
    CAST(part.referenced_column_name AS CHAR), CAST(made.delete_rule AS CHAR), CAST(made.update_rule AS CHAR) \
    FROM information_schema.key_column_usage AS part JOIN information_schema.referential_constraints AS made \
    ON made.constraint_schema = part.constraint_schema AND made.constraint_name = part.constraint_name \
    AND made.table_name = part.table_name \
    WHERE part.table_schema = DATABASE() AND part.referenced_table_name IS NOT NULL \
    ORDER BY part.table_name, part.constraint_name, part.ordinal_position";

const CHECKS_OF_MARIADB: &str = "SELECT CAST(table_name AS CHAR), CAST(constraint_name AS CHAR), \
    CAST(check_clause AS CHAR) FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()";

const CHECKS_OF_MYSQL: &str = "SELECT CAST(owner.table_name AS CHAR), CAST(made.constraint_name AS CHAR), \
    CAST(made.check_clause AS CHAR) FROM information_schema.check_constraints AS made \
    JOIN information_schema.table_constraints AS owner ON owner.constraint_schema = made.constraint_schema \
    AND owner.constraint_name = made.constraint_name WHERE made.constraint_schema = DATABASE()";

pub(super) fn questions(flavour: Flavour) -> &'static [(&'static str, usize)] {
    match flavour {
        Flavour::MariaDb { .. } => &[(COLUMNS, 7), (INDEXES, 5), (REFERENCES, 7), (CHECKS_OF_MARIADB, 3)],
        Flavour::MySql => &[(COLUMNS, 7), (INDEXES, 5), (REFERENCES, 7), (CHECKS_OF_MYSQL, 3)],
    }
}

pub(super) fn tables(answers: &[Vec<Row>], flavour: Flavour) -> Option<Vec<TableDef>> {
    let [columns, indexes, references, checks] = answers else { return None };
    let mut tables = Vec::new();
    for row in columns {
        let column = column(row, flavour)?;
        of(&mut tables, row.text(0)?).columns.push(column);
    }
    for row in references {
        let columns = [row.owned(3)?, row.owned(4)?];
        let actions = [action(row.text(5)?), action(row.text(6)?)];
        reference_column(of(&mut tables, row.text(0)?), row.text(1)?, row.text(2)?, columns, actions);
    }
    let is_strange = |table: Option<&str>, index: Option<&str>| {
        indexes.iter().any(|row| row.is(4) && row.text(0) == table && row.text(1) == index)
    };
    for row in indexes {
        let (table, name) = (of(&mut tables, row.text(0)?), row.text(1)?);
        // The server has made an index for each reference that had none, and called it like that.
        let is_made_for_reference =
            table.references.iter().any(|reference| reference.name.as_deref() == Some(name));
        if name == "PRIMARY" {
            table.key.push(row.owned(2)?);
        } else if !is_made_for_reference && !is_strange(row.text(0), row.text(1)) {
            index_column(table, name, row.owned(2)?, row.is(3), false);
        }
    }
    for row in checks {
        let Some(limit) = length_limit(row.text(2)?) else { continue };
        let name = quoted_name(row.text(2)?)?;
        let columns = &mut of(&mut tables, row.text(0)?).columns;
        for column in columns.iter_mut().filter(|column| column.name == name) {
            column.max_length = Some(MaxLength { limit, check: row.owned(1) });
        }
    }
    Some(tables)
}

fn column(row: &Row, flavour: Flavour) -> Option<ColumnDef> {
    let declared = row.text(2)?;
    let collation = row.text(3).map_or_else(String::new, |collation| {
        let set = collation.split('_').next().unwrap_or_default();
        format!(" CHARACTER SET {set} COLLATE {collation}")
    });
    let extra = row.text(6).unwrap_or_default().to_ascii_lowercase();
    let default = row.owned(5).and_then(|text| match flavour {
        Flavour::MariaDb { .. } => default(text, Dialect::Mysql(flavour)),
        // MySQL tells a constant without its quotes, and an expression with escaped ones.
        Flavour::MySql if extra.contains("default_generated") => {
            default(text.replace("\\'", "'"), Dialect::Mysql(flavour))
        }
        Flavour::MySql => {
            Some(ColumnDefault::Found { text: crate::mysql::literal(&text), constant: Some(text) })
        }
    });
    let fits = fits(declared);
    let is_binary = fits.iter().any(|ty| matches!(ty, FieldType::Bytes | FieldType::Uuid));
    Some(ColumnDef {
        name: row.owned(1)?,
        default: if is_binary { default.map(of_bytes) } else { default },
        ty: ColumnType::Found { declared: format!("{declared}{collation}"), fits },
        nullable: row.is(4),
        auto: extra.contains("auto_increment"),
        max_length: None,
    })
}

/// The constant of a binary column that is told as text, as bytes; what is no text is told as question marks.
fn of_bytes(default: ColumnDefault) -> ColumnDefault {
    match default {
        ColumnDefault::Found { text, constant: Some(constant) } if text.starts_with('\'') => {
            let hex = || constant.bytes().map(|byte| format!("{byte:02x}")).collect();
            let constant = (!constant.contains('?')).then(hex);
            ColumnDefault::Found { text, constant }
        }
        ColumnDefault::Found { .. } | ColumnDefault::Value(_) => default,
    }
}

/// The column in a check of ours: the only name in it.
fn quoted_name(condition: &str) -> Option<String> {
    let (_, rest) = condition.split_once('`')?;
    let (name, _) = rest.rsplit_once('`')?;
    Some(name.replace("``", "`"))
}

fn action(rule: &str) -> Action {
    match rule {
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        _no_action_or_restrict => Action::Restrict,
    }
}
