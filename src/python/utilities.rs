//! `wsproto.utilities`: what is useful around the opening handshake (RFC 6455 section 4).

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use super::arguments::unpack_pair;
use super::ffi::memory::new_bytes;
use super::ffi::objects::{interned, new_dict, new_empty_list, new_list, new_tuple};
use super::handshake::headers;
use super::random::nonce;
use crate::protocol::handshake::{AcceptToken, GUID};

/// Make a dict of headers; values of one name are joined by ``b", "`` (RFC 9110 section 5.2).
///
/// :param h11_headers: pairs of bytes, the names in lower case.
#[pyfunction]
fn normed_header_dict<'py>(h11_headers: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = h11_headers.py();
    let joined = new_dict(py)?;
    for pair in h11_headers.try_iter()? {
        let (name, value) = unpack_pair(&pair?)?;
        match joined.get_item(&name)? {
            Some(values) => values.cast::<PyList>()?.append(value)?,
            None => joined.set_item(name, new_list(py, 1, std::iter::once(Ok(value)))?)?,
        }
    }
    let comma = new_bytes(py, b", ")?;
    for (name, values) in joined.copy()? {
        joined.set_item(name, comma.call_method1(interned!(py, "join")?, (values,))?)?;
    }
    Ok(joined)
}

/// Split the value of a list header (RFC 9110 section 5.6.1) into its members, as ``str`` without
/// the white space around them.
///
/// :param value: the value, as bytes.
/// :raises UnicodeDecodeError: if it is not ASCII.
#[pyfunction]
fn split_comma_header<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let py = value.py();
    if let Ok(value) = value.cast_exact::<PyBytes>()
        && value.as_bytes().is_ascii()
    {
        return headers::split(py, value.as_bytes());
    }
    let list = new_empty_list(py)?;
    for piece in value
        .call_method1(interned!(py, "split")?, (new_bytes(py, b",")?,))?
        .try_iter()?
    {
        let text = piece?.call_method1(interned!(py, "decode")?, (interned!(py, "ascii")?,))?;
        list.append(text.call_method0(interned!(py, "strip")?)?)?;
    }
    Ok(list)
}

/// Return a key for a client's request: 16 random bytes in base64, 24 bytes long (RFC 6455 section
/// 4.1, item 7).
#[pyfunction]
fn generate_nonce(py: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
    new_bytes(py, nonce(py)?.as_bytes())
}

/// Return the server's answer to a client's key, 28 bytes (RFC 6455 section 4.2.2, item 5.4).
///
/// :param token: the key of the request, as bytes.
#[pyfunction]
fn generate_accept_token<'py>(token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = token.py();
    if let Ok(token) = token.cast_exact::<PyBytes>() {
        return new_bytes(py, AcceptToken::from_key(token.as_bytes()).as_bytes());
    }
    let hashed = token.add(new_bytes(py, GUID)?)?;
    let hashed =
        new_bytes(py, b"")?.call_method1(interned!(py, "join")?, (new_tuple(py, [hashed])?,))?;
    let hashed = hashed.cast_into::<PyBytes>()?;
    let token = hashed.as_bytes().strip_suffix(GUID).unwrap_or_default();
    new_bytes(py, AcceptToken::from_key(token).as_bytes())
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(normed_header_dict, module)?)?;
    module.add_function(wrap_pyfunction!(split_comma_header, module)?)?;
    module.add_function(wrap_pyfunction!(generate_nonce, module)?)?;
    module.add_function(wrap_pyfunction!(generate_accept_token, module)?)?;
    Ok(())
}
