//! Where sea-query writes a statement: the text, and for each placeholder the plan's parameter behind it.
//!
//! sea-query knows values only, so a parameter travels through it as an unsigned integer that [`Writer`]
//! turns into a placeholder. The binds come out in the order of the text, whatever order it was built in.

use std::fmt;

use ommi_core::driver::{Bind, Transform};
use sea_query::{Expr, QueryBuilder, SqlWriter, Value};

/// In place of a limit: SQLite has no OFFSET without LIMIT, and -1 means no limit there.
pub(crate) const NO_LIMIT: u64 = u64::MAX;

const TRANSFORMS: u64 = 3;

/// The stand-in for a parameter where sea-query takes an integer.
pub(crate) fn placeholder_code(param: usize, transform: Transform) -> u64 {
    let transform = match transform {
        Transform::Plain => 0,
        Transform::PrefixEnd => 1,
        Transform::LikeToGlob => 2,
    };
    param as u64 * TRANSFORMS + transform
}

/// The placeholder of a parameter.
pub(crate) fn placeholder(param: usize, transform: Transform) -> Expr {
    Expr::Value(Value::BigUnsigned(Some(placeholder_code(param, transform))))
}

fn decode(code: u64) -> Bind {
    let transform = match code % TRANSFORMS {
        0 => Transform::Plain,
        1 => Transform::PrefixEnd,
        _ => Transform::LikeToGlob,
    };
    Bind { param: (code / TRANSFORMS) as usize, transform }
}

/// Collects text and binds.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// The text so far.
    pub(crate) text: String,
    /// What goes to each placeholder so far.
    pub(crate) binds: Vec<Bind>,
}

impl fmt::Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl SqlWriter for Writer {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        match value {
            Value::BigUnsigned(Some(NO_LIMIT)) => self.text.push_str("-1"),
            Value::BigUnsigned(Some(code)) => {
                self.text.push('?');
                self.binds.push(decode(code));
            }
            constant => self.text.push_str(&builder.value_to_string(&constant)),
        }
    }

    fn as_writer(&mut self) -> &mut dyn fmt::Write {
        self
    }
}
