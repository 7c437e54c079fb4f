//! `Logic`: a predicate without negations, so that SQL's third truth value costs nothing.
//!
//! A filter keeps the rows of which a predicate is true. What is false and what is unknown drop out alike, so `not` is
//! pushed down to the comparisons, each of which has an opposite that is false where it is unknown.

use ommi_core::Result;
use ommi_core::plan::{PlanExpr, PlanSubquery};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;

use super::make::misapplied;
use super::pattern::PatternKind;

/// What must hold.
#[derive(Debug, Clone)]
pub(super) enum Logic<'p> {
    /// It is known without looking at a row.
    Known(bool),
    /// All of them.
    All(Vec<Logic<'p>>),
    /// Any of them.
    Any(Vec<Logic<'p>>),
    /// It is not so: what is inside is false or unknown.
    Not(Box<Logic<'p>>),
    /// A comparison.
    Leaf(Leaf<'p>),
}

/// A comparison that holds; it does not where an operand is NULL.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaf<'p> {
    /// Two values of one type.
    Compared { how: Comparison, ty: &'p FieldType, left: &'p PlanExpr, right: &'p PlanExpr },
    /// Whether a value is NULL; the one that has an answer for it.
    Null { ty: &'p FieldType, subject: &'p PlanExpr, wanted: bool },
    /// Membership in a list of values.
    Member { ty: &'p FieldType, subject: &'p PlanExpr, list: usize, wanted: bool },
    /// Membership in a stored list.
    Has { item: &'p FieldType, list: &'p PlanExpr, wanted_item: &'p PlanExpr, wanted: bool },
    /// A text in another one.
    Search { place: Search, subject: &'p PlanExpr, part: &'p PlanExpr, wanted: bool },
    /// A pattern.
    Matches { kind: PatternKind, subject: &'p PlanExpr, pattern: usize, wanted: bool },
    /// What a subquery finds.
    Found { subquery: &'p PlanSubquery, wanted: bool },
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Comparison {
    /// What holds where this does not, of values that are known.
    fn opposite(self) -> Self {
        match self {
            Comparison::Eq => Comparison::Ne,
            Comparison::Ne => Comparison::Eq,
            Comparison::Lt => Comparison::Ge,
            Comparison::Le => Comparison::Gt,
            Comparison::Gt => Comparison::Le,
            Comparison::Ge => Comparison::Lt,
        }
    }

    /// The same with the operands the other way round.
    pub(super) fn flipped(self) -> Self {
        match self {
            Comparison::Eq | Comparison::Ne => self,
            Comparison::Lt => Comparison::Gt,
            Comparison::Le => Comparison::Ge,
            Comparison::Gt => Comparison::Lt,
            Comparison::Ge => Comparison::Le,
        }
    }
}

/// Where a text is looked for in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Anywhere,
    AtStart,
    AtEnd,
}

const TRUE: &PlanExpr = &PlanExpr::Constant(true);
const FALSE: &PlanExpr = &PlanExpr::Constant(false);

/// What must hold for a predicate to be true, or to be false where `wanted` is.
///
/// # Errors
/// `Internal` where the plan contradicts itself.
pub(super) fn logic(expr: &PlanExpr, wanted: bool) -> Result<Logic<'_>> {
    match expr {
        PlanExpr::Constant(known) => Ok(Logic::Known(*known == wanted)),
        PlanExpr::Not(inner) => logic(inner, !wanted),
        PlanExpr::Subquery(subquery) => Ok(Logic::Leaf(Leaf::Found { subquery, wanted })),
        PlanExpr::And(parts) => combined(parts, wanted, wanted),
        PlanExpr::Or(parts) => combined(parts, wanted, !wanted),
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Apply { operator: Operator::Coalesce, .. }
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random => Ok(Logic::Leaf(Leaf::Compared {
            how: Comparison::Eq,
            ty: &FieldType::Bool,
            left: expr,
            right: if wanted { TRUE } else { FALSE },
        })),
        PlanExpr::Apply { operator, subject, operands } => applied(*operator, subject, operands, wanted),
    }
}

/// Parts of which all must be as wanted, or any. What is known is left out and what is alone stands for itself, for
/// MongoDB takes commands of 200 levels only.
fn combined(parts: &[PlanExpr], wanted: bool, all: bool) -> Result<Logic<'_>> {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match (logic(part, wanted)?, all) {
            (Logic::Known(known), all) if known == all => {}
            (Logic::Known(known), _) => return Ok(Logic::Known(known)),
            (Logic::All(inner), true) | (Logic::Any(inner), false) => flat.extend(inner),
            (other, _) => flat.push(other),
        }
    }
    Ok(match flat.len() {
        0 => Logic::Known(all),
        1 => flat.swap_remove(0),
        _ if all => Logic::All(flat),
        _ => Logic::Any(flat),
    })
}

fn applied<'p>(
    operator: Operator,
    ty: &'p FieldType,
    operands: &'p [PlanExpr],
    wanted: bool,
) -> Result<Logic<'p>> {
    let compared = |how: Comparison| match operands {
        [left, right] => {
            let how = if wanted { how } else { how.opposite() };
            Ok(Logic::Leaf(Leaf::Compared { how, ty, left, right }))
        }
        _ => Err(misapplied(operator)),
    };
    match operator {
        Operator::Eq => compared(Comparison::Eq),
        Operator::Ne => compared(Comparison::Ne),
        Operator::Lt => compared(Comparison::Lt),
        Operator::Le => compared(Comparison::Le),
        Operator::Gt => compared(Comparison::Gt),
        Operator::Ge => compared(Comparison::Ge),
        Operator::Between => between(ty, operands, wanted),
        Operator::In => member(ty, operands, wanted),
        Operator::NotIn => member(ty, operands, !wanted),
        Operator::Contains => contains(ty, operands, wanted),
        Operator::NotContains => contains(ty, operands, !wanted),
        Operator::StartsWith => search(Search::AtStart, operands, wanted),
        Operator::EndsWith => search(Search::AtEnd, operands, wanted),
        Operator::Like => matches(PatternKind::Like, operator, operands, wanted),
        Operator::ILike => matches(PatternKind::ILike, operator, operands, wanted),
        Operator::Regex => matches(PatternKind::Regex, operator, operands, wanted),
        Operator::IsNull => null(ty, operands, wanted),
        Operator::IsNotNull => null(ty, operands, !wanted),
        Operator::IsTrue => match (operands, wanted) {
            ([subject], true) => logic(subject, true),
            ([subject], false) => Ok(Logic::Not(Box::new(logic(subject, true)?))),
            _ => Err(misapplied(operator)),
        },
        Operator::Add
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem
        | Operator::Lower
        | Operator::Upper
        | Operator::Length
        | Operator::Trim
        | Operator::Abs
        | Operator::Round
        | Operator::Year
        | Operator::Month
        | Operator::Day
        | Operator::Hour
        | Operator::Coalesce => Err(misapplied(operator)),
    }
}

