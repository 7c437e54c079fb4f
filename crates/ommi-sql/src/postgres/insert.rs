//! Adding rows to PostgreSQL's tables: many at once, by COPY, and the sequence behind a generated key.

use ommi_core::plan::Plan;

use super::literal;
use crate::Dialect;
use crate::ddl::quoted;

/// The ways to add rows, beside the statement's own text, which adds one and returns its generated key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    table: String,
    columns: Vec<String>,
    returning: Option<String>,
    /// `SELECT columns FROM table LIMIT 0`: preparing it tells the types of the columns in the rows' order.
    pub probe: String,
    /// `COPY table (columns) FROM STDIN (FORMAT binary)`: each column in the type that the probe tells.
    pub copy: String,
    /// As `copy`, with the generated key (`bigint`, or the type that [`key_probe`](Self::key_probe) tells) as the
    /// first column. Only where the key is wanted and rows do not give it.
    pub copy_with_key: Option<String>,
    /// As `probe`, of the generated key's column alone.
    pub key_probe: Option<String>,
    /// The last key that the sequence gave, or the one before its first: one row (`bigint`), in the transaction in
    /// which `copy` is to run. No row where two such keys with as many rows between them as were added do not prove
    /// that these rows have the keys between: where the key is no identity, or its sequence gives them otherwise than
    /// one by one.
    pub last_key: Option<String>,
    /// Gives as many new keys as its parameter (`bigint`) says, one row each. A row of NULL: the key's column has
    /// no sequence, so keys must come from the insert itself.
    pub allocate: Option<String>,
    /// Moves the key's sequence forward to its parameter (`bigint`), the greatest key that the rows gave, so that
    /// it is not generated later. To be run in the transaction of the insert. Gives one row of no interest.
    pub advance: Option<String>,
    /// Where a generated key exists and rows give it: its position among the row's cells.
    pub given_key: Option<usize>,
}

impl Insert {
    pub(crate) fn new(plan: &Plan, fields: &[usize], returning: Option<usize>) -> Self {
        let model = plan.model();
        let quote = |field: &usize| quoted(Dialect::Postgres, &model.fields()[*field].column);
        let table = quoted(Dialect::Postgres, model.table());
        let columns: Vec<_> = fields.iter().map(quote).collect();
        let listed = columns.join(", ");
        let given_key = returning.and_then(|key| fields.iter().position(|field| *field == key));
        let key = returning.map(|key| quote(&key));
        let new_key = key.as_ref().filter(|_| given_key.is_none());
        let sequence = returning.map(|key| sequence(&table, &model.fields()[key].column));
        let with_key = |key: &String| {
            let rest = columns.iter().map(|column| format!(", {column}")).collect::<String>();
            format!("COPY {table} ({key}{rest}) FROM STDIN (FORMAT binary)")
        };
        Self {
            probe: format!("SELECT {listed} FROM {table} LIMIT 0"),
            copy: format!("COPY {table} ({listed}) FROM STDIN (FORMAT binary)"),
            copy_with_key: new_key.map(with_key),
            key_probe: key.as_ref().map(|key| format!("SELECT {key} FROM {table} LIMIT 0")),
            last_key: new_key.and(returning).map(|key| last_key(&table, &model.fields()[key].column)),
            allocate: sequence.as_deref().map(allocate),
            advance: sequence.as_deref().filter(|_| given_key.is_some()).map(advance),
            given_key,
            returning: key,
            table,
            columns,
        }
    }

    /// The statement that adds any number of rows: one array for each column, in their order, and the generated keys
    /// come back in the rows' order.
    ///
    /// `types` are the names of the columns' types, as preparing the statement's own text tells them (`int8`,
    /// `_text`). An array of arrays has to be a matrix, so a column whose type is an array's (`_text`) takes an array
    /// of literals (`text[]`) instead.
    ///
    /// Without a column its one parameter is the number of rows (`bigint`).
    pub fn many(&self, types: &[&str]) -> String {
        let table = &self.table;
        let returning = self.returning.as_ref().map(|key| format!(" RETURNING {key}")).unwrap_or_default();
        if self.columns.is_empty() {
            return format!("INSERT INTO {table} SELECT FROM generate_series(1, $1::bigint){returning}");
        }
        let mut arrays = Vec::new();
        let mut names = Vec::new();
        let mut values = Vec::new();
        for (position, ty) in types.iter().enumerate() {
            let name = format!("c{position}");
            match ty.strip_prefix('_') {
                Some(item) => {
                    arrays.push(format!("${}::text[]", position + 1));
                    values.push(format!("{name}::{item}[]"));
                }
                None => {
                    arrays.push(format!("${}::{ty}[]", position + 1));
                    values.push(name.clone());
                }
            }
            names.push(name);
        }
        format!(
            "INSERT INTO {table} ({}) SELECT {} FROM unnest({}) WITH ORDINALITY AS given({}, place) \
             ORDER BY place{returning}",
            self.columns.join(", "),
            values.join(", "),
            arrays.join(", "),
            names.join(", "),
        )
    }
}

/// The sequence behind a column, as an expression; NULL where there is none.
fn sequence(table: &str, column: &str) -> String {
    format!("pg_get_serial_sequence({}, {})::regclass", literal(table), literal(column))
}

fn last_key(table: &str, column: &str) -> String {
    format!(
        "SELECT coalesce(pg_sequence_last_value(seq.seqrelid), seq.seqstart - 1) \
         FROM pg_sequence AS seq, pg_attribute AS col \
         WHERE seq.seqrelid = {sequence} AND seq.seqincrement = 1 AND seq.seqcache = 1 \
         AND col.attrelid = {table}::regclass AND col.attname = {column} AND col.attidentity <> ''",
        sequence = sequence(table, column),
        table = literal(table),
        column = literal(column),
    )
}

fn allocate(sequence: &str) -> String {
    format!(
        "SELECT nextval(name) FROM (SELECT {sequence} AS name OFFSET 0) AS sequence, generate_series(1, $1::bigint)"
    )
}

/// Small gaps are closed by taking the numbers, which is right beside whoever else takes some. A large one is jumped
/// over under a lock, so that two who jump do not land before each other.
fn advance(sequence: &str) -> String {
    format!(
        "WITH sequence AS MATERIALIZED (SELECT {sequence} AS name), \
         gap AS MATERIALIZED (SELECT name, greatest($1::bigint, coalesce(pg_sequence_last_value(name), 0)) \
         - coalesce(pg_sequence_last_value(name), 0) AS size FROM sequence WHERE name IS NOT NULL) \
         SELECT max(CASE WHEN size <= 10000 THEN nextval(name) \
         WHEN pg_advisory_xact_lock(name::oid::bigint) IS NOT NULL \
         THEN setval(name, greatest($1::bigint, coalesce(pg_sequence_last_value(name), 0))) END) \
         FROM gap CROSS JOIN LATERAL generate_series(1, CASE WHEN size > 10000 THEN 1 ELSE size END)"
    )
}
