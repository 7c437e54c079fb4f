//! Faults: what a row's values can make fail while the server computes.
//!
//! MongoDB turns an integer that does not fit into a float without a word, and has no function that fails. A conversion
//! of a text that is no number does fail, with the text in its message: so the texts here are our errors.

use mongodb::bson::raw::{CStr, cstr};
use ommi_core::Error;

use super::make::{cond, op, string};
use super::template::Template;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// An integer that needs more than 64 bits.
    Integer,
    /// A float greater than all.
    Float,
    /// A decimal of more than 34 digits.
    Decimal,
}

impl Fault {
    const ALL: [Fault; 3] = [Fault::Integer, Fault::Float, Fault::Decimal];

    /// What stands in the server's message.
    fn mark(self) -> &'static str {
        match self {
            Fault::Integer => "ommi: integer overflow",
            Fault::Float => "ommi: float overflow",
            Fault::Decimal => "ommi: decimal overflow",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Fault::Integer => "integer overflow: the result does not fit in 64 bits",
            Fault::Float => "float overflow: the result is greater than any float",
            Fault::Decimal => {
                "decimal overflow: the exact result has more than the 34 digits that MongoDB computes with; round the \
                 operands, or compute it outside"
            }
        }
    }

    fn conversion(self) -> &'static CStr {
        match self {
            Fault::Integer => cstr!("$toLong"),
            Fault::Float => cstr!("$toDouble"),
            Fault::Decimal => cstr!("$toDecimal"),
        }
    }

    /// `value`, or the fault where `wrong` holds. The condition has to depend on the row: what is constant is computed,
    /// and fails, before the first row is looked at.
    pub(super) fn when(self, wrong: Template, value: Template) -> Template {
        op(self.conversion(), cond(wrong, string(self.mark()), value))
    }
}

/// The error that a message of the server (ConversionFailure, code 241) stands for.
pub(crate) fn fault(message: &str) -> Option<Error> {
    let marked = Fault::ALL.into_iter().find(|fault| message.contains(fault.mark()));
    // The smallest integer divided by minus one.
    let found = marked.or_else(|| message.contains("would overflow target type").then_some(Fault::Integer));
    found.map(|fault| Error::query(fault.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_known_by_the_servers_message() {
        let message = "PlanExecutor error during aggregation :: caused by :: Failed to parse number 'ommi: float overflow' \
                       in $convert with no onError value: Did not consume whole string.";
        assert!(fault(message).is_some_and(|error| error.message().starts_with("float overflow")));
        assert!(fault("Conversion would overflow target type in $convert").is_some());
        assert!(fault("Failed to parse number 'x' in $convert").is_none());
    }
}
