//! Rows put together: groups, and what is made of the rows of each.

use std::collections::BTreeMap;

use ommi_core::Result;
use ommi_core::plan::{Grouping, PlanAggregate};
use ommi_core::value::Value;

use super::bound::{Bound, Over};
use super::found::Found;
use crate::data::{Key, Sorted};
use crate::meaning::{aggregate, evaluate, holds};

/// A group of rows.
#[derive(Debug)]
pub(super) struct Group {
    /// The values of its keys.
    pub(super) keys: Vec<Value>,
    /// What was made of its rows.
    pub(super) aggregates: Vec<Value>,
}

impl Bound<'_> {
    /// The groups of the rows found, in the order of their keys. Without a key all rows are one group, also where there is
    /// none.
    pub(super) fn groups(&self, grouping: &Grouping, rows: &[Found]) -> Result<Vec<Group>> {
        let mut groups: BTreeMap<Key, Vec<&Found>> = BTreeMap::new();
        if grouping.keys.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        for row in rows {
            let over = self.over(&row.rows);
            let key = grouping.keys.iter().map(|key| Ok(Sorted(evaluate(&key.expr, &over)?.into_owned())));
            groups.entry(key.collect::<Result<_>>()?).or_default().push(row);
        }
        let mut found = Vec::with_capacity(groups.len());
        for (key, rows) in groups {
            let aggregates = grouping.aggregates.iter().map(|aggregate| self.aggregated(aggregate, &rows));
            let aggregates = aggregates.collect::<Result<_>>()?;
            let group = Group { keys: key.into_iter().map(|Sorted(value)| value).collect(), aggregates };
            let counts = match &grouping.having {
                Some(having) => holds(having, &self.over_group(&group))?,
                None => true,
            };
            if counts {
                found.push(group);
            }
        }
        Ok(found)
    }

    fn aggregated(&self, made: &PlanAggregate, rows: &[&Found]) -> Result<Value> {
        let mut values = Vec::new();
        for row in rows {
            let over: Over<'_> = self.over(&row.rows);
            let takes_part = match &made.filter {
                Some(filter) => holds(filter, &over)?,
                None => true,
            };
            if takes_part {
                values.push(match &made.subject {
                    Some(subject) => evaluate(&subject.expr, &over)?.into_owned(),
                    // A row counts, whatever is in it.
                    None => Value::Bool(true),
                });
            }
        }
        aggregate(made, values)
    }
}
