//! `Program`: what this driver makes of a plan, kept in the statement's payload: commands with holes for values.

use std::sync::Arc;

use mongodb::bson::raw::{CString, RawDocumentBuf, cstr};
use mongodb::bson::{RawArrayBuf, RawBson, rawdoc};
use ommi_core::driver::{Param, Statement};
use ommi_core::schema::ModelDef;
use ommi_core::value::Cell;
use ommi_core::{Error, ErrorKind, Result};

use crate::compile::Template;
use crate::shards::ShardFields;

/// A compiled plan.
#[derive(Debug)]
pub(crate) struct Program {
    /// Every collection that it reads or writes, as stored; the first is the one of the plan's model.
    pub(crate) collections: Vec<String>,
    /// The plan's model, which errors name.
    pub(crate) model: Arc<ModelDef>,
    /// What is done.
    pub(crate) work: Work,
}

/// What a program does.
#[derive(Debug)]
pub(crate) enum Work {
    /// Rows, a count or a test for existence.
    Read(Read),
    /// Fields of documents are set.
    Update(Write),
    /// Fields of the key are set: documents are read, removed and added under their new keys.
    Rekey(Rekey),
    /// Documents are removed.
    Delete(Write),
    /// Documents are added.
    Insert(Insert),
}

impl Program {
    /// The program of a statement.
    ///
    /// # Errors
    /// `Internal` for a statement of another driver.
    pub(crate) fn of(statement: &Statement) -> Result<&Self> {
        let program = statement.payload.as_ref().and_then(|payload| payload.downcast_ref());
        program.ok_or_else(|| broken_plan("a statement of another driver was given to MongoDB's"))
    }

    /// The collection of the plan's model.
    pub(crate) fn collection(&self) -> &str {
        self.collections.first().map_or("", String::as_str)
    }
}

/// A `find` or an `aggregate` with a cursor.
#[derive(Debug)]
pub(crate) struct Read {
    /// The command without its batch size.
    pub(crate) command: Template,
    /// Whether it is an `aggregate`: its batch size stands in `cursor`.
    pub(crate) is_aggregate: bool,
    /// Where each column of the statement is in a document that comes back: the name of a field at its top. A field
    /// that is missing is NULL; the order of the fields is often that of the columns, and need not be; two columns may
    /// have one name, and documents may have more fields.
    pub(crate) columns: Vec<CString>,
    /// The only cell of the one row that stands for no document: of a count and of a test for existence.
    pub(crate) otherwise: Option<Cell<'static>>,
}

impl Read {
    /// The whole command.
    ///
    /// # Errors
    /// `Validation` or `Unsupported` for a value that MongoDB cannot hold.
    pub(crate) fn command(&self, params: &[Param], batch_rows: u32) -> Result<RawDocumentBuf> {
        let mut command = self.command.document(params)?;
        append_batch(&mut command, self.is_aggregate, batch_rows);
        Ok(command)
    }
}

fn append_batch(command: &mut RawDocumentBuf, is_aggregate: bool, batch_rows: u32) {
    let rows = i64::from(batch_rows);
    if is_aggregate {
        command.append(cstr!("cursor"), rawdoc! { "batchSize": rows });
    } else {
        command.append(cstr!("batchSize"), rows);
    }
}

/// An `update` or a `delete`. Its answer's `n` is the number of rows that it found.
#[derive(Debug)]
pub(crate) struct Write {
    /// Finds the `_id`s first, where the command cannot say itself which documents it is about.
    pub(crate) found: Option<Read>,
    /// Whether it changes one document at most: then it needs no transaction, and nothing is found first.
    pub(crate) is_single: bool,
    /// The command; with `found`, without the filter.
    pub(crate) command: Template,
    /// Which of the two commands it is: `updates` or `deletes`.
    pub(crate) list: CString,
    /// What the keys of found documents tell of their shards.
    pub(crate) shard: ShardFields,
}

impl Write {
    /// The `aggregate` that gives `{_id}` for each document to be written, where they have to be found first.
    ///
    /// # Errors
    /// As for [`Read::command`].
    pub(crate) fn ids(&self, params: &[Param], batch_rows: u32) -> Result<Option<RawDocumentBuf>> {
        self.found.as_ref().map(|found| found.command(params, batch_rows)).transpose()
    }

    /// The whole command, about the documents of `ids` where they had to be found first.
    ///
    /// # Errors
    /// As for [`Read::command`]; `Internal` where `ids` are given and not asked for, or the other way round.
    pub(crate) fn command(&self, params: &[Param], ids: Option<RawArrayBuf>) -> Result<RawDocumentBuf> {
        match (ids, &self.found) {
            (None, None) => self.command.document(params),
            (Some(ids), Some(_)) => self.about(params, ids),
            (Some(_), None) | (None, Some(_)) => Err(broken_plan("a write was told the wrong documents")),
        }
    }

    fn about(&self, params: &[Param], ids: RawArrayBuf) -> Result<RawDocumentBuf> {
        let command = self.command.document(params)?;
        let mut about = RawDocumentBuf::new();
        for element in command.iter() {
            let (key, value) = element.map_err(unreadable)?;
            if key.as_str() != self.list.as_str() {
                about.append(key, value);
                continue;
            }
            let mut entry = rawdoc! { "q": self.shard.filter(ids.clone()) };
            let given = value.as_array().and_then(|list| list.get_document(0).ok());
            for part in given.into_iter().flat_map(|given| given.iter()) {
                let (key, value) = part.map_err(unreadable)?;
                entry.append(key, value);
            }
            about.append(key, RawArrayBuf::from_iter([RawBson::Document(entry)]));
        }
        Ok(about)
    }
}

/// An update of a key, which MongoDB cannot change in place.
#[derive(Debug)]
pub(crate) struct Rekey {
    /// Gives `{old: its _id, new: the whole document as it becomes}` for each document to be changed.
    pub(crate) changed: Read,
    /// The collection.
    pub(crate) collection: String,
    /// What keys tell of the documents' shards.
    pub(crate) shard: ShardFields,
}

impl Rekey {
    /// The command that removes the documents under their old keys.
    pub(crate) fn remove(&self, old: RawArrayBuf) -> RawDocumentBuf {
        rawdoc! {
            "delete": self.collection.as_str(),
            "deletes": [{ "q": self.shard.filter(old), "limit": 0 }],
        }
    }

    /// The command that adds them under their new ones.
    pub(crate) fn add(&self, new: RawArrayBuf) -> RawDocumentBuf {
        rawdoc! { "insert": self.collection.as_str(), "documents": new, "ordered": true }
    }
}

/// What an insert is given; its documents are made from rows.
#[derive(Debug)]
pub(crate) struct Insert {
    /// The model.
    pub(crate) model: Arc<ModelDef>,
    /// Positions of the fields that rows give, in the order of their cells.
    pub(crate) fields: Vec<usize>,
}

/// A plan or a call that the engine never makes.
pub(crate) fn broken_plan(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, message)
}

fn unreadable(error: mongodb::bson::error::Error) -> Error {
    broken_plan("a command that was just written cannot be read").with_source(error)
}
