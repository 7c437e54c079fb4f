//! Functions of texts, numbers, dates and times.

use ommi_core::Result;
use ommi_core::plan::PlanExpr;
use ommi_core::query::letters;
use ommi_core::schema::FieldType;
use sea_query::{BinOper, CaseStatement, Expr, ExprTrait};

use super::{Application, call, with_collation};
use crate::expr::{lower_checked, number};
use crate::scope::Scope;
use crate::{Dialect, Flavour, postgres};

/// The last letter of Latin, Greek and Cyrillic as most texts have them: 430 of 1,029 letters, and half of the time.
const LAST_COMMON: char = '\u{52f}';

/// A letter after it, as a regular expression of PostgreSQL.
const BEYOND_COMMON: &str = "'[^\\u0001-\\u052f]'";

/// How letters are mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Small,
    Capital,
}

impl Letters {
    fn function(self) -> &'static str {
        match self {
            Letters::Small => "LOWER",
            Letters::Capital => "UPPER",
        }
    }

    /// The text with its letters up to this one in their other form, told one by one.
    fn translated(self, text: Expr, last: char) -> Expr {
        let constant = |text: String| Expr::cust(format!("'{text}'"));
        let is_told = |pair: &(char, char)| pair.0 <= last;
        let (from, to) = match self {
            Letters::Small => letters::with_small().filter(is_told).unzip(),
            Letters::Capital => letters::with_capital().filter(is_told).unzip(),
        };
        call("translate", [text, constant(from), constant(to)]).into()
    }
}

/// Databases' own functions go by the locale, or by Unicode's mapping of one letter to several. MySQL's old collations have
/// the mapping that is ours; PostgreSQL is told letter by letter, where there is one beyond ASCII.
pub(super) fn mapped(application: &Application<'_>, letters: Letters) -> Result<Expr> {
    let subject = application.one()?;
    Ok(match application.scope.dialect {
        Dialect::Sqlite => match letters {
            Letters::Small => call("ommi_lower", [subject]).into(),
            Letters::Capital => call("ommi_upper", [subject]).into(),
        },
        // What is computed is written once: written several times, what is nested would grow beyond all bounds.
        Dialect::Postgres if !application.is_of_column() => letters.translated(subject, char::MAX),
        Dialect::Postgres => {
            let bytes = Expr::from(call("octet_length", [subject.clone()]));
            let is_ascii = bytes.eq(call("char_length", [subject.clone()]));
            let by_ascii = call(letters.function(), [in_c(subject.clone())]);
            let is_common = in_c(subject.clone()).binary(BinOper::Custom("!~"), Expr::cust(BEYOND_COMMON));
            CaseStatement::new()
                .case(is_ascii, by_ascii)
                .case(is_common, letters.translated(subject.clone(), LAST_COMMON))
                .finally(letters.translated(subject, char::MAX))
                .into()
        }
        Dialect::Mysql(flavour) => {
            let collation = match flavour {
                Flavour::MariaDb { .. } => "utf8mb4_unicode_520_nopad_ci",
                Flavour::MySql => "utf8mb4_unicode_520_ci",
            };
            let subject =
                Expr::cust_with_expr(format!("CONVERT(? USING utf8mb4) COLLATE {collation}"), subject);
            with_collation(call(letters.function(), [subject]).into(), flavour)
        }
    })
}

fn in_c(text: Expr) -> Expr {
    super::collated(Dialect::Postgres, &FieldType::Text, text)
}

/// Of a text's characters (SQLite's own length ends at the first NUL) or of a list's members.
pub(super) fn length(application: &Application<'_>) -> Result<Expr> {
    let (subject, ty) = (application.one()?, application.subject);
    let is_list = matches!(ty, FieldType::List(_));
    Ok(match application.scope.dialect {
        Dialect::Sqlite => call(if is_list { "json_array_length" } else { "ommi_length" }, [subject]).into(),
        Dialect::Postgres => {
            let function = match (is_list, postgres::array_item(ty)) {
                (false, _) => "char_length",
                (true, Some(_)) => "cardinality",
                (true, None) => "jsonb_array_length",
            };
            Expr::from(call(function, [subject])).cast_as("bigint")
        }
        Dialect::Mysql(_) => call(if is_list { "JSON_LENGTH" } else { "CHAR_LENGTH" }, [subject]).into(),
    })
}

