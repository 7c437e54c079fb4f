//! Adding rows to MySQL's and MariaDB's tables.

use ommi_core::plan::Plan;

use crate::ddl::quoted;
use crate::{Dialect, Flavour};

/// The parts of an INSERT of any number of rows: `head row, row, row tail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// Up to `VALUES `.
    pub head: String,
    /// One row's placeholders in parentheses.
    pub row: String,
    /// Empty, or ` RETURNING` with the generated key, rows in the order of the values.
    pub tail: String,
    /// Where a generated key exists and rows give it: its position among the row's cells.
    pub given_key: Option<usize>,
}

impl Insert {
    pub(crate) fn new(plan: &Plan, flavour: Flavour, fields: &[usize], returning: Option<usize>) -> Self {
        let dialect = Dialect::Mysql(flavour);
        let model = plan.model();
        let quote = |field: &usize| quoted(dialect, &model.fields()[*field].column);
        let columns: Vec<_> = fields.iter().map(quote).collect();
        let has_returning = match flavour {
            Flavour::MariaDb { returning } => returning,
            Flavour::MySql => false,
        };
        let tail = returning.filter(|_| has_returning).map(|key| format!(" RETURNING {}", quote(&key)));
        Self {
            head: format!("INSERT INTO {} ({}) VALUES ", quoted(dialect, model.table()), columns.join(", ")),
            row: format!("({})", vec!["?"; fields.len()].join(", ")),
            tail: tail.unwrap_or_default(),
            given_key: returning.and_then(|key| fields.iter().position(|field| *field == key)),
        }
    }

    /// The text that adds so many rows.
    pub fn text(&self, rows: usize) -> String {
        let mut text = String::with_capacity(self.head.len() + rows * (self.row.len() + 2) + self.tail.len());
        text.push_str(&self.head);
        for row in 0..rows {
            if row > 0 {
                text.push_str(", ");
            }
            text.push_str(&self.row);
        }
        text.push_str(&self.tail);
        text
    }
}
