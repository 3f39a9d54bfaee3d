//! Errors of the protocol as the exceptions that `wsproto.utilities` declares.

use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyMemoryError, PyUnicodeDecodeError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::declared::declared;
use super::objects::{bare_error, interned, new_str};
use crate::protocol::error::{Cause, Failure, ParseFailed};
use crate::protocol::handshake::SendError;
use crate::protocol::http::Error;

/// `template.format(*arguments)`, by Python itself: the text of an object need not be encodable.
pub(crate) fn formatted<'py>(
    template: &Bound<'py, PyString>,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    template.call_method1(interned!(template.py(), "format")?, arguments)
}

/// A `LocalProtocolError` with this text.
pub(crate) fn local_protocol_error(py: Python<'_>, message: impl AsRef<str>) -> PyErr {
    match new_str(py, message.as_ref()) {
        Ok(message) => local_protocol_error_of(py, message.into_any()),
        Err(error) => error,
    }
}

/// A `LocalProtocolError` with this `str`.
pub(crate) fn local_protocol_error_of<'py>(py: Python<'py>, message: Bound<'py, PyAny>) -> PyErr {
    made(declared(py).and_then(|names| names.local_protocol_error.bind(py).call1((message,))))
}

/// What sending raises in a handshake.
pub(crate) fn send_error(py: Python<'_>, error: &SendError) -> PyErr {
    match error {
        SendError::Http(Error::OutOfMemory) => bare_error::<PyMemoryError>(),
        error => local_protocol_error(py, error.to_string()),
    }
}

/// A `RemoteProtocolError` with this text and this `event_hint`.
pub(crate) fn remote_protocol_error<'py>(
    py: Python<'py>,
    message: impl AsRef<str>,
    event_hint: Bound<'py, PyAny>,
) -> PyErr {
    match new_str(py, message.as_ref()) {
        Ok(message) => remote_protocol_error_of(py, message.into_any(), event_hint),
        Err(error) => error,
    }
}

/// A `RemoteProtocolError` with this `str` and this `event_hint`.
pub(crate) fn remote_protocol_error_of<'py>(
    py: Python<'py>,
    message: Bound<'py, PyAny>,
    event_hint: Bound<'py, PyAny>,
) -> PyErr {
    made(declared(py).and_then(|names| {
        let class = names.remote_protocol_error.bind(py);
        class.call1((message, event_hint))
    }))
}

/// What receiving raises: a `ParseFailed`, or what an extension has raised.
#[cold]
pub(crate) fn raised(py: Python<'_>, failure: Failure<PyErr>) -> PyErr {
    match failure.cause() {
        Cause::Parse(error) => parse_failed(py, &error),
        Cause::Raised(error) => error,
    }
}

/// The `ParseFailed` that `wsproto.frame_protocol` declares.
pub(crate) fn parse_failed(py: Python<'_>, error: &ParseFailed) -> PyErr {
    let exception = made(declared(py).and_then(|names| {
        let code = names.close_code(py, error.code())?;
        let text = new_str(py, &error.to_string())?;
        names.parse_failed.bind(py).call1((text, code))
    }));
    if let ParseFailed::InvalidUtf8(error) | ParseFailed::CloseReasonInvalidUtf8(error) = error {
        let cause =
            PyUnicodeDecodeError::new(py, c"utf-8", error.object(), error.range(), error.reason());
        exception.set_context(
            py,
            cause.ok().map(|cause| PyErr::from_value(cause.into_any())),
        );
    }
    exception
}

/// The exception, or why there is none.
fn made(exception: PyResult<Bound<'_, PyAny>>) -> PyErr {
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
