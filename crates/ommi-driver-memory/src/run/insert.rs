//! Inserts: all rows or none.

use ommi_core::Result;
use ommi_core::plan::{Action, Plan};
use ommi_core::value::{RowBatch, Value, normalized_decimal};

use super::work::Work;
use crate::data::{Row, State};
use crate::error::{broken_plan, no_column};

/// Adds rows: the new state, and the generated keys in the rows' order where the plan asks for them.
pub(crate) fn insert(plan: &Plan, rows: &RowBatch, state: &State) -> Result<(State, Vec<i64>)> {
    let Action::Insert { fields, returning } = &plan.action else {
        return Err(broken_plan("what is no insert was given to one"));
    };
    let model = plan.model();
    let mut work = Work::on(state);
    let table = work.state.table_mut(model.table())?;
    let position = |field: &usize| {
        let column = &model.fields()[*field].column;
        table.def.position(column).ok_or_else(|| no_column(model.table(), column))
    };
    let given = fields.iter().map(position).collect::<Result<Vec<_>>>()?;
    let key = returning.as_ref().map(position).transpose()?;
    let mut keys = Vec::with_capacity(rows.len());
    for number in 0..rows.len() {
        let table = work.state.table_mut(model.table())?;
        let mut row = table.def.columns.iter().map(|column| column.default()).collect::<Result<Vec<_>>>()?;
        for (position, cell) in given.iter().zip(rows.row(number)) {
            row[*position] = stored(cell.to_value()?);
        }
        for (column, value) in table.def.columns.iter().zip(&mut row) {
            match value {
                Value::Null if column.generated => *value = Value::Int(table.generate()?),
                // What the next rows of this insert generate must be greater too.
                Value::Int(number) if column.generated => table.skip(*number),
                _given => {}
            }
        }
        if let Some(Value::Int(key)) = key.map(|position| &row[position]) {
            keys.push(*key);
        }
        let id = table.new_row();
        work.set(model.table(), id, Some(Row::from(row)))?;
    }
    Ok((work.finish()?, keys))
}

/// Decimals have one form, in which equal ones are the same.
fn stored(value: Value) -> Value {
    match value {
        Value::Decimal(decimal) => Value::Decimal(normalized_decimal(&decimal)),
        other => other,
    }
}
