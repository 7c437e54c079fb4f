//! Operations: made from a tape, run, and told in words.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::{Capabilities, share_of_index};
use ommi_core::query::{ColumnRef, Conflict, Direction, Expr, LimitBy, Operator, Order, Projection, Query};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_engine::{Session, Stored};

use super::expr::{Subject, failing_parts, is_simple, names_others};
use super::models::is_in_unique;
use super::put;
use super::rows::{self, Rows};
use super::tape::Tape;
use super::value::{Bounds, has_order, value};
use crate::db::now;
use crate::expr::{show, show_query};
use crate::run::{Row, Run, batch};

/// One operation.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Rows(Query),
    Count(Query),
    Exists(Query),
    Change(Query, Vec<(usize, Expr)>),
    Remove(Query),
    Add(Arc<ModelDef>, Vec<Row>),
    Put(Arc<ModelDef>, Vec<Row>, Conflict),
}

/// What an operation gave.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Rows(Vec<Row>),
    Count(i64),
    Exists(bool),
    Written(u64),
    Keys(Vec<i64>),
    Stored(Vec<Stored>),
}

/// Where operations are made.
pub(super) struct Ground<'a> {
    pub(super) models: &'a [Arc<ModelDef>],
    pub(super) rows: &'a Rows,
    pub(super) able: &'a Capabilities,
}

