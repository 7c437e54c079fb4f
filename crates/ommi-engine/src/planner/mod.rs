//! The planner: turns an operation into a plan when its shape is met for the first time. The session calls
//! [`shape::Shape::of`] on every operation and [`plan`] on a miss of the cache.

mod aggregate;
mod agreed;
mod assigned;
mod bytes;
mod case;
mod found;
mod joins;
mod path;
mod reach;
mod resolve;
mod rules;
pub(crate) mod shape;
mod subquery;
mod tag;
mod typing;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ommi_core::plan::{Action, ParamType, Plan, PlanExpr, PlanLimitBy, Reach, Term};
use ommi_core::query::{Assignment, Operation, Query};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::{Error, ErrorKind, Result};

use crate::limits::Limits;
use agreed::{is_of_one, keeps_distinct};
use joins::Joined;
use typing::Typist;

/// A plan and what the values of its parameters must be.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) checks: Vec<ParamCheck>,
}

/// What the value of a parameter must be, and which field an error about it names.
#[derive(Debug, Clone)]
pub(crate) struct ParamCheck {
    pub(crate) ty: ParamType,
    pub(crate) rule: Rule,
    pub(crate) model: Arc<ModelDef>,
    pub(crate) field: Option<usize>,
}

/// How a value is checked beyond its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The type is all.
    Operand,
    /// It is a `like` pattern.
    Like,
    /// It is an `ilike` pattern.
    ILike,
    /// It is a regular expression.
    Regex,
    /// It is stored in the field, whose own rules hold.
    Assigned,
    /// It is a number of digits after the point.
    Digits,
    /// It is a limit or an offset.
    Count,
}

/// Plans an operation.
///
/// # Errors
/// `Query` or `Validation`, naming the model and the field, when the operation has no meaning; `Schema` when a
/// reference on the way does not resolve; `Unsupported` for what the database cannot compute.
pub(crate) fn plan(operation: &Operation, limits: &Limits) -> Result<Planned> {
    let planned = || match operation {
        Operation::Fetch(query) => Planner::new(query, limits)?.finish(Wanted::Fetch),
        Operation::Count(query) => Planner::new(query, limits)?.finish(Wanted::Count),
        Operation::Exists(query) => Planner::new(query, limits)?.finish(Wanted::Exists),
        Operation::Update(query, assignments) => {
            let planned = Planner::new(query, limits)?.update(assignments)?;
            assigned::check(&planned.plan, is_of_one(query), limits)?;
            Ok(planned)
        }
        Operation::Delete(query) => Planner::new(query, limits)?.finish(Wanted::Delete),
        Operation::Insert { model, fields } => plan_insert(model, fields),
    };
    planned().map_err(|error| error.with_model(operation.model().name()))
}

/// One query on its way to a plan.
struct Planner<'a> {
    query: &'a Query,
    joined: Joined,
    typist: Typist<'a>,
    limits: &'a Limits,
}

impl<'a> Planner<'a> {
    fn new(query: &'a Query, limits: &'a Limits) -> Result<Self> {
        Self::within(&[], query, limits)
    }

    /// For a query inside of another one with these tables.
    fn within(enclosing: &[Arc<ModelDef>], query: &'a Query, limits: &'a Limits) -> Result<Self> {
        let mut named = resolve::mentioned(query);
        named.retain(|model| *model == query.model || !enclosing.contains(model));
        let joined = joins::join(named, &resolve::equalities(query))?;
        let tables = joined.tables.iter().chain(enclosing).cloned().collect();
        Ok(Self { query, joined, typist: Typist::new(tables, limits), limits })
    }

