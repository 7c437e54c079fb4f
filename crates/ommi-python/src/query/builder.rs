//! What Python calls on a query: order, page and projection give another query, the rest gives operations.

use ommi::core::query::{Caching, Lock};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::functions::resolved;
use super::sort::is_sort_key;
use super::{BatchIterator, Fetch, Query, Selection, Want};
use crate::node::{is_node, is_value};
use crate::operation::{Awaiting, Job, Operation};
use crate::session::Seconds;

#[pymethods]
impl Query {
    /// Adds predicates that must hold too.
    #[pyo3(name = "where", signature = (*predicates))]
    fn filter(&self, predicates: &Bound<'_, PyTuple>) -> PyResult<Query> {
        let mut query = self.copy(predicates.py());
        query.predicates.extend(resolved(&self.predicates, predicates)?);
        Ok(query)
    }

    /// Sorts by references, `.asc`, `.desc`, `"name"`, `"-name"` or `("name", OrderDirection.DESC)`; the first weighs most.
    #[pyo3(signature = (*keys))]
    pub(super) fn order_by(&self, keys: &Bound<'_, PyTuple>) -> PyResult<Query> {
        let mut query = self.copy(keys.py());
        let named_pair = keys.len() == 2
            && keys.get_item(0).is_ok_and(|key| key.is_instance_of::<PyString>())
            && keys.get_item(1).is_ok_and(|key| key.hasattr("value").unwrap_or(false) && !is_sort_key(&key));
        if named_pair {
            query.order.push(keys.clone().into_any().unbind());
        } else {
            query.order.extend(resolved(&self.predicates, keys)?);
        }
        Ok(query)
    }

    /// As `order_by`.
    #[pyo3(signature = (*keys))]
    fn sort(&self, keys: &Bound<'_, PyTuple>) -> PyResult<Query> {
        self.order_by(keys)
    }

    /// At most `n` rows; `page` skips so many pages of `n`.
    #[pyo3(signature = (n, page = 0))]
    fn limit(&self, py: Python<'_>, n: i64, page: i64) -> PyResult<Query> {
        let (Ok(rows), Ok(page)) = (u64::try_from(n), u64::try_from(page)) else {
            return Err(PyValueError::new_err("a limit and a page are not negative"));
        };
        let mut query = self.copy(py);
        query.limit = Some(rows);
        if page > 0 {
            let skipped = rows.checked_mul(page).filter(|skipped| i64::try_from(*skipped).is_ok());
            query.offset =
                Some(skipped.ok_or_else(|| PyValueError::new_err("the page is beyond 64 bits of rows"))?);
        }
        Ok(query)
    }

    /// So many rows chosen by chance, any as likely as any other, or all where there are no more; in any order.
    fn sample(&self, py: Python<'_>, n: i64) -> PyResult<Query> {
        let rows = u64::try_from(n).map_err(|_| PyValueError::new_err("a sample is not negative"))?;
        let mut query = self.copy(py);
        (query.limit, query.sampled) = (Some(rows), true);
        Ok(query)
    }

    /// The rows that come after this one in the order, which the key completes: the next page, where it is the last row of the
    /// page before.
    fn after(&self, py: Python<'_>, row: Py<PyAny>) -> Query {
        let mut query = self.copy(py);
        query.after = Some(row);
        query
    }

    /// Without the first `n` rows.
    fn offset(&self, py: Python<'_>, n: i64) -> PyResult<Query> {
        let rows = u64::try_from(n).map_err(|_| PyValueError::new_err("an offset is not negative"))?;
        let mut query = self.copy(py);
        query.offset = Some(rows);
        Ok(query)
    }

    /// Returns these values instead of models: fields, what is computed from them, aggregates. They come as tuples, or
    /// as what `into` makes of them, which is called with their names: a field's own, or that of `.named(...)`.
    #[pyo3(signature = (*values, into = None))]
    fn select(&self, values: &Bound<'_, PyTuple>, into: Option<&Bound<'_, PyAny>>) -> PyResult<Query> {
        let mut query = self.copy(values.py());
        query.selection = Some(Selection::new(values, into)?);
        Ok(query)
    }

    /// Puts rows together that are equal in these; None is equal to itself here.
    #[pyo3(signature = (*keys))]
    fn group_by(&self, keys: &Bound<'_, PyTuple>) -> PyResult<Query> {
        if keys.is_empty() || !keys.iter().all(|key| is_value(&key)) {
            return Err(PyTypeError::new_err(
                "group_by() takes fields, such as User.city, and what is computed from them",
            ));
        }
        let mut query = self.copy(keys.py());
        query.keys.extend(keys.iter().map(Bound::unbind));
        Ok(query)
    }

    /// Adds predicates that must hold for each group: they are about its keys and aggregates.
    #[pyo3(signature = (*predicates))]
    fn having(&self, predicates: &Bound<'_, PyTuple>) -> PyResult<Query> {
        if predicates.is_empty() || !predicates.iter().all(|predicate| is_node(&predicate)) {
            return Err(PyTypeError::new_err("having() takes predicates, such as count() > 3"));
        }
        let mut query = self.copy(predicates.py());
        query.having.extend(predicates.iter().map(Bound::unbind));
        Ok(query)
    }

    /// Returns equal rows once.
    fn distinct(&self, py: Python<'_>) -> Query {
        let mut query = self.copy(py);
        query.distinct = true;
        query
    }