/// At least the one end and at most the other; outside where either is not so.
fn between<'p>(ty: &'p FieldType, operands: &'p [PlanExpr], wanted: bool) -> Result<Logic<'p>> {
    let [subject, low, high] = operands else { return Err(misapplied(Operator::Between)) };
    let end = |how, right| Logic::Leaf(Leaf::Compared { how, ty, left: subject, right });
    Ok(if wanted {
        Logic::All(vec![end(Comparison::Ge, low), end(Comparison::Le, high)])
    } else {
        Logic::Any(vec![end(Comparison::Lt, low), end(Comparison::Gt, high)])
    })
}

fn member<'p>(ty: &'p FieldType, operands: &'p [PlanExpr], wanted: bool) -> Result<Logic<'p>> {
    match operands {
        [subject, PlanExpr::Param(list)] => {
            Ok(Logic::Leaf(Leaf::Member { ty, subject, list: *list, wanted }))
        }
        _ => Err(misapplied(Operator::In)),
    }
}

fn contains<'p>(ty: &'p FieldType, operands: &'p [PlanExpr], wanted: bool) -> Result<Logic<'p>> {
    match (ty, operands) {
        (FieldType::List(item), [list, wanted_item]) => {
            Ok(Logic::Leaf(Leaf::Has { item, list, wanted_item, wanted }))
        }
        _ => search(Search::Anywhere, operands, wanted),
    }
}

fn search(place: Search, operands: &[PlanExpr], wanted: bool) -> Result<Logic<'_>> {
    match operands {
        [subject, part] => Ok(Logic::Leaf(Leaf::Search { place, subject, part, wanted })),
        _ => Err(misapplied(Operator::Contains)),
    }
}

fn matches(kind: PatternKind, operator: Operator, operands: &[PlanExpr], wanted: bool) -> Result<Logic<'_>> {
    match operands {
        [subject, PlanExpr::Param(pattern)] => {
            Ok(Logic::Leaf(Leaf::Matches { kind, subject, pattern: *pattern, wanted }))
        }
        _ => Err(misapplied(operator)),
    }
}

fn null<'p>(ty: &'p FieldType, operands: &'p [PlanExpr], wanted: bool) -> Result<Logic<'p>> {
    match operands {
        [subject] => Ok(Logic::Leaf(Leaf::Null { ty, subject, wanted })),
        _ => Err(misapplied(Operator::IsNull)),
    }
}
