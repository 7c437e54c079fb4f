//! Which rows a plan finds: joined, filtered, sorted, without repetitions, and a page of them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use ommi_core::Result;
use ommi_core::plan::{Grouping, Join, PlanLimitBy, Term};
use ommi_core::query::Direction;

use super::bound::Bound;
use super::group::Group;
use crate::data::{Key, Row, RowId, Sorted, compare};
use crate::meaning::{Scope, evaluate, holds};

/// A row that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Which row of the first table.
    pub(super) id: RowId,
    /// One row of each table; of a semi-join the first table's alone.
    pub(super) rows: Vec<Row>,
}

/// What expressions are evaluated over: a row or a group.
trait Subject: Sized {
    fn scope<'r>(&'r self, bound: &'r Bound<'r>) -> impl Scope + 'r;
}

impl Subject for Found {
    fn scope<'r>(&'r self, bound: &'r Bound<'r>) -> impl Scope + 'r {
        bound.over(&self.rows)
    }
}

impl Subject for Group {
    fn scope<'r>(&'r self, bound: &'r Bound<'r>) -> impl Scope + 'r {
        bound.over_group(self)
    }
}

impl Bound<'_> {
    /// The rows in order, page by page. With `distinct` terms, the first of those that are equal in them.
    pub(super) fn found(&self, distinct: Option<&[Term]>) -> Result<Vec<Found>> {
        self.in_order(self.filtered()?, distinct)
    }

    /// The first of those that are equal in some columns.
    pub(super) fn first_of_each(&self, found: Vec<Found>, limit_by: &PlanLimitBy) -> Result<Vec<Found>> {
        let limit = self.count(limit_by.limit)?;
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        let mut first = Vec::new();
        for found in found {
            let kind =
                limit_by.columns.iter().map(|column| Ok(Sorted(self.value(&found.rows, *column)?.clone())));
            let count = counts.entry(kind.collect::<Result<_>>()?).or_default();
            *count += 1;
            if *count <= limit {
                first.push(found);
            }
        }
        Ok(first)
    }

    /// The groups in order, page by page.
    pub(super) fn found_groups(&self, grouping: &Grouping) -> Result<Vec<Group>> {
        self.in_order(self.groups(grouping, &self.filtered()?)?, None)
    }

    fn in_order<T: Subject>(&self, found: Vec<T>, distinct: Option<&[Term]>) -> Result<Vec<T>> {
        let mut sorted = Vec::with_capacity(found.len());
        for item in found {
            let by = self.plan.order.iter().map(|key| &key.by);
            let key = values(by, &item.scope(self))?;
            sorted.push((key, item));
        }
        sorted.sort_by(|(left, _), (right, _)| self.order(left, right));
        let mut found: Vec<T> = sorted.into_iter().map(|(_, item)| item).collect();
        if let Some(terms) = distinct {
            found = self.first_of_equal(found, terms)?;
        }
        let offset = self.plan.offset.map_or(Ok(0), |param| self.count(param))?;
        let limit = self.plan.limit.map_or(Ok(usize::MAX), |param| self.count(param))?;
        Ok(found.into_iter().skip(offset).take(limit).collect())
    }

    fn filtered(&self) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for (id, row) in self.tables[0].rows.iter() {
            let mut matching = Vec::new();
            for rows in self.joined(row)? {
                let is_found = match &self.plan.filter {
                    Some(filter) => holds(filter, &self.over(&rows))?,
                    None => true,
                };
                if is_found {
                    matching.push(Found { id: *id, rows });
                }
            }
            if self.plan.semi_join {
                matching.truncate(1);
                matching.iter_mut().for_each(|found| found.rows.truncate(1));
            }
            found.append(&mut matching);
        }
        Ok(found)
    }

    /// Every combination of a row of the first table with rows of the others.
    fn joined(&self, first: &Row) -> Result<Vec<Vec<Row>>> {
        let mut combinations = vec![vec![first.clone()]];
        for join in &self.plan.joins {
            let mut longer = Vec::new();
            for rows in combinations {
                self.join(join, &rows, &mut longer)?;
            }
            combinations = longer;
        }
        Ok(combinations)
    }

    fn join(&self, join: &Join, rows: &[Row], longer: &mut Vec<Vec<Row>>) -> Result<()> {
        let mut pairs = Vec::with_capacity(join.on.len());
        for (earlier, joined) in &join.on {
            pairs.push((self.value(rows, *earlier)?, self.position(*joined)?));
        }
        let meets = |row: &Row| {
            pairs.iter().all(|(value, position)| {
                !value.is_null() && !row[*position].is_null() && compare(value, &row[*position]).is_eq()
            })
        };
        for row in self.tables[join.table].rows.values().filter(|row| meets(row)) {
            longer.push(rows.iter().chain([row]).cloned().collect());
        }
        Ok(())
    }

    /// The first of those that are equal in these terms.
    fn first_of_equal<T: Subject>(&self, found: Vec<T>, terms: &[Term]) -> Result<Vec<T>> {
        let mut seen: BTreeSet<Key> = BTreeSet::new();
        let mut first = Vec::new();
        for item in found {
            let is_new = seen.insert(values(terms.iter(), &item.scope(self))?);
            if is_new {
                first.push(item);
            }
        }
        Ok(first)
    }

    fn order(&self, left: &Key, right: &Key) -> Ordering {
        let keys = self.plan.order.iter().zip(left.iter().zip(right));
        let mut orders = keys.map(|(key, (left, right))| match key.direction {
            Direction::Ascending => left.cmp(right),
            Direction::Descending => right.cmp(left),
        });
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// The values of terms over a row or a group.
fn values<'t>(terms: impl Iterator<Item = &'t Term>, scope: &impl Scope) -> Result<Key> {
    terms.map(|term| Ok(Sorted(evaluate(&term.expr, scope)?.into_owned()))).collect()
}
