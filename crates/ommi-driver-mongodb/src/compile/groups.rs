//! Groups of rows: the stages that put them together, and what is made of the rows of each.
//!
//! `$group` gathers parts of each aggregate; the stage after it makes one value of them, so that what follows sees
//! documents of keys, `k0`, `k1`..., and of aggregates, `a0`, `a1`...

use mongodb::bson::raw::{CStr, cstr};
use ommi_core::Result;
use ommi_core::plan::{Grouping, Plan, PlanAggregate, PlanExpr};
use ommi_core::query::Function;
use ommi_core::schema::FieldType;

use super::logic::logic;
use super::make::{
    always, call, cond, document, int, literal, named, null, op, string, truth, variable, with,
};
use super::operand::{operand, or_else, place_of};
use super::rows::{Rows, matched, page, sorted, unless_empty};
use super::scope::{Scope, is_there};
use super::template::{Key, Template};
use super::total;
use super::truth::holds;

/// The stages that find a plan's groups, in order and page.
pub(super) fn groups<'p>(plan: &'p Plan, grouping: &'p Grouping) -> Result<Rows<'p>> {
    let Rows { mut stages, scope } = matched(plan)?;
    let mut parts = vec![(Key::Borrowed(cstr!("_id")), group_key(&scope, grouping)?)];
    let mut made = Vec::new();
    for place in 0..grouping.keys.len() {
        let at = Template::Array(vec![string("$_id"), int(i32::try_from(place).unwrap_or(i32::MAX))]);
        made.push((named(&key_name(place))?, op(cstr!("$arrayElemAt"), at)));
    }
    for (place, aggregate) in grouping.aggregates.iter().enumerate() {
        let mut gathered = Gathered::new(&scope, aggregate, place)?;
        made.push((named(&aggregate_name(place))?, gathered.made()?));
        parts.append(&mut gathered.parts);
    }
    let group = op(cstr!("$group"), Template::Document(parts));
    if grouping.keys.is_empty() {
        // Of no rows `$group` makes no group.
        let all = document([(cstr!("all"), Template::Array(vec![group]))]);
        stages.push(op(cstr!("$facet"), all));
        let first = or_else(op(cstr!("$first"), string("$all")), literal(Template::Document(Vec::new())));
        stages.push(op(cstr!("$replaceWith"), first));
    } else {
        stages.push(group);
    }
    stages.push(op(cstr!("$replaceWith"), Template::Document(made)));
    let having = match &grouping.having {
        Some(having) => op(cstr!("$expr"), holds(&scope, &logic(having, true)?)?),
        None => always(),
    };
    stages.push(op(cstr!("$match"), unless_empty(plan, having)));
    stages.extend(sorted(&scope)?);
    stages.extend(page(plan));
    Ok(Rows { stages, scope })
}

/// The field that a key of the group is in.
pub(super) fn key_name(place: usize) -> String {
    format!("k{place}")
}

/// The field that an aggregate is in.
pub(super) fn aggregate_name(place: usize) -> String {
    format!("a{place}")
}

/// What is missing and what is null are one.
fn group_key(scope: &Scope<'_>, grouping: &Grouping) -> Result<Template> {
    if grouping.keys.is_empty() {
        return Ok(null());
    }
    let key = |key: &ommi_core::plan::Term| {
        let place = place_of(scope, &[&key.expr]);
        Ok(or_else(operand(scope, &key.expr, &key.ty, &place)?, null()))
    };
    Ok(Template::Array(grouping.keys.iter().map(key).collect::<Result<_>>()?))
}

/// An aggregate, and what `$group` gathers for it.
pub(super) struct Gathered<'p> {
    aggregate: &'p PlanAggregate,
    ty: FieldType,
    name: String,
    value: Template,
    parts: Vec<(Key, Template)>,
}

impl<'p> Gathered<'p> {
    fn new(scope: &Scope<'_>, aggregate: &'p PlanAggregate, place: usize) -> Result<Self> {
        let (value, ty) = match &aggregate.subject {
            Some(subject) => {
                let label = place_of(scope, &[&subject.expr]);
                (operand(scope, &subject.expr, &subject.ty, &label)?, subject.ty.clone())
            }
            None => (truth(true), FieldType::Bool),
        };
        let value = match &aggregate.filter {
            Some(filter) => cond(holds(scope, &logic(filter, true)?)?, value, null()),
            None => value,
        };
        Ok(Self { aggregate, ty, name: aggregate_name(place), value, parts: Vec::new() })
    }

    /// The aggregate's value, made of its parts.
    fn made(&mut self) -> Result<Template> {
        match self.aggregate.function {
            Function::Count => self.count(),
            Function::Sum => total::sum(self),
            Function::Avg => total::mean(self),
            Function::Min => self.part("n", cstr!("$min"), |value| value),
            Function::Max => self.part("x", cstr!("$max"), |value| value),
        }
    }

    /// The type of the values.
    pub(super) fn ty(&self) -> &FieldType {
        &self.ty
    }

    /// How many values take part.
    pub(super) fn count(&mut self) -> Result<Template> {
        let ty = self.ty.clone();
        let count = self.part("c", cstr!("$sum"), |value| cond(is_there(&ty, value), int(1), int(0)))?;
        Ok(or_else(count, int(0)))
    }

    /// What `gather` (`$sum`, `$max`...) makes of something of each value; where equal ones take part once, of the set
    /// of them.
    pub(super) fn part(
        &mut self,
        name: &str,
        gather: &'static CStr,
        of: impl FnOnce(Template) -> Template,
    ) -> Result<Template> {
        if self.aggregate.distinct {
            return self.of_set(gather, of(variable("v")));
        }
        let name = format!("{}{name}", self.name);
        if self.parts.iter().any(|(known, _)| known.as_str() == name) {
            return Ok(string(format!("${name}")));
        }
        let of_each = with([(cstr!("v"), self.value.clone())], of(variable("v")));
        self.parts.push((named(&name)?, op(gather, of_each)));
        Ok(string(format!("${name}")))
    }

    fn of_set(&mut self, gather: &'static CStr, of_each: Template) -> Result<Template> {
        let name = format!("{}s", self.name);
        if self.parts.is_empty() {
            self.parts.push((named(&name)?, op(cstr!("$addToSet"), self.value.clone())));
        }
        let set = or_else(string(format!("${name}")), Template::Array(Vec::new()));
        let known = call(cstr!("$setDifference"), [set, Template::Array(vec![null()])]);
        let each = document([(cstr!("input"), known), (cstr!("as"), string("v")), (cstr!("in"), of_each)]);
        Ok(op(gather, op(cstr!("$map"), each)))
    }
}

/// The field of a group that an expression is.
pub(super) fn path(expr: &PlanExpr) -> Option<String> {
    match expr {
        PlanExpr::Key(place) => Some(key_name(*place)),
        PlanExpr::Aggregate(place) => Some(aggregate_name(*place)),
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => None,
    }
}
