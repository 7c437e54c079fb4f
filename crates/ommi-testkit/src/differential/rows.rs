//! Rows of models, most of whose references lead to rows that are there.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::Capabilities;
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::Value;

use super::tape::Tape;
use super::value::{Bounds, value};
use crate::run::Row;
use crate::values::{NULL, int};

/// Rows by the position of their model.
pub(super) type Rows = Vec<Vec<Row>>;

/// A row of `models[number]`, with references to `rows`. Its key, where it is a number, is small.
pub(super) fn row(
    tape: &mut Tape<'_>,
    models: &[Arc<ModelDef>],
    number: usize,
    rows: &Rows,
    able: &Capabilities,
) -> Result<Row> {
    let model = &models[number];
    let mut row: Row = Vec::with_capacity(model.fields().len());
    for (position, field) in model.fields().iter().enumerate() {
        let mut bounds = Bounds::of(model, position, able);
        let is_number = model.key() == [position] && field.ty == FieldType::Int;
        row.push(if is_number && !tape.chance(10) {
            int(1 + tape.below(20) as i64)
        } else {
            bounds.nullable &= !is_number;
            value(tape, &field.ty, bounds, able)
        });
    }
    for reference in model.references() {
        let (target, fields) = reference.resolve()?;
        let targets = models.iter().position(|model| model.id() == target.id());
        let known = targets.and_then(|target| tape.pick(&rows[target]));
        let is_optional = reference.fields.iter().all(|field| model.fields()[*field].nullable);
        match known {
            Some(known) if !tape.chance(10) => {
                for (field, target) in reference.fields.iter().zip(fields) {
                    row[*field] = known[target].clone();
                }
            }
            Some(_) | None if is_optional && !tape.chance(10) => {
                reference.fields.iter().for_each(|field| row[*field] = NULL);
            }
            Some(_) | None => {}
        }
    }
    Ok(row)
}

/// A row as it is told.
pub(super) fn told(row: &[Value]) -> String {
    let short: Vec<String> =
        row.iter().map(|value| format!("{value:?}").chars().take(60).collect()).collect();
    format!("[{}]", short.join(", "))
}
