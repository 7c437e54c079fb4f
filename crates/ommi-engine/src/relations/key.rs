//! Keys by which related rows find their parents.

use ommi_core::value::{Cell, Value};

/// The values of a key as one that can be looked up, whatever their types: equal for equal values only.
///
/// ```
/// use ommi_engine::relations::RelationKey;
/// use ommi_core::value::{Cell, Value};
///
/// let parent = RelationKey::of_values(&[Value::Int(7)]);
/// assert_eq!(parent, RelationKey::of_cells([Cell::Int(7)].into_iter()));
/// assert_ne!(parent, RelationKey::of_cells([Cell::Text("7")].into_iter()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RelationKey(Repr);

/// Nearly all keys are one integer, which needs no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repr {
    Int(i64),
    /// The values one after the other, each with its kind and length.
    Bytes(Box<[u8]>),
}

impl RelationKey {
    /// The key that a row's cells are.
    pub fn of_cells<'a>(mut cells: impl Iterator<Item = Cell<'a>>) -> Self {
        match (cells.next(), cells.next()) {
            (Some(Cell::Int(value)), None) => Self(Repr::Int(value)),
            (first, second) => {
                let mut bytes = Vec::with_capacity(32);
                first.into_iter().chain(second).chain(cells).for_each(|cell| push(&mut bytes, cell));
                Self(Repr::Bytes(bytes.into()))
            }
        }
    }

    /// The key that a parent's values are.
    pub fn of_values(values: &[Value]) -> Self {
        if let [Value::Int(value)] = values {
            return Self(Repr::Int(*value));
        }
        let mut bytes = Vec::with_capacity(32);
        for value in values {
            let mut decimal = String::new();
            push(&mut bytes, value.as_cell(&mut decimal));
        }
        Self(Repr::Bytes(bytes.into()))
    }
}

fn push(key: &mut Vec<u8>, cell: Cell<'_>) {
    let mut part = |kind: u8, bytes: &[u8]| {
        key.push(kind);
        key.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        key.extend_from_slice(bytes);
    };
    match cell {
        Cell::Null => part(0, &[]),
        Cell::Bool(value) => part(1, &[value.into()]),
        Cell::Int(value) => part(2, &value.to_le_bytes()),
        // The two zeros are equal.
        Cell::Float(value) => part(3, &(value + 0.0).to_bits().to_le_bytes()),
        Cell::Text(value) => part(4, value.as_bytes()),
        Cell::Bytes(value) => part(5, value),
        Cell::Decimal(value) if value.contains('.') => {
            part(6, value.trim_end_matches('0').trim_end_matches('.').as_bytes());
        }
        Cell::Decimal(value) => part(6, value.as_bytes()),
        Cell::Uuid(value) => part(7, value.as_bytes()),
        Cell::DateTime(value) => part(8, value.to_string().as_bytes()),
        Cell::Timestamp(value) => part(9, &value.as_nanosecond().to_le_bytes()),
        Cell::Date(value) => part(10, value.to_string().as_bytes()),
        Cell::Time(value) => part(11, value.to_string().as_bytes()),
        Cell::Duration(value) => part(12, &value.to_le_bytes()),
        Cell::Json(value) => part(13, value.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_cells_and_of_values_are_the_same() {
        let values = [
            vec![Value::Int(1)],
            vec![Value::Int(1), Value::Text("a".into())],
            vec![Value::Text("1".into())],
            vec![Value::Null],
            vec![Value::Bool(true), Value::Int(1), Value::Float(1.5)],
            vec![],
        ];
        for one in &values {
            for other in &values {
                let cells = other.iter().map(|value| match value {
                    Value::Int(value) => Cell::Int(*value),
                    Value::Text(value) => Cell::Text(value),
                    Value::Bool(value) => Cell::Bool(*value),
                    Value::Float(value) => Cell::Float(*value),
                    _null => Cell::Null,
                });
                assert_eq!(RelationKey::of_values(one) == RelationKey::of_cells(cells), one == other);
            }
        }
    }

    #[test]
    fn where_one_value_ends_and_the_next_begins_makes_a_difference() {
        let key = |values: [&str; 2]| RelationKey::of_values(&values.map(|value| Value::Text(value.into())));
        assert_ne!(key(["ab", "c"]), key(["a", "bc"]));
    }

    #[test]
    fn zeros_behind_a_decimal_make_no_difference() {
        let key = |text| RelationKey::of_cells([Cell::Decimal(text)].into_iter());
        assert_eq!(key("1.50"), key("1.5"));
        assert_eq!(key("10.00"), key("10"));
        assert_ne!(key("10"), key("1"));
    }

    #[test]
    fn the_two_zeros_are_one_key() {
        let key = |value| RelationKey::of_values(&[Value::Float(value)]);
        assert_eq!(key(0.0), key(-0.0));
    }
}