/// MySQL's TRIM takes one text away, not any of several characters.
pub(super) fn trim(application: &Application<'_>) -> Result<Expr> {
    let subject = application.one()?;
    let spaces = letters::white_space();
    Ok(match application.scope.dialect {
        Dialect::Sqlite => call("trim", [subject, Expr::cust(format!("'{spaces}'"))]).into(),
        Dialect::Postgres => call("btrim", [subject, Expr::cust(format!("'{spaces}'"))]).into(),
        Dialect::Mysql(flavour) => {
            let ends = Expr::cust(format!("'^[{spaces}]+|[{spaces}]+$'"));
            let trimmed = call("REGEXP_REPLACE", [subject, ends, Expr::cust("''")]);
            with_collation(trimmed.into(), flavour)
        }
    })
}

pub(super) fn abs(application: &Application<'_>) -> Result<Expr> {
    let subject = application.one()?;
    Ok(match (application.scope.dialect, application.subject) {
        (Dialect::Sqlite, FieldType::Decimal) => call("ommi_decimal_abs", [subject]).into(),
        // A smaller integer of a foreign column has a smallest one of its own.
        (Dialect::Postgres, FieldType::Int) => call("abs", [subject.cast_as("bigint")]).into(),
        (Dialect::Mysql(_), FieldType::Int) => call("ABS", [subject.cast_as("SIGNED")]).into(),
        (Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_), _) => call("ABS", [subject]).into(),
    })
}

pub(super) fn round(application: &Application<'_>) -> Result<Expr> {
    let (subject, digits) = application.two()?;
    let dialect = application.scope.dialect;
    Ok(match (dialect, *application.subject == FieldType::Float) {
        (Dialect::Sqlite, true) => call("ommi_float_round", [subject, digits]).into(),
        (Dialect::Sqlite, false) => call("ommi_decimal_round", [subject, digits]).into(),
        (Dialect::Postgres, false) => call("round", [subject, digits.cast_as("integer")]).into(),
        (Dialect::Mysql(_), false) => call("ROUND", [subject, digits]).into(),
        (Dialect::Postgres | Dialect::Mysql(_), true) => float_rounded(dialect, subject, digits),
    })
}

/// What rounds a float half away from zero, whatever its sign: two times the number cut off, less the number cut off. Where it
/// has no digits to lose it stays as it is, and so do infinities and what is no number.
fn float_rounded(dialect: Dialect, subject: Expr, digits: Expr) -> Expr {
    let (power, cut_off): (Expr, fn(Expr) -> Expr) = match dialect {
        Dialect::Sqlite | Dialect::Postgres => {
            let ten = Expr::cust("10::float8");
            (call("power", [ten, digits.cast_as("float8")]).into(), |number| call("trunc", [number]).into())
        }
        Dialect::Mysql(_) => {
            let cut_off = |value| call("TRUNCATE", [value, number(0)]).into();
            (call("POW", [number(10), digits]).into(), cut_off)
        }
    };
    let shifted = subject.clone().mul(power.clone());
    let whole = cut_off(shifted.clone().mul(number(2))).sub(cut_off(shifted));
    let limit = match dialect {
        Dialect::Sqlite | Dialect::Postgres => Expr::cust("9007199254740992::float8"),
        Dialect::Mysql(_) => Expr::cust("9007199254740992e0"),
    };
    let size: Expr = call("ABS", [subject.clone()]).into();
    CaseStatement::new().case(size.gte(limit.div(power.clone())), subject).finally(whole.div(power)).into()
}

/// A part of a date or of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Month,
    Day,
    Hour,
}

