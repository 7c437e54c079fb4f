//! Sums and means: integers that fit as a whole, floats that do not overflow silently, exact decimals. Of nothing they
//! are null.

use mongodb::bson::RawBson;
use mongodb::bson::raw::cstr;
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::arithmetic::Arithmetic;
use super::decimal;
use super::fault::Fault;
use super::groups::Gathered;
use super::make::{call, cond, int, null, op, string, variable, with};
use super::scope::is_known;
use super::template::Template;
use crate::program::broken_plan;

/// The digits after the point up to which decimals are summed: sums of 10^10 of them are exact.
const FRACTION_DIGITS: i32 = 24;

/// The sum of the values.
pub(super) fn sum(values: &mut Gathered<'_>) -> Result<Template> {
    let sum = whole(values)?;
    unless_none(values, sum)
}

/// Their sum by their number.
pub(super) fn mean(values: &mut Gathered<'_>) -> Result<Template> {
    let count = values.count()?;
    let mean = match values.ty() {
        // What is greater than 64 bits is a float there, rounded once.
        FieldType::Int => {
            let sum = values.part("t", cstr!("$sum"), |value| value)?;
            call(cstr!("$divide"), [op(cstr!("$toDouble"), sum), count])
        }
        FieldType::Float => known(call(cstr!("$divide"), [whole(values)?, count])),
        FieldType::Decimal => {
            let vars = [(cstr!("l"), whole(values)?), (cstr!("r"), op(cstr!("$toDecimal"), count))];
            with(vars, decimal::computed(Arithmetic::Div))
        }
        ty => return Err(no_number(ty)),
    };
    unless_none(values, mean)
}

/// The value, or null where no value takes part.
fn unless_none(values: &mut Gathered<'_>, value: Template) -> Result<Template> {
    let none = call(cstr!("$eq"), [values.count()?, int(0)]);
    Ok(cond(none, null(), value))
}

/// The sum of values of which there is one at least.
fn whole(values: &mut Gathered<'_>) -> Result<Template> {
    match values.ty() {
        FieldType::Int => {
            let sum = values.part("t", cstr!("$sum"), |value| value)?;
            let overflows = call(cstr!("$eq"), [op(cstr!("$type"), variable("t")), string("double")]);
            Ok(with([(cstr!("t"), sum)], Fault::Integer.when(overflows, variable("t"))))
        }
        FieldType::Float => {
            let sum = values.part("t", cstr!("$sum"), |value| value)?;
            let greatest = values.part("m", cstr!("$max"), |value| op(cstr!("$abs"), value))?;
            let infinite = || Template::Fixed(RawBson::Double(f64::INFINITY));
            let overflows = call(
                cstr!("$and"),
                [
                    call(cstr!("$eq"), [op(cstr!("$abs"), variable("t")), infinite()]),
                    call(cstr!("$lt"), [greatest, infinite()]),
                ],
            );
            let checked = Fault::Float.when(overflows, known(variable("t")));
            Ok(with([(cstr!("t"), sum)], checked))
        }
        FieldType::Decimal => decimals(values),
        ty => Err(no_number(ty)),
    }
}

/// `$sum` rounds decimals to 34 digits without a word. The digits before the point and those after it are summed for
/// themselves, each with room to spare, and put together by an addition that is checked.
fn decimals(values: &mut Gathered<'_>) -> Result<Template> {
    let trunc = |value: Template| op(cstr!("$trunc"), value);
    let before = values.part("w", cstr!("$sum"), trunc)?;
    let after =
        values.part("f", cstr!("$sum"), |value| call(cstr!("$subtract"), [value.clone(), trunc(value)]))?;
    let size = values.part("z", cstr!("$sum"), |value| op(cstr!("$abs"), trunc(value)))?;
    let finer = values.part("y", cstr!("$max"), |value| {
        let cut = call(cstr!("$trunc"), [value.clone(), int(FRACTION_DIGITS)]);
        let is_finer = call(cstr!("$ne"), [value.clone(), cut]);
        // What is missing differs from null.
        cond(call(cstr!("$and"), [is_known(value), is_finer]), int(1), int(0))
    })?;
    let lost = call(
        cstr!("$or"),
        [call(cstr!("$gte"), [size, decimal::number("1E34")]), call(cstr!("$eq"), [finer, int(1)])],
    );
    let exact = |sum: Template| op(cstr!("$toDecimal"), sum);
    let vars = [(cstr!("l"), exact(before)), (cstr!("r"), exact(after))];
    Ok(with(vars, Fault::Decimal.when(lost, decimal::computed(Arithmetic::Add))))
}

/// What is no number is null.
fn known(value: Template) -> Template {
    let is_no_number = call(cstr!("$eq"), [variable("n"), Template::Fixed(RawBson::Double(f64::NAN))]);
    with([(cstr!("n"), value)], cond(is_no_number, null(), variable("n")))
}

fn no_number(ty: &FieldType) -> Error {
    broken_plan(format!("the plan sums {}", ty.describe()))
}
