//! The aggregates of the query language: one file each holds its name, its typing rule and what it means.

mod avg;
mod count;
mod max;
mod min;
mod sum;

use super::Expr;
use crate::schema::FieldType;

/// What is made of the values of many rows. NULLs do not take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Function {
    /// The number of values, or of rows where there is no subject. Of nothing it is 0.
    Count,
    /// The sum: of integers, checked to fit in 64 bits as a whole; of decimals, exact; of floats, in any order of the rows.
    /// Of nothing it is NULL.
    Sum,
    /// The mean: of integers and floats a float, of decimals a decimal, rounded as a quotient is. Of nothing it is NULL.
    Avg,
    /// The smallest value in the order of its type. Of nothing it is NULL.
    Min,
    /// The greatest value in the order of its type. Of nothing it is NULL.
    Max,
}

/// What is known of a function.
struct Definition {
    name: &'static str,
    typing: fn(&FieldType) -> Option<FieldType>,
}

impl Function {
    /// Every function.
    pub const ALL: &[Function] =
        &[Function::Count, Function::Sum, Function::Avg, Function::Min, Function::Max];

    fn definition(self) -> &'static Definition {
        match self {
            Function::Count => &count::DEFINITION,
            Function::Sum => &sum::DEFINITION,
            Function::Avg => &avg::DEFINITION,
            Function::Min => &min::DEFINITION,
            Function::Max => &max::DEFINITION,
        }
    }

    /// The function's name, as in messages and method names.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The type of what is made of values of type `subject`; `None` where the function has no meaning there.
    pub fn typing(self, subject: &FieldType) -> Option<FieldType> {
        (self.definition().typing)(subject)
    }
}

/// One value made of many rows: of those of a group, or of all that a query finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// What is made of the values.
    pub function: Function,
    /// What is computed from each row; only a count goes without one, and counts the rows.
    pub subject: Option<Expr>,
    /// Whether equal values take part once.
    pub distinct: bool,
    /// Which rows take part; all of them without one.
    pub filter: Option<Expr>,
}

impl Aggregate {
    /// A function over what is computed from each row.
    pub fn of(function: Function, subject: Expr) -> Self {
        Self { function, subject: Some(subject), distinct: false, filter: None }
    }

    /// The number of rows.
    pub fn rows() -> Self {
        Self { function: Function::Count, subject: None, distinct: false, filter: None }
    }
}

fn number(subject: &FieldType) -> Option<FieldType> {
    subject.is_numeric().then(|| subject.clone())
}

/// The types with an order that every database knows a first and a last value of.
fn ranked(subject: &FieldType) -> Option<FieldType> {
    match subject {
        FieldType::Int
        | FieldType::Float
        | FieldType::Text
        | FieldType::Decimal
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration => Some(subject.clone()),
        FieldType::Bool | FieldType::Bytes | FieldType::Uuid | FieldType::Json | FieldType::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_name_of_its_own() {
        let names: std::collections::HashSet<_> =
            Function::ALL.iter().map(|function| function.name()).collect();
        assert_eq!(names.len(), Function::ALL.len());
    }

    #[test]
    fn the_mean_of_integers_is_a_float_and_that_of_decimals_a_decimal() {
        assert_eq!(Function::Avg.typing(&FieldType::Int), Some(FieldType::Float));
        assert_eq!(Function::Avg.typing(&FieldType::Decimal), Some(FieldType::Decimal));
        assert_eq!(Function::Sum.typing(&FieldType::Text), None);
        assert_eq!(Function::Max.typing(&FieldType::Bool), None);
        assert_eq!(Function::Count.typing(&FieldType::Json), Some(FieldType::Int));
    }
}