impl Part {
    /// As PostgreSQL calls it.
    fn name(self) -> &'static str {
        match self {
            Part::Year => "'year'",
            Part::Month => "'month'",
            Part::Day => "'day'",
            Part::Hour => "'hour'",
        }
    }

    /// SQLite's own functions count the days of dates that there are not; ours take none for a date.
    fn sqlite(self) -> &'static str {
        match self {
            Part::Year => "ommi_year",
            Part::Month => "ommi_month",
            Part::Day => "ommi_day",
            Part::Hour => "ommi_hour",
        }
    }

    fn mysql(self) -> &'static str {
        match self {
            Part::Year => "YEAR",
            Part::Month => "MONTH",
            Part::Day => "DAYOFMONTH",
            Part::Hour => "HOUR",
        }
    }

    /// Where it begins in `YYYY-MM-DD HH:MM:SS`, from 1, and its length.
    fn place(self) -> (i64, i64) {
        match self {
            Part::Year => (1, 4),
            Part::Month => (6, 2),
            Part::Day => (9, 2),
            Part::Hour => (12, 2),
        }
    }
}

/// Moments with or without a zone are kept as text, except in tables of others, which give the same text when asked.
pub(super) fn part(application: &Application<'_>, part: Part) -> Result<Expr> {
    let subject = application.one()?;
    let is_text = *application.subject == FieldType::DateTime;
    let (start, length) = part.place();
    Ok(match application.scope.dialect {
        Dialect::Sqlite => call(part.sqlite(), [subject]).into(),
        Dialect::Postgres if is_text => {
            let text = subject.cast_as("text");
            Expr::from(call("substr", [text, number(start), number(length)])).cast_as("bigint")
        }
        Dialect::Postgres => {
            let moment = match application.subject {
                FieldType::Timestamp => call("timezone", [Expr::cust("'UTC'"), subject]).into(),
                _ => subject,
            };
            Expr::from(call("date_part", [Expr::cust(part.name()), moment])).cast_as("bigint")
        }
        Dialect::Mysql(_) if is_text => {
            Expr::from(call("SUBSTRING", [subject, number(start), number(length)])).cast_as("SIGNED")
        }
        Dialect::Mysql(_) => call(part.mysql(), [subject]).into(),
    })
}

/// The first value that is there.
pub(super) fn coalesce(application: &Application<'_>) -> Result<Expr> {
    let (scope, ty) = (application.scope, application.subject);
    let values = application.operands.iter().map(|value| one_of_several(scope, ty, value));
    let first: Expr = call("COALESCE", values.collect::<Result<Vec<_>>>()?).into();
    Ok(of_one_collation(scope.dialect, ty, first))
}

/// One of several values that another one may stand in for. MySQL takes the type of all for the outcome's, and knows
/// none of a parameter.
pub(crate) fn one_of_several(scope: &Scope<'_>, ty: &FieldType, value: &PlanExpr) -> Result<Expr> {
    let lowered = lower_checked(scope, value)?;
    Ok(match (scope.dialect, value) {
        (Dialect::Mysql(_), PlanExpr::Param(_)) => match mysql_cast(ty) {
            Some(cast) => lowered.cast_as(cast),
            None => lowered,
        },
        (Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_), _) => lowered,
    })
}

/// What a parameter is cast to, where it brings no type with it.
fn mysql_cast(ty: &FieldType) -> Option<&'static str> {
    match ty {
        FieldType::Bool | FieldType::Int | FieldType::Duration => Some("SIGNED"),
        FieldType::Float => Some("DOUBLE"),
        FieldType::Bytes | FieldType::Uuid => Some("BINARY"),
        FieldType::NaiveDateTime | FieldType::Timestamp => Some("DATETIME(6)"),
        FieldType::Date => Some("DATE"),
        FieldType::Time => Some("TIME(6)"),
        FieldType::Text | FieldType::Decimal | FieldType::DateTime | FieldType::Json | FieldType::List(_) => {
            None
        }
    }
}

/// A value that comes from one of several places: in MySQL each may bring a collation of its own.
pub(crate) fn of_one_collation(dialect: Dialect, ty: &FieldType, value: Expr) -> Expr {
    match (dialect, ty) {
        (Dialect::Mysql(flavour), FieldType::Text) => with_collation(value, flavour),
        (Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_), _) => value,
    }
}
