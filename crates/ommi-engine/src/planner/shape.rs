//! The shape of an operation: its structure without its values, as canonical bytes. The same walk collects the
//! values in the order in which the planner numbers parameters. Runs on every operation: it must stay fast.

use ommi_core::query::{
    Aggregate, Assignment, Case, ColumnRef, Direction, Expr, Operation, Operator, Path, Projection, Query,
    Subquery,
};
use ommi_core::schema::ModelDef;
use ommi_core::value::Value;
use ommi_core::{Error, Result};
use smallvec::SmallVec;

use super::agreed::{is_of_one, keeps_distinct, key_of, kind, leaf, null_test, selected_by};
use super::bytes::Bytes;
use super::tag;

/// How deep expressions may nest: deep enough for people, shallow enough for every database and stack.
pub(crate) const MAX_DEPTH: usize = 200;

/// A value of an operation, borrowed from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ValueRef<'a> {
    /// A literal.
    Scalar(&'a Value),
    /// The literals of `in` and `not_in`.
    List(&'a [Value]),
    /// A limit or an offset.
    Count(u64),
}

/// An operation taken apart: its canonical bytes and its values.
#[derive(Debug)]
pub(crate) struct Shape<'a> {
    /// Equal for two operations exactly when one plan serves both.
    pub(crate) bytes: Bytes,
    /// One for each parameter of the plan, in its order.
    pub(crate) values: SmallVec<[ValueRef<'a>; 6]>,
    depth: usize,
    too_deep: bool,
    /// What rows are grouped by, while expressions speak of groups.
    keys: &'a [Expr],
}

impl<'a> Shape<'a> {
    /// Takes an operation apart.
    ///
    /// # Errors
    /// `Validation` when its expressions nest deeper than any database takes.
    pub(crate) fn of(operation: &'a Operation) -> Result<Self> {
        let mut shape = Self::empty();
        shape.take(operation)?;
        Ok(shape)
    }

    /// Nothing yet, to be filled by [`take`](Self::take) where it stands: it is large to move.
    #[inline]
    pub(crate) fn empty() -> Self {
        Self { bytes: Bytes::new(), values: SmallVec::new(), depth: 0, too_deep: false, keys: &[] }
    }

    /// Takes an operation apart into an empty shape.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    #[inline]
    pub(crate) fn take(&mut self, operation: &'a Operation) -> Result<()> {
        let shape = self;
        match operation {
            Operation::Fetch(query) => shape.query(tag::FETCH, query, &[]),
            Operation::Count(query) => shape.query(tag::COUNT, query, &[]),
            Operation::Exists(query) => shape.query(tag::EXISTS, query, &[]),
            Operation::Update(query, assignments) => shape.query(tag::UPDATE, query, assignments),
            Operation::Delete(query) => shape.query(tag::DELETE, query, &[]),
            Operation::Insert { model, fields } => shape.insert(model, fields),
        }
        if shape.too_deep {
            return Err(Error::validation(format!(
                "the query nests more than {MAX_DEPTH} levels deep; build it flatter, as with one `in` for many values"
            ))
            .with_model(operation.model().name()));
        }
        Ok(())
    }

    /// The shape of an insert, whose values come as rows.
    pub(crate) fn of_insert(model: &ModelDef, fields: &[usize]) -> Self {
        let mut shape = Self::empty();
        shape.insert(model, fields);
        shape
    }

    fn insert(&mut self, model: &ModelDef, fields: &[usize]) {
        self.bytes.push(tag::INSERT);
        self.number(model.id().get());
        self.count(fields.len());
        for field in fields {
            self.count(*field);
        }
    }

    fn query(&mut self, kind: u8, query: &'a Query, assignments: &'a [Assignment]) {
        self.bytes.push(kind);
        self.number(query.model.id().get());
        self.count(assignments.len());
        for assignment in assignments {
            self.count(assignment.field);
            self.operand(&assignment.value);
        }
        match &query.filter {
            Some(filter) => self.predicate(filter),
            None => self.bytes.push(tag::NOTHING),
        }
        self.groups(query);
        self.count(query.order.len());
        for order in &query.order {
            match selected_by(query, &order.by) {
                Some(place) => self.numbered(tag::SELECTED, place),
                None => self.operand(&order.by),
            }
            self.bytes.push(match order.direction {
                Direction::Ascending => 0,
                Direction::Descending => 1,
            });
        }
        self.projection(&query.projection);
        let flags = u8::from(query.limit.is_some())
            | u8::from(query.offset.is_some()) << 1
            | u8::from(keeps_distinct(query)) << 2
            | tag::lock(query.lock) << 3
            | u8::from(kind == tag::UPDATE && is_of_one(query)) << 5
            | u8::from(query.limit_by.is_some()) << 6;
        self.bytes.push(flags);
        if let Some(limit) = query.limit {
            self.values.push(ValueRef::Count(limit));
        }
        if let Some(offset) = query.offset {
            self.values.push(ValueRef::Count(offset));
        }
        if let Some(limit_by) = &query.limit_by {
            self.count(limit_by.columns.len());
            limit_by.columns.iter().for_each(|column| self.column(column));
            self.values.push(ValueRef::Count(limit_by.limit));
        }
    }

    /// Keys and the condition on groups. From here on the expressions speak of groups, if there are any.
    fn groups(&mut self, query: &'a Query) {
        let Some(groups) = &query.groups else { return self.count(0) };
        self.count(groups.keys.len() * 2 + 1 + usize::from(groups.having.is_some()));
        for key in &groups.keys {
            self.operand(key);
        }
        self.keys = &groups.keys;
        if let Some(having) = &groups.having {
            self.predicate(having);
        }
    }

    fn projection(&mut self, projection: &'a Projection) {
        match projection {
            Projection::Model => self.bytes.push(tag::WHOLE_MODEL),
            Projection::ModelWith(columns) => {
                self.numbered(tag::MODEL_WITH, columns.len());
                for column in columns {
                    self.column(column);
                }
            }
            Projection::Values(values) => {
                self.numbered(tag::VALUES, values.len());
                for value in values {
                    self.operand(value);
                }
            }
        }
    }

    /// Something that is known by its place.
    fn numbered(&mut self, kind: u8, place: usize) {
        self.bytes.push(kind);
        self.count(place);
    }

    /// Whether an expression is what rows are grouped by: then it is known by its place.
    #[inline]
    fn key(&mut self, expr: &Expr) -> bool {
        if self.keys.is_empty() {
            return false;
        }
        let place = key_of(self.keys, expr);
        if let Some(place) = place {
            self.numbered(tag::KEY, place);
        }
        place.is_some()
    }

    fn aggregate(&mut self, aggregate: &'a Aggregate) {
        let flags = u8::from(aggregate.distinct)
            | u8::from(aggregate.subject.is_some()) << 1
            | u8::from(aggregate.filter.is_some()) << 2;
        self.bytes.push(tag::AGGREGATE);
        self.bytes.push(aggregate.function as u8);
        self.bytes.push(flags);
        // What it is made of speaks of rows.
        let keys = std::mem::take(&mut self.keys);
        if let Some(subject) = &aggregate.subject {
            self.operand(subject);
        }
        if let Some(filter) = &aggregate.filter {
            self.predicate(filter);
        }
        self.keys = keys;
    }

    /// An expression that stands as a predicate: a literal bool is part of the structure there.
    fn predicate(&mut self, expr: &'a Expr) {
        if self.key(expr) || !self.descend() {
            return;
        }
        match expr {
            Expr::Value(Value::Bool(true)) => self.bytes.push(tag::TRUE),
            Expr::Value(Value::Bool(false)) => self.bytes.push(tag::FALSE),
            Expr::And(parts) => self.combination(tag::AND, parts),
            Expr::Or(parts) => self.combination(tag::OR, parts),
            Expr::Not(inner) => {
                self.bytes.push(tag::NOT);
                self.predicate(inner);
            }
            Expr::Column(_)
            | Expr::Value(_)
            | Expr::List(_)
            | Expr::Apply(..)
            | Expr::Aggregate(_)
            | Expr::Case(_)
            | Expr::Path(_)
            | Expr::Random
            | Expr::Subquery(_)
            | Expr::Given(_) => self.leaf(expr),
        }
        self.depth -= 1;
    }

    fn combination(&mut self, kind: u8, parts: &'a [Expr]) {
        self.bytes.push(kind);
        self.count(parts.len());
        for part in parts {
            self.predicate(part);
        }
    }

    /// An expression that stands as an operand or is assigned: a literal is a parameter there.
    fn operand(&mut self, expr: &'a Expr) {
        if self.key(expr) {
            return;
        }
        match expr {
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) => self.predicate(expr),
            Expr::Column(_) | Expr::Value(_) | Expr::List(_) | Expr::Given(_) | Expr::Random => {
                self.leaf(expr)
            }
            Expr::Apply(..) | Expr::Aggregate(_) | Expr::Case(_) | Expr::Path(_) | Expr::Subquery(_) => {
                if self.descend() {
                    self.leaf(expr);
                    self.depth -= 1;
                }
            }
        }
    }

    #[inline]
    fn leaf(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Column(column) => {
                self.bytes.push(tag::COLUMN);
                self.column(column);
            }
            Expr::Value(value) => {
                self.bytes.push(tag::VALUE);
                self.values.push(ValueRef::Scalar(value));
            }
            Expr::List(values) if values.is_empty() => self.bytes.push(tag::EMPTY_LIST),
            Expr::List(values) => {
                self.bytes.push(tag::LIST);
                self.values.push(ValueRef::List(values));
            }
            Expr::Apply(operator, operands) => self.apply(*operator, operands),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Case(case) => self.case(case),
            Expr::Path(path) => self.path(path),
            Expr::Random => self.bytes.push(tag::RANDOM),
            Expr::Subquery(subquery) => self.subquery(subquery),
            Expr::Given(column) => {
                self.bytes.push(tag::GIVEN);
                self.column(column);
            }
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) => self.predicate(expr),
        }
    }

    fn apply(&mut self, operator: Operator, operands: &'a [Expr]) {
        let (operator, operands) = null_test(operator, operands);
        self.bytes.push(tag::APPLY);
        self.bytes.push(operator as u8);
        self.count(operands.len());
        for operand in operands {
            self.operand(operand);
        }
    }

    /// Each name with its length before it, so that no two paths have the same bytes.
    fn path(&mut self, path: &'a Path) {
        self.numbered(tag::PATH, path.keys.len());
        for key in &path.keys {
            self.count(key.len());
            key.bytes().for_each(|byte| self.bytes.push(byte));
        }
        self.bytes.push(leaf(&path.ty));
        self.operand(&path.subject);
    }

    fn case(&mut self, case: &'a Case) {
        self.numbered(tag::CASE, case.branches.len() * 2 + usize::from(case.otherwise.is_some()));
        for (condition, value) in &case.branches {
            self.predicate(condition);
            self.case_value(value);
        }
        if let Some(otherwise) = &case.otherwise {
            self.case_value(otherwise);
        }
    }

    /// A value of `case`, where literals have no neighbour that must give them their type.
    fn case_value(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Value(value) if !self.key(expr) => {
                self.bytes.push(tag::VALUE_OF_KIND);
                self.bytes.push(kind(value));
                self.values.push(ValueRef::Scalar(value));
            }
            expr => self.operand(expr),
        }
    }

    /// What a query says by itself; its expressions do not speak of the groups of the enclosing one.
    fn subquery(&mut self, subquery: &'a Subquery) {
        let kind = match &subquery.member {
            Some(member) => {
                self.bytes.push(tag::MEMBER);
                self.operand(member);
                tag::FETCH
            }
            None => {
                self.bytes.push(tag::SUBQUERY);
                tag::EXISTS
            }
        };
        let keys = std::mem::take(&mut self.keys);
        self.query(kind, &subquery.query, &[]);
        self.keys = keys;
    }

    fn column(&mut self, column: &ColumnRef) {
        self.number(column.model.id().get());
        self.count(column.field);
    }

    /// Goes one level down, if that is allowed; who was let down has to come up again.
    #[inline]
    fn descend(&mut self) -> bool {
        if self.depth == MAX_DEPTH {
            self.too_deep = true;
            return false;
        }
        self.depth += 1;
        true
    }

    #[inline]
    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// A number in as few bytes as it needs, seven bits in each.
    #[inline]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }
}
