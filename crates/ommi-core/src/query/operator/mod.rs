//! The operators of the query language: one file each holds its name, its typing rule and what it means.

mod abs;
mod add;
mod between;
mod coalesce;
mod contains;
mod day;
mod div;
mod ends_with;
mod eq;
mod ge;
mod gt;
mod hour;
mod ilike;
mod in_;
mod is_not_null;
mod is_null;
mod is_true;
mod le;
mod length;
mod like;
mod lower;
mod lt;
mod month;
mod mul;
mod ne;
mod not_contains;
mod not_in;
mod regex;
mod rem;
mod round;
mod starts_with;
mod sub;
mod trim;
mod upper;
mod year;

use crate::schema::FieldType;

/// An operator over one subject and its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Operator {
    /// Equality. NULL equals nothing, not even NULL; a literal NULL becomes `is_null` when the query is built.
    Eq,
    /// Inequality. NULL differs from nothing; a literal NULL becomes `is_not_null` when the query is built.
    Ne,
    /// Less than. Text by code point, false before true.
    Lt,
    /// Less than or equal. Text by code point, false before true.
    Le,
    /// Greater than. Text by code point, false before true.
    Gt,
    /// Greater than or equal. Text by code point, false before true.
    Ge,
    /// Membership in a list of values. Nothing is in the empty list; a NULL in the list matches nothing.
    In,
    /// No membership in a list of values. Everything is outside the empty list; with a NULL in the list nothing is.
    NotIn,
    /// On text: it holds the operand as a substring, every character meaning itself. On a list: it has the operand as a member.
    Contains,
    /// The opposite of `contains`; NULL stays unknown.
    NotContains,
    /// Text begins with the operand, every character meaning itself.
    StartsWith,
    /// Text ends with the operand, every character meaning itself.
    EndsWith,
    /// SQL's pattern over the whole text, case-sensitive: `%` is any run, `_` any one character, `\\` takes the next character as it is.
    Like,
    /// As `like`, without regard to case by Unicode's simple folding.
    ILike,
    /// A regular expression found anywhere in the text: the common syntax without look-around and back-references.
    Regex,
    /// At least the first operand and at most the second.
    Between,
    /// The subject is NULL.
    IsNull,
    /// The subject is not NULL.
    IsNotNull,
    /// The subject is true; NULL and false are not. The result is never NULL.
    IsTrue,
    /// The sum of numbers, checked: an integer that would not fit in 64 bits is an error. Texts are joined.
    Add,
    /// The difference of numbers, checked like `add`.
    Sub,
    /// The product of numbers, checked like `add`.
    Mul,
    /// The quotient. Of integers: truncated toward zero. Division by zero is NULL.
    Div,
    /// The remainder, with the sign of the dividend. Division by zero is NULL.
    Rem,
    /// Text in small letters, letter by letter: see [`letters`](super::letters).
    Lower,
    /// Text in capital letters, letter by letter: see [`letters`](super::letters).
    Upper,
    /// The number of a text's characters, as code points, or of a list's members.
    Length,
    /// Text without the white space at both ends.
    Trim,
    /// A number without its sign, checked like `add`.
    Abs,
    /// A float or a decimal with so many digits after the point, 0 to 15, half away from zero. A float is multiplied by a power of
    /// ten, made whole and divided again; beyond 2^53 it has no digits after the point.
    Round,
    /// The year of a date; of an instant in UTC.
    Year,
    /// The month of a date, from 1; of an instant in UTC.
    Month,
    /// The day of a date's month, from 1; of an instant in UTC.
    Day,
    /// The hour of a time of day, from 0; of an instant in UTC.
    Hour,
    /// The first of several values that is not NULL.
    Coalesce,
}

/// What the planner must know of an operator.
struct Definition {
    name: &'static str,
    typing: fn(&FieldType) -> Option<Typing>,
}

/// How an operator treats a subject of some type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// The type that every other operand must have.
    pub operand: FieldType,
    /// The type of the outcome.
    pub result: FieldType,
}

impl Operator {
    /// Every operator.
    pub const ALL: &[Operator] = &[
        Operator::Eq,
        Operator::Ne,
        Operator::Lt,
        Operator::Le,
        Operator::Gt,
        Operator::Ge,
        Operator::In,
        Operator::NotIn,
        Operator::Contains,
        Operator::NotContains,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Like,
        Operator::ILike,
        Operator::Regex,
        Operator::Between,
        Operator::IsNull,
        Operator::IsNotNull,
        Operator::IsTrue,
        Operator::Add,
        Operator::Sub,
        Operator::Mul,
        Operator::Div,
        Operator::Rem,
        Operator::Lower,
        Operator::Upper,
        Operator::Length,
        Operator::Trim,
        Operator::Abs,
        Operator::Round,
        Operator::Year,
        Operator::Month,
        Operator::Day,
        Operator::Hour,
        Operator::Coalesce,
    ];

