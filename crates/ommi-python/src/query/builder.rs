//! What Python calls on a query: order, page and projection give another query, the rest gives operations.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::sort::is_sort_key;
use super::{BatchIterator, Fetch, Query, Want};
use crate::node::ASTReferenceNode;
use crate::operation::{Awaiting, Job, Operation};

#[pymethods]
impl Query {
    /// Adds predicates that must hold too.
    #[pyo3(name = "where", signature = (*predicates))]
    fn filter(&self, predicates: &Bound<'_, PyTuple>) -> Query {
        let mut query = self.copy(predicates.py());
        query.predicates.extend(predicates.iter().map(Bound::unbind));
        query
    }

    /// Sorts by references, `.asc`, `.desc`, `"name"`, `"-name"` or `("name", OrderDirection.DESC)`; the first weighs most.
    #[pyo3(signature = (*keys))]
    fn order_by(&self, keys: &Bound<'_, PyTuple>) -> Query {
        let mut query = self.copy(keys.py());
        let named_pair = keys.len() == 2
            && keys.get_item(0).is_ok_and(|key| key.is_instance_of::<PyString>())
            && keys.get_item(1).is_ok_and(|key| key.hasattr("value").unwrap_or(false) && !is_sort_key(&key));
        if named_pair {
            query.order.push(keys.clone().into_any().unbind());
        } else {
            query.order.extend(keys.iter().map(Bound::unbind));
        }
        query
    }

    /// As `order_by`.
    #[pyo3(signature = (*keys))]
    fn sort(&self, keys: &Bound<'_, PyTuple>) -> Query {
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

    /// Without the first `n` rows.
    fn offset(&self, py: Python<'_>, n: i64) -> PyResult<Query> {
        let rows = u64::try_from(n).map_err(|_| PyValueError::new_err("an offset is not negative"))?;
        let mut query = self.copy(py);
        query.offset = Some(rows);
        Ok(query)
    }

    /// Returns tuples of these fields instead of models.
    #[pyo3(signature = (*columns))]
    fn select(&self, columns: &Bound<'_, PyTuple>) -> PyResult<Query> {
        if columns.is_empty() {
            return Err(PyValueError::new_err("select() needs at least one field"));
        }
        let mut query = self.copy(columns.py());
        let nodes = columns.iter().map(|column| match column.cast_into::<ASTReferenceNode>() {
            Ok(node) => Ok(node.unbind()),
            Err(_) => Err(PyTypeError::new_err("select() takes references to fields, such as User.name")),
        });
        query.columns = Some(nodes.collect::<PyResult<_>>()?);
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

    /// Locks the rows until the transaction ends.
    fn for_update(&self, py: Python<'_>) -> Query {
        let mut query = self.copy(py);
        query.locks_rows = true;
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

    /// The number of rows.
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
