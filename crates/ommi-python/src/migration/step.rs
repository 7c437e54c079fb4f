//! `Step`: one step of a migration, made from the Python face's description of it.

use ommi::core::schema::{
    Change, ColumnDef, ColumnDefault, ColumnType, FieldDef, ModelDef, TableDef, TableIndex, TableReference,
};
use ommi::core::value::Value;
use ommi::migrations::{Alteration, Edit, IndexName, Step as EngineStep};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::codec::{Codec, infer_value};
use crate::error::{During, to_python};
use crate::model::{ModelType, action, item, read_field};

/// One step. Its constructors are the steps that there are.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Step {
    pub(super) step: EngineStep,
}

impl<T: Into<EngineStep>> From<T> for Step {
    fn from(step: T) -> Self {
        Self { step: step.into() }
    }
}

/// A name, the columns, whether each combination stands once.
type Index = (Option<String>, Vec<String>, bool);

/// The columns, the table and the columns that they lead to, and what happens on delete and on update.
type Reference = (Vec<String>, String, Vec<String>, String, String);

fn reference(given: Reference) -> PyResult<TableReference> {
    let (columns, target, target_columns, on_delete, on_update) = given;
    Ok(TableReference {
        name: None,
        columns,
        target,
        target_columns,
        on_delete: action(&on_delete)?,
        on_update: action(&on_update)?,
    })
}

/// A column with what it was declared as, where that is no type of ours.
struct Column {
    field: FieldDef,
    codec: Codec,
    declared: Option<String>,
    default_text: Option<String>,
}

impl Column {
    fn read(description: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (field, codec) = read_field(description)?;
        Ok(Self {
            field,
            codec,
            declared: item(description, "declared")?.extract()?,
            default_text: item(description, "default_text")?.extract()?,
        })
    }

    fn definition(&self) -> ColumnDef {
        self.finish(ColumnDef::of(&self.field))
    }

    fn finish(&self, column: ColumnDef) -> ColumnDef {
        let mut column = column;
        if let Some(declared) = &self.declared {
            column.ty = ColumnType::Found { declared: declared.clone(), fits: Vec::new() };
        }
        if let Some(text) = &self.default_text {
            column.default = Some(ColumnDefault::Found { text: text.clone(), constant: None });
        }
        column
    }
}

fn known<T>(py: Python<'_>, outcome: ommi::Result<T>) -> PyResult<T> {
    outcome.map_err(|error| to_python(py, error, During::Migrate))
}

#[pymethods]
impl Step {
    /// Creates a table of these columns. Without a key given it is found as a model's is; an empty one is none.
    #[staticmethod]
    #[pyo3(signature = (table, columns, key, indexes, references))]
    fn create_table(
        py: Python<'_>,
        table: &str,
        columns: Vec<Bound<'_, PyDict>>,
        key: Option<Vec<String>>,
        indexes: Vec<Index>,
        references: Vec<Reference>,
    ) -> PyResult<Self> {
        let columns = columns.iter().map(Column::read).collect::<PyResult<Vec<_>>>()?;
        let mut builder = ModelDef::builder(table).table(table);
        for column in &columns {
            builder = builder.field(column.field.clone());
        }
        if let Some(key) = key.as_ref().filter(|key| !key.is_empty()) {
            builder = builder.key(key.clone());
        }
        for (name, over, unique) in indexes {
            builder = builder.index(name, over, unique);
        }
        let mut made = known(py, builder.build().and_then(|model| TableDef::of(&model)))?;
        for (own, column) in made.columns.iter_mut().zip(&columns) {
            *own = column.finish(own.clone());
        }
        if key.is_some_and(|key| key.is_empty()) {
            made.key.clear();
        }
        made.references = references.into_iter().map(reference).collect::<PyResult<_>>()?;
        Ok(Edit::CreateTable(made).into())
    }

