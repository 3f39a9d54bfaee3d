//! Errors of the protocol as the exceptions that `wsproto.utilities` declares.

use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyMemoryError, PyUnicodeDecodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString};

use super::events::{EventClass, RejectConnection};
use super::ffi::objects::{Integer, bare_error, interned, new_empty_list, new_str};
use super::py_types::py_types;
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

/// Text that becomes the message of an exception.
pub(crate) trait ErrorMessage<'py> {
    fn into_object(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
}

impl<'py> ErrorMessage<'py> for &str {
    fn into_object(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        new_str(py, self).map(Bound::into_any)
    }
}

impl<'py> ErrorMessage<'py> for String {
    fn into_object(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.as_str().into_object(py)
    }
}

/// A `str`, which need not be encodable.
impl<'py> ErrorMessage<'py> for Bound<'py, PyAny> {
    fn into_object(self, _py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self)
    }
}

/// A `LocalProtocolError`.
pub(crate) fn local_protocol_error<'py>(py: Python<'py>, message: impl ErrorMessage<'py>) -> PyErr {
    made(|| {
        let class = py_types(py)?.local_protocol_error.bind(py);
        class.call1((message.into_object(py)?,))
    })
}

/// The exception for an error of sending in a handshake.
pub(crate) fn send_error(py: Python<'_>, error: &SendError) -> PyErr {
    match error {
        SendError::Http(Error::OutOfMemory) => bare_error::<PyMemoryError>(),
        error => local_protocol_error(py, error.to_string()),
    }
}

/// A `RemoteProtocolError`, with the event to answer with.
pub(crate) fn remote_protocol_error<'py>(
    message: impl ErrorMessage<'py>,
    event_hint: Bound<'py, PyAny>,
) -> PyErr {
    let py = event_hint.py();
    made(|| {
        let class = py_types(py)?.remote_protocol_error.bind(py);
        class.call1((message.into_object(py)?, event_hint))
    })
}

/// A `RemoteProtocolError` whose answer is a plain 400.
pub(crate) fn remote_error<'py>(py: Python<'py>, message: impl ErrorMessage<'py>) -> PyErr {
    let hint = new_empty_list(py).and_then(|headers| reject_connection(py, 400, headers, false));
    match hint {
        Ok(hint) => remote_protocol_error(message, hint),
        Err(error) => error,
    }
}

/// The event for a rejection.
pub(crate) fn reject_connection<'py>(
    py: Python<'py>,
    status: u16,
    headers: Bound<'py, PyList>,
    has_body: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let status = Integer(status.into()).into_pyobject(py)?.into_any();
    let has_body = PyBool::new(py, has_body).to_owned().into_any();
    Ok(RejectConnection::make(py, [status, headers.into_any(), has_body])?.into_any())
}

/// The exception for a failure of receiving: a `ParseFailed`, or the one that an extension raised.
#[cold]
pub(crate) fn raised(py: Python<'_>, failure: Failure<PyErr>) -> PyErr {
    match failure.cause() {
        Cause::Parse(error) => parse_failed(py, &error),
        Cause::Raised(error) => error,
    }
}

/// The `ParseFailed` that `wsproto.frame_protocol` declares.
pub(crate) fn parse_failed(py: Python<'_>, error: &ParseFailed) -> PyErr {
    let exception = made(|| {
        let types = py_types(py)?;
        let code = types.close_code(py, error.code())?;
        let message = error.to_string().into_object(py)?;
        types.parse_failed.bind(py).call1((message, code))
    });
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

/// The exception, or the error of making it.
fn made<'py>(make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>) -> PyErr {
    make().map_or_else(|error| error, PyErr::from_value)
}
