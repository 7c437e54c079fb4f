//! `Entity`: what adding, saving and deleting need of a model or of a dynamic row.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use ommi_core::value::{Cell, RowBatch, Value};

use crate::dynamic::Row;
use crate::model::Model;

/// Something that is a row.
pub(crate) trait Entity: Send + Sync {
    /// What the rows of one statement share.
    type Shared: Send + Sync;

    fn model(&self) -> &Arc<ModelDef>;
    fn shared() -> Self::Shared;
    fn is_key_blank(&self) -> bool;
    fn write(&self, field: usize, rows: &mut RowBatch) -> Result<()>;
    fn value(&self, field: usize) -> Result<Value>;

    /// The row as it was, where that is known.
    fn before(&self) -> Option<&RowBatch>;
    /// Takes what a field holds in the row.
    fn take(&mut self, field: usize, value: &Value) -> Result<()>;

    /// Takes the generated key, if any, after the row was stored.
    fn stored(&mut self, key: Option<i64>, shared: &mut Self::Shared) -> Result<()>;
}

impl<M: Model> Entity for M {
    type Shared = M::Links;

    fn model(&self) -> &Arc<ModelDef> {
        M::definition()
    }

    fn shared() -> M::Links {
        M::links()
    }

    fn is_key_blank(&self) -> bool {
        Model::is_key_blank(self)
    }

    fn write(&self, field: usize, rows: &mut RowBatch) -> Result<()> {
        Model::write(self, field, rows)
    }

    fn value(&self, field: usize) -> Result<Value> {
        Model::value(self, field)
    }

    fn stored(&mut self, key: Option<i64>, links: &mut M::Links) -> Result<()> {
        if let Some(key) = key {
            self.set_key(key)?;
        }
        if let Some(version) = M::definition().version()
            && matches!(Model::value(self, version)?, Value::Null | Value::Int(0))
        {
            Model::set(self, version, Cell::Int(1))?;
        }
        self.track()?;
        self.relink(links)
    }

    fn before(&self) -> Option<&RowBatch> {
        self.tracked()?.row()
    }

    fn take(&mut self, field: usize, value: &Value) -> Result<()> {
        Model::set(self, field, value.as_cell(&mut String::new()))
    }
}

impl Entity for Row {
    type Shared = ();

    fn model(&self) -> &Arc<ModelDef> {
        Row::model(self)
    }

    fn shared() {}

    fn is_key_blank(&self) -> bool {
        self.model().key().iter().any(|field| self.at(*field).is_null())
    }

    fn write(&self, field: usize, rows: &mut RowBatch) -> Result<()> {
        rows.push(self.at(field).as_cell(&mut String::new()));
        Ok(())
    }

    fn value(&self, field: usize) -> Result<Value> {
        Ok(self.at(field).clone())
    }

    fn stored(&mut self, key: Option<i64>, (): &mut ()) -> Result<()> {
        if let (Some(key), Some(field)) = (key, self.model().generated_key()) {
            self.put(field, Value::Int(key));
        }
        if let Some(version) = self.model().version()
            && matches!(self.at(version), Value::Null | Value::Int(0))
        {
            self.put(version, Value::Int(1));
        }
        Ok(())
    }

    fn before(&self) -> Option<&RowBatch> {
        None
    }

    fn take(&mut self, field: usize, value: &Value) -> Result<()> {
        self.put(field, value.clone());
        Ok(())
    }
}
