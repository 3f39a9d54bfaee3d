//! Arguments that are convertible to bytes.
//!
//! The exceptions for others are those of `bytearray`, since upstream builds a `bytearray` from
//! such arguments.

use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use super::objects::{interned, new_bytearray};

/// The bytes of `bytearray(object)`.
#[inline]
pub(crate) fn bytes_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    let copy = object.py().get_type::<PyByteArray>().call1((object,))?;
    frozen(&copy.cast_into()?)
}

/// The bytes that `+= object` appends to a `bytearray`: those of a buffer.
#[inline]
pub(crate) fn extension_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    let empty = new_bytearray(object.py(), b"")?;
    let sum = empty
        .as_any()
        .call_method1(interned!(object.py(), "__iadd__")?, (object,))?;
    frozen(&sum.cast_into()?)
}

fn frozen<'py>(array: &Bound<'py, PyByteArray>) -> PyResult<Bound<'py, PyBytes>> {
    array
        .py()
        .get_type::<PyBytes>()
        .call1((array,))?
        .cast_into()
        .map_err(Into::into)
}
