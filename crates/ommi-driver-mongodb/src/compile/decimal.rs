//! Arithmetic of decimals: exact, or an error. MongoDB computes with 34 digits and rounds what has more without a word.
//! What is lost in rounding can itself be computed: Knuth, The Art of Computer Programming, volume 2, section 4.2.2
//! (sums), and Dekker, "A floating-point technique for extending the available precision" (products); both hold for
//! decimal digits, the second because 34 is even.

use std::str::FromStr;

use mongodb::bson::raw::cstr;
use mongodb::bson::{Decimal128, RawBson};

use super::arithmetic::{Arithmetic, operands, unless_by_zero};
use super::fault::Fault;
use super::make::{call, cond, int, op, variable, with};
use super::template::Template;

/// The digits after the point of a quotient that does not end.
const QUOTIENT_DIGITS: i32 = 20;

/// The outcome of an operation on the variables `l` and `r`.
pub(super) fn computed(operation: Arithmetic) -> Template {
    let whole = call(operation.operator(), operands());
    match operation {
        Arithmetic::Add => checked(whole, sum_error(variable("r"))),
        Arithmetic::Sub => checked(whole, sum_error(negative(variable("r")))),
        Arithmetic::Mul => checked(whole, product_error("l", "r", "n")),
        Arithmetic::Div => unless_by_zero(with([(cstr!("n"), whole)], quotient())),
        // A remainder is never longer than its operands.
        Arithmetic::Rem => unless_by_zero(whole),
    }
}

/// The outcome `n`, or a fault where something was lost. What was lost of null is null, and not greater than zero.
fn checked(whole: Template, lost: Template) -> Template {
    let is_rounded = call(cstr!("$gt"), [op(cstr!("$abs"), lost), int(0)]);
    with([(cstr!("n"), whole)], Fault::Decimal.when(is_rounded, variable("n")))
}

/// What `n` lacks of the sum of `l` and `right`.
fn sum_error(right: Template) -> Template {
    let of_right = minus(variable("n"), variable("l"));
    let of_left = minus(variable("n"), variable("b"));
    let lost = plus([minus(variable("l"), of_left), minus(right, variable("b"))]);
    with([(cstr!("b"), of_right)], lost)
}

/// What the product lacks of the exact one: the halves of both factors are multiplied without rounding.
fn product_error(left: &'static str, right: &'static str, product: &'static str) -> Template {
    let (high, low) = (|name| variable(name), |whole, half| minus(variable(whole), variable(half)));
    let lost = plus([
        minus(times([high("x"), high("y")]), variable(product)),
        times([high("x"), low(right, "y")]),
        times([low(left, "x"), high("y")]),
        times([low(left, "x"), low(right, "y")]),
    ]);
    with([(cstr!("x"), upper_half(left)), (cstr!("y"), upper_half(right))], lost)
}

/// The first 17 of 34 digits.
fn upper_half(name: &'static str) -> Template {
    let spread = times([number("100000000000000001"), variable(name)]);
    let upper = plus([minus(variable(name), variable("g")), variable("g")]);
    with([(cstr!("g"), spread)], upper)
}

/// The quotient `n`, rounded half away from zero to 20 digits after the point. The server rounds half to even, and what
/// it takes for a half may be one only because it was rounded: what is left over decides.
fn quotient() -> Template {
    let place = || int(QUOTIENT_DIGITS);
    let cut_off = || call(cstr!("$trunc"), [variable("n"), place()]);
    let rest = op(cstr!("$abs"), minus(variable("n"), cut_off()));
    let is_half = call(cstr!("$eq"), [rest, number("5E-21")]);
    let is_negative = call(cstr!("$lt"), [variable("n"), int(0)]);
    let away = plus([cut_off(), cond(is_negative, number("-1E-20"), number("1E-20"))]);
    let is_short_of_half = call(cstr!("$lt"), [times([left_over(), variable("r"), variable("n")]), int(0)]);
    let half = cond(is_short_of_half, cut_off(), away);
    let rounded = cond(is_half, half, call(cstr!("$round"), [variable("n"), place()]));

    // With more digits before the point there are too few left to round by.
    let is_long = call(cstr!("$gte"), [op(cstr!("$abs"), variable("n")), number("1E13")]);
    let is_inexact = call(cstr!("$ne"), [left_over(), int(0)]);
    let is_lost = call(cstr!("$and"), [is_long, is_inexact]);
    Fault::Decimal.when(is_lost, rounded)
}

/// The dividend less the quotient times the divisor.
fn left_over() -> Template {
    let lost = product_error("n", "r", "p");
    let left = minus(minus(variable("l"), variable("p")), lost);
    with([(cstr!("p"), times([variable("n"), variable("r")]))], left)
}

fn plus<const N: usize>(parts: [Template; N]) -> Template {
    // From the left, one rounding after the other, as the theorem has it.
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_else(|| int(0));
    parts.fold(first, |sum, part| call(cstr!("$add"), [sum, part]))
}

fn minus(left: Template, right: Template) -> Template {
    call(cstr!("$subtract"), [left, right])
}

fn times<const N: usize>(factors: [Template; N]) -> Template {
    call(cstr!("$multiply"), factors)
}

fn negative(value: Template) -> Template {
    times([value, int(-1)])
}

/// A decimal that is written here, so it is one.
pub(super) fn number(text: &str) -> Template {
    let number = Decimal128::from_str(text).map_or(RawBson::Null, RawBson::Decimal128);
    Template::Fixed(number)
}
