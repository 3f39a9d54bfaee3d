//! Errors of the protocol as the exceptions that `wsproto.utilities` declares.

use pyo3::prelude::*;

use super::declared::declared;

/// A `LocalProtocolError` with this text.
pub(crate) fn local_protocol_error(py: Python<'_>, message: &str) -> PyErr {
    match declared(py).and_then(|names| names.local_protocol_error.bind(py).call1((message,))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// A `RemoteProtocolError` with this text and this `event_hint`.
pub(crate) fn remote_protocol_error(
    py: Python<'_>,
    message: &str,
    event_hint: Bound<'_, PyAny>,
) -> PyErr {
    match declared(py).and_then(|names| {
        names
            .remote_protocol_error
            .bind(py)
            .call1((message, event_hint))
    }) {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
