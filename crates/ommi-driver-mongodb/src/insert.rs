//! Inserts: rows become documents without anything in between, and many of them are added together or not at all.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mongodb::bson::raw::{CString, RawBsonRef, cstr};
use mongodb::bson::{RawArrayBuf, RawBson, RawDocumentBuf, rawdoc};
use ommi_core::driver::Statement;
use ommi_core::schema::{FieldDef, ModelDef};
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, ErrorKind, Result};

use crate::command::{Commands, Job};
use crate::connection::Intent;
use crate::error::{LARGEST_DOCUMENT, in_model};
use crate::portion::Portions;
use crate::program::{Insert, Program, Work};
use crate::schema::{next_keys, raise_key};
use crate::value::{KeyLayout, append_cell, encode, field_name, key_layout, stored_name};

/// Adds all rows or none; gives their generated keys where the statement returns them.
pub(crate) async fn insert(
    commands: &mut Commands<'_>,
    statement: Arc<Statement>,
    rows: RowBatch,
) -> Result<Vec<i64>> {
    let outcome = run(commands, &statement, &rows).await;
    outcome.map_err(|error| error.with_statement(&statement.text))
}

async fn run(commands: &mut Commands<'_>, statement: &Statement, rows: &RowBatch) -> Result<Vec<i64>> {
    let program = Program::of(statement)?;
    let Work::Insert(insert) = &program.work else {
        return Err(Error::new(ErrorKind::Internal, "what adds no rows is no insert"));
    };
    commands.note(&statement.text);
    commands.require(&program.collections).await?;
    let keys = keys(commands, insert, program.collection(), rows).await?;
    let portions = Documents::of(insert)?.all(rows, &keys)?;
    let adding = Adding { collection: program.collection(), portions };
    let mut added = adding.add(commands, rows.len()).await;
    if added.as_ref().is_err_and(|error| error.kind() == ErrorKind::ModelNotFound) {
        // Where it is there again it is another one, and nothing was added to it yet.
        commands.verify(&program.collections).await?;
        if commands.is_alone() {
            added = adding.add(commands, rows.len()).await;
        }
    }
    added.map_err(|error| in_model(error, &insert.model))?;
    Ok(if statement.returns_key { keys } else { Vec::new() })
}

/// The generated key of each row, or the one that it brings; nothing where the model has no generated key.
async fn keys(
    commands: &Commands<'_>,
    insert: &Insert,
    collection: &str,
    rows: &RowBatch,
) -> Result<Vec<i64>> {
    let Some(generated) = insert.model.generated_key() else { return Ok(Vec::new()) };
    let column = insert.fields.iter().position(|field| *field == generated);
    let given = |row| match column.and_then(|column| rows.get(row, column)) {
        Some(Cell::Int(key)) => Some(key),
        _none => None,
    };
    let missing = (0..rows.len()).filter(|row| given(*row).is_none()).count();
    if let Some(greatest) = (0..rows.len()).filter_map(given).max() {
        raise_key(commands.hub(), collection, greatest).await?;
    }
    let mut next = match missing {
        0 => 0,
        count => next_keys(commands.hub(), collection, count).await?,
    };
    let key = |row| {
        given(row).unwrap_or_else(|| {
            next += 1;
            next - 1
        })
    };
    Ok((0..rows.len()).map(key).collect())
}

/// Documents on their way in.
struct Adding<'a> {
    collection: &'a str,
    portions: Vec<RawArrayBuf>,
}

impl Adding<'_> {
    /// Adds them all or none.
    async fn add(&self, commands: &mut Commands<'_>, rows: usize) -> Result<()> {
        match rows {
            1 => self.run(commands).await,
            _ => commands.atomically(self).await,
        }
    }
}

impl Job for Adding<'_> {
    type Outcome = ();

    fn run<'r>(&'r self, commands: &'r mut Commands<'_>) -> BoxFuture<'r, Result<()>> {
        async move {
            for documents in &self.portions {
                let mut command = rawdoc! {
                    "insert": self.collection,
                    "documents": documents.clone(),
                    "ordered": true,
                };
                commands.identify(self.collection, &mut command);
                commands.run(command, Intent::Write).await?;
            }
            Ok(())
        }
        .boxed()
    }
}

