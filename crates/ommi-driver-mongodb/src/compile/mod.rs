//! Plans as commands: `find`, `aggregate`, `update`, `delete`. A plan is compiled once; its values go in at each run.
//!
//! - [`logic`] takes predicates apart, without negations; [`filter`] writes them as conditions that indexes can serve,
//!   [`truth`] as expressions, [`operand`] what they compare.
//! - [`rows`] says which rows a plan is about, [`join`] how other collections have a say in that.
//! - [`groups`] puts rows together, [`total`] makes sums and means of them.
//! - [`read`] and [`write`] are what is done with them.

mod arithmetic;
mod bytes;
mod decimal;
mod fault;
mod filter;
mod groups;
mod join;
mod key;
mod logic;
mod make;
mod operand;
mod pattern;
mod prefix;
mod read;
mod rows;
mod same;
mod scope;
mod template;
mod text;
mod total;
mod truth;
mod write;

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Action, Plan, PlanExpr};
use ommi_core::query::{Function, Operator};
use ommi_core::schema::FieldType;

pub(crate) use fault::fault;
pub(crate) use template::Template;

use crate::program::{Insert, Program, Work};
use crate::value::{collection_name, stored_name};

/// Compiles a plan; the statement's payload is a [`Program`].
///
/// # Errors
/// `Unsupported` for what MongoDB cannot compute, `Validation` for a name that it cannot hold, `Internal` where the plan
/// contradicts itself.
pub(crate) fn compile(plan: &Plan) -> Result<Statement> {
    let work = match &plan.action {
        Action::Fetch(terms) => Work::Read(read::fetch(plan, terms)?),
        Action::Count(terms) => Work::Read(read::count(plan, terms)?),
        Action::Exists => Work::Read(read::exists(plan)?),
        Action::Update(assignments) => write::update(plan, assignments)?,
        Action::Delete => write::delete(plan)?,
        Action::Insert { fields, .. } => {
            Work::Insert(Insert { model: plan.model().clone(), fields: fields.clone() })
        }
    };
    let mut statement = Statement::new(text(plan, &work), plan.reach);
    describe(plan, &mut statement);
    statement.can_fail = can_fail(plan);
    let collections = plan.tables.iter().map(|model| collection_name(model.table()).into_owned()).collect();
    statement.payload = Some(Arc::new(Program { collections, model: plan.model().clone(), work }));
    Ok(statement)
}

/// The statement's columns and inputs.
fn describe(plan: &Plan, statement: &mut Statement) {
    let name = plan.model().name();
    match &plan.action {
        Action::Fetch(terms) => {
            statement.columns = terms.iter().map(|term| term.ty.clone()).collect();
            statement.labels = plan.labels(terms);
        }
        Action::Count(_) => {
            (statement.columns, statement.labels) = (vec![FieldType::Int], vec![format!("{name}.count")]);
        }
        Action::Exists => {
            (statement.columns, statement.labels) = (vec![FieldType::Bool], vec![format!("{name}.exists")]);
        }
        Action::Insert { fields, returning } => {
            statement.inputs = fields.iter().map(|field| plan.model().fields()[*field].ty.clone()).collect();
            statement.returns_key = returning.is_some();
        }
        Action::Update(_) | Action::Delete => {}
    }
}

/// The command for logs and errors.
fn text(plan: &Plan, work: &Work) -> String {
    match work {
        Work::Read(read) => read.command.text(),
        Work::Update(write) | Work::Delete(write) => match &write.found {
            Some(found) => format!("{} {}", found.command.text(), write.command.text()),
            None => write.command.text(),
        },
        Work::Rekey(rekey) => rekey.changed.command.text(),
        Work::Insert(insert) => {
            let names = insert.fields.iter().enumerate().map(|(place, field)| {
                format!("{}:?{}", serde_json::Value::from(&*stored_name(&insert.model, *field)), place + 1)
            });
            let collection = serde_json::Value::from(&*collection_name(plan.model().table()));
            let names: Vec<String> = names.collect();
            format!("{{\"insert\":{collection},\"documents\":[{{{}}}]}}", names.join(","))
        }
    }
}

/// Whether the values of a row can make it fail: arithmetic overflows, and a pattern can be more than PCRE2 takes.
fn can_fail(plan: &Plan) -> bool {
    let mut exprs: Vec<&PlanExpr> = match &plan.action {
        Action::Update(assignments) => assignments.iter().map(|(_, value)| value).collect(),
        Action::Fetch(terms) | Action::Count(terms) => terms.iter().map(|term| &term.expr).collect(),
        Action::Exists | Action::Delete | Action::Insert { .. } => Vec::new(),
    };
    exprs.extend(&plan.filter);
    exprs.extend(plan.order.iter().map(|key| &key.by.expr));
    if let Some(grouping) = &plan.grouping {
        exprs.extend(grouping.keys.iter().map(|key| &key.expr));
        exprs.extend(&grouping.having);
        for aggregate in &grouping.aggregates {
            if matches!(aggregate.function, Function::Sum | Function::Avg) {
                return true;
            }
            exprs.extend(aggregate.subject.as_ref().map(|subject| &subject.expr));
            exprs.extend(&aggregate.filter);
        }
    }
    exprs.into_iter().any(is_fallible)
}

fn is_fallible(expr: &PlanExpr) -> bool {
    match expr {
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_) => false,
        PlanExpr::Apply { operator, subject, operands } => {
            let fails = match operator {
                Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Rem => {
                    subject.is_numeric()
                }
                Operator::Regex | Operator::ILike => true,
                Operator::Eq
                | Operator::Ne
                | Operator::Lt
                | Operator::Le
                | Operator::Gt
                | Operator::Ge
                | Operator::In
                | Operator::NotIn
                | Operator::Contains
                | Operator::NotContains
                | Operator::StartsWith
                | Operator::EndsWith
                | Operator::Like
                | Operator::Between
                | Operator::IsNull
                | Operator::IsNotNull
                | Operator::IsTrue => false,
            };
            fails || operands.iter().any(is_fallible)
        }
        PlanExpr::And(parts) | PlanExpr::Or(parts) => parts.iter().any(is_fallible),
        PlanExpr::Not(inner) => is_fallible(inner),
    }
}
