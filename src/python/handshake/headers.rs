//! Header fields at the border to Python: pairs of bytes on its side (RFC 9110 section 5).

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

use super::text::{encode_ascii, to_bytes};
use crate::protocol::http::Fields;
use crate::python::error::local_protocol_error;

/// The fields as a list of pairs of bytes.
pub(super) fn to_list<'a, 'py>(
    py: Python<'py>,
    fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for (name, value) in fields {
        list.append((PyBytes::new(py, name), PyBytes::new(py, value)))?;
    }
    Ok(list)
}

/// Adds every pair of an iterable.
pub(super) fn push_all(fields: &mut Fields, pairs: &Bound<'_, PyAny>) -> PyResult<()> {
    for pair in pairs.try_iter()? {
        let (name, value) = unpack(&pair?)?;
        push(
            fields,
            bytesify(&name)?.as_bytes(),
            bytesify(&value)?.as_bytes(),
            pairs.py(),
        )?;
    }
    Ok(())
}

/// Adds one field, or says what is wrong with it.
pub(super) fn push(fields: &mut Fields, name: &[u8], value: &[u8], py: Python<'_>) -> PyResult<()> {
    fields
        .push(name, value)
        .map_err(|error| local_protocol_error(py, error.to_string()))
}

/// `name, value = pair`
pub(in crate::python) fn unpack<'py>(
    pair: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    if let Ok(pair) = pair.cast_exact::<PyTuple>()
        && let Ok(pair) = pair.extract()
    {
        return Ok(pair);
    }
    let mut items = pair.try_iter().map_err(|_| {
        let name = pair.get_type().name();
        let name = name.map_or_else(|_| "object".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("cannot unpack non-iterable {name} object"))
    })?;
    let name = items.next().transpose()?.ok_or_else(|| too_few(0))?;
    let value = items.next().transpose()?.ok_or_else(|| too_few(1))?;
    match items.next().transpose()? {
        None => Ok((name, value)),
        Some(_) => Err(PyValueError::new_err(
            "too many values to unpack (expected 2)",
        )),
    }
}

fn too_few(count: usize) -> PyErr {
    let text = format!("not enough values to unpack (expected 2, got {count})");
    PyValueError::new_err(text)
}

/// Bytes out of ASCII text or anything with the buffer protocol.
pub(super) fn bytesify<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    if value.is_instance_of::<PyString>() {
        return encode_ascii(value);
    }
    if value.is_instance_of::<PyInt>() {
        return Err(PyTypeError::new_err("expected bytes-like object, not int"));
    }
    to_bytes(value)
}
