//! One case: rows, then operations, run on the tested database and on the oracle.

use std::sync::Arc;

use ommi_core::driver::TransactionOptions;
use ommi_core::query::Query;
use ommi_core::schema::ModelDef;
use ommi_core::{Error, Result};
use ommi_engine::{Session, Tx};

use super::compare::{Doubt, Verdict, sorted, verdict};
use super::models::{models, without_references};
use super::rows::{self, Rows};
use super::step::Ground;
use super::tape::Tape;
use crate::db::{Db, now};
use crate::oracle::oracle;
use crate::run::{Row, Run};

/// A case in numbers.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The set of models.
    pub(super) set: u64,
    /// Whether all of it runs in one transaction.
    pub(super) transaction: bool,
    pub(super) rows: Vec<Vec<u32>>,
    pub(super) steps: Vec<Vec<u32>>,
}

/// The tables of one set of models, in both databases.
pub(super) struct World<'a> {
    db: &'a Db,
    oracle: Session,
    models: Vec<Arc<ModelDef>>,
}

impl<'a> World<'a> {
    /// Makes the tables.
    pub(super) fn new(db: &'a Db, set: u64) -> Result<Self> {
        let models = models(set)?;
        let world = Self { db, oracle: oracle(), models };
        now(world.db.use_models(world.models.clone())).map_err(|error| world.in_words(error))?;
        let tables = world.tables_of_oracle().map_err(|error| world.in_words(error))?;
        now(world.oracle.use_models(tables)).map_err(|error| world.in_words(error))?;
        Ok(world)
    }

    /// What the oracle's tables are made from: where the tested database checks no references, it does not either.
    fn tables_of_oracle(&self) -> Result<Vec<Arc<ModelDef>>> {
        if self.db.capabilities().foreign_keys {
            return Ok(self.models.clone());
        }
        self.models.iter().map(|model| without_references(model)).collect()
    }

    /// Drops the tables.
    pub(super) fn end(&self) -> Result<()> {
        now(self.db.handle().remove_models(self.models.clone())).map_err(|error| self.in_words(error))
    }

    fn in_words(&self, error: Error) -> Error {
        let message = format!("{}, with {}", error.message(), self.told());
        error.with_message(message)
    }

    /// Runs a case and leaves the tables empty; the difference, in words, where there is one.
    pub(super) fn run(&self, case: &Case) -> Result<(), String> {
        let told = |error: Error| format!("the case cannot run: {error:?}");
        if !case.transaction {
            let outcome = self.run_in(case, &self.db.handle().session(), &self.oracle);
            self.clear().map_err(told)?;
            return outcome;
        }
        let begin = |session: &Session| now(session.handle().begin(TransactionOptions::default()));
        let both: [Tx; 2] = [begin(self.db).map_err(told)?, begin(&self.oracle).map_err(told)?];
        let outcome = self.run_in(case, &both[0].session(), &both[1].session());
        for tx in both {
            now(tx.rollback()).map_err(told)?;
        }
        outcome
    }

    fn run_in(&self, case: &Case, db: &Session, oracle: &Session) -> Result<(), String> {
        let told = |error: Error| format!("the case cannot run: {error:?}");
        let rows = self.stored(case, oracle).map_err(told)?;
        for (model, rows) in self.models.iter().zip(&rows).filter(|(_, rows)| !rows.is_empty()) {
            let names: Vec<&str> = model.fields().iter().map(|field| field.name.as_str()).collect();
            if let Err(error) = db.add_all(model, &names, rows) {
                let rows: Vec<String> = rows.iter().map(|row| rows::told(row)).collect();
                return Err(format!(
                    "{}\nrows that the oracle takes: {}\n{error:?}",
                    self.told(),
                    rows.join("\n")
                ));
            }
        }
        let ground = Ground { models: &self.models, rows: &rows, able: self.db.capabilities() };
        let mut done = Vec::new();
        for tape in &case.steps {
            let step = ground.step(&mut Tape::new(tape)).map_err(told)?;
            done.push(step.told());
            let doubt = Doubt::of(&step, &ground, oracle);
            let (found, expected) = (step.run(db), step.run(oracle));
            // Nothing more can be asked of a transaction that a failed statement has ended.
            let is_over = case.transaction && found.is_err() && !ground.able.statement_rollback;
            match verdict(&step, &found, &expected, &doubt) {
                Verdict::Same | Verdict::Unclear if is_over => return Ok(()),
                Verdict::Same => {}
                Verdict::Unclear if step.is_read() => {}
                Verdict::Unclear => return Ok(()),
                Verdict::Different => {
                    return Err(self.difference(
                        &rows,
                        &done,
                        &format!("{found:?}"),
                        &format!("{expected:?}"),
                    ));
                }
            }
        }
        for model in &self.models {
            let content = |session: &Session| session.rows(Query::new(model.clone()));
            let (found, expected) = (content(db).map_err(told)?, content(oracle).map_err(told)?);
            if sorted(&found) != sorted(&expected) {
                done.push(format!("what {} holds in the end", model.name()));
                return Err(self.difference(&rows, &done, &format!("{found:?}"), &format!("{expected:?}")));
            }
        }
        Ok(())
    }

