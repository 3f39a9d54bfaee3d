//! `first, second = object`.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::fallback;
use super::objects::interned;

/// The two items of an iterable. The interpreter has the errors for others.
pub(crate) fn pair<'py>(
    object: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    if let Ok(tuple) = object.cast_exact::<PyTuple>()
        && let Ok(pair) = tuple.extract()
    {
        return Ok(pair);
    }
    let py = object.py();
    fallback::call(py, interned!(py, "pair")?, (object,))?.extract()
}
