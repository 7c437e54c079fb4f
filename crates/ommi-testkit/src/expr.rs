//! Expressions and queries in few words, for cases.

use std::sync::Arc;

use ommi_core::query::{Aggregate, ColumnRef, Direction, Expr, Function, Operator, Order, Projection, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::Value;

/// A field by its name, as a column.
#[track_caller]
pub(crate) fn column(model: &Arc<ModelDef>, name: &str) -> ColumnRef {
    let field = model.position(name).unwrap_or_else(|| panic!("{} has no field {name}", model.name()));
    ColumnRef { model: model.clone(), field }
}

/// A field by its name, as an expression.
#[track_caller]
pub(crate) fn field(model: &Arc<ModelDef>, name: &str) -> Expr {
    Expr::Column(column(model, name))
}

/// A literal.
pub(crate) fn lit(value: impl Into<Value>) -> Expr {
    Expr::Value(value.into())
}

/// All rows of a model.
pub(crate) fn find(model: &Arc<ModelDef>) -> Query {
    Query::new(model.clone())
}

/// An expression as people write it, for messages.
pub(crate) fn show(expr: &Expr) -> String {
    let all = |parts: &[Expr], between: &str| parts.iter().map(show).collect::<Vec<_>>().join(between);
    match expr {
        Expr::Column(column) => format!("{}.{}", column.model.name(), column.definition().name),
        Expr::Value(value) => format!("{value:?}"),
        Expr::List(values) if values.len() > 20 => format!("[{} values]", values.len()),
        Expr::List(values) => format!("{values:?}"),
        Expr::Apply(operator, operands) => format!("{}({})", operator.name(), all(operands, ", ")),
        Expr::And(parts) => format!("({})", all(parts, " & ")),
        Expr::Or(parts) => format!("({})", all(parts, " | ")),
        Expr::Not(inner) => format!("~{}", show(inner)),
        Expr::Subquery(subquery) => {
            let member = subquery.member.as_ref().map_or_else(|| "exists".to_owned(), show);
            format!("{member} in ({})", show_query(&subquery.query))
        }
        Expr::Given(column) => format!("given({})", column.definition().name),
        Expr::Random => "random".to_owned(),
        Expr::Path(path) => format!("{}{:?} as {}", show(&path.subject), path.keys, path.ty),
        Expr::Case(case) => format!("case({})", case.parts().map(show).collect::<Vec<_>>().join(", ")),
        Expr::Aggregate(made) => {
            let subject = made.subject.as_ref().map(show).unwrap_or_default();
            let distinct = if made.distinct { "distinct " } else { "" };
            let filter = made.filter.as_ref().map(|filter| format!(" where {}", show(filter)));
            format!("{}({distinct}{subject}{})", made.function.name(), filter.unwrap_or_default())
        }
    }
}

/// A query as people write it, for messages.
pub(crate) fn show_query(query: &Query) -> String {
    let mut told = query.model.name().to_owned();
    let list = |exprs: &[Expr]| exprs.iter().map(show).collect::<Vec<_>>().join(", ");
    if let Projection::Values(values) = &query.projection {
        let distinct = if query.distinct { "distinct " } else { "" };
        told.push_str(&format!(" select {distinct}{}", list(values)));
    }
    if let Some(groups) = &query.groups {
        told.push_str(&format!(" group by {}", list(&groups.keys)));
        if let Some(having) = &groups.having {
            told.push_str(&format!(" having {}", show(having)));
        }
    }
    if let Some(filter) = &query.filter {
        told.push_str(&format!(" where {}", show(filter)));
    }
    if !query.order.is_empty() {
        let keys: Vec<String> =
            query.order.iter().map(|key| format!("{} {:?}", show(&key.by), key.direction)).collect();
        told.push_str(&format!(" order by {}", keys.join(", ")));
    }
    if let Some(limit_by) = &query.limit_by {
        let fields: Vec<&str> =
            limit_by.columns.iter().map(|column| column.definition().name.as_str()).collect();
        told.push_str(&format!(" limit {} of each {}", limit_by.limit, fields.join(", ")));
    }
    for (word, count) in [("limit", query.limit), ("offset", query.offset)] {
        if let Some(count) = count {
            told.push_str(&format!(" {word} {count}"));
        }
    }
    told
}

/// The number of rows.
pub(crate) fn rows() -> Expr {
    Aggregate::rows().into()
}

/// An aggregate of a field.
#[track_caller]
pub(crate) fn made(function: Function, model: &Arc<ModelDef>, name: &str) -> Expr {
    Aggregate::of(function, field(model, name)).into()
}

/// Operators over an expression.
pub(crate) trait Build {
    /// `operator` with a value.
    fn is(self, operator: Operator, value: impl Into<Value>) -> Expr;
    /// `operator` with another expression.
    fn vs(self, operator: Operator, other: Expr) -> Expr;
    /// `in` or `not_in` a list of values.
    fn among<V: Into<Value>>(self, operator: Operator, values: impl IntoIterator<Item = V>) -> Expr;
    /// `between` two values.
    fn between(self, low: impl Into<Value>, high: impl Into<Value>) -> Expr;
    /// An operator without an operand.
    fn test(self, operator: Operator) -> Expr;
}

impl Build for Expr {
    fn is(self, operator: Operator, value: impl Into<Value>) -> Expr {
        Expr::binary(operator, self, lit(value))
    }

    fn vs(self, operator: Operator, other: Expr) -> Expr {
        Expr::binary(operator, self, other)
    }

    fn among<V: Into<Value>>(self, operator: Operator, values: impl IntoIterator<Item = V>) -> Expr {
        let values = values.into_iter().map(Into::into).collect();
        Expr::Apply(operator, vec![self, Expr::List(values)])
    }

    fn between(self, low: impl Into<Value>, high: impl Into<Value>) -> Expr {
        Expr::Apply(Operator::Between, vec![self, lit(low), lit(high)])
    }

    fn test(self, operator: Operator) -> Expr {
        Expr::Apply(operator, vec![self])
    }
}

/// What else a query can ask for.
pub(crate) trait Ask {
    /// Sorts by a field of the query's model, smallest first.
    fn by(self, name: &str) -> Query;
    /// Sorts by a field of the query's model, largest first.
    fn by_desc(self, name: &str) -> Query;
    /// Sorts by any field or computed value.
    fn order(self, by: impl Into<Expr>, direction: Direction) -> Query;
    fn limit(self, rows: u64) -> Query;
    fn offset(self, rows: u64) -> Query;
    /// Fields of the query's model only.
    fn select(self, names: &[&str]) -> Query;
    /// Any columns only.
    fn columns(self, columns: Vec<ColumnRef>) -> Query;
    /// Any expressions only.
    fn returning(self, values: impl IntoIterator<Item = Expr>) -> Query;
    /// Puts rows together by fields of the query's model.
    fn by_group(self, names: &[&str]) -> Query;
    /// Only groups for which this holds.
    fn which(self, having: Expr) -> Query;
    fn distinct(self) -> Query;
}

impl Ask for Query {
    fn by(self, name: &str) -> Query {
        let column = column(&self.model, name);
        self.order(column, Direction::Ascending)
    }

    fn by_desc(self, name: &str) -> Query {
        let column = column(&self.model, name);
        self.order(column, Direction::Descending)
    }

    fn order(mut self, by: impl Into<Expr>, direction: Direction) -> Query {
        self.order.push(Order::new(by, direction));
        self
    }

    fn limit(mut self, rows: u64) -> Query {
        self.limit = Some(rows);
        self
    }

    fn offset(mut self, rows: u64) -> Query {
        self.offset = Some(rows);
        self
    }

    fn select(self, names: &[&str]) -> Query {
        let columns = names.iter().map(|name| column(&self.model, name)).collect();
        self.columns(columns)
    }

    fn columns(mut self, columns: Vec<ColumnRef>) -> Query {
        self.projection = Projection::columns(columns);
        self
    }

    fn returning(mut self, values: impl IntoIterator<Item = Expr>) -> Query {
        self.projection = Projection::Values(values.into_iter().collect());
        self
    }

    fn by_group(mut self, names: &[&str]) -> Query {
        for name in names {
            let key = field(&self.model, name);
            self.group(key);
        }
        self
    }

    fn which(mut self, having: Expr) -> Query {
        self.having(having);
        self
    }

    fn distinct(mut self) -> Query {
        self.distinct = true;
        self
    }
}
