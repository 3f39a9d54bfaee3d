//! The receiving half: HTTP in, events out (RFC 6455 sections 4.1 and 4.2.1).

use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList};

use super::extensions;
use super::native_state::Open;
use super::{H11Handshake, HandshakeCore, headers};
use crate::protocol::handshake::{Acceptance, Received, Refusal, UpgradeRequest};
use crate::protocol::http::{self, FeedError, HeaderLines, ResponseHead};
use crate::python::arguments::extension_of;
use crate::python::error::{
    local_protocol_error, reject_connection, remote_error, remote_protocol_error, send_error,
};
use crate::python::events::{AcceptConnection, EventClass, RejectData, Request};
use crate::python::ffi::field::unmade_list;
use crate::python::ffi::memory::{ascii_to_string, new_bytes, out_of_memory};
use crate::python::ffi::objects::{interned, new_bytearray, new_error, new_list};

impl HandshakeCore {
    /// `H11Handshake.receive_data`. `open` is called if it leads to a connection.
    pub(crate) fn receive_data<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        open: Open<'_, 'py>,
    ) -> PyResult<()> {
        let py = data.py();
        if let Ok(data) = data.cast_exact::<PyBytes>() {
            return receive(self, py, data.as_bytes(), open);
        }
        if !data.is_truthy()? {
            return receive(self, py, b"", open);
        }
        if self.lock(py).protocol.has_ended() {
            // Whatever it is: this comes first.
            return Err(new_error::<PyRuntimeError>(
                py,
                FeedError::DataAfterEof.to_string(),
            ));
        }
        receive(self, py, extension_of(data)?.as_bytes(), open)
    }
}

/// `H11Handshake.initiate_upgrade_connection`
pub(super) fn initiate_upgrade(
    slf: &Bound<'_, H11Handshake>,
    pairs: &Bound<'_, PyAny>,
    path: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = slf.py();
    if slf.get().core().role().is_client() {
        let text = "Cannot initiate an upgrade connection when acting as the client";
        return Err(local_protocol_error(py, text));
    }
    let mut lines = HeaderLines::default();
    headers::push_all(&mut lines, pairs)?;
    let target = headers::bytesify(path)?;
    let request = http::Request::new(b"GET", target.as_bytes(), None, &lines)
        .and_then(|request| request.to_bytes(b""))
        .map_err(|error| send_error(py, &error.into()))?;
    let request = new_bytes(py, &request)?;
    // A subclass may have its own way of receiving.
    slf.call_method1(interned!(py, "receive_data")?, (request,))?;
    Ok(())
}

fn receive<'py>(
    handshake: &HandshakeCore,
    py: Python<'py>,
    data: &[u8],
    open: Open<'_, 'py>,
) -> PyResult<()> {
    let mut state = handshake.lock(py);
    let fed = state.protocol.receive_data(data);
    let received = fed.map(|()| state.protocol.next_event());
    drop(state);
    let mut received = received.map_err(|error| match error {
        FeedError::DataAfterEof => new_error::<PyRuntimeError>(py, error.to_string()),
        FeedError::OutOfMemory(error) => out_of_memory(error),
    })?;
    loop {
        let event = match received {
            Ok(None) => return Ok(()),
            Ok(Some(Received::Request(request))) => {
                let event = requested(py, &request)?;
                received = handshake.put(event.as_any(), Some(event.clone().unbind()))?;
                continue;
            }
            Ok(Some(Received::Acceptance(acceptance))) => {
                accepted(handshake, py, &acceptance, open)?
            }
            Ok(Some(Received::Rejection(head))) => rejected(py, &head)?,
            Ok(Some(Received::RejectionData(data))) => {
                reject_data(new_bytearray(py, &data)?.into_any(), false)?
            }
            Ok(Some(Received::RejectionEnd)) => reject_data(new_bytes(py, b"")?.into_any(), true)?,
            Err(refusal) => {
                let error = refused(py, refusal);
                if refusal == Refusal::BadHttp {
                    let reason = handshake
                        .lock(py)
                        .protocol
                        .http_error()
                        .map(ToString::to_string);
                    error.set_context(py, reason.map(|reason| remote_error(py, reason)));
                }
                return Err(error);
            }
        };
        received = handshake.put(&event, None)?;
    }
}