    /// Creates the table of a model as it is now.
    #[staticmethod]
    fn create_model(model: &Bound<'_, ModelType>) -> PyResult<Self> {
        let definition = ModelType::model(model)?;
        Ok(Edit::CreateTable(known(model.py(), TableDef::of(&definition))?).into())
    }

    #[staticmethod]
    fn drop_table(table: String) -> Self {
        Edit::DropTable(table).into()
    }

    #[staticmethod]
    fn rename_table(old: String, new: String) -> Self {
        Change::RenameTable { from: old, to: new }.into()
    }

    /// Adds a column; `fill` is for rows that exist.
    #[staticmethod]
    fn add_column(table: String, column: &Bound<'_, PyDict>, fill: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = column.py();
        let column = Column::read(column)?;
        let fill = match fill.is_none() {
            true => None,
            false => {
                let value = column.codec.read_value(fill);
                Some(known(py, value.map_err(|error| error.with_field(&column.field.name)))?)
            }
        };
        Ok(Change::AddColumn { table, column: column.definition(), fill }.into())
    }

    #[staticmethod]
    fn drop_column(table: String, column: String) -> Self {
        Edit::DropColumn { table, column }.into()
    }

    #[staticmethod]
    fn rename_column(table: String, old: String, new: String) -> Self {
        Change::RenameColumn { table, from: old, to: new }.into()
    }

    /// Changes a column by what `to` has of `nullable`, `max_length`, `default` and `fill`.
    #[staticmethod]
    fn alter_column(table: String, column: String, to: &Bound<'_, PyDict>) -> PyResult<Self> {
        let value = |name: &str| -> PyResult<Option<Option<Value>>> {
            match to.get_item(name)? {
                None => Ok(None),
                Some(value) if value.is_none() => Ok(Some(None)),
                Some(value) => {
                    let value = infer_value(&value).map_err(|error| error.with_field(&column));
                    known(to.py(), value).map(|value| Some(Some(value)))
                }
            }
        };
        let to = Alteration {
            nullable: to.get_item("nullable")?.map(|value| value.extract()).transpose()?,
            max_length: to.get_item("max_length")?.map(|value| value.extract()).transpose()?,
            default: value("default")?,
            fill: value("fill")?.flatten(),
        };
        Ok(Edit::AlterColumn { table, column, to }.into())
    }

    #[staticmethod]
    #[pyo3(signature = (table, columns, name, unique))]
    fn add_index(table: String, columns: Vec<String>, name: Option<String>, unique: bool) -> Self {
        let index = match (columns.as_slice(), &name) {
            ([column], None) if unique => TableIndex::unique_column(&table, column),
            (columns, _) => {
                let prefix = if unique { "uq" } else { "ix" };
                let usual = || format!("{prefix}_{table}_{}", columns.join("_"));
                let name = name.clone().unwrap_or_else(usual);
                TableIndex { name, columns: columns.to_vec(), unique, constraint: false }
            }
        };
        Change::AddIndex { table, index }.into()
    }

    /// Drops the index of that name, else that over the columns.
    #[staticmethod]
    #[pyo3(signature = (table, columns, name))]
    fn drop_index(table: String, columns: Vec<String>, name: Option<String>) -> Self {
        let index = name.map_or(IndexName::Over(columns), IndexName::Named);
        Edit::DropIndex { table, index }.into()
    }

    #[staticmethod]
    fn add_reference(table: String, given: Reference) -> PyResult<Self> {
        Ok(Edit::AddReference { table, reference: reference(given)? }.into())
    }

    #[staticmethod]
    fn drop_reference(table: String, columns: Vec<String>) -> Self {
        Edit::DropReference { table, columns }.into()
    }

    #[staticmethod]
    fn execute(statement: String, loses_data: bool) -> Self {
        let step = if loses_data { EngineStep::Discard } else { EngineStep::Execute };
        Self { step: step(statement) }
    }

    /// The step in words.
    fn __str__(&self) -> String {
        self.step.describe()
    }

    fn __repr__(&self) -> String {
        format!("<Step: {}>", self.step.describe())
    }
}
