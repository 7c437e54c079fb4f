//! Plans as commands: `find`, `aggregate`, `update`, `delete`. A plan is compiled once; its values go in at each run.
//!
//! - [`logic`] takes predicates apart, without negations; [`filter`] writes them as conditions that indexes can serve,
//!   [`truth`] as expressions, [`operand`] what they compare.
//! - [`path`] leads into nested values.
//! - [`rows`] says which rows a plan is about, [`join`] how other collections have a say in that, [`turn`] with which one it
//!   begins.
//! - [`subquery`] looks up what other queries find.
//! - [`groups`] puts rows together, [`total`] makes sums and means of them.
//! - [`read`] and [`write`] are what is done with them.

mod arithmetic;
mod bytes;
mod decimal;
mod fault;
mod filter;
mod function;
mod groups;
mod join;
mod key;
mod logic;
mod make;
mod operand;
mod path;
mod pattern;
mod prefix;
mod read;
mod rows;
mod same;
mod scope;
mod subquery;
mod template;
mod text;
mod total;
mod truth;
mod turn;
mod write;

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Action, Plan};
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
    let turned = turn::turned(plan);
    let begun = turned.as_ref().unwrap_or(plan);
    let work = match &begun.action {
        Action::Fetch(terms) => Work::Read(read::fetch(begun, terms)?),
        Action::Count(terms) => Work::Read(read::count(begun, terms)?),
        Action::Exists => Work::Read(read::exists(begun)?),
        Action::Update(assignments) => write::update(plan, assignments)?,
        Action::Delete => write::delete(plan)?,
        Action::Insert { fields, .. } => {
            Work::Insert(Insert { model: plan.model().clone(), fields: fields.clone() })
        }
    };
    let mut statement = Statement::new(text(plan, &work), plan.reach);
    describe(plan, &mut statement);
    statement.can_fail = plan.can_fail();
    let collections = plan.models().iter().map(|model| collection_name(model.table()).into_owned()).collect();
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
