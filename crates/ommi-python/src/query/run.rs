//! From a builder to the engine: the operation that a query means, run at once where that is short.

use ommi::core::driver::{FetchOptions, RowStream};
use ommi::core::query::{Operation as EngineOperation, Projection, Query as EngineQuery};
use ommi::core::schema::ModelDef;
use ommi::core::value::{Cell, RowBatch};
use ommi::core::{Error, ErrorKind};
use ommi::engine::Session as EngineSession;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyType};
use std::sync::Arc;

use super::after::go_on_after;
use super::rows::{self, Rows, RowsTask};
use super::selection::Selected;
use super::sort::sort_key;
use super::{BatchIterator, Query};
use crate::error::{During, to_python};
use crate::hub::{has_to_turn, may_run_now, note_at_once};
use crate::model::{Definition, ModelType};
use crate::node::{ASTGroupNode, first_model_of_node, has_long_list, is_node, lower_predicate, lower_value};
use crate::operation::{Job, Step, engine_task, fetch_elsewhere, write_elsewhere};
use crate::relation::{FetchGroup, Wanted};

/// What is wanted of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    All,
    List,
    One,
    First,
    Count,
    Exists,
    Delete,
    Explain,
}

/// The engine's query and what its rows become.
pub(super) struct Lowered {
    pub(super) query: EngineQuery,
    pub(super) definition: Arc<Definition>,
}

impl Query {
    /// Begins a read or a delete.
    pub(crate) fn run(slf: &Bound<'_, Self>, want: Want) -> PyResult<Step> {
        if Self::waits_for_turn(slf, want) {
            return Ok(Step::Turn(Job::Query { query: slf.clone().unbind(), want }));
        }
        match want {
            Want::All | Want::List | Want::One | Want::First => Self::run_rows(slf, want),
            Want::Count | Want::Exists => Self::run_number(slf, want),
            Want::Delete => Self::run_write(slf, Self::wanted(slf, want)?, During::Other),
            Want::Explain => {
                let py = slf.py();
                let operation = Self::wanted(slf, want)?;
                let future = slf.get().session.get().engine(py)?.explain(operation);
                let finish =
                    |py: Python<'_>, lines: Vec<String>| Ok(lines.into_pyobject(py)?.into_any().unbind());
                Ok(Step::Work(engine_task(future, During::Other, finish)))
            }
        }
    }

    /// The engine's operation for what is wanted.
    pub(super) fn wanted(slf: &Bound<'_, Self>, want: Want) -> PyResult<EngineOperation> {
        match want {
            Want::All | Want::List | Want::One | Want::First => {
                Self::lower_rows(slf, want).map(|(_, operation, _)| operation)
            }
            Want::Explain => Self::wanted(slf, Want::List),
            Want::Count => Self::lower_number(slf).map(EngineOperation::Count),
            Want::Exists => Self::lower_number(slf).map(EngineOperation::Exists),
            Want::Delete => Self::lower(slf).map(|lowered| EngineOperation::Delete(lowered.query)),
        }
    }

    /// The statement for what is wanted. Nothing is sent.
    pub(crate) fn statement_of(slf: &Bound<'_, Self>, want: Want) -> PyResult<String> {
        Self::compiled(slf, &Self::wanted(slf, want)?, During::Other)
    }

    /// The statement of an update. Nothing is sent.
    pub(crate) fn statement_of_update(slf: &Bound<'_, Self>, values: Option<Py<PyDict>>) -> PyResult<String> {
        Self::compiled(slf, &Self::lower_update(slf, values)?, During::Update)
    }

    fn compiled(slf: &Bound<'_, Self>, operation: &EngineOperation, during: During) -> PyResult<String> {
        let py = slf.py();
        let statement = slf.get().session.get().engine(py)?.statement(operation);
        Ok(statement.map_err(|error| to_python(py, error, during))?.text.clone())
    }