    /// The rows of a case that the oracle takes, after it took them.
    fn stored(&self, case: &Case, oracle: &Session) -> Result<Rows> {
        let mut rows: Rows = vec![Vec::new(); self.models.len()];
        let of_model = |number: usize| {
            case.rows.iter().filter(move |tape| Tape::new(tape).below(self.models.len()) == number)
        };
        for (number, model) in self.models.iter().enumerate() {
            let names: Vec<&str> = model.fields().iter().map(|field| field.name.as_str()).collect();
            for numbers in of_model(number) {
                let mut tape = Tape::new(numbers);
                tape.next();
                let row: Row = rows::row(&mut tape, &self.models, number, &rows, self.db.capabilities())?;
                if oracle.add_all(model, &names, std::slice::from_ref(&row)).is_ok() {
                    rows[number].push(row);
                }
            }
        }
        Ok(rows)
    }

    /// Empties the tables after a case outside of a transaction.
    fn clear(&self) -> Result<()> {
        for session in [&self.db.handle().session(), &self.oracle] {
            let removed = self
                .models
                .iter()
                .rev()
                .try_for_each(|model| session.remove(Query::new(model.clone())).map(drop));
            if removed.is_err() {
                now(session.handle().recreate_models(self.models.clone()))?;
            }
        }
        Ok(())
    }

    fn difference(&self, rows: &Rows, done: &[String], found: &str, expected: &str) -> String {
        let mut told = format!("\n{}\n", self.told());
        for (model, rows) in self.models.iter().zip(rows) {
            for row in rows {
                told.push_str(&format!("{}: {}\n", model.name(), rows::told(row)));
            }
        }
        told.push_str(&done.join("\n"));
        told.push_str(&format!("\nfound    {found}\nexpected {expected}"));
        told
    }

    /// The models in words.
    fn told(&self) -> String {
        let field = |model: &ModelDef, position: usize| {
            let field = &model.fields()[position];
            let nullable = if field.nullable { "?" } else { "" };
            let unique = if field.unique { " unique" } else { "" };
            let length = field.max_length.map(|length| format!("({length})")).unwrap_or_default();
            let key = if model.key().contains(&position) { " key" } else { "" };
            format!("{} {}{length}{nullable}{key}{unique}", field.name, field.ty)
        };
        let model = |model: &Arc<ModelDef>| {
            let fields: Vec<String> =
                (0..model.fields().len()).map(|position| field(model, position)).collect();
            let references: Vec<String> = model
                .references()
                .iter()
                .map(|known| {
                    let (fields, target) = (&known.fields, known.target.name());
                    format!(
                        "{fields:?} -> {target} delete {:?} update {:?}",
                        known.on_delete, known.on_update
                    )
                })
                .collect();
            let indexes: Vec<String> = model
                .indexes()
                .iter()
                .map(|index| format!("{:?} unique {}", index.fields, index.unique))
                .collect();
            format!(
                "{}({}) {} {}",
                model.name(),
                fields.join(", "),
                references.join(", "),
                indexes.join(", ")
            )
        };
        self.models.iter().map(model).collect::<Vec<_>>().join("\n")
    }
}
