//! What the native iterators share with Python's generators.

use pyo3::prelude::*;
use pyo3::types::PyType;

/// The exception that `throw(kind, value, traceback)` raises.
pub(crate) fn thrown(
    kind: &Bound<'_, PyAny>,
    value: Option<&Bound<'_, PyAny>>,
    traceback: Option<&Bound<'_, PyAny>>,
) -> PyErr {
    let exception = match (kind.cast::<PyType>(), value) {
        (Err(_), _) => Ok(kind.clone()),
        (Ok(kind), None) => kind.call0(),
        (Ok(kind), Some(value)) if value.is_instance(kind).unwrap_or(false) => Ok(value.clone()),
        (Ok(kind), Some(value)) => kind.call1((value,)),
    };
    let exception = exception.and_then(|exception| match traceback {
        Some(traceback) => exception.call_method1("with_traceback", (traceback,)),
        None => Ok(exception),
    });
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
