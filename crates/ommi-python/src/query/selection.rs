//! What a query selects, and what becomes of it: tuples, or objects made by name.

use ommi::core::query::Expr;
use ommi::core::value::Cell;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{ffi, intern};
use smallvec::SmallVec;

use crate::codec::{Codec, build_plain};
use crate::node::{ASTNamedNode, ASTReferenceNode, Owner, field_of, is_value, lower_value};

/// What `select(...)` was given.
pub(super) struct Selection {
    /// The nodes, some of them named.
    pub(super) nodes: Vec<Py<PyAny>>,
    /// What is called by the names of the nodes.
    into: Option<Into>,
}

/// Something that is called by keywords.
struct Into {
    callable: Py<PyAny>,
    names: Py<PyTuple>,
}

impl Into {
    fn copy(&self, py: Python<'_>) -> Self {
        Self { callable: self.callable.clone_ref(py), names: self.names.clone_ref(py) }
    }
}

impl Selection {
    /// Checks what is given to `select`.
    pub(super) fn new(nodes: &Bound<'_, PyTuple>, into: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        if nodes.is_empty() {
            return Err(PyValueError::new_err("select() needs at least one field"));
        }
        for node in nodes.iter() {
            if !is_value(&node) && !node.is_exact_instance_of::<ASTNamedNode>() {
                return Err(PyTypeError::new_err(
                    "select() takes fields, such as User.name, what is computed from them, and aggregates",
                ));
            }
        }
        let into = into.map(|into| Into::of(into, nodes)).transpose()?;
        Ok(Self { nodes: nodes.iter().map(Bound::unbind).collect(), into })
    }

    pub(super) fn copy(&self, py: Python<'_>) -> Self {
        Self {
            nodes: self.nodes.iter().map(|node| node.clone_ref(py)).collect(),
            into: self.into.as_ref().map(|into| into.copy(py)),
        }
    }

    /// The engine's expressions, and what reads the values of each row.
    pub(super) fn lower(&self, py: Python<'_>) -> PyResult<(Vec<Expr>, Selected)> {
        let (mut values, mut readers) = (Vec::new(), Vec::new());
        for node in &self.nodes {
            let node = unnamed(node.bind(py));
            values.push(lower_value(&node)?);
            readers.push(match field_of(&node)? {
                Some(field) => Reader::Field(field),
                None => Reader::Plain,
            });
        }
        let selected = Selected { readers, into: self.into.as_ref().map(|into| into.copy(py)) };
        Ok((values, selected))
    }
}

impl Into {
    /// Refuses names that the callable does not take, and those of its own that nothing is called.
    fn of(callable: &Bound<'_, PyAny>, nodes: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let py = callable.py();
        if !callable.is_callable() {
            return Err(PyTypeError::new_err("select(into=...) takes a class, such as a dataclass"));
        }
        let mut names = Vec::with_capacity(nodes.len());
        for node in nodes.iter() {
            let name = name_of(&node)?;
            let text = name.to_str()?;
            if names.iter().any(|known: &Bound<'_, PyString>| known == text) {
                return Err(PyValueError::new_err(format!("two selected values are called {name}")));
            }
            names.push(PyString::intern(py, text));
        }
        let arguments = PyDict::new(py);
        for name in &names {
            arguments.set_item(name, py.None())?;
        }
        // What has no signature shows when it is called.
        let signature = py.import("inspect")?.call_method1("signature", (callable,));
        if let Ok(signature) = signature {
            signature.call_method("bind", (), Some(&arguments)).map_err(|error| {
                let name =
                    callable.getattr("__name__").map_or_else(|_| "...".into(), |name| name.to_string());
                PyTypeError::new_err(format!("select(into={name}): {}", error.value(py)))
            })?;
        }
        Ok(Self { callable: callable.clone().unbind(), names: PyTuple::new(py, names)?.unbind() })
    }
}

fn unnamed<'py>(node: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    match node.cast_exact::<ASTNamedNode>() {
        Ok(named) => named.get().selected(node.py()).clone(),
        Err(_) => node.clone(),
    }
}

fn name_of<'py>(node: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    if let Ok(named) = node.cast_exact::<ASTNamedNode>() {
        return Ok(named.get().called(node.py()).clone());
    }
    if node.is_exact_instance_of::<ASTReferenceNode>() {
        return Ok(node.getattr(intern!(node.py(), "name"))?.cast_into::<PyString>()?);
    }
    Err(PyValueError::new_err(format!(
        "select(into=...) needs a name for {}: give it one by .named(\"...\")",
        node.repr()?
    )))
}

/// What reads the values of each row, and what they become.
pub(crate) struct Selected {
    readers: Vec<Reader>,
    into: Option<Into>,
}

/// How one value is read.
enum Reader {
    /// As those of a field.
    Field(Owner),
    /// By a codec of its own.
    Column(Codec),
    /// By its kind.
    Plain,
}

impl Selected {
    /// Tuples of columns that are read so.
    pub(super) fn of_columns(codecs: Vec<Codec>) -> Self {
        Self { readers: codecs.into_iter().map(Reader::Column).collect(), into: None }
    }

    /// What a row becomes.
    pub(super) fn build<'py, 'a>(
        &self,
        py: Python<'py>,
        cells: impl Iterator<Item = Cell<'a>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut values: SmallVec<[Bound<'py, PyAny>; 16]> = SmallVec::new();
        for (reader, cell) in self.readers.iter().zip(cells) {
            values.push(match reader {
                Reader::Field(field) => field.build(py, cell)?,
                Reader::Column(codec) => codec.build(py, cell)?,
                Reader::Plain => build_plain(py, cell)?,
            });
        }
        let Some(into) = &self.into else { return Ok(PyTuple::new(py, values)?.into_any()) };
        let arguments: SmallVec<[*mut ffi::PyObject; 16]> = values.iter().map(Bound::as_ptr).collect();
        // SAFETY: the callable, the values and the names live for the whole call; there are as many values as names,
        // and the call returns a new reference or null with an exception set.
        unsafe {
            let object =
                ffi::PyObject_Vectorcall(into.callable.as_ptr(), arguments.as_ptr(), 0, into.names.as_ptr());
            Bound::from_owned_ptr_or_err(py, object)
        }
    }
}
