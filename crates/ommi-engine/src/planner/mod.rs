//! The planner: turns an operation into a plan when its shape is met for the first time. The session calls
//! [`shape::Shape::of`] on every operation and [`plan`] on a miss of the cache.

mod assigned;
mod bytes;
mod joins;
mod reach;
mod resolve;
mod rules;
pub(crate) mod shape;
mod typing;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ommi_core::plan::{Action, Column, ParamType, Plan, PlanOrder, Reach};
use ommi_core::query::{Assignment, Operation, Projection, Query};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::{Error, ErrorKind, Result};

use crate::limits::Limits;
use joins::Joined;
use shape::{is_of_one, keeps_distinct};
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
        Operation::Fetch(query) => Planner::new(query, limits)?.fetch(),
        Operation::Count(query) => Planner::new(query, limits)?.count(),
        Operation::Exists(query) => Planner::new(query, limits)?.finish(Action::Exists),
        Operation::Update(query, assignments) => {
            let planned = Planner::new(query, limits)?.update(assignments)?;
            assigned::check(&planned.plan, is_of_one(query), limits)?;
            Ok(planned)
        }
        Operation::Delete(query) => Planner::new(query, limits)?.finish(Action::Delete),
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
        let joined = joins::join(resolve::mentioned(query), &resolve::equalities(query))?;
        let typist = Typist::new(joined.tables.clone(), limits);
        Ok(Self { query, joined, typist, limits })
    }

    fn fetch(self) -> Result<Planned> {
        let model = self.typist.whole_model();
        let columns = match &self.query.projection {
            Projection::Model => model,
            Projection::ModelWith(extra) => {
                let extra =
                    extra.iter().map(|column| self.typist.column(column)).collect::<Result<Vec<_>>>()?;
                [model, extra].concat()
            }
            Projection::Columns(columns) if columns.is_empty() => {
                return Err(Error::query("select needs at least one field"));
            }
            Projection::Columns(columns) => {
                columns.iter().map(|column| self.typist.column(column)).collect::<Result<_>>()?
            }
        };
        self.check_distinct_order()?;
        self.finish(Action::Fetch(columns))
    }

    fn count(self) -> Result<Planned> {
        let columns = match &self.query.projection {
            Projection::Columns(columns) => {
                columns.iter().map(|column| self.typist.column(column)).collect::<Result<_>>()?
            }
            Projection::Model | Projection::ModelWith(_) => Vec::new(),
        };
        self.finish(Action::Count(columns))
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
        self.finish(Action::Update(set))
    }

    /// Lowers what all actions share. Parameters are numbered here after those of assignments, in the order in
    /// which the shape's walk meets their values: filter, limit, offset.
    fn finish(mut self, action: Action) -> Result<Planned> {
        let filter = self.query.filter.as_ref().map(|filter| self.typist.predicate(filter)).transpose()?;
        let order = self.order(&action)?;
        let limit = self.query.limit.map(|_| self.typist.count());
        let offset = self.query.offset.map(|_| self.typist.count());
        let semi_join = self.is_semi_join(&action, &order)?;
        let checks = self.typist.into_checks()?;
        let Joined { tables, joins, multiplies } = self.joined;
        let mut plan = Plan {
            distinct: matches!(action, Action::Fetch(_) | Action::Count(_)) && keeps_distinct(self.query),
            lock: matches!(action, Action::Fetch(_)) && self.query.lock,
            action,
            tables,
            joins,
            semi_join,
            filter,
            order,
            limit,
            offset,
            params: checks.iter().map(|check| check.ty.clone()).collect(),
            reach: Reach::Unlimited,
        };
        plan.reach = reach::of(&plan, multiplies && !semi_join);
        Ok(Planned { plan, checks })
    }

    /// The sort keys, where an order changes the outcome at all.
    fn order(&self, action: &Action) -> Result<Vec<PlanOrder>> {
        let paged = self.query.limit.is_some() || self.query.offset.is_some();
        let matters = match action {
            Action::Fetch(_) => true,
            Action::Update(_) | Action::Delete => paged,
            Action::Count(_) | Action::Exists | Action::Insert { .. } => false,
        };
        let mut order = Vec::new();
        for key in &self.query.order {
            let column = self.typist.column(&key.column)?;
            let definition = key.column.definition();
            let place = |error: Error| error.with_model(key.column.model.name()).with_field(&definition.name);
            if !definition.ty.is_ordered() {
                return Err(place(Error::query(format!("{} has no order", definition.ty.describe()))));
            }
            self.limits.check_order(&definition.ty).map_err(place)?;
            // A key after one of the same column decides nothing, and some databases refuse it.
            if matters && !order.iter().any(|known: &PlanOrder| known.column == column) {
                order.push(PlanOrder { column, direction: key.direction });
            }
        }
        Ok(order)
    }

    /// Whether joined rows only decide if a row counts; an error where that and the order contradict each other.
    fn is_semi_join(&self, action: &Action, order: &[PlanOrder]) -> Result<bool> {
        if !self.joined.multiplies {
            return Ok(false);
        }
        let sorted_by = order.iter().map(|key| key.column).find(|column| column.table > 0);
        let projects_joined = match action {
            Action::Fetch(columns) | Action::Count(columns) => columns.iter().any(|column| column.table > 0),
            Action::Exists | Action::Update(_) | Action::Delete | Action::Insert { .. } => false,
        };
        let whole_rows =
            !matches!((action, &self.query.projection), (Action::Fetch(_), Projection::Columns(_)));
        match sorted_by {
            Some(column) if whole_rows && !projects_joined => Err(self.no_such_order(column)),
            Some(_) => Ok(false),
            None => Ok(!projects_joined),
        }
    }

    fn no_such_order(&self, column: Column) -> Error {
        let joined = &self.joined.tables[column.table];
        Error::query(format!(
            "each row is found once through possibly many rows of other models, so it has no place in an order by {}.{}; \
             select fields instead, or order by a field of {}",
            joined.name(),
            joined.fields()[column.field].name,
            self.query.model.name()
        ))
    }

    /// A row that stands for several cannot be placed by a field in which they may differ.
    fn check_distinct_order(&self) -> Result<()> {
        let Projection::Columns(columns) = &self.query.projection else { return Ok(()) };
        if !self.query.distinct {
            return Ok(());
        }
        if self.query.lock {
            return Err(Error::query("distinct rows cannot be locked: each may stand for several"));
        }
        for key in &self.query.order {
            let is_selected = |column: &ommi_core::query::ColumnRef| {
                column.model.id() == key.column.model.id() && column.field == key.column.field
            };
            if !columns.iter().any(is_selected) {
                return Err(Error::query("distinct rows can be ordered by selected fields only")
                    .with_model(key.column.model.name())
                    .with_field(&key.column.definition().name));
            }
        }
        Ok(())
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
        joins: Vec::new(),
        semi_join: false,
        filter: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        distinct: false,
        lock: false,
        params: types.into_iter().map(ParamType::Scalar).collect(),
        reach: Reach::Unique,
    };
    Ok(Planned { plan, checks: Vec::new() })
}
