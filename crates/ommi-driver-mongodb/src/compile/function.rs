//! Functions of texts, numbers, dates and times. Of null each is null.

use mongodb::bson::raw::{CStr, cstr};
use mongodb::bson::{RawArrayBuf, RawBson};
use ommi_core::query::letters;
use ommi_core::schema::FieldType;

use super::decimal;
use super::fault::Fault;
use super::make::{call, cond, document, hole, int, literal, null, op, string, variable, with};
use super::scope::is_known;
use super::template::{Fill, Power, Template};

const VALUE: &CStr = cstr!("v");

/// What is made of a value that is not null, as the variable `v`.
fn of_known(subject: Template, made: Template) -> Template {
    with([(VALUE, subject)], cond(is_known(variable("v")), made, null()))
}

/// A text in small letters. The server knows those of ASCII only, and is told the others one by one.
pub(super) fn lower(subject: Template) -> Template {
    mapped(subject, cstr!("$toLower"), letters::with_small())
}

/// A text in capital letters.
pub(super) fn upper(subject: Template) -> Template {
    mapped(subject, cstr!("$toUpper"), letters::with_capital())
}

/// No letter becomes one that is replaced itself, so that one after the other is all at once.
fn mapped(subject: Template, of_ascii: &'static CStr, pairs: impl Iterator<Item = (char, char)>) -> Template {
    let mut replaced = RawArrayBuf::new();
    for (from, to) in pairs {
        let mut pair = RawArrayBuf::new();
        pair.push(from.to_string());
        pair.push(to.to_string());
        replaced.push(pair);
    }
    let part = |place| call(cstr!("$arrayElemAt"), [variable("this"), int(place)]);
    let replace = document([
        (cstr!("input"), variable("value")),
        (cstr!("find"), part(0)),
        (cstr!("replacement"), part(1)),
    ]);
    let by_letter = document([
        (cstr!("input"), literal(Template::Fixed(RawBson::Array(replaced)))),
        (cstr!("initialValue"), variable("v")),
        (cstr!("in"), op(cstr!("$replaceAll"), replace)),
    ]);
    let bytes = op(cstr!("$strLenBytes"), variable("v"));
    let is_ascii = call(cstr!("$eq"), [bytes, op(cstr!("$strLenCP"), variable("v"))]);
    of_known(subject, cond(is_ascii, op(of_ascii, variable("v")), op(cstr!("$reduce"), by_letter)))
}

/// The number of a text's code points, or of a list's members.
pub(super) fn length(ty: &FieldType, subject: Template) -> Template {
    let count = if matches!(ty, FieldType::List(_)) { cstr!("$size") } else { cstr!("$strLenCP") };
    of_known(subject, op(count, variable("v")))
}

/// A text without the white space at both ends.
pub(super) fn trim(subject: Template) -> Template {
    op(
        cstr!("$trim"),
        document([(cstr!("input"), subject), (cstr!("chars"), string(letters::white_space()))]),
    )
}

/// A number without its sign.
pub(super) fn abs(ty: &FieldType, subject: Template) -> Template {
    let positive = |value| op(cstr!("$abs"), value);
    if *ty != FieldType::Int {
        return positive(subject);
    }
    let is_smallest = call(cstr!("$eq"), [variable("v"), Template::Fixed(RawBson::Int64(i64::MIN))]);
    with([(VALUE, subject)], Fault::Integer.when(is_smallest, positive(variable("v"))))
}

/// A number with so many digits after the point, half away from zero: the server rounds half to even.
pub(super) fn round(ty: &FieldType, subject: Template, digits: usize) -> Template {
    let power = |of| hole(digits, Fill::Power(of));
    if *ty == FieldType::Float {
        return with([(VALUE, subject)], float_rounded(|| power(Power::Float)));
    }
    let cut_off = || variable("t");
    let rest = call(cstr!("$subtract"), [variable("v"), cut_off()]);
    let twice = call(cstr!("$multiply"), [op(cstr!("$abs"), rest), int(2), power(Power::Decimal)]);
    let is_half = call(cstr!("$gte"), [twice, int(1)]);
    let away = |step| call(cstr!("$add"), [cut_off(), step]);
    let step = || power(Power::Unit);
    let down = call(cstr!("$multiply"), [step(), int(-1)]);
    let is_negative = call(cstr!("$lt"), [variable("v"), int(0)]);
    let rounded = cond(is_half, away(cond(is_negative, down, step())), cut_off());
    let shortened = call(cstr!("$trunc"), [variable("v"), hole(digits, Fill::Count)]);
    let rounded = with([(cstr!("t"), shortened)], rounded);

    // With 34 digits in all there are no more than wanted after the point, and cutting off takes it for too many.
    let size = call(cstr!("$multiply"), [op(cstr!("$abs"), variable("v")), power(Power::Decimal)]);
    let is_long = call(cstr!("$gte"), [size, decimal::number("1E33")]);
    of_known(subject, cond(is_long, variable("v"), rounded))
}

/// What rounds a float half away from zero, whatever its sign: two times the number cut off, less the number cut off. Where it
/// has no digits to lose it stays as it is.
fn float_rounded(power: impl Fn() -> Template) -> Template {
    let limit = call(cstr!("$divide"), [Template::Fixed(RawBson::Double(9_007_199_254_740_992.0)), power()]);
    let is_whole = call(cstr!("$gte"), [op(cstr!("$abs"), variable("v")), limit]);
    let shifted = call(cstr!("$multiply"), [variable("v"), power()]);
    let cut_off = |value| op(cstr!("$trunc"), value);
    let twice = cut_off(call(cstr!("$multiply"), [variable("y"), int(2)]));
    let whole = call(cstr!("$subtract"), [twice, cut_off(variable("y"))]);
    let rounded = with([(cstr!("y"), shifted)], call(cstr!("$divide"), [whole, power()]));
    cond(is_whole, variable("v"), rounded)
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
    fn operator(self) -> &'static CStr {
        match self {
            Part::Year => cstr!("$year"),
            Part::Month => cstr!("$month"),
            Part::Day => cstr!("$dayOfMonth"),
            Part::Hour => cstr!("$hour"),
        }
    }

    /// Where it begins in `YYYY-MM-DD HH:MM:SS`, and its length.
    fn place(self) -> (i32, i32) {
        match self {
            Part::Year => (0, 4),
            Part::Month => (5, 2),
            Part::Day => (8, 2),
            Part::Hour => (11, 2),
        }
    }
}

/// A part of a date or of a time: instants are dates of BSON's, all others texts.
pub(super) fn part(ty: &FieldType, subject: Template, part: Part) -> Template {
    if *ty == FieldType::Timestamp {
        return op(part.operator(), subject);
    }
    // A time stands without a date before it.
    let (start, length) = if *ty == FieldType::Time { (0, 2) } else { part.place() };
    let digits = call(cstr!("$substrBytes"), [variable("v"), int(start), int(length)]);
    of_known(subject, op(cstr!("$toInt"), digits))
}
