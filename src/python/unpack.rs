//! `first, second = object`, with the messages of the interpreter that this is built for.

use std::ffi::CStr;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::objects::new_error;

/// The two items of an iterable.
pub(crate) fn pair<'py>(
    object: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    if let Ok(tuple) = object.cast_exact::<PyTuple>()
        && let Ok(pair) = tuple.extract()
    {
        return Ok(pair);
    }
    let mut items = object
        .try_iter()
        .map_err(|error| unless_iterable(object, error))?;
    let first = items
        .next()
        .transpose()?
        .ok_or_else(|| too_few(object.py(), 0))?;
    let second = items
        .next()
        .transpose()?
        .ok_or_else(|| too_few(object.py(), 1))?;
    match items.next().transpose()? {
        None => Ok((first, second)),
        Some(_) => Err(too_many(object)),
    }
}

/// The error for an object that is not iterable; other errors of `iter()` pass through.
fn unless_iterable(object: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let class = object.get_type();
    // SAFETY: the object and its class are live, and the class has a name.
    let name = unsafe {
        let class = class.as_type_ptr();
        if (*class).tp_iter.is_some() || ffi::PySequence_Check(object.as_ptr()) != 0 {
            return error;
        }
        CStr::from_ptr((*class).tp_name).to_string_lossy()
    };
    new_error::<PyTypeError>(
        object.py(),
        format!("cannot unpack non-iterable {name} object"),
    )
}

fn too_few(py: Python<'_>, count: usize) -> PyErr {
    let text = format!("not enough values to unpack (expected 2, got {count})");
    new_error::<PyValueError>(py, text)
}

fn too_many(object: &Bound<'_, PyAny>) -> PyErr {
    // Since CPython 3.14 the message has the number of items, for these types.
    let is_counted = cfg!(Py_3_14)
        && (object.is_exact_instance_of::<PyTuple>()
            || object.is_exact_instance_of::<PyList>()
            || object.is_exact_instance_of::<PyDict>());
    let got = match object.len() {
        Ok(count @ 3..) if is_counted => format!(", got {count}"),
        _ => String::new(),
    };
    new_error::<PyValueError>(
        object.py(),
        format!("too many values to unpack (expected 2{got})"),
    )
}
