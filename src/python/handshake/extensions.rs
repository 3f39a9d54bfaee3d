//! Agreeing on extensions (RFC 6455 section 9.1), which are Python objects: by the functions of
//! `wsproto.handshake`.

use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::fallback::call_in;
use crate::python::ffi::objects::interned;

/// The value of the header that offers these extensions, or `None`.
pub(super) fn offer<'py>(extensions: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = extensions.py();
    call(py, interned!(py, "_offer_extensions")?, (extensions,))
}

/// The value of the header that accepts offers, or `None`.
pub(super) fn accept<'py>(
    offers: &Bound<'py, PyAny>,
    supported: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = offers.py();
    let name = interned!(py, "server_extensions_handshake")?;
    call(py, name, (offers, supported))
}

/// The list of the extensions in use, of which the server has accepted these.
pub(super) fn finalize<'py>(
    accepted: &Bound<'py, PyAny>,
    supported: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = accepted.py();
    let name = interned!(py, "client_extensions_handshake")?;
    call(py, name, (accepted, supported))
}

fn call<'py>(
    py: Python<'py>,
    name: &Bound<'py, PyString>,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    call_in(interned!(py, "wsproto.handshake")?, name, arguments)
}
