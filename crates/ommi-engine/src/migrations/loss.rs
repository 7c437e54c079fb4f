//! What migrations would lose: the steps that do, and how many rows have something there now.

use futures_util::TryStreamExt;
use ommi_core::driver::FetchOptions;
use ommi_core::query::{ColumnRef, Expr, Operation, Operator, Query};
use ommi_core::schema::{Change, FieldDef, ModelDef, SchemaDef};
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use super::script::{Way, changes, steps};
use super::{Migration, SchemaManager};
use crate::{Handle, HandleOptions};

/// A step that loses data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The version of the migration that it belongs to.
    pub version: String,
    /// The step in words.
    pub step: String,
    /// How many rows have a value there now; nothing for a statement, and where the table or the column comes with a
    /// migration before it.
    pub rows: Option<u64>,
}

/// Where something is called otherwise on the way: the names then and now.
#[derive(Debug, Default)]
struct Renames {
    tables: Vec<(String, String)>,
    columns: Vec<(String, String, String)>,
}

impl SchemaManager {
    /// What [`migrate_up`](Self::migrate_up) would lose.
    ///
    /// # Errors
    /// As for [`plan_up`](Self::plan_up).
    pub async fn losses_up(&self, target: Option<&str>) -> Result<Vec<Loss>> {
        self.check_target(target)?;
        let applied = self.applied().await?;
        self.check(&applied)?;
        self.losses(self.pending(&applied, target), Way::Up).await
    }

    /// What [`migrate_down`](Self::migrate_down) would lose.
    ///
    /// # Errors
    /// As for [`plan_down`](Self::plan_down).
    pub async fn losses_down(&self, target: Option<&str>) -> Result<Vec<Loss>> {
        self.check_target(target)?;
        let applied = self.applied().await?;
        self.check(&applied)?;
        self.losses(self.going(&applied, target)?, Way::Down).await
    }

    async fn losses(&self, migrations: Vec<&Migration>, way: Way) -> Result<Vec<Loss>> {
        let now = self.schema().await?;
        let (mut schema, mut renames, mut losses) = (now.clone(), Renames::default(), Vec::new());
        for migration in migrations {
            let steps = steps(migration, way)?;
            let changes =
                changes(&mut schema, steps).map_err(|error| super::manager::of(migration, error))?;
            for (step, changes) in steps.iter().zip(changes) {
                let version = || migration.version.clone();
                if step.statement().is_some() && step.loses_data() {
                    losses.push(Loss { version: version(), step: step.describe(), rows: None });
                }
                for change in changes {
                    if let Some((table, column)) = renames.lost(&change) {
                        let rows = self.rows(&now, &table, column.as_deref()).await?;
                        losses.push(Loss { version: version(), step: change.to_string(), rows });
                    }
                    renames.note(&change);
                }
            }
        }
        Ok(losses)
    }

    /// The rows of a table, or those with a value in a column of it.
    async fn rows(&self, now: &SchemaDef, table: &str, column: Option<&str>) -> Result<Option<u64>> {
        let Some(found) = now.table(table) else { return Ok(None) };
        let wanted = match column {
            Some(name) => found.column(name),
            None => found.columns.iter().find(|column| column.field_type().is_some()),
        };
        let Some((wanted, ty)) = wanted.and_then(|column| Some((column, column.field_type()?.clone())))
        else {
            return Ok(None);
        };
        let model = ModelDef::builder(table).table(table);
        let model = model.field(FieldDef::new(&wanted.name, ty).nullable()).build()?;
        let mut query = Query::new(model.clone());
        if column.is_some() && wanted.nullable {
            query = query
                .filter(Expr::Apply(Operator::IsNotNull, vec![Expr::Column(ColumnRef { model, field: 0 })]));
        }
        // The table is looked at as it is: nothing is set up for it.
        let options = HandleOptions { implicit_setup: false, ..*self.handle.options() };
        let session = Handle::new(self.handle.driver().clone(), options).session();
        let batches: Vec<RowBatch> =
            session.fetch(Operation::Count(query), FetchOptions::default()).try_collect().await?;
        let count = batches.iter().find_map(|batch| batch.row(0).next().map(|cell| cell.to_value()));
        match count.transpose()? {
            Some(Value::Int(rows)) => Ok(u64::try_from(rows).ok()),
            _other => Err(Error::new(ErrorKind::Internal, "a count gave no number")),
        }
    }
}

impl Renames {
    fn note(&mut self, change: &Change) {
        match change {
            Change::RenameTable { from, to } => {
                let now = self.table(from);
                self.tables.push((to.clone(), now));
            }
            Change::RenameColumn { table, from, to } => {
                let (owner, now) = (self.table(table), self.column(table, from));
                self.columns.push((owner, to.clone(), now));
            }
            Change::CreateTable(_)
            | Change::DropTable(_)
            | Change::AddColumn { .. }
            | Change::DropColumn { .. }
            | Change::AlterColumn { .. }
            | Change::AddIndex { .. }
            | Change::DropIndex { .. }
            | Change::AddReference { .. }
            | Change::DropReference { .. } => {}
        }
    }

    /// What a change loses, by the names that it has now: a table, or a column of one.
    fn lost(&self, change: &Change) -> Option<(String, Option<String>)> {
        match change {
            Change::DropTable(table) => Some((self.table(&table.name), None)),
            Change::DropColumn { table, column, .. } => {
                Some((self.table(table), Some(self.column(table, &column.name))))
            }
            Change::CreateTable(_)
            | Change::RenameTable { .. }
            | Change::AddColumn { .. }
            | Change::AlterColumn { .. }
            | Change::RenameColumn { .. }
            | Change::AddIndex { .. }
            | Change::DropIndex { .. }
            | Change::AddReference { .. }
            | Change::DropReference { .. } => None,
        }
    }

    fn table(&self, then: &str) -> String {
        let found = self.tables.iter().rfind(|(name, _)| name == then);
        found.map_or_else(|| then.to_owned(), |(_, now)| now.clone())
    }

    fn column(&self, table: &str, then: &str) -> String {
        let owner = self.table(table);
        let found = self.columns.iter().rfind(|(of, name, _)| *of == owner && name == then);
        found.map_or_else(|| then.to_owned(), |(_, _, now)| now.clone())
    }
}
