//! Constraints by name: what a driver needs to say which columns an error is about.

use ommi_core::plan::Plan;
use ommi_core::schema::ModelDef;

use crate::Dialect;
use crate::name::{check_name, shortened, unique_name};

/// A constraint of a table, by the name that the database knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// The constraint's or index's name.
    pub name: String,
    /// Its columns in their order.
    pub columns: Vec<String>,
}

/// The constraints of the table that a plan writes.
pub(crate) fn constraints(plan: &Plan, dialect: Dialect) -> Vec<Constraint> {
    let model = plan.model();
    let mut found = vec![Constraint { name: key_name(model, dialect), columns: columns(model, model.key()) }];
    for (position, field) in model.fields().iter().enumerate() {
        if field.unique {
            let own = unique_name(model, position, dialect);
            let names = match dialect {
                Dialect::Sqlite | Dialect::Mysql(_) => vec![own],
                // What PostgreSQL calls UNIQUE in CREATE TABLE, and the index of a column added later.
                Dialect::Postgres => {
                    vec![shortened(&format!("{}_{}_key", model.table(), field.column), dialect), own]
                }
            };
            found.extend(
                names.into_iter().map(|name| Constraint { name, columns: columns(model, &[position]) }),
            );
        }
        if field.max_length.is_some() {
            found.push(Constraint {
                name: check_name(model, position, dialect),
                columns: columns(model, &[position]),
            });
        }
    }
    found.extend(model.indexes().iter().filter(|index| index.unique).map(|index| Constraint {
        name: shortened(&index.name, dialect),
        columns: columns(model, &index.fields),
    }));
    found
}

fn columns(model: &ModelDef, fields: &[usize]) -> Vec<String> {
    fields.iter().map(|field| model.fields()[*field].column.clone()).collect()
}

fn key_name(model: &ModelDef, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => shortened(&format!("{}_pkey", model.table()), dialect),
        Dialect::Mysql(_) => "PRIMARY".to_owned(),
    }
}
