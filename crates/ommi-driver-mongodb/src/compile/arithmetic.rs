//! Arithmetic: checked integers and floats, exact decimals; texts are joined. By zero it is NULL, and so is a float that
//! is no number.

use mongodb::bson::RawBson;
use mongodb::bson::raw::{CStr, cstr};
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::decimal;
use super::fault::Fault;
use super::make::{call, cond, int, null, op, string, variable, with};
use super::template::Template;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl Arithmetic {
    pub(super) fn operator(self) -> &'static CStr {
        match self {
            Arithmetic::Add => cstr!("$add"),
            Arithmetic::Sub => cstr!("$subtract"),
            Arithmetic::Mul => cstr!("$multiply"),
            Arithmetic::Div => cstr!("$divide"),
            Arithmetic::Rem => cstr!("$mod"),
        }
    }
}

/// The outcome of an operation on values of type `ty`; null where one is.
///
/// # Errors
/// `Internal` for a type without arithmetic.
pub(super) fn computed(
    operation: Arithmetic,
    ty: &FieldType,
    left: Template,
    right: Template,
) -> Result<Template> {
    let vars = [(cstr!("l"), left), (cstr!("r"), right)];
    match ty {
        FieldType::Int => Ok(with(vars, integer(operation))),
        FieldType::Float => Ok(with(vars, float(operation))),
        FieldType::Decimal => Ok(with(vars, decimal::computed(operation))),
        FieldType::Text if operation == Arithmetic::Add => {
            Ok(op(cstr!("$concat"), Template::Array(vars.into_iter().map(|(_, value)| value).collect())))
        }
        FieldType::Bool
        | FieldType::Text
        | FieldType::Bytes
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => Err(no_arithmetic(ty)),
    }
}

fn no_arithmetic(ty: &FieldType) -> Error {
    crate::program::broken_plan(format!("there is no arithmetic of {}", ty.describe()))
}

/// The operands, as the variables that stand for them.
pub(super) fn operands() -> [Template; 2] {
    [variable("l"), variable("r")]
}

/// `value`, or null where the right operand is zero.
pub(super) fn unless_by_zero(value: Template) -> Template {
    cond(call(cstr!("$eq"), [variable("r"), int(0)]), null(), value)
}

/// What does not fit comes out as a float.
fn integer(operation: Arithmetic) -> Template {
    match operation {
        Arithmetic::Add | Arithmetic::Sub | Arithmetic::Mul => {
            let kind = op(cstr!("$type"), variable("n"));
            let overflows = call(cstr!("$eq"), [kind, string("double")]);
            let computed = call(operation.operator(), operands());
            with([(cstr!("n"), computed)], Fault::Integer.when(overflows, variable("n")))
        }
        // With the 34 digits of a decimal the quotient of two integers is never rounded to the next one.
        Arithmetic::Div => {
            let exact = op(cstr!("$toDecimal"), variable("l"));
            let quotient = call(cstr!("$divide"), [exact, variable("r")]);
            unless_by_zero(op(cstr!("$toLong"), op(cstr!("$trunc"), quotient)))
        }
        Arithmetic::Rem => unless_by_zero(call(cstr!("$mod"), operands())),
    }
}

fn float(operation: Arithmetic) -> Template {
    let infinite = || Template::Fixed(RawBson::Double(f64::INFINITY));
    let size = |name: &str| op(cstr!("$abs"), variable(name));
    let overflows = call(
        cstr!("$and"),
        [
            call(cstr!("$eq"), [size("n"), infinite()]),
            call(cstr!("$lt"), [size("l"), infinite()]),
            call(cstr!("$lt"), [size("r"), infinite()]),
        ],
    );
    let is_no_number = call(cstr!("$eq"), [variable("n"), Template::Fixed(RawBson::Double(f64::NAN))]);
    let known = Fault::Float.when(overflows, cond(is_no_number, null(), variable("n")));
    let computed = with([(cstr!("n"), call(operation.operator(), operands()))], known);
    match operation {
        Arithmetic::Add | Arithmetic::Sub | Arithmetic::Mul => computed,
        Arithmetic::Div | Arithmetic::Rem => unless_by_zero(computed),
    }
}