/// The event for a client's request.
fn requested<'py>(py: Python<'py>, request: &UpgradeRequest) -> PyResult<Bound<'py, Request>> {
    // The codec's error is reported as a violation by the peer, who sent the host.
    let host = headers::decode_host(py, request.host()).map_err(|error| {
        if error.is_instance_of::<PyException>(py) {
            refused(py, Refusal::BadHeader("Host"))
        } else {
            error
        }
    })?;
    let values = [
        host,
        ascii_to_string(py, request.target())?.into_any(),
        members(py, request.extensions())?.into_any(),
        headers::to_list(py, request.extra_headers())?.into_any(),
        members(py, request.subprotocols())?.into_any(),
    ];
    Request::make(py, values)
}

/// The members of lists that an event has.
fn members<'a, 'py>(
    py: Python<'py>,
    lists: impl Iterator<Item = &'a [u8]> + Clone,
) -> PyResult<Bound<'py, PyList>> {
    match lists.clone().next() {
        Some(_) => headers::members(py, lists),
        None => unmade_list(py).cloned(),
    }
}

/// The event for a server's agreement, once we agree too.
fn accepted<'py>(
    handshake: &HandshakeCore,
    py: Python<'py>,
    acceptance: &Acceptance,
    open: Open<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(request) = handshake.request(py) else {
        // HTTP refuses a switch that was not proposed.
        return Err(refused(py, Refusal::BadHttp));
    };
    let subprotocol = match acceptance.subprotocol() {
        None => py.None().into_bound(py),
        Some(name) => {
            let subprotocol = ascii_to_string(py, name)?;
            if !Request::subprotocols(&request)?.contains(&subprotocol)? {
                return Err(remote_error(
                    py,
                    format!("unrecognized subprotocol {subprotocol}"),
                ));
            }
            subprotocol.into_any()
        }
    };
    let supported = Request::extensions(&request)?;
    let extensions = match acceptance.extensions() {
        Some(list) => {
            let accepted = headers::members(py, [list].into_iter())?;
            extensions::finalize(accepted.as_any(), &supported)?
        }
        None => unmade_list(py)?.clone().into_any(),
    };
    let trailing = new_bytes(py, handshake.lock(py).protocol.trailing_data())?;
    let connection = open(&extensions, &trailing)?;
    handshake.open(py, connection);
    let extra_headers = headers::to_list(py, acceptance.extra_headers())?.into_any();
    Ok(AcceptConnection::make(py, [subprotocol, extensions, extra_headers])?.into_any())
}

/// The event for a server's refusal.
fn rejected<'py>(py: Python<'py>, head: &ResponseHead) -> PyResult<Bound<'py, PyAny>> {
    let headers = headers::to_list(py, head.headers.all())?;
    reject_connection(py, head.status, headers, head.status >= 200)
}

fn reject_data(data: Bound<'_, PyAny>, finished: bool) -> PyResult<Bound<'_, PyAny>> {
    let py = data.py();
    let finished = PyBool::new(py, finished).to_owned().into_any();
    Ok(RejectData::make(py, [data, finished])?.into_any())
}

/// The exception for a violation by the peer, with the server's answer.
fn refused(py: Python<'_>, refusal: Refusal) -> PyErr {
    let header = refusal.header().into_iter();
    let pairs = header.map(|(name, value)| headers::pair(py, name, value));
    let hint = new_list(py, pairs.len(), pairs)
        .and_then(|headers| reject_connection(py, refusal.status(), headers, false));
    match hint {
        Ok(hint) => remote_protocol_error(refusal.to_string(), hint),
        Err(error) => error,
    }
}
