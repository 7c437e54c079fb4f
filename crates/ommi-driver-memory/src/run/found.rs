//! Which rows a plan finds: joined, filtered, sorted, without repetitions, and a page of them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use ommi_core::Result;
use ommi_core::plan::{Column, Join};
use ommi_core::query::Direction;

use super::bound::Bound;
use crate::data::{Key, Row, RowId, Sorted, compare};
use crate::meaning::holds;

/// A row that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Which row of the first table.
    pub(super) id: RowId,
    /// One row of each table; of a semi-join the first table's alone.
    pub(super) rows: Vec<Row>,
}

impl Bound<'_> {
    /// The rows in order, page by page. With `distinct` columns, the first of those that are equal in them.
    pub(super) fn found(&self, distinct: Option<&[Column]>) -> Result<Vec<Found>> {
        let mut found = self.filtered()?;
        let mut failed = None;
        found.sort_by(|left, right| {
            self.order(left, right).unwrap_or_else(|error| {
                failed = Some(error);
                Ordering::Equal
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        if let Some(columns) = distinct {
            found = self.distinct(found, columns)?;
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

    fn order(&self, left: &Found, right: &Found) -> Result<Ordering> {
        for key in &self.plan.order {
            let order = compare(self.value(&left.rows, key.column)?, self.value(&right.rows, key.column)?);
            let order = match key.direction {
                Direction::Ascending => order,
                Direction::Descending => order.reverse(),
            };
            if order.is_ne() {
                return Ok(order);
            }
        }
        Ok(Ordering::Equal)
    }

    fn distinct(&self, found: Vec<Found>, columns: &[Column]) -> Result<Vec<Found>> {
        let mut seen: BTreeSet<Key> = BTreeSet::new();
        let mut first = Vec::new();
        for row in found {
            let key = columns.iter().map(|column| self.value(&row.rows, *column).cloned().map(Sorted));
            if seen.insert(key.collect::<Result<_>>()?) {
                first.push(row);
            }
        }
        Ok(first)
    }
}