    fn update(mut self, assignments: &[Assignment]) -> Result<Planned> {
        if assignments.is_empty() {
            return Err(Error::validation("an update needs at least one value"));
        }
        let mut set = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            if set.iter().any(|(field, _)| *field == assignment.field) {
                let name = &self.query.model.fields()[assignment.field].name;
                return Err(Error::validation("the field is set twice in one update").with_field(name));
            }
            set.push((assignment.field, self.typist.assigned(assignment.field, &assignment.value)?));
        }
        self.finish(Wanted::Update(set))
    }

    fn finish(self, wanted: Wanted) -> Result<Planned> {
        let (mut plan, typist) = self.lowered(wanted)?;
        let checks = typist.into_checks()?;
        plan.params = checks.iter().map(|check| check.ty.clone()).collect();
        Ok(Planned { plan, checks })
    }

    /// Lowers what all actions share. Parameters are numbered here after those of assignments, in the order in
    /// which the shape's walk meets their values: filter, groups, order, what is selected, limit, offset. The plan does not
    /// list them yet.
    fn lowered(mut self, wanted: Wanted) -> Result<(Plan, Typist<'a>)> {
        self.check(&wanted)?;
        let filter = self.query.filter.as_ref().map(|filter| self.typist.filter(filter)).transpose()?;
        let groups = self.groups()?;
        let sorted = self.order()?;
        let selected = self.selected()?;
        let order = self.sort_keys(&wanted, sorted, &selected)?;
        let limit = self.query.limit.map(|_| self.typist.count());
        let offset = self.query.offset.map(|_| self.typist.count());
        let limit_by = self.limit_by()?;
        let grouping = groups.map(|groups| groups.into_plan(&mut self.typist));
        let action = wanted.action(selected, keeps_distinct(self.query));
        let semi_join = self.is_semi_join(&action, &order, grouping.as_ref())?;
        let Joined { tables, joins, multiplies } = self.joined;
        let is_fetch = matches!(action, Action::Fetch(_));
        let mut plan = Plan {
            enclosing: self.typist.tables.len() - tables.len(),
            distinct: matches!(action, Action::Fetch(_) | Action::Count(_)) && keeps_distinct(self.query),
            lock: self.query.lock.filter(|_| matches!(action, Action::Fetch(_))),
            action,
            tables: self.typist.tables.clone(),
            joins,
            semi_join,
            filter,
            grouping,
            order,
            limit,
            offset,
            limit_by: limit_by.filter(|_| is_fetch),
            params: Vec::new(),
            reach: Reach::Unlimited,
        };
        plan.reach = reach::of(&plan, multiplies && !semi_join);
        Ok((plan, self.typist))
    }
}

impl Planner<'_> {
    /// How many rows of each kind are wanted; its number is the last parameter.
    fn limit_by(&mut self) -> Result<Option<PlanLimitBy>> {
        let Some(limit_by) = &self.query.limit_by else { return Ok(None) };
        let query = self.query;
        if query.distinct || query.is_grouped() || query.limit.is_some() || query.offset.is_some() {
            let message =
                "a limit of each kind stands with no other limit, and rows are neither distinct nor groups";
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let columns =
            limit_by.columns.iter().map(|column| self.typist.column(column)).collect::<Result<_>>()?;
        Ok(Some(PlanLimitBy { columns, limit: self.typist.count() }))
    }
}

/// What is wanted of the rows, before what is selected of them is known.
enum Wanted {
    Fetch,
    Count,
    Exists,
    Update(Vec<(usize, PlanExpr)>),
    Delete,
}

impl Wanted {
    fn action(self, selected: Vec<Term>, distinct: bool) -> Action {
        match self {
            Wanted::Fetch => Action::Fetch(selected),
            // Which values rows have matters to their number only where equal ones count once.
            Wanted::Count => Action::Count(if distinct { selected } else { Vec::new() }),
            Wanted::Exists => Action::Exists,
            Wanted::Update(assignments) => Action::Update(assignments),
            Wanted::Delete => Action::Delete,
        }
    }
}

fn plan_insert(model: &Arc<ModelDef>, fields: &[usize]) -> Result<Planned> {
    for (index, field) in fields.iter().enumerate() {
        let Some(definition) = model.fields().get(*field) else {
            return Err(Error::new(ErrorKind::Internal, format!("there is no field at position {field}")));
        };
        if fields[..index].contains(field) {
            return Err(Error::validation("the field is given twice").with_field(&definition.name));
        }
    }
    for (position, field) in model.fields().iter().enumerate() {
        let may_miss = field.nullable || field.auto || field.default.is_some();
        if !may_miss && !fields.contains(&position) {
            return Err(
                Error::validation("a value is required: the field is not optional").with_field(&field.name)
            );
        }
    }
    let types: Vec<FieldType> = fields.iter().map(|field| model.fields()[*field].ty.clone()).collect();
    let plan = Plan {
        action: Action::Insert { fields: fields.to_vec(), returning: model.generated_key() },
        tables: vec![model.clone()],
        enclosing: 0,
        joins: Vec::new(),
        semi_join: false,
        filter: None,
        grouping: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        limit_by: None,
        distinct: false,
        lock: None,
        params: types.into_iter().map(ParamType::Scalar).collect(),
        reach: Reach::Unique,
    };
    Ok(Planned { plan, checks: Vec::new() })
}
