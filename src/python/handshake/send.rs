//! The sending half: events in, HTTP out (RFC 6455 sections 4.1 and 4.2.2).

use pyo3::exceptions::{PyAssertionError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};

use super::extensions;
use super::native_state::Open;
use super::{HandshakeCore, headers};
use crate::protocol::connection::State;
use crate::protocol::handshake::{Handshake, SendError};
use crate::protocol::http::{Error, HeaderLines, Host};
use crate::python::arguments::ascii_text;
use crate::python::arguments::encode_ascii;
use crate::python::error::{formatted, local_protocol_error, send_error};
use crate::python::events::{AcceptConnection, RejectConnection, RejectData, Request};
use crate::python::ffi::memory::new_bytes;
use crate::python::ffi::objects::{bare_error, interned, new_tuple};
use crate::python::random;

impl HandshakeCore {
    /// `H11Handshake.send`, in the state in which `state` finds the handshake: callers may have
    /// replaced that property, and it is looked at only if it matters. `open` is called if it leads
    /// to a connection.
    pub(crate) fn send<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        open: Open<'_, 'py>,
        state: impl FnOnce() -> PyResult<State>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = event.py();
        // The usual event of a client, by exact type.
        if let Ok(event) = event.cast_exact::<Request>() {
            return request(self, event);
        }
        if let Ok(event) = event.cast::<AcceptConnection>() {
            return accept(self, event, open);
        }
        if let Ok(event) = event.cast::<Request>() {
            return request(self, event);
        }
        let out = if let Ok(event) = event.cast::<RejectConnection>() {
            Handshake::check_can_reject(state()?).map_err(local(py))?;
            reject(self, event)
        } else if let Ok(event) = event.cast::<RejectData>() {
            Handshake::check_can_send_reject_data(state()?).map_err(local(py))?;
            reject_data(self, event)
        } else {
            let template = interned!(py, "Event {} cannot be sent during the handshake")?;
            Err(local_protocol_error(py, formatted(template, (event,))?))
        };
        new_bytes(py, &out?)
    }
}

/// Sends a client's request (RFC 6455 section 4.1).
fn request<'py>(
    handshake: &HandshakeCore,
    event: &Bound<'py, Request>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = event.py();
    let nonce = random::nonce(py)?;
    let mut state = handshake.lock(py);
    let old = state.request.replace(event.clone().unbind());
    state.protocol.start_request(nonce);
    drop(state);
    // Dropped after the lock is released: its destructor may run Python code.
    drop(old);

    let host = Request::host(event)?;
    let encoded;
    let host = match headers::plain_host(&host) {
        Some(host) => host,
        None => {
            encoded = headers::encode_host(&host)?;
            encoded.as_bytes()
        }
    };
    let subprotocols = Request::subprotocols(event)?;
    let subprotocols = if has_members(&subprotocols)? {
        Some(join(&subprotocols)?)
    } else {
        None
    };
    let extensions = Request::extensions(event)?;
    let extensions = if has_members(&extensions)? {
        Some(extensions::offer(&extensions)?)
    } else {
        None
    };
    let target = Request::target(event)?;
    let encoded;
    let target = match ascii_text(&target) {
        Some(target) => target,
        None => {
            encoded = encode_ascii(&target)?;
            encoded.as_bytes()
        }
    };

    let host = Host::new(host).map_err(local(py))?;
    let mut lines = HeaderLines::default();
    if let Some(subprotocols) = subprotocols {
        headers::push(
            &mut lines,
            b"Sec-WebSocket-Protocol",
            subprotocols.as_bytes(),
            py,
        )?;
    }
    push_extensions(&mut lines, extensions)?;
    headers::push_all(&mut lines, &Request::extra_headers(event)?)?;
    let mut state = handshake.lock(py);
    let head = state.protocol.request(&nonce, host, target, &lines);
    drop(state);
    new_bytes(py, &head.map_err(local(py))?)
}

/// Sends a server's acceptance (RFC 6455 section 4.2.2).
fn accept<'py>(
    handshake: &HandshakeCore,
    event: &Bound<'py, AcceptConnection>,
    open: Open<'_, 'py>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = event.py();
    let state = handshake.lock(py);
    let is_open = state.protocol.state() == State::Open;
    let request = state.request.as_ref();
    let request = request.map(|request| request.bind(py).clone());
    let token = state.protocol.token();
    drop(state);
    if request.is_none() && !is_open {
        return Err(bare_error::<PyAssertionError>());
    }
    let token = token.ok_or_else(|| match new_bytes(py, b"sec-websocket-key") {
        Ok(key) => PyKeyError::new_err(key.unbind()),
        Err(error) => error,
    })?;
    let Some(request) = request else {
        // The request has been dropped; the error of HTTP says why it cannot be accepted again.
        let head = handshake.lock(py).protocol.accept_again();
        return new_bytes(py, &head.map_err(local(py))?);
    };

    let mut lines = HeaderLines::default();
    let subprotocol = AcceptConnection::subprotocol(event)?;
    let subprotocol = if subprotocol.is_none() {
        None
    } else if Request::subprotocols(&request)?.contains(&subprotocol)? {
        Some(encode_ascii(&subprotocol)?)
    } else {
        let text = formatted(interned!(py, "unexpected subprotocol {}")?, (subprotocol,))?;
        return Err(local_protocol_error(py, text));
    };
    let supported = AcceptConnection::extensions(event)?;
    let extensions = if has_members(&supported)? {
        Some(extensions::accept(
            &Request::extensions(&request)?,
            &supported,
        )?)
    } else {
        None
    };
    if let Some(subprotocol) = subprotocol {
        headers::push(
            &mut lines,
            b"Sec-WebSocket-Protocol",
            subprotocol.as_bytes(),
            py,
        )?;
    }
    push_extensions(&mut lines, extensions)?;
    headers::push_all(&mut lines, &AcceptConnection::extra_headers(event)?)?;

    let trailing = new_bytes(py, handshake.lock(py).protocol.trailing_data())?;
    let connection = open(&supported, &trailing)?;
    // From here on the connection exists, whatever HTTP says.
    let mut state = handshake.lock(py);
    let head = state.protocol.accept(&token, &lines);
    state.protocol.open();
    if head.is_ok() {
        state.protocol.stop_receiving();
    }
    let old = state.set_connection(connection);
    drop(state);
    drop(old);
    new_bytes(py, &head.map_err(local(py))?)
}

