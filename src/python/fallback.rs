//! `wsproto._fallback`: the Python code that runs where something was replaced, and instead of a
//! native iterator that is used as a generator.

use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::objects::interned;
use super::recursion;

/// Call one of its functions, which may end up here again.
#[cold]
pub(crate) fn call<'py>(
    py: Python<'py>,
    name: &Bound<'py, PyString>,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let _level = recursion::enter(py)?;
    let module = py.import(interned!(py, "wsproto._fallback")?)?;
    module.getattr(name)?.call1(arguments)
}

/// A generator over what a native iterator gives.
pub(crate) fn items<'py>(iterator: &Bound<'py, PyAny>, begun: bool) -> PyResult<Bound<'py, PyAny>> {
    call(
        iterator.py(),
        interned!(iterator.py(), "items")?,
        (iterator, begun),
    )
}
