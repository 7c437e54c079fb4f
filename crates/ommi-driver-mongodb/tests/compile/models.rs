//! The models and plan builders that the tests share.

use std::sync::{Arc, LazyLock};

use ommi_core::plan::{Action, Column, Join, ParamType, Plan, PlanExpr, Reach, Term};
use ommi_core::query::Operator;
use ommi_core::schema::{Action as OnChange, FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};

pub(crate) static PERSON: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Person")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("name", FieldType::Text))
        .field(FieldDef::new("email", FieldType::Text).nullable().unique())
        .field(FieldDef::new("age", FieldType::Int).nullable())
        .field(FieldDef::new("score", FieldType::Float).nullable())
        .field(FieldDef::new("balance", FieldType::Decimal).nullable())
        .field(FieldDef::new("note", FieldType::Json).nullable())
        .field(FieldDef::new("tags", FieldType::List(Box::new(FieldType::Text))).nullable())
        .index(None, ["name"], false)
        .index(None, ["age"], false)
        .build()
        .unwrap()
});

pub(crate) static POST: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Post")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("title", FieldType::Text))
        .field(FieldDef::new("author", FieldType::Int).nullable())
        .reference(["author"], to(&PERSON))
        .build()
        .unwrap()
});

pub(crate) static SEAT: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Seat")
        .field(FieldDef::new("row", FieldType::Int))
        .field(FieldDef::new("letter", FieldType::Text))
        .field(FieldDef::new("taken", FieldType::Bool))
        .key(["row", "letter"])
        .build()
        .unwrap()
});

pub(crate) static TICKET: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Ticket")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("row", FieldType::Int).nullable())
        .field(FieldDef::new("letter", FieldType::Text).nullable())
        .reference(["row", "letter"], to(&SEAT))
        .build()
        .unwrap()
});

fn to(target: &'static LazyLock<Arc<ModelDef>>) -> ReferenceDef {
    ReferenceDef {
        fields: Vec::new(),
        target: ModelLink::new("target", || Ok(Arc::clone(target))),
        target_fields: Vec::new(),
        on_delete: OnChange::Restrict,
        on_update: OnChange::Restrict,
    }
}

/// A column of the table at this position in the plan.
pub(crate) fn column(table: usize, model: &ModelDef, field: &str) -> Column {
    Column { table, field: model.position(field).unwrap() }
}

pub(crate) fn apply(
    operator: Operator,
    subject: FieldType,
    operands: impl IntoIterator<Item = PlanExpr>,
) -> PlanExpr {
    PlanExpr::Apply { operator, subject, operands: operands.into_iter().collect() }
}

/// An operator over a column of a table and parameters from this number on.
pub(crate) fn test(
    operator: Operator,
    (table, model): (usize, &ModelDef),
    field: &str,
    params: std::ops::Range<usize>,
) -> PlanExpr {
    let column = column(table, model, field);
    let ty = model.fields()[column.field].ty.clone();
    apply(operator, ty, std::iter::once(PlanExpr::Column(column)).chain(params.map(PlanExpr::Param)))
}

/// A plan over one model that finds everything.
pub(crate) fn plan(model: &Arc<ModelDef>, action: Action) -> Plan {
    Plan {
        action,
        tables: vec![model.clone()],
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

/// A fetch of every field of the rows that a filter finds.
pub(crate) fn found(model: &Arc<ModelDef>, filter: PlanExpr) -> Plan {
    let columns = (0..model.fields().len()).map(|field| Column { table: 0, field }).collect();
    Plan { filter: Some(filter), ..plan(model, Action::Fetch(terms(model, columns))) }
}

/// A fetch of the first field of the rows that a filter finds.
pub(crate) fn ids(model: &Arc<ModelDef>, filter: PlanExpr) -> Plan {
    let id = Column { table: 0, field: 0 };
    Plan { filter: Some(filter), ..plan(model, Action::Fetch(terms(model, vec![id]))) }
}

/// The plan with another model joined by equality of these columns.
pub(crate) fn joined(mut plan: Plan, model: &Arc<ModelDef>, on: &[(Column, Column)]) -> Plan {
    plan.tables.push(model.clone());
    plan.joins.push(Join { table: plan.tables.len() - 1, on: on.to_vec() });
    plan
}

/// Columns of a model as what is returned.
pub(crate) fn terms(model: &Arc<ModelDef>, columns: Vec<Column>) -> Vec<Term> {
    let tables = std::slice::from_ref(model);
    columns.into_iter().map(|column| Term::column(tables, column)).collect()
}

/// The types of a plan's parameters.
pub(crate) fn with(plan: Plan, params: &[FieldType]) -> Plan {
    Plan { params: params.iter().cloned().map(ParamType::Scalar).collect(), ..plan }
}