    /// Whether a short read waits for the loop to turn. In a transaction operations keep the order in which they were
    /// awaited: there none waits.
    fn waits_for_turn(slf: &Bound<'_, Self>, want: Want) -> bool {
        let is_short = match want {
            Want::One | Want::First | Want::Count | Want::Exists => true,
            Want::All | Want::List => slf.get().limit.is_some(),
            Want::Delete | Want::Explain => false,
        };
        is_short && has_to_turn() && !slf.get().session.get().is_transaction(slf.py())
    }

    pub(super) fn run_write(
        slf: &Bound<'_, Self>,
        operation: EngineOperation,
        during: During,
    ) -> PyResult<Step> {
        let py = slf.py();
        let session = slf.get().session.get().engine(py)?;
        let finish = |py: Python<'_>, rows: u64| Ok(rows.into_pyobject(py)?.into_any().unbind());
        if is_long(&operation) {
            return Ok(Step::Work(engine_task(write_elsewhere(session, operation), during, finish)));
        }
        if may_run_now()
            && let Some(outcome) = py.detach(|| session.write_now(&operation))
        {
            let rows = outcome.map_err(|error| to_python(py, error, during))?;
            return finish(py, rows).map(Step::Ready);
        }
        Ok(Step::Work(engine_task(session.write(operation), during, finish)))
    }

    fn run_number(slf: &Bound<'_, Self>, want: Want) -> PyResult<Step> {
        let py = slf.py();
        let operation = Self::wanted(slf, want)?;
        let session = slf.get().session.get().engine(py)?;
        if !is_long(&operation) && may_run_now() {
            let mut batch = rows::take_spare();
            let outcome = py.detach(|| session.fetch_now(&operation, &mut batch));
            note_at_once(outcome.is_some());
            if let Some(outcome) = outcome {
                outcome.map_err(|error| to_python(py, error, During::Other))?;
                let number = number(py, &batch);
                rows::put_spare(batch);
                return number.map(Step::Ready);
            }
        }
        let stream = begin_fetch(session, operation, FetchOptions::default());
        Ok(Step::Work(RowsTask::first(stream, Rows::Number)))
    }

    /// The query whose rows are counted, looked for, or part of another query.
    pub(crate) fn lower_number(slf: &Bound<'_, Self>) -> PyResult<EngineQuery> {
        let mut query = Self::lower(slf)?.query;
        Self::project(slf.py(), slf.get(), &mut query)?;
        Ok(query)
    }

    fn run_rows(slf: &Bound<'_, Self>, want: Want) -> PyResult<Step> {
        let py = slf.py();
        let (rows, operation, limited) = Self::lower_rows(slf, want)?;
        let this = slf.get();
        let session = this.session.get().engine(py)?;
        let model = operation.model().clone();
        if limited && !is_long(&operation) && may_run_now() {
            let mut batch = rows::take_spare();
            let outcome = py.detach(|| session.fetch_now(&operation, &mut batch));
            note_at_once(outcome.is_some());
            if let Some(outcome) = outcome {
                outcome.map_err(|error| to_python(py, error, During::Other))?;
                return Self::finish_now(py, want, rows, batch, &model);
            }
        }
        let options = match this.batch_size {
            Some(batch_rows) => FetchOptions { batch_rows },
            None => FetchOptions::default(),
        };
        let stream = begin_fetch(session, operation, options);
        Ok(match want {
            Want::All => Step::Work(BatchIterator::start_task(stream, rows)),
            Want::One => Step::Work(RowsTask::one(stream, rows, model.name().to_owned())),
            Want::First => Step::Work(RowsTask::first(stream, rows)),
            Want::List | Want::Count | Want::Exists | Want::Delete | Want::Explain => {
                Step::Work(RowsTask::list(py, stream, rows))
            }
        })
    }

