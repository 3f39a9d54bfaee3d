//! What is thrown into a generator: one argument, or the three of old.

use std::ffi::CStr;

use pyo3::exceptions::{PyBaseException, PyDeprecationWarning, PyGeneratorExit, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyTraceback, PyType};

use crate::python::given::Given;
use crate::python::objects::new_error;

const DEPRECATED: &CStr = c"the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.";

/// The arguments of `throw`.
pub(crate) struct Thrown<'py> {
    kind: Bound<'py, PyAny>,
    value: Option<Bound<'py, PyAny>>,
    traceback: Option<Bound<'py, PyAny>>,
}

impl<'py> Thrown<'py> {
    /// What these arguments are.
    ///
    /// # Errors
    ///
    /// A `DeprecationWarning` about more than one, from CPython 3.12 on, where warnings are errors.
    pub(super) fn new(
        kind: Bound<'py, PyAny>,
        value: Given<'py>,
        traceback: Given<'py>,
    ) -> PyResult<Self> {
        let (value, traceback) = (value.into_option(), traceback.into_option());
        if cfg!(Py_3_12) && (value.is_some() || traceback.is_some()) {
            let py = kind.py();
            let category = py.get_type::<PyDeprecationWarning>();
            PyErr::warn(py, &category, DEPRECATED, 1)?;
        }
        Ok(Self {
            kind,
            value,
            traceback,
        })
    }

    /// The exception that they come to, or the `TypeError` that says why they come to none.
    pub(crate) fn error(&self) -> PyResult<PyErr> {
        let py = self.kind.py();
        let traceback = match present(self.traceback.as_ref()) {
            None => None,
            Some(traceback) => Some(traceback.cast::<PyTraceback>().map_err(|_| {
                new_error::<PyTypeError>(py, "throw() third argument must be a traceback object")
            })?),
        };
        let error = if let Some(class) = self.class()? {
            // What instance the value makes is the interpreter's business.
            let value = self.value.as_ref().map(|value| value.clone().unbind());
            PyErr::from_type(class.clone(), value)
        } else if !self.kind.is_instance_of::<PyBaseException>() {
            let name = self.kind.get_type().name()?;
            return Err(new_error::<PyTypeError>(
                py,
                format!(
                    "exceptions must be classes or instances deriving from BaseException, not {name}"
                ),
            ));
        } else if present(self.value.as_ref()).is_some() {
            let text = "instance exception may not have a separate value";
            return Err(new_error::<PyTypeError>(py, text));
        } else {
            PyErr::from_value(self.kind.clone())
        };
        if let Some(traceback) = traceback {
            error.set_traceback(py, Some(traceback.clone()));
        }
        Ok(error)
    }

    /// Have an iterator's own `throw` take them.
    pub(super) fn into(&self, throw: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match (&self.kind, &self.value, &self.traceback) {
            (kind, None, _) => throw.call1((kind,)),
            (kind, value, None) => throw.call1((kind, value)),
            arguments => throw.call1(arguments),
        }
    }

    /// Whether a generator is asked to close.
    pub(super) fn is_generator_exit(&self) -> PyResult<bool> {
        match self.class()? {
            Some(class) => class.is_subclass_of::<PyGeneratorExit>(),
            None => Ok(self.kind.is_instance_of::<PyGeneratorExit>()),
        }
    }

    /// The class, if it is one of exceptions that is thrown.
    fn class(&self) -> PyResult<Option<&Bound<'py, PyType>>> {
        match self.kind.cast::<PyType>() {
            Ok(class) if class.is_subclass_of::<PyBaseException>()? => Ok(Some(class)),
            _ => Ok(None),
        }
    }
}

/// An argument that is not `None`.
fn present<'a, 'py>(argument: Option<&'a Bound<'py, PyAny>>) -> Option<&'a Bound<'py, PyAny>> {
    argument.filter(|argument| !argument.is_none())
}
