//! The models and plan builders that the tests share.

use std::sync::{Arc, LazyLock};

use ommi_core::plan::{Action, Column, Join, Plan, PlanExpr, Reach, Term};
use ommi_core::query::Operator;
use ommi_core::schema::{Action as OnChange, FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};

pub(crate) static PERSON: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Person")
        .table("people")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("name", FieldType::Text))
        .field(FieldDef::new("age", FieldType::Int).nullable())
        .field(FieldDef::new("score", FieldType::Float).nullable())
        .field(FieldDef::new("balance", FieldType::Decimal).nullable())
        .field(FieldDef::new("active", FieldType::Bool).nullable())
        .field(FieldDef::new("tags", list(FieldType::Text)).nullable())
        .field(FieldDef::new("numbers", list(FieldType::Int)).nullable())
        .field(FieldDef::new("flags", list(FieldType::Bool)).nullable())
        .build()
        .unwrap()
});

pub(crate) static POST: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Post")
        .table("posts")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("title", FieldType::Text))
        .field(FieldDef::new("author", FieldType::Int).column("author_id"))
        .reference(["author"], to(&PERSON, OnChange::Cascade))
        .build()
        .unwrap()
});

pub(crate) static COMMENT: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Comment")
        .table("comments")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("text", FieldType::Text))
        .field(FieldDef::new("post", FieldType::Int).column("post_id"))
        .reference(["post"], to(&POST, OnChange::Cascade))
        .build()
        .unwrap()
});

pub(crate) static SEAT: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Seat")
        .table("seats")
        .field(FieldDef::new("row", FieldType::Int))
        .field(FieldDef::new("letter", FieldType::Text))
        .field(FieldDef::new("taken", FieldType::Bool))
        .key(["row", "letter"])
        .build()
        .unwrap()
});

pub(crate) fn list(item: FieldType) -> FieldType {
    FieldType::List(Box::new(item))
}

pub(crate) fn to(target: &Arc<ModelDef>, on_delete: OnChange) -> ReferenceDef {
    let model = Arc::clone(target);
    ReferenceDef {
        fields: Vec::new(),
        target: ModelLink::new(target.name(), move || Ok(Arc::clone(&model))),
        target_fields: Vec::new(),
        on_delete,
        on_update: OnChange::Restrict,
    }
}

/// A plan over one model without conditions.
pub(crate) fn plan(model: &Arc<ModelDef>, action: Action) -> Plan {
    Plan {
        action,
        tables: vec![Arc::clone(model)],
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
        params: Vec::new(),
        reach: Reach::Unlimited,
    }
}

/// A fetch of the key of the people that `filter` holds of.
pub(crate) fn people_where(filter: PlanExpr) -> Plan {
    Plan { filter: Some(filter), ..plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("id")]))) }
}

/// People joined with their posts.
pub(crate) fn people_and_posts(action: Action) -> Plan {
    let mut plan = plan(&PERSON, action);
    plan.tables.push(Arc::clone(&POST));
    plan.joins.push(Join { table: 1, on: vec![(person("id"), column(1, &POST, "author"))] });
    plan
}

/// Columns of a model, and of posts where those are joined, as what is returned.
pub(crate) fn terms(model: &Arc<ModelDef>, columns: impl IntoIterator<Item = Column>) -> Vec<Term> {
    let tables = [Arc::clone(model), Arc::clone(&POST)];
    columns.into_iter().map(|column| Term::column(&tables, column)).collect()
}

/// A column of people, or of posts where those are joined, as what is sorted by.
pub(crate) fn term(column: Column) -> Term {
    term_of(&PERSON, column)
}

/// The same of another model.
pub(crate) fn term_of(model: &Arc<ModelDef>, column: Column) -> Term {
    Term::column(&[Arc::clone(model), Arc::clone(&POST)], column)
}

pub(crate) fn column(table: usize, model: &ModelDef, field: &str) -> Column {
    Column { table, field: model.require_field(field).unwrap() }
}

pub(crate) fn person(field: &str) -> Column {
    column(0, &PERSON, field)
}

/// A field of people as an operand.
pub(crate) fn field(name: &str) -> PlanExpr {
    PlanExpr::Column(person(name))
}

pub(crate) fn param(position: usize) -> PlanExpr {
    PlanExpr::Param(position)
}

/// An operator whose subject is a field of people.
pub(crate) fn on(operator: Operator, name: &str, operands: impl IntoIterator<Item = PlanExpr>) -> PlanExpr {
    let subject = PERSON.fields()[person(name).field].ty.clone();
    apply(operator, subject, std::iter::once(field(name)).chain(operands))
}

pub(crate) fn apply(
    operator: Operator,
    subject: FieldType,
    operands: impl IntoIterator<Item = PlanExpr>,
) -> PlanExpr {
    PlanExpr::Apply { operator, subject, operands: operands.into_iter().collect() }
}
