//! What is returned of the rows that a query finds, how they are put together, and in which order they come.

use ommi_core::plan::{Action, Column, Grouping, PlanExpr, PlanOrder, Term};
use ommi_core::query::{Direction, Expr, Projection};
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::agreed::{keeps_distinct, selected_by};
use super::typing::Typist;
use super::{Planner, Wanted};

/// The keys and the condition of groups, while their aggregates are still being met.
pub(super) struct Groups {
    keys: Vec<Term>,
    having: Option<PlanExpr>,
}

impl Groups {
    pub(super) fn into_plan(self, typist: &mut Typist<'_>) -> Grouping {
        Grouping { keys: self.keys, aggregates: typist.take_aggregates(), having: self.having }
    }
}

/// A sort key: something computed, or something that is selected, by its place there.
pub(super) enum Sorted {
    By(Term, Direction),
    Selected(usize, Direction),
}

impl Planner<'_> {
    /// Refuses what has no meaning together.
    pub(super) fn check(&self, wanted: &Wanted) -> Result<()> {
        let (query, is_grouped) = (self.query, self.query.is_grouped());
        match wanted {
            Wanted::Fetch => self.limits.check_lock(query.lock)?,
            Wanted::Count | Wanted::Exists => return Ok(()),
            Wanted::Update(_) | Wanted::Delete if is_grouped => {
                return Err(Error::query("groups cannot be changed: leave the groups and aggregates out"));
            }
            Wanted::Update(_) | Wanted::Delete
                if self.query.order.iter().any(|key| key.by == Expr::Random) =>
            {
                return Err(Error::query("a sample is read, not changed: find its rows by their keys then"));
            }
            Wanted::Update(_) | Wanted::Delete => return Ok(()),
        }
        let what = match (is_grouped, keeps_distinct(query)) {
            (true, true) => {
                return Err(Error::query(
                    "groups differ already; give distinct to an aggregate, or select without one",
                ));
            }
            (true, false) => "groups",
            (false, true) => "distinct rows",
            (false, false) => return Ok(()),
        };
        if query.lock.is_some() {
            return Err(Error::query(format!("{what} cannot be locked: each may stand for several rows")));
        }
        if is_grouped && !matches!(query.projection, Projection::Values(_)) {
            return Err(Error::query(
                "groups are no rows of a model: select what they are grouped by, and aggregates",
            ));
        }
        Ok(())
    }

    /// The groups, if rows are put together. From here on expressions speak of them.
    pub(super) fn groups(&mut self) -> Result<Option<Groups>> {
        if !self.query.is_grouped() {
            return Ok(None);
        }
        let groups = self.query.groups.as_deref();
        let mut keys = Vec::new();
        for key in groups.iter().flat_map(|groups| &groups.keys) {
            let term = self.typist.term(key, "grouped by")?;
            if matches!(term.ty, FieldType::Json | FieldType::List(_)) {
                let error = Error::query(format!("rows cannot be grouped by {}", term.ty.describe()));
                return Err(at(error, key));
            }
            if matches!(term.expr, PlanExpr::Constant(_)) {
                return Err(Error::query("rows cannot be grouped by what is the same in all of them"));
            }
            keys.push(term);
        }
        self.typist.speak_of_groups(groups.map_or(&[], |groups| &groups.keys), &keys);
        let having = groups.and_then(|groups| groups.having.as_ref());
        let having = having.map(|having| self.typist.predicate(having)).transpose()?;
        Ok(Some(Groups { keys, having }))
    }

    /// What is returned of each row.
    pub(super) fn selected(&mut self) -> Result<Vec<Term>> {
        match &self.query.projection {
            Projection::Model => Ok(self.typist.whole_model()),
            Projection::ModelWith(extra) => {
                let mut terms = self.typist.whole_model();
                for column in extra {
                    terms.push(self.typist.term(&Expr::Column(column.clone()), "selected")?);
                }
                Ok(terms)
            }
            Projection::Values(values) if values.is_empty() => {
                Err(Error::query("select needs at least one field"))
            }
            Projection::Values(values) => {
                values.iter().map(|value| self.typist.term(value, "selected")).collect()
            }
        }
    }

    /// The sort keys as they are written.
    pub(super) fn order(&mut self) -> Result<Vec<Sorted>> {
        let mut order = Vec::with_capacity(self.query.order.len());
        for key in &self.query.order {
            if let Some(place) = selected_by(self.query, &key.by) {
                order.push(Sorted::Selected(place, key.direction));
                continue;
            }
            if keeps_distinct(self.query) {
                return Err(at(
                    Error::query("distinct rows can be ordered by what is selected only"),
                    &key.by,
                ));
            }
            if key.by == Expr::Random {
                self.check_sample()?;
                order.push(Sorted::By(Term { expr: PlanExpr::Random, ty: FieldType::Int }, key.direction));
                continue;
            }
            let term = self.typist.term(&key.by, "ordered by")?;
            self.check_order(&term.ty).map_err(|error| at(error, &key.by))?;
            order.push(Sorted::By(term, key.direction));
        }
        Ok(order)
    }

    /// Databases may ask for a number by chance again and again, except for the rows of a read.
    fn check_sample(&self) -> Result<()> {
        let is_inside = self.typist.tables.len() > self.joined.tables.len();
        let what = if is_inside {
            "a sample is read alone, not inside another query"
        } else if self.query.order.len() > 1 {
            "a sample has no other order: sort its rows once they are here"
        } else if self.query.is_grouped() || self.query.limit_by.is_some() {
            "a sample is one of rows, not of groups"
        } else {
            return Ok(());
        };
        Err(Error::query(what))
    }

    fn check_order(&self, ty: &FieldType) -> Result<()> {
        if !ty.is_ordered() {
            return Err(Error::query(format!("{} has no order", ty.describe())));
        }
        self.limits.check_order(ty)
    }

    /// The sort keys, where an order changes the outcome at all.
    pub(super) fn sort_keys(
        &self,
        wanted: &Wanted,
        sorted: Vec<Sorted>,
        selected: &[Term],
    ) -> Result<Vec<PlanOrder>> {
        let paged = self.query.limit.is_some() || self.query.offset.is_some();
        let matters = match wanted {
            Wanted::Fetch => true,
            Wanted::Update(_) | Wanted::Delete => paged,
            Wanted::Count | Wanted::Exists => false,
        };
        let mut order: Vec<PlanOrder> = Vec::new();
        for (key, written) in sorted.into_iter().zip(&self.query.order) {
            let (by, direction) = match key {
                Sorted::By(term, direction) => (term, direction),
                Sorted::Selected(place, direction) => {
                    let term = selected[place].clone();
                    self.check_order(&term.ty).map_err(|error| at(error, &written.by))?;
                    (term, direction)
                }
            };
            // A key after one of the same column decides nothing, and some databases refuse it.
            let is_known = by
                .as_column()
                .is_some_and(|column| order.iter().any(|known| known.by.as_column() == Some(column)));
            let decides = !matches!(by.expr, PlanExpr::Constant(_));
            if matters && decides && !is_known {
                order.push(PlanOrder { by, direction });
            }
        }
        Ok(order)
    }

    /// Whether joined rows only decide if a row counts; an error where that and the order contradict each other.
    pub(super) fn is_semi_join(
        &self,
        action: &Action,
        order: &[PlanOrder],
        grouping: Option<&Grouping>,
    ) -> Result<bool> {
        if !self.joined.multiplies {
            return Ok(false);
        }
        let of_joined = |term: &Term| joined_column(&term.expr).is_some();
        let returns_joined = match action {
            Action::Fetch(terms) | Action::Count(terms) => terms.iter().any(of_joined),
            Action::Exists | Action::Update(_) | Action::Delete | Action::Insert { .. } => false,
        };
        let groups_joined = grouping.is_some_and(|grouping| {
            let subjects = grouping.aggregates.iter().filter_map(|aggregate| aggregate.subject.as_ref());
            let mut filters = grouping.aggregates.iter().filter_map(|aggregate| aggregate.filter.as_ref());
            grouping.keys.iter().chain(subjects).any(of_joined)
                || filters.any(|filter| joined_column(filter).is_some())
        });
        let whole_rows =
            !matches!((action, &self.query.projection), (Action::Fetch(_), Projection::Values(_)));
        match order.iter().find_map(|key| joined_column(&key.by.expr)) {
            Some(column) if whole_rows && !returns_joined => Err(self.no_such_order(column)),
            Some(_) => Ok(false),
            None => Ok(!returns_joined && !groups_joined),
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
}

/// The error, with the field that the expression is about.
fn at(error: Error, expr: &Expr) -> Error {
    match expr.first_column() {
        Some(column) => error.with_model(column.model.name()).with_field(&column.definition().name),
        None => error,
    }
}

/// A column of another table than the first in an expression.
fn joined_column(expr: &PlanExpr) -> Option<Column> {
    match expr {
        PlanExpr::Column(column) => (column.table > 0).then_some(*column),
        expr => expr.parts().into_iter().find_map(joined_column),
    }
}
