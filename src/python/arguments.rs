//! Conversions of arguments: optional ones, bounded integers, bytes, pairs and ASCII text.

use std::convert::Infallible;
use std::ops::RangeInclusive;

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString, PyTuple};

use super::fallback;
use super::ffi::memory::new_bytes;
use super::ffi::objects::{interned, new_bytearray, new_error};

/// An argument, or none.
pub(crate) struct Given<'py>(Option<Bound<'py, PyAny>>);

impl<'py> Given<'py> {
    /// No argument.
    pub(crate) const NOTHING: Self = Self(None);

    /// The argument, if there is one.
    pub(crate) fn into_option(self) -> Option<Bound<'py, PyAny>> {
        self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(object.to_owned())))
    }
}

/// The largest size in bytes of an object.
pub(crate) const MAX_SIZE: usize = isize::MAX.unsigned_abs();

/// An argument, which must be an integer within these bounds.
///
/// # Errors
///
/// A `TypeError` if it is no integer, a `ValueError` if it is out of bounds.
pub(crate) fn bounded_integer<T>(
    name: &str,
    argument: &Bound<'_, PyAny>,
    bounds: RangeInclusive<T>,
) -> PyResult<T>
where
    T: for<'a, 'py> FromPyObject<'a, 'py, Error = PyErr> + PartialOrd + std::fmt::Display,
{
    match argument.extract() {
        Ok(number) if bounds.contains(&number) => Ok(number),
        Err(error) if !error.is_instance_of::<PyOverflowError>(argument.py()) => Err(error),
        _ => {
            let (least, most) = bounds.into_inner();
            let message = format!("{name} must be between {least} and {most} inclusive");
            Err(new_error::<PyValueError>(argument.py(), message))
        }
    }
}

/// The bytes of `bytearray(object)`: upstream builds a `bytearray` from such arguments.
#[inline]
pub(crate) fn bytes_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    let copy = object.py().get_type::<PyByteArray>().call1((object,))?;
    to_bytes(&copy)
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
    to_bytes(&sum)
}

/// `first, second = object`, with the errors of the interpreter.
pub(crate) fn unpack_pair<'py>(
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

/// The text, if that is what it is and all of it is ASCII.
pub(crate) fn ascii_text<'a>(text: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    let text = text.cast_exact::<PyString>().ok()?.to_str().ok()?;
    text.is_ascii().then_some(text.as_bytes())
}

/// `text.encode("ascii")`
pub(crate) fn encode_ascii<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = text.py();
    if let Some(text) = ascii_text(text) {
        return new_bytes(py, text);
    }
    let encoded = text.call_method1(interned!(py, "encode")?, (interned!(py, "ascii")?,))?;
    to_bytes(&encoded)
}

/// `bytes(object)`, which is the object itself if it is `bytes`.
pub(crate) fn to_bytes<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    let bytes = object.py().get_type::<PyBytes>().call1((object,))?;
    Ok(bytes.cast_into()?)
}