impl Ground<'_> {
    /// An operation.
    pub(super) fn step(&self, tape: &mut Tape<'_>) -> Result<Step> {
        let number = tape.below(self.models.len());
        Ok(match tape.below(12) {
            0..=4 => Step::Rows(self.fetched(tape, number)),
            5 => Step::Count(self.found(tape, number)),
            6 => Step::Exists(self.found(tape, number)),
            7 | 8 => {
                let (query, is_one) = if tape.chance(20) {
                    (self.one(tape, number), true)
                } else {
                    (self.found(tape, number), false)
                };
                let is_one = is_one || query.limit.is_some_and(|limit| limit <= 1);
                let values = self.values(tape, number, is_one);
                Step::Change(query, values)
            }
            9 => Step::Remove(self.found(tape, number)),
            _ => {
                let count = 1 + tape.below(3);
                let row = |_| rows::row(tape, self.models, number, self.rows, self.able);
                let rows = (0..count).map(row).collect::<Result<_>>()?;
                let model = self.models[number].clone();
                if tape.chance(30) {
                    let conflict = put::conflict(tape, &model, self.able);
                    return Ok(Step::Put(model, rows, conflict));
                }
                Step::Add(model, rows)
            }
        })
    }

    fn subject(&self, number: usize, joins: bool) -> Subject<'_> {
        Subject { model: &self.models[number], models: self.models, able: self.able, joins, subqueries: true }
    }

    /// Rows of a model, perhaps a page of them in an order that leaves no doubt.
    fn found(&self, tape: &mut Tape<'_>, number: usize) -> Query {
        let mut query = Query::new(self.models[number].clone());
        if !tape.chance(10) {
            query.filter = Some(self.subject(number, true).predicate(tape, 3));
        }
        if tape.chance(30) {
            self.order(tape, number, &mut query);
            self.page(tape, &mut query);
        }
        query
    }

    /// One row of a model, by its key.
    fn one(&self, tape: &mut Tape<'_>, number: usize) -> Query {
        let model = &self.models[number];
        let row = tape.pick(&self.rows[number]).cloned();
        let part = |field: &usize| {
            let bounds = Bounds::of(model, *field, self.able);
            let key = row.as_ref().map(|row| row[*field].clone());
            let key = key.unwrap_or_else(|| value(tape, &model.fields()[*field].ty, bounds, self.able));
            let column = ColumnRef { model: model.clone(), field: *field };
            Expr::binary(Operator::Eq, Expr::Column(column), Expr::Value(key))
        };
        let mut query = Query::new(model.clone());
        query.filter = Some(Expr::And(model.key().iter().map(part).collect()));
        query
    }

    fn order(&self, tape: &mut Tape<'_>, number: usize, query: &mut Query) {
        for _ in 0..tape.below(3) {
            let column = self.subject(number, false).column(tape, |ty| has_order(ty, self.able));
            if has_order(&column.definition().ty, self.able) {
                let direction = if tape.chance(40) { Direction::Descending } else { Direction::Ascending };
                query.order.push(Order::new(column, direction));
            }
        }
    }

    /// Sorts by the key at last, so that all rows have an order; false where it has none.
    fn order_by_key(&self, query: &mut Query) -> bool {
        if query.model.key().iter().any(|field| !has_order(&query.model.fields()[*field].ty, self.able)) {
            return false;
        }
        let column = |field: &usize| ColumnRef { model: query.model.clone(), field: *field };
        let keys: Vec<_> = query.model.key().iter().map(column).collect();
        query.order.extend(keys.into_iter().map(|column| Order::new(column, Direction::Ascending)));
        true
    }

    /// The first rows of those that are equal in a field or two, of types that keys have.
    fn first_of_each(&self, tape: &mut Tape<'_>, query: &mut Query) {
        let is_like_a_key = |field: &usize| match query.model.fields()[*field].ty {
            FieldType::Int | FieldType::Text | FieldType::Uuid | FieldType::Bool | FieldType::Date => true,
            FieldType::Float
            | FieldType::Bytes
            | FieldType::Decimal
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Time
            | FieldType::Duration
            | FieldType::Json
            | FieldType::List(_) => false,
        };
        let fields: Vec<usize> = (0..query.model.fields().len()).filter(is_like_a_key).collect();
        if fields.is_empty() || !self.order_by_key(query) {
            return;
        }
        let picked = (0..1 + tape.below(2)).map(|_| fields[tape.below(fields.len())]);
        let columns = picked.map(|field| ColumnRef { model: query.model.clone(), field }).collect();
        query.limit_by = Some(Box::new(LimitBy { columns, limit: tape.below(4) as u64 }));
    }

    fn page(&self, tape: &mut Tape<'_>, query: &mut Query) {
        if !self.order_by_key(query) {
            return;
        }
        let number = |tape: &mut Tape<'_>| tape.below(6) as u64;
        (query.limit, query.offset) = match tape.below(3) {
            0 => (Some(number(tape)), None),
            1 => (None, Some(number(tape))),
            _ => (Some(number(tape)), Some(number(tape))),
        };
    }

    /// Rows of a model to be read: whole ones, or some of their fields and those of joined models.
    fn fetched(&self, tape: &mut Tape<'_>, number: usize) -> Query {
        match tape.below(4) {
            0 | 1 => {
                let mut query = self.found(tape, number);
                if query.order.is_empty() {
                    self.order(tape, number, &mut query);
                }
                if query.limit.is_none() && query.offset.is_none() && tape.chance(25) {
                    self.first_of_each(tape, &mut query);
                }
                query
            }
            2 => {
                let mut query = self.found(tape, number);
                let subject = self.subject(number, false);
                let columns: Vec<_> =
                    (0..1 + tape.below(3)).map(|_| subject.column(tape, |_| true)).collect();
                query.projection = Projection::columns(columns);
                query
            }
            _ => {
                let query = self.selected(tape, number);
                match tape.below(4) {
                    1 | 2 => self.grouped(tape, query),
                    3 => self.computed(tape, query),
                    _ => query,
                }
            }
        }
    }

    /// Selected fields, perhaps of several models, perhaps distinct and then perhaps a page of them.
    fn selected(&self, tape: &mut Tape<'_>, number: usize) -> Query {
        let mut query = Query::new(self.models[number].clone());
        if tape.chance(70) {
            query.filter = Some(self.subject(number, true).predicate(tape, 2));
        }
        query.distinct = tape.chance(60);
        let paged = query.distinct && tape.chance(30);
        let subject = self.subject(number, true);
        let mut columns = Vec::new();
        for _ in 0..1 + tape.below(3) {
            let column = subject.column(tape, |ty| has_order(ty, self.able) || !paged);
            if has_order(&column.definition().ty, self.able) || !paged {
                columns.push(column);
            }
        }
        if columns.is_empty() {
            return query;
        }
        if paged {
            let order = |column: &ColumnRef| Order::new(column.clone(), Direction::Descending);
            query.order = columns.iter().map(order).collect();
            (query.limit, query.offset) = (Some(tape.below(5) as u64), Some(tape.below(3) as u64));
        }
        query.projection = Projection::columns(columns);
        query
    }

    /// What the fields of a model are set to, of one row or of several.
    fn values(&self, tape: &mut Tape<'_>, number: usize, is_one: bool) -> Vec<(usize, Expr)> {
        let model = &self.models[number];
        let subject = self.subject(number, false);
        let mut values: Vec<(usize, Expr)> = Vec::new();
        for _ in 0..1 + tape.below(3) {
            let field = tape.below(model.fields().len());
            let definition = &model.fields()[field];
            if values.iter().any(|(known, _)| *known == field) || definition.auto && tape.chance(70) {
                continue;
            }
            // The database alone can tell that a computed value is too long for an index.
            let is_bounded = definition.ty == FieldType::Text && self.has_limit(model, field);
            let may_meet = is_in_unique(model, field) && !is_one && !self.able.unique_at_statement_end;
            let computed = if tape.chance(50) && !may_meet && !is_bounded {
                subject.assigned(tape, &definition.ty)
            } else {
                None
            };
            values.push((field, computed.unwrap_or_else(|| self.literal(tape, model, field))));
        }
        if !self.able.own_references_follow {
            values.retain(|(field, _)| !is_referred_to(model, *field));
        }
        if values.is_empty() {
            let last = (0..model.fields().len()).rev().find(|field| !model.key().contains(field));
            let field = last.unwrap_or(0);
            values.push((field, self.literal(tape, model, field)));
        }
        values
    }

    fn literal(&self, tape: &mut Tape<'_>, model: &ModelDef, field: usize) -> Expr {
        let bounds = Bounds::of(model, field, self.able);
        Expr::Value(value(tape, &model.fields()[field].ty, bounds, self.able))
    }

    fn has_limit(&self, model: &ModelDef, field: usize) -> bool {
        let limits = [self.able.indexed_length, self.able.indexed_bytes];
        limits.into_iter().flatten().any(|whole| share_of_index(model, field, whole).is_some())
    }
}