    /// Builds what was read at once.
    fn finish_now(
        py: Python<'_>,
        want: Want,
        rows: Rows,
        batch: RowBatch,
        model: &ModelDef,
    ) -> PyResult<Step> {
        match want {
            Want::One | Want::First if rows.loads_nothing() => {
                let value = match rows.build_first(py, &batch)? {
                    Some(value) => value.unbind(),
                    None if want == Want::First => py.None(),
                    None => return Err(no_row(py, model.name())),
                };
                rows::put_spare(batch);
                Ok(Step::Ready(value))
            }
            Want::All => BatchIterator::of_batch(py, rows, batch),
            Want::One => Ok(Step::Work(RowsTask::one_of(batch, rows, model.name().to_owned()))),
            Want::First => Ok(Step::Work(RowsTask::first_of(batch, rows))),
            Want::List | Want::Count | Want::Exists | Want::Delete | Want::Explain => {
                Ok(Step::Work(RowsTask::list_of(py, batch, rows)))
            }
        }
    }

    /// The stream of all rows, for an iteration.
    pub(super) fn stream(slf: &Bound<'_, Self>) -> PyResult<(Rows, RowStream)> {
        let py = slf.py();
        let (rows, operation, _) = Self::lower_rows(slf, Want::All)?;
        let options = match slf.get().batch_size {
            Some(batch_rows) => FetchOptions { batch_rows },
            None => FetchOptions::default(),
        };
        Ok((rows, begin_fetch(slf.get().session.get().engine(py)?, operation, options)))
    }

    /// The fetch that is meant, what its rows become, and whether the number of rows is bounded.
    pub(super) fn lower_rows(slf: &Bound<'_, Self>, want: Want) -> PyResult<(Rows, EngineOperation, bool)> {
        let py = slf.py();
        let this = slf.get();
        let Lowered { mut query, definition } = Self::lower(slf)?;
        if matches!(want, Want::One | Want::First) {
            query.limit = Some(query.limit.unwrap_or(1).min(1));
        }
        let rows = match Self::project(py, this, &mut query)? {
            Some(selected) => Rows::Selected(Arc::new(selected)),
            None => {
                let group = match definition.layout.keeps_group() || !this.related.is_empty() {
                    true => Some(FetchGroup::of_fetch(slf.get().session.bind(py), &definition)?),
                    false => None,
                };
                let wanted = |relation: &Py<PyAny>| Wanted::read(&this.session, relation.bind(py));
                let related = this.related.iter().map(wanted).collect::<PyResult<Vec<_>>>()?;
                Rows::Models { definition, group, related: related.into() }
            }
        };
        if this.lock.is_some() && !this.session.get().is_transaction(py) {
            let error =
                Error::validation("for_update() locks rows until a transaction ends: use it inside one");
            return Err(to_python(py, error, During::Other));
        }
        let limited = query.limit.is_some() || matches!(want, Want::One | Want::First);
        Ok((rows, EngineOperation::Fetch(query), limited))
    }

    /// Makes `query` return what is selected; gives what reads it.
    fn project(py: Python<'_>, this: &Query, query: &mut EngineQuery) -> PyResult<Option<Selected>> {
        let Some(selection) = &this.selection else { return Ok(None) };
        let (values, selected) = selection.lower(py)?;
        query.projection = Projection::Values(values);
        Ok(Some(selected))
    }

