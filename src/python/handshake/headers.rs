//! Header fields at the border to Python: pairs of bytes on its side (RFC 9110 section 5).

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

use super::shared_headers::SharedHeaders;
use super::text::{encode_ascii, to_bytes};
use crate::protocol::handshake::split_comma_list;
use crate::protocol::http::{HeaderIter, HeaderLines};
use crate::python::error::send_error;
use crate::python::memory::{ascii_to_string, new_bytes};
use crate::python::objects::{new_error, new_list, new_tuple};
use crate::python::unpack;

/// The headers as a list of pairs of bytes.
pub(super) fn to_list<'py>(
    py: Python<'py>,
    headers: HeaderIter<'_>,
) -> PyResult<Bound<'py, PyList>> {
    let shared = SharedHeaders::get(py)?;
    new_list(
        py,
        headers.len(),
        headers.map(|header| shared.pair(py, &header)),
    )
}

/// A header as a pair of bytes.
pub(super) fn pair<'py>(
    py: Python<'py>,
    name: &[u8],
    value: &[u8],
) -> PyResult<Bound<'py, PyTuple>> {
    let (name, value) = (new_bytes(py, name)?, new_bytes(py, value)?);
    new_tuple(py, [name.into_any(), value.into_any()])
}

/// The members of lists in ASCII as a list of `str`; empty ones do not count (RFC 9110 section
/// 5.6.1).
pub(super) fn members<'a, 'py>(
    py: Python<'py>,
    lists: impl Iterator<Item = &'a [u8]> + Clone,
) -> PyResult<Bound<'py, PyList>> {
    let members = lists.flat_map(split_comma_list);
    let members = members.filter(|member| !member.is_empty());
    let count = members.clone().count();
    new_list(py, count, members.map(|member| ascii_to_string(py, member)))
}

/// What stands between the commas of a list in ASCII, as a list of `str`.
pub(in crate::python) fn split<'py>(py: Python<'py>, list: &[u8]) -> PyResult<Bound<'py, PyList>> {
    let pieces = split_comma_list(list);
    new_list(
        py,
        pieces.len(),
        pieces.map(|piece| ascii_to_string(py, piece)),
    )
}

/// Adds every pair of an iterable.
pub(super) fn push_all(lines: &mut HeaderLines, pairs: &Bound<'_, PyAny>) -> PyResult<()> {
    if is_empty_list(pairs) {
        return Ok(());
    }
    for pair in pairs.try_iter()? {
        let (name, value) = unpack::pair(&pair?)?;
        push(
            lines,
            bytesify(&name)?.as_bytes(),
            bytesify(&value)?.as_bytes(),
            pairs.py(),
        )?;
    }
    Ok(())
}

/// Whether this is a list without members, as most events have them.
#[inline]
pub(super) fn is_empty_list(object: &Bound<'_, PyAny>) -> bool {
    let list = object.cast_exact::<PyList>();
    list.is_ok_and(PyListMethods::is_empty)
}

/// Adds one field, or says what is wrong with it.
pub(super) fn push(
    lines: &mut HeaderLines,
    name: &[u8],
    value: &[u8],
    py: Python<'_>,
) -> PyResult<()> {
    lines
        .push(name, value)
        .map_err(|error| send_error(py, &error.into()))
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
        return Err(new_error::<PyTypeError>(
            value.py(),
            "expected bytes-like object, not int",
        ));
    }
    to_bytes(value)
}
