//! What the links of a graph say together: which field takes which value, known now or generated later.

use std::collections::HashMap;

use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::{GraphNode, GraphRows, Link, Target, names, refused};
use crate::relations::RelationKey;

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Origin {
    /// It is known.
    Known(Value),
    /// It is the key that the database generates for this row.
    Generated(GraphNode),
}

/// The fields that take their values along links.
#[derive(Debug, Default)]
pub(super) struct Wiring {
    origins: HashMap<(GraphNode, usize), Origin>,
    /// The same in the order of the links.
    order: Vec<(GraphNode, usize)>,
}

impl Wiring {
    /// # Errors
    /// `Validation` for a field that has a value of its own, or takes two different ones.
    pub(super) fn of(parts: &[GraphRows], links: &[Link], overwrites: bool) -> Result<Self> {
        let mut wiring = Self::default();
        for link in links {
            for place in 0..link.fields.len() {
                wiring.add(parts, link, place, overwrites)?;
            }
        }
        Ok(wiring)
    }

    /// Whether the field of the row takes a value.
    pub(super) fn takes(&self, node: GraphNode, field: usize) -> bool {
        !self.origins.is_empty() && self.origins.contains_key(&(node, field))
    }

    /// Where the field of the row takes its value from.
    pub(super) fn origin(&self, node: GraphNode, field: usize) -> Option<&Origin> {
        self.origins.get(&(node, field))
    }

    /// All of them in the order of the links.
    pub(super) fn all(&self) -> impl Iterator<Item = (GraphNode, usize, &Origin)> {
        self.order.iter().filter_map(|key| Some((key.0, key.1, self.origins.get(key)?)))
    }

    /// Whether a row of the part takes a value.
    pub(super) fn touches(&self, part: usize) -> bool {
        self.order.iter().any(|(node, _)| node.part == part)
    }

    fn add(&mut self, parts: &[GraphRows], link: &Link, place: usize, overwrites: bool) -> Result<()> {
        let (field, _) = link.fields[place];
        let rows = &parts[link.child.part];
        let origin = origin(parts, link, place)?;
        let own = rows.cell(link.child.row, field).to_value()?;
        let is_free = overwrites || own.is_null();
        if !is_free && !matches!(&origin, Origin::Known(value) if is_same(value, &own)) {
            let message = format!(
                "the field has a value of its own, and the row that {} is to refer to has another one: set one of the two",
                names(&rows.model, &link.fields)
            );
            return Err(refused(message, &rows.model, field));
        }
        if let Origin::Known(value) = &origin {
            rows.model.fields()[field]
                .check(value.clone())
                .map_err(|error| error.with_model(rows.model.name()))?;
        }
        match self.origins.insert((link.child, field), origin.clone()) {
            None => self.order.push((link.child, field)),
            Some(before) if is_like(&before, &origin) => {}
            Some(_) => {
                let message = "the row is to refer to two different rows by this field".to_owned();
                return Err(refused(message, &rows.model, field));
            }
        }
        Ok(())
    }
}

fn origin(parts: &[GraphRows], link: &Link, place: usize) -> Result<Origin> {
    let target = match &link.target {
        Target::Row(target) => *target,
        Target::Stored(values) => {
            let value = values.get(place).cloned().filter(|value| !value.is_null());
            return value.map(Origin::Known).ok_or_else(|| {
                Error::validation("the row that it is to refer to has no value there")
                    .with_field(names(&parts[link.child.part].model, &link.fields))
            });
        }
    };
    let rows = &parts[target.part];
    let (_, field) = link.fields[place];
    match rows.cell(target.row, field).to_value()? {
        Value::Null if rows.model.generated_key() == Some(field) => Ok(Origin::Generated(target)),
        Value::Null => Err(refused(
            format!(
                "the field has no value, and {} is to take it",
                names(&parts[link.child.part].model, &link.fields)
            ),
            &rows.model,
            field,
        )),
        value => Ok(Origin::Known(value)),
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    RelationKey::of_values(std::slice::from_ref(one)) == RelationKey::of_values(std::slice::from_ref(other))
}

fn is_like(one: &Origin, other: &Origin) -> bool {
    match (one, other) {
        (Origin::Known(one), Origin::Known(other)) => is_same(one, other),
        (Origin::Generated(one), Origin::Generated(other)) => one == other,
        (Origin::Known(_), Origin::Generated(_)) | (Origin::Generated(_), Origin::Known(_)) => false,
    }
}