    /// Loads these relations with the rows.
    #[pyo3(signature = (*relations))]
    fn with_related(&self, relations: &Bound<'_, PyTuple>) -> Query {
        let mut query = self.copy(relations.py());
        query.related.extend(relations.iter().map(Bound::unbind));
        query
    }

    /// Locks the rows until the transaction ends, once those who have locked some of them are done; without these rows
    /// (`skip_locked`), or with a `LockError` at once where there are such (`nowait`).
    #[pyo3(signature = (*, skip_locked = false, nowait = false))]
    fn for_update(&self, py: Python<'_>, skip_locked: bool, nowait: bool) -> PyResult<Query> {
        let mut query = self.copy(py);
        query.lock = Some(match (skip_locked, nowait) {
            (false, false) => Lock::Wait,
            (true, false) => Lock::Skip,
            (false, true) => Lock::Refuse,
            (true, true) => {
                return Err(PyValueError::new_err("rows that are locked are left out or refused, not both"));
            }
        });
        Ok(query)
    }

    /// Reads through the handle's query cache: the answer is good until one of its tables is written through the handle, and
    /// for `ttl` seconds at most, where that is given; None leaves it at that of the cache.
    #[pyo3(signature = (ttl = None))]
    fn cached(&self, py: Python<'_>, ttl: Option<Seconds>) -> PyResult<Query> {
        let mut query = self.copy(py);
        query.caching = match ttl {
            Some(ttl) => Caching::For(ttl.positive(py)?),
            None => Caching::Wanted,
        };
        Ok(query)
    }

    /// Reads the database, whatever the handle does with other queries.
    fn uncached(&self, py: Python<'_>) -> Query {
        let mut query = self.copy(py);
        query.caching = Caching::Never;
        query
    }

    /// Reads so many rows at a time.
    pub(crate) fn batch_size(&self, py: Python<'_>, rows: usize) -> PyResult<Query> {
        if rows == 0 {
            return Err(PyValueError::new_err("a batch has at least one row"));
        }
        let mut query = self.copy(py);
        query.batch_size = Some(rows);
        Ok(query)
    }

    /// All rows: an iterator over batches.
    #[getter]
    fn all(slf: &Bound<'_, Self>) -> Operation {
        Self::operation(slf, Want::All)
    }

    /// One row; without any the operation fails.
    #[getter]
    fn one(slf: &Bound<'_, Self>) -> Operation {
        Self::operation(slf, Want::One)
    }

    /// The first row, or None.
    #[getter]
    fn first(slf: &Bound<'_, Self>) -> Operation {
        Self::operation(slf, Want::First)
    }

    /// The number of rows, or of groups.
    #[getter]
    fn count(slf: &Bound<'_, Self>) -> Operation {
        Self::operation(slf, Want::Count)
    }

    /// Whether there is a row.
    #[getter]
    fn exists(slf: &Bound<'_, Self>) -> Operation {
        Self::operation(slf, Want::Exists)
    }

    /// Removes the rows; the value is their number.
    #[getter]
    fn delete(slf: &Bound<'_, Self>) -> Operation {
        Self::operation(slf, Want::Delete)
    }

    /// How the database would run the query, as a list of lines.
    #[getter]
    fn explain(slf: &Bound<'_, Self>) -> Operation {
        Self::operation(slf, Want::Explain)
    }

    /// The statement that reads all rows, without values. Nothing is sent. Operations have one, too: `.count.statement()`.
    fn statement(slf: &Bound<'_, Self>) -> PyResult<String> {
        Self::statement_of(slf, Want::List)
    }

    /// Lists and single objects, raising.
    #[getter]
    fn fetch(slf: &Bound<'_, Self>) -> Fetch {
        Fetch::new(slf.clone().unbind())
    }

    /// Sets fields of the rows, to values or expressions; the value is the number of rows.
    #[pyo3(signature = (**values))]
    fn update(slf: &Bound<'_, Self>, values: Option<Py<PyDict>>) -> Operation {
        let job = Job::Update { query: slf.clone().unbind(), values };
        if slf.get().raises { Operation::raising_by_default(job) } else { Operation::new(job) }
    }

    /// As `update`.
    #[pyo3(signature = (**values))]
    fn set(slf: &Bound<'_, Self>, values: Option<Py<PyDict>>) -> Operation {
        Self::update(slf, values)
    }

    /// All rows as a list, raising.
    fn fetch_all(slf: &Bound<'_, Self>) -> PyResult<Awaiting> {
        Operation::raise(slf.py(), Self::operation(slf, Want::List))
    }

    /// The first row or None, raising.
    fn fetch_one(slf: &Bound<'_, Self>) -> PyResult<Awaiting> {
        Operation::raise(slf.py(), Self::operation(slf, Want::First))
    }

    fn __await__(slf: &Bound<'_, Self>) -> PyResult<Awaiting> {
        Operation::plain(slf.py(), Self::operation(slf, Want::All))
    }

    fn __aiter__(slf: &Bound<'_, Self>) -> BatchIterator {
        BatchIterator::fresh(slf.clone().unbind())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let parts = self.predicates.iter().map(|part| Ok(part.bind(py).repr()?.to_string()));
        Ok(format!("<Query {}>", parts.collect::<PyResult<Vec<_>>>()?.join(", ")))
    }
}
