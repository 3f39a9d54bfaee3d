//! `wsproto.utilities`: what is useful around the opening handshake (RFC 6455 section 4).

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::ffi::memory::new_bytes;
use super::ffi::objects::{interned, new_tuple};
use super::random::nonce;
use crate::protocol::handshake::{AcceptToken, GUID};

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
    module.add_function(wrap_pyfunction!(generate_nonce, module)?)?;
    module.add_function(wrap_pyfunction!(generate_accept_token, module)?)?;
    Ok(())
}
