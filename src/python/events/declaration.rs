//! What an event class declares about its fields, in one table a class.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString, PyTuple, PyType};
use pyo3::{PyClass, intern};

use super::field::{Field, unmade_list};
use crate::python::once::Once;

/// What a field is when the constructor is not given it.
#[derive(Clone, Copy)]
pub(crate) enum Default {
    /// It has to be given.
    Required,
    None,
    False,
    True,
    EmptyBytes,
    /// 400, the status code of a refused handshake (RFC 9110 section 15.5.1).
    BadRequest,
    /// A list of its own for each event.
    EmptyList,
}

/// One field.
pub(crate) struct Declared {
    pub(super) name: &'static str,
    /// The text of its annotation.
    pub(super) annotation: &'static str,
    pub(super) default: Default,
}

/// The fields of a class, in the order of the constructor.
pub(crate) struct Declaration {
    pub(super) fields: &'static [Declared],
    names: Once<Vec<Py<PyString>>>,
}

/// A native event class, with `N` fields.
pub(crate) trait EventClass<const N: usize>: PyClass {
    const DECLARATION: &'static Declaration;

    /// An event of these fields.
    fn initializer(fields: [Field; N]) -> PyClassInitializer<Self>;

    /// Where the fields of an event are.
    fn fields<'a>(event: &'a Bound<'_, Self>) -> [&'a Field; N];
}

impl Declaration {
    pub(super) const fn new(fields: &'static [Declared]) -> Self {
        Self {
            fields,
            names: Once::new(),
        }
    }

    /// The names of the fields, interned, as the names of keyword arguments and attributes are.
    #[inline]
    pub(super) fn names(&self, py: Python<'_>) -> &[Py<PyString>] {
        self.names.get_or_init(py, || {
            self.fields
                .iter()
                .map(|field| PyString::intern(py, field.name).unbind())
                .collect()
        })
    }

    /// Gives `class` the attributes that describe its fields and need no `dataclasses`. A class whose
    /// fields are not its `own` but its base's annotates none.
    pub(super) fn describe(&self, class: &Bound<'_, PyType>, own: bool) -> PyResult<()> {
        let py = class.py();
        let annotations = PyDict::new(py);
        for field in self.fields.iter().filter(|_| own) {
            annotations.set_item(field.name, field.annotation)?;
        }
        class.setattr(intern!(py, "__annotations__"), annotations)?;
        class.setattr(
            intern!(py, "__match_args__"),
            PyTuple::new(py, self.names(py))?,
        )
    }

    /// The defaults by name; for a field whose every default is a list of its own, the type `list`.
    pub(super) fn defaults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let defaults = PyDict::new(py);
        for field in self.fields {
            match field.default {
                Default::EmptyList => defaults.set_item(field.name, py.get_type::<PyList>())?,
                other => {
                    if let Some(value) = other.value(py) {
                        defaults.set_item(field.name, value)?;
                    }
                }
            }
        }
        Ok(defaults)
    }
}

impl Default {
    /// The value for one event, unless it has to be given. A list is made later.
    #[inline]
    pub(super) fn value(self, py: Python<'_>) -> Option<Bound<'_, PyAny>> {
        match self {
            Self::Required => None,
            Self::None => Some(py.None().into_bound(py)),
            Self::False => Some(PyBool::new(py, false).to_owned().into_any()),
            Self::True => Some(PyBool::new(py, true).to_owned().into_any()),
            Self::EmptyBytes => Some(PyBytes::new(py, b"").into_any()),
            Self::BadRequest => Some(PyInt::new(py, 400_u16).into_any()),
            Self::EmptyList => Some(unmade_list(py).clone().into_any()),
        }
    }

    /// The value, if it is one that all events may share.
    pub(super) fn shared(self, py: Python<'_>) -> Option<Bound<'_, PyAny>> {
        match self {
            Self::EmptyList => None,
            other => other.value(py),
        }
    }
}