    fn definition(self) -> &'static Definition {
        match self {
            Operator::Eq => &eq::DEFINITION,
            Operator::Ne => &ne::DEFINITION,
            Operator::Lt => &lt::DEFINITION,
            Operator::Le => &le::DEFINITION,
            Operator::Gt => &gt::DEFINITION,
            Operator::Ge => &ge::DEFINITION,
            Operator::In => &in_::DEFINITION,
            Operator::NotIn => &not_in::DEFINITION,
            Operator::Contains => &contains::DEFINITION,
            Operator::NotContains => &not_contains::DEFINITION,
            Operator::StartsWith => &starts_with::DEFINITION,
            Operator::EndsWith => &ends_with::DEFINITION,
            Operator::Like => &like::DEFINITION,
            Operator::ILike => &ilike::DEFINITION,
            Operator::Regex => &regex::DEFINITION,
            Operator::Between => &between::DEFINITION,
            Operator::IsNull => &is_null::DEFINITION,
            Operator::IsNotNull => &is_not_null::DEFINITION,
            Operator::IsTrue => &is_true::DEFINITION,
            Operator::Add => &add::DEFINITION,
            Operator::Sub => &sub::DEFINITION,
            Operator::Mul => &mul::DEFINITION,
            Operator::Div => &div::DEFINITION,
            Operator::Rem => &rem::DEFINITION,
            Operator::Lower => &lower::DEFINITION,
            Operator::Upper => &upper::DEFINITION,
            Operator::Length => &length::DEFINITION,
            Operator::Trim => &trim::DEFINITION,
            Operator::Abs => &abs::DEFINITION,
            Operator::Round => &round::DEFINITION,
            Operator::Year => &year::DEFINITION,
            Operator::Month => &month::DEFINITION,
            Operator::Day => &day::DEFINITION,
            Operator::Hour => &hour::DEFINITION,
            Operator::Coalesce => &coalesce::DEFINITION,
        }
    }

    /// The operator's name, as in messages and method names.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// How the operator treats a subject of type `subject`; `None` where it has no meaning there.
    pub fn typing(self, subject: &FieldType) -> Option<Typing> {
        (self.definition().typing)(subject)
    }
}

fn same_type(subject: &FieldType) -> Option<Typing> {
    Some(Typing { operand: subject.clone(), result: FieldType::Bool })
}

fn ordered(subject: &FieldType) -> Option<Typing> {
    subject.is_ordered().then(|| Typing { operand: subject.clone(), result: FieldType::Bool })
}

fn text(subject: &FieldType) -> Option<Typing> {
    (*subject == FieldType::Text).then_some(Typing { operand: FieldType::Text, result: FieldType::Bool })
}

fn text_or_member(subject: &FieldType) -> Option<Typing> {
    match subject {
        FieldType::List(item) => Some(Typing { operand: (**item).clone(), result: FieldType::Bool }),
        other => text(other),
    }
}

fn arithmetic(subject: &FieldType) -> Option<Typing> {
    subject.is_numeric().then(|| Typing { operand: subject.clone(), result: subject.clone() })
}

fn text_of_text(subject: &FieldType) -> Option<Typing> {
    (*subject == FieldType::Text).then_some(Typing { operand: FieldType::Text, result: FieldType::Text })
}

fn part_of_date(subject: &FieldType) -> Option<Typing> {
    part(subject, has_date(subject))
}

fn part_of_time(subject: &FieldType) -> Option<Typing> {
    part(subject, has_time(subject))
}

fn part(subject: &FieldType, is_there: bool) -> Option<Typing> {
    is_there.then(|| Typing { operand: subject.clone(), result: FieldType::Int })
}

fn has_date(subject: &FieldType) -> bool {
    *subject == FieldType::Date || is_moment(subject)
}

fn has_time(subject: &FieldType) -> bool {
    *subject == FieldType::Time || is_moment(subject)
}

fn is_moment(subject: &FieldType) -> bool {
    matches!(subject, FieldType::DateTime | FieldType::NaiveDateTime | FieldType::Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_a_name_of_its_own() {
        let names: std::collections::HashSet<_> =
            Operator::ALL.iter().map(|operator| operator.name()).collect();
        assert_eq!(names.len(), Operator::ALL.len());
    }

    #[test]
    fn text_search_has_no_meaning_on_numbers() {
        assert_eq!(Operator::StartsWith.typing(&FieldType::Int), None);
        let list = FieldType::List(Box::new(FieldType::Int));
        assert_eq!(Operator::Contains.typing(&list).unwrap().operand, FieldType::Int);
    }
}