    /// The engine's query: model, predicates, order and page.
    pub(super) fn lower(slf: &Bound<'_, Self>) -> PyResult<Lowered> {
        let py = slf.py();
        let this = slf.get();
        let mut filter: Option<ommi::core::query::Expr> = None;
        let mut model = None;
        for predicate in &this.predicates {
            let predicate = predicate.bind(py);
            if model.is_none() {
                model = first_model(predicate)?;
            }
            if let Some(expression) = lower_predicate(predicate)? {
                filter = Some(match filter {
                    Some(filter) => filter.and(expression),
                    None => expression,
                });
            }
        }
        let Some(model) = model else {
            let error =
                Error::new(ErrorKind::EmptyQuery, "find() needs a model or a predicate over one's fields");
            return Err(to_python(py, error, During::Other));
        };
        let definition = ModelType::definition(&model)?;
        let mut query = EngineQuery::new(definition.model.clone());
        query.filter = filter;
        (query.distinct, query.lock, query.caching) = (this.distinct, this.lock, this.caching);
        (query.limit, query.offset) = (this.limit, this.offset);
        for predicate in &this.predicates {
            if let Ok(group) = predicate.bind(py).cast::<ASTGroupNode>() {
                carry_page(&mut query, &definition, group)?;
            }
        }
        let selected = this.selection.as_ref().map_or(&[][..], |selection| &selection.nodes);
        for key in &this.order {
            query.order.push(sort_key(key.bind(py), &definition, selected)?);
        }
        if let (true, Some(rows)) = (this.sampled, this.limit) {
            query.sample(rows);
        }
        for key in &this.keys {
            query.group(lower_value(key.bind(py))?);
        }
        for predicate in &this.having {
            if let Some(predicate) = lower_predicate(predicate.bind(py))? {
                query.having(predicate);
            }
        }
        if let Some(last) = &this.after {
            Self::project(py, this, &mut query)?;
            go_on_after(&mut query, &definition, last.bind(py))?;
        }
        Ok(Lowered { query, definition })
    }
}

/// The order and page that a `when(...)` group brings along.
fn carry_page(
    query: &mut EngineQuery,
    definition: &Definition,
    group: &Bound<'_, ASTGroupNode>,
) -> PyResult<()> {
    if let (Some((limit, page)), None) = (group.get().page(), query.limit) {
        query.limit = Some(limit);
        query.offset = limit.checked_mul(page).filter(|rows| *rows > 0).or(query.offset);
    }
    for key in group.get().sort_keys(group.py()).iter() {
        query.order.push(sort_key(&key, definition, &[])?);
    }
    Ok(())
}

/// The first model that a predicate names, in written order.
fn first_model<'py>(predicate: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, ModelType>>> {
    if is_node(predicate) {
        return Ok(first_model_of_node(predicate));
    }
    match predicate.is_instance_of::<PyType>() {
        true => ModelType::of_class(predicate),
        false => ModelType::of_class(predicate.get_type().as_any()),
    }
}

/// The one number or bool of a count or an exists.
pub(super) fn number(py: Python<'_>, batch: &RowBatch) -> PyResult<Py<PyAny>> {
    match batch.get(0, 0) {
        Some(Cell::Int(count)) => Ok(count.into_pyobject(py)?.into_any().unbind()),
        Some(Cell::Bool(exists)) => Ok(PyBool::new(py, exists).to_owned().into_any().unbind()),
        _ => Err(PyTypeError::new_err("the driver gave no number")),
    }
}

/// Whether binding the operation's values would hold an event loop.
fn is_long(operation: &EngineOperation) -> bool {
    let filter = match operation {
        EngineOperation::Fetch(query)
        | EngineOperation::Count(query)
        | EngineOperation::Exists(query)
        | EngineOperation::Update(query, _)
        | EngineOperation::Delete(query) => &query.filter,
        EngineOperation::Insert { .. } => &None,
    };
    filter.as_ref().is_some_and(has_long_list)
}

fn begin_fetch(session: &EngineSession, operation: EngineOperation, options: FetchOptions) -> RowStream {
    match is_long(&operation) {
        true => fetch_elsewhere(session, operation, options),
        false => session.fetch(operation, options),
    }
}

/// The error of a row that was asked for and is not there.
pub(super) fn no_row(py: Python<'_>, model: &str) -> PyErr {
    let error = Error::new(ErrorKind::NoResult, "no row matches the query").with_model(model);
    to_python(py, error, During::Other)
}