/// Sends a server's rejection.
fn reject(handshake: &HandshakeCore, event: &Bound<'_, RejectConnection>) -> PyResult<Vec<u8>> {
    let py = event.py();
    let mut lines = HeaderLines::default();
    headers::push_all(&mut lines, &RejectConnection::headers(event)?)?;
    let has_body = RejectConnection::has_body(event)?.is_truthy()?;
    if !has_body {
        headers::push(&mut lines, b"content-length", b"0", py)?;
    }
    let status = status_code(&RejectConnection::status_code(event)?)?;
    let out = handshake.lock(py).protocol.reject(status, lines, has_body);
    out.map_err(local(py))
}

/// A status code of a final response.
fn status_code(status: &Bound<'_, PyAny>) -> PyResult<u16> {
    let py = status.py();
    let Ok(status) = status.cast::<PyInt>() else {
        return Err(local_protocol_error(py, "status code must be integer"));
    };
    if let Ok(status @ 200..1000) = status.extract::<u16>() {
        return Ok(status);
    }
    // It may be of any size, and the member of an enumeration.
    let number = py.get_type::<PyInt>().call1((status,))?.str()?;
    Err(local(py)(Error::NotFinal(number.to_string())))
}

/// Sends the body of a server's rejection.
fn reject_data(handshake: &HandshakeCore, event: &Bound<'_, RejectData>) -> PyResult<Vec<u8>> {
    let py = event.py();
    let data = RejectData::data(event)?;
    let finished = RejectData::body_finished(event)?.is_truthy()?;
    let data = content(handshake, &data)?;
    let out = handshake
        .lock(py)
        .protocol
        .reject_data(data.as_bytes(), finished);
    out.map_err(local(py))
}

/// The bytes of a piece of content.
fn content<'py>(
    handshake: &HandshakeCore,
    data: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = data.py();
    if let Ok(data) = data.cast_exact::<PyBytes>() {
        return Ok(data.clone());
    }
    // After a failure nothing is sent, whatever it is.
    let possible = handshake.lock(py).protocol.announce_reject_data(0);
    possible.map_err(local(py))?;
    let chunked = handshake.lock(py).protocol.sends_chunks();
    if chunked && !data.is_truthy()? {
        return new_bytes(py, b"");
    }
    let length = data.len().inspect_err(|_| {
        // It has to be known for the framing.
        handshake.lock(py).protocol.send_failed();
    })?;
    // An error names the place of the data, before which a chunk has its size.
    let nothing = new_bytes(py, b"")?;
    let mut pieces = vec![data.clone()];
    if chunked {
        pieces.insert(0, nothing.clone().into_any());
    }
    let joined = nothing
        .call_method1(interned!(py, "join")?, (new_tuple(py, pieces)?,))
        .map_err(|error| {
            // What is too long is too long before it is anything else.
            let announced = handshake.lock(py).protocol.announce_reject_data(length);
            announced.map_err(local(py)).err().unwrap_or(error)
        })?;
    Ok(joined.cast_into()?)
}

/// Adds the header of extensions, unless there is nothing in its value.
fn push_extensions(lines: &mut HeaderLines, value: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    if let Some(value) = value
        && value.is_truthy()?
    {
        let bytes = headers::bytesify(&value)?;
        headers::push(
            lines,
            b"Sec-WebSocket-Extensions",
            bytes.as_bytes(),
            value.py(),
        )?;
    }
    Ok(())
}

/// Whether there is anything in a list, or in what an event has in the place of one.
#[inline]
fn has_members(list: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(!headers::is_empty_list(list) && list.is_truthy()?)
}

/// `", ".join(names).encode("ascii")`
fn join<'py>(names: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = names.py();
    let comma = interned!(py, ", ")?;
    encode_ascii(&comma.call_method1(interned!(py, "join")?, (names,))?)
}

/// The exception for a local mistake.
fn local<E: Into<SendError>>(py: Python<'_>) -> impl Fn(E) -> PyErr {
    move |error| send_error(py, &error.into())
}
