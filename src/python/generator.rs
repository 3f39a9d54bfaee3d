//! What the native iterators share with Python's generators.

use pyo3::PyClass;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// The methods that those iterators have in common; each class derived from it has a `__next__` and a `close` of its
/// own.
#[pyclass(frozen, subclass, module = "wsproto._wsproto")]
pub(crate) struct Generator;

#[pymethods]
impl Generator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Advance.
    fn send<'py>(slf: &Bound<'py, Self>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let _ = value;
        slf.call_method0(intern!(slf.py(), "__next__"))
    }

    /// Raise an exception, and finish.
    #[pyo3(signature = (kind, value=None, traceback=None))]
    fn throw(
        slf: &Bound<'_, Self>,
        kind: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        slf.call_method0(intern!(slf.py(), "close"))?;
        Err(thrown(kind, value, traceback))
    }
}

impl Generator {
    /// This iterator, with these methods.
    #[inline]
    pub(crate) fn of<T: PyClass<BaseType = Self>>(
        py: Python<'_>,
        iterator: T,
    ) -> PyResult<Bound<'_, T>> {
        Bound::new(py, PyClassInitializer::from(Self).add_subclass(iterator))
    }
}

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