/// How rows become documents.
struct Documents<'a> {
    model: &'a ModelDef,
    /// The key of several fields, which `_id` is made of.
    composite: Vec<Part<'a>>,
    /// The fields at the top, `_id` first where it is one of them.
    top: Vec<Part<'a>>,
}

/// A field of the documents.
struct Part<'a> {
    name: CString,
    source: Source,
    field: &'a FieldDef,
    place: String,
}

/// Where a field's value comes from.
enum Source {
    /// The row's cell at this position.
    Cell(usize),
    /// The row's generated key, or the one that it brings.
    Key,
    /// The field's default.
    Default(RawBson),
}

impl<'a> Documents<'a> {
    fn of(insert: &'a Insert) -> Result<Self> {
        let model = &*insert.model;
        let mut top = Vec::with_capacity(model.fields().len());
        for field in 0..model.fields().len() {
            top.extend(Part::of(insert, field, &stored_name(model, field))?);
        }
        // The server moves it there anyhow.
        top.sort_by_key(|part| part.name.as_str() != "_id");
        let composite = match key_layout(model) {
            KeyLayout::Single(_) => &[],
            KeyLayout::Composite => model.key(),
        };
        let parts = composite.iter().map(|field| {
            let name = field_name(&model.fields()[*field].column);
            Part::of(insert, *field, &name)
        });
        let composite = parts.filter_map(Result::transpose).collect::<Result<_>>()?;
        Ok(Self { model, composite, top })
    }

    /// The documents of all rows.
    fn all(&self, rows: &RowBatch, keys: &[i64]) -> Result<Vec<RawArrayBuf>> {
        let mut portions = Portions::default();
        for row in 0..rows.len() {
            let document = self.document(rows, keys, row)?;
            if document.as_bytes().len() > LARGEST_DOCUMENT {
                return Err(self.too_large(row, rows.len()));
            }
            portions.push(RawBsonRef::Document(&document));
        }
        Ok(portions.finish())
    }

    fn document(&self, rows: &RowBatch, keys: &[i64], row: usize) -> Result<RawDocumentBuf> {
        let mut document = RawDocumentBuf::new();
        if !self.composite.is_empty() {
            let mut id = RawDocumentBuf::new();
            self.composite.iter().try_for_each(|part| part.append(&mut id, rows, keys, row))?;
            document.append(cstr!("_id"), id);
        }
        self.top.iter().try_for_each(|part| part.append(&mut document, rows, keys, row))?;
        Ok(document)
    }

    fn too_large(&self, row: usize, rows: usize) -> Error {
        let message =
            format!("row {} of {rows} is larger than MongoDB stores in one document (16 MiB)", row + 1);
        Error::validation(message).with_model(self.model.name())
    }
}

impl<'a> Part<'a> {
    /// A field; nothing where rows say nothing of it and it has no default: a missing field is NULL.
    fn of(insert: &'a Insert, position: usize, name: &str) -> Result<Option<Self>> {
        let model = &insert.model;
        let field = &model.fields()[position];
        let place = format!("{}.{}", model.name(), field.name);
        let cell = insert.fields.iter().position(|given| *given == position);
        let source = match (cell, &field.default) {
            _ if model.generated_key() == Some(position) => Source::Key,
            (Some(cell), _) => Source::Cell(cell),
            (None, Some(default)) => Source::Default(encode(default, &field.ty, &place)?),
            (None, None) => return Ok(None),
        };
        let name = CString::try_from(name.to_owned())
            .map_err(|_| Error::validation(format!("the name of {place} holds a NUL character")))?;
        Ok(Some(Self { name, source, field, place }))
    }

    fn append(&self, document: &mut RawDocumentBuf, rows: &RowBatch, keys: &[i64], row: usize) -> Result<()> {
        match &self.source {
            Source::Cell(column) => {
                let cell = rows.get(row, *column).unwrap_or(Cell::Null);
                append_cell(document, &self.name, cell, &self.field.ty, &self.place)
            }
            Source::Key => {
                document.append(&self.name, keys.get(row).copied().unwrap_or_default());
                Ok(())
            }
            Source::Default(value) => {
                document.append(&self.name, value.as_raw_bson_ref());
                Ok(())
            }
        }
    }
}
