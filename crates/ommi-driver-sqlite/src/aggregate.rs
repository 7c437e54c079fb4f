//! The aggregate functions that SQLite lacks: integers that are summed as a whole, floats that do not overflow silently,
//! exact decimals. `ommi-sql` writes calls of them; each connection has them all. NULLs do not take part.

use std::ffi::CStr;
use std::panic::{RefUnwindSafe, UnwindSafe};

use bigdecimal::BigDecimal;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use crate::function::{as_decimal, as_float, as_integer, failed};
use crate::value::decimal_text;

/// Values on their way to one.
trait Gathered: Default + Clone + RefUnwindSafe + UnwindSafe + Send + 'static {
    /// Takes one value that is not NULL.
    fn take(&mut self, value: ValueRef<'_>) -> Result<()>;
}

/// Integers. What 2^63 rows hold fits.
#[derive(Debug, Default, Clone)]
struct Integers {
    sum: i128,
    count: u64,
}

impl Gathered for Integers {
    fn take(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.sum += i128::from(as_integer(value)?);
        self.count += 1;
        Ok(())
    }
}

/// Floats.
#[derive(Debug, Default, Clone)]
struct Floats {
    sum: f64,
    /// Whether one of them was infinite, so that the sum may be.
    infinite: bool,
}

impl Gathered for Floats {
    fn take(&mut self, value: ValueRef<'_>) -> Result<()> {
        let value = as_float(value)?;
        self.infinite |= value.is_infinite();
        self.sum += value;
        Ok(())
    }
}

/// Decimals.
#[derive(Debug, Default, Clone)]
struct Decimals(BigDecimal);

impl Gathered for Decimals {
    fn take(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0 += as_decimal(value)?;
        Ok(())
    }
}

/// An aggregate function: what becomes of gathered values, of which there is one at least.
struct Function<G>(fn(G) -> Result<Value>);

impl<G: Gathered> Aggregate<Option<G>, Value> for Function<G> {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<G>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, gathered: &mut Option<G>) -> Result<()> {
        match context.get_raw(0) {
            ValueRef::Null => Ok(()),
            value => gathered.get_or_insert_default().take(value),
        }
    }

    fn finalize(&self, _: &mut Context<'_>, gathered: Option<Option<G>>) -> Result<Value> {
        gathered.flatten().map_or(Ok(Value::Null), self.0)
    }
}

/// Makes the functions known to a connection.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    define(connection, c"ommi_int_sum", |Integers { sum, .. }| {
        let sum = i64::try_from(sum).map(Value::Integer);
        sum.map_err(|_| failed("integer overflow: the sum does not fit in 64 bits"))
    })?;
    define(connection, c"ommi_int_avg", |Integers { sum, count }| {
        Ok(Value::Real(sum as f64 / count as f64))
    })?;
    define(connection, c"ommi_float_sum", |Floats { sum, infinite }| {
        if sum.is_infinite() && !infinite {
            return Err(failed("float overflow: the sum is greater than any float"));
        }
        // SQLite has no NaN.
        Ok(if sum.is_nan() { Value::Null } else { Value::Real(sum) })
    })?;
    define(connection, c"ommi_decimal_sum", |Decimals(sum)| Ok(Value::Text(decimal_text(&sum))))
}

fn define<G: Gathered>(
    connection: &Connection,
    name: &'static CStr,
    made: fn(G) -> Result<Value>,
) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_aggregate_function(name, 1, flags, Function(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: &str, values: &str) -> std::result::Result<Value, String> {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let query = format!("WITH v(x) AS (VALUES {values}) SELECT {function} FROM v");
        connection.query_row(&query, [], |row| row.get(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn every_function_that_statements_use_is_there() {
        for (name, arguments) in ommi_sql::sqlite::AGGREGATES {
            assert_eq!(*arguments, 1);
            assert_eq!(of(&format!("{name}(x)"), "(NULL), (NULL)"), Ok(Value::Null), "{name}");
            assert_eq!(of(&format!("{name}(x) FILTER (WHERE x > 1)"), "(1)"), Ok(Value::Null), "{name}");
        }
    }

    #[test]
    fn integers_are_summed_as_a_whole() {
        let far = "(9223372036854775807), (9223372036854775807), (-9223372036854775807)";
        assert_eq!(of("ommi_int_sum(x)", far), Ok(Value::Integer(i64::MAX)));
        let most = "(9223372036854775807), (1), (NULL)";
        assert!(of("ommi_int_sum(x)", most).unwrap_err().contains("integer overflow"));
        assert_eq!(of("ommi_int_avg(x)", most), Ok(Value::Real(4_611_686_018_427_387_904.0)));
        assert_eq!(of("ommi_int_sum(DISTINCT x)", "(2), (2), (3)"), Ok(Value::Integer(5)));
    }

    #[test]
    fn floats_do_not_overflow_silently() {
        assert_eq!(of("ommi_float_sum(x)", "(0.5), (2), (NULL)"), Ok(Value::Real(2.5)));
        assert!(of("ommi_float_sum(x)", "(1e308), (1e308)").unwrap_err().contains("float overflow"));
        assert_eq!(of("ommi_float_sum(x)", "(9e999), (1.0)"), Ok(Value::Real(f64::INFINITY)));
        assert_eq!(of("ommi_float_sum(x)", "(9e999), (-9e999)"), Ok(Value::Null));
    }

    #[test]
    fn decimals_are_exact() {
        let sum = of("ommi_decimal_sum(x)", "('0.1'), ('0.20'), ('1e-25'), (3)");
        assert_eq!(sum, Ok(Value::Text("3.3000000000000000000000001".into())));
        assert!(of("ommi_decimal_sum(x)", "('x')").is_err());
    }
}
