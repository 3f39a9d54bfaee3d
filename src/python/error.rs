//! Errors of the protocol as the exceptions that `wsproto.utilities` declares.

use pyo3::call::PyCallArgs;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::declared::declared;
use crate::protocol::error::{Cause, Failure, ParseFailed};

/// `template.format(*arguments)`, by Python itself: the text of an object need not be encodable.
pub(crate) fn formatted<'py>(
    template: &Bound<'py, PyString>,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    template.call_method1(intern!(template.py(), "format"), arguments)
}

/// A `LocalProtocolError` with this text.
pub(crate) fn local_protocol_error<'py>(py: Python<'py>, message: impl IntoPyObject<'py>) -> PyErr {
    match declared(py).and_then(|names| names.local_protocol_error.bind(py).call1((message,))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// A `RemoteProtocolError` with this text and this `event_hint`.
pub(crate) fn remote_protocol_error<'py>(
    py: Python<'py>,
    message: impl IntoPyObject<'py>,
    event_hint: Bound<'py, PyAny>,
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
    let exception = declared(py).and_then(|names| {
        let code = names.close_code(py, error.code())?;
        names.parse_failed.bind(py).call1((error.to_string(), code))
    });
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