impl Step {
    /// What it reads or which rows it changes.
    pub(super) fn query(&self) -> Option<&Query> {
        match self {
            Step::Rows(query)
            | Step::Count(query)
            | Step::Exists(query)
            | Step::Change(query, _)
            | Step::Remove(query) => Some(query),
            Step::Add(..) | Step::Put(..) => None,
        }
    }

    pub(super) fn is_read(&self) -> bool {
        match self {
            Step::Rows(_) | Step::Count(_) | Step::Exists(_) => true,
            Step::Change(..) | Step::Remove(_) | Step::Add(..) | Step::Put(..) => false,
        }
    }

    /// Whether it can change several rows.
    pub(super) fn is_of_many(&self) -> bool {
        match self {
            Step::Rows(_) | Step::Count(_) | Step::Exists(_) => false,
            Step::Change(..) | Step::Remove(_) | Step::Put(..) => true,
            Step::Add(_, rows) => rows.len() > 1,
        }
    }

    /// Whether a database may come to compute, or leave out, what the rows found do not ask for: by another order of
    /// several conditions, by constants that some of them equate with columns, or since one row is enough.
    pub(super) fn computes_beside(&self) -> bool {
        let Some(query) = self.query() else { return false };
        let Some(filter) = query.filter.as_ref().filter(|filter| !failing_parts(filter).is_empty()) else {
            return false;
        };
        let is_joined = query.limit.is_some() || names_others(filter, query.model.id());
        is_joined || matches!(self, Step::Exists(_)) || !is_simple(filter)
    }

    pub(super) fn run(&self, session: &Session) -> Result<Outcome> {
        match self {
            Step::Rows(query) => session.rows(query.clone()).map(Outcome::Rows),
            Step::Count(query) => session.count(query.clone()).map(Outcome::Count),
            Step::Exists(query) => session.exists(query.clone()).map(Outcome::Exists),
            Step::Change(query, values) => {
                let values: Vec<(&str, Expr)> = values
                    .iter()
                    .map(|(field, value)| (query.model.fields()[*field].name.as_str(), value.clone()))
                    .collect();
                session.change(query.clone(), &values).map(Outcome::Written)
            }
            Step::Remove(query) => session.remove(query.clone()).map(Outcome::Written),
            Step::Add(model, rows) => {
                let names: Vec<&str> = model.fields().iter().map(|field| field.name.as_str()).collect();
                session.add_all(model, &names, rows).map(Outcome::Keys)
            }
            Step::Put(model, rows, conflict) => {
                let fields: Vec<usize> = (0..model.fields().len()).collect();
                let rows = batch(fields.len(), rows);
                now(session.upsert(model.clone(), fields, rows, conflict.clone())).map(Outcome::Stored)
            }
        }
    }

    /// The operation as people write it.
    pub(super) fn told(&self) -> String {
        match self {
            Step::Rows(query) => format!("fetch {}", show_query(query)),
            Step::Count(query) => format!("count {}", show_query(query)),
            Step::Exists(query) => format!("exists {}", show_query(query)),
            Step::Change(query, values) => {
                let set: Vec<String> = values
                    .iter()
                    .map(|(field, value)| format!("{} = {}", query.model.fields()[*field].name, show(value)))
                    .collect();
                format!("update {} set {}", show_query(query), set.join(", "))
            }
            Step::Remove(query) => format!("delete {}", show_query(query)),
            Step::Add(model, rows) => {
                let rows: Vec<String> = rows.iter().map(|row| rows::told(row)).collect();
                format!("insert {} {}", model.name(), rows.join(" "))
            }
            Step::Put(model, rows, conflict) => {
                let rows: Vec<String> = rows.iter().map(|row| rows::told(row)).collect();
                format!("insert {} {} {}", model.name(), rows.join(" "), put::told(model, conflict))
            }
        }
    }
}

/// Whether rows of the same model refer to the field.
pub(super) fn is_referred_to(model: &Arc<ModelDef>, field: usize) -> bool {
    model
        .references()
        .iter()
        .filter_map(|reference| reference.resolve().ok())
        .any(|(target, fields)| target.id() == model.id() && fields.contains(&field))
}
