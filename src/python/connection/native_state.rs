//! The natively held state of a connection after its opening handshake: events to bytes, and bytes
//! to events (RFC 6455 sections 5 to 7).
//!
//! A `WSConnection` holds it itself; so does a `Connection` made by a program.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::protocol::connection::{Reception, State};
use crate::protocol::error::{Cause, Failure};
use crate::protocol::message::Incoming;
use crate::protocol::opcode::Opcode;
use crate::protocol::role::{AtomicRole, Role};
use crate::python::error::{formatted, local_protocol_error};
use crate::python::events::{
    BytesMessage, CloseConnection, EventClass, Message, Ping, Pong, TextMessage, new_message,
};
use crate::python::ffi::lock::{self, Lock, Slot};
use crate::python::ffi::memory::PyStore;
use crate::python::ffi::objects::{Text, interned, new_deque, new_str};
use crate::python::framing::{Fin, Framing, Owner, Step};
use crate::python::py_types::py_types;

/// A connection whose opening handshake is complete.
pub(crate) struct ConnectionCore {
    /// The attribute `client`, which programs may assign without an effect.
    pub(super) role: AtomicRole,
    /// A [`State`].
    state: AtomicU8,
    pub(super) framing: Framing,
    /// Events that wait before those that are still to be decoded: a deque, once one is needed.
    pub(super) events: Slot,
    /// Whether the end of the transport comes after the bytes that are still to be decoded.
    pub(super) end_is_due: AtomicBool,
}

/// A Python object whose connection this is.
pub(crate) trait Holder: Owner {
    fn core(&self) -> &ConnectionCore;
}

impl ConnectionCore {
    /// The state of a server without extensions, until it is configured.
    pub(crate) const fn new() -> Self {
        Self {
            role: AtomicRole::new(Role::Server),
            state: AtomicU8::new(State::Open as u8),
            framing: Framing::new(),
            events: Lock::new(None),
            end_is_due: AtomicBool::new(false),
        }
    }

    /// Begin anew, in this role and with those of these extensions that are enabled.
    pub(crate) fn configure(
        &self,
        py: Python<'_>,
        role: Role,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        // They are asked once, for that may be Python code.
        let extensions = match extensions {
            Some(extensions) if extensions.is_truthy()? => Some(extensions),
            _ => None,
        };
        self.role.set(role);
        lock::set(py, &self.events, None);
        self.end_is_due.store(false, Ordering::Relaxed);
        self.set_state(State::Open);
        self.framing.configure(py, role, extensions)
    }

    /// Begin after an opening handshake, with what was received after its head.
    pub(crate) fn open(
        &self,
        py: Python<'_>,
        role: Role,
        extensions: &Bound<'_, PyAny>,
        trailing_data: &Bound<'_, PyBytes>,
    ) -> PyResult<()> {
        self.configure(py, role, Some(extensions))?;
        if trailing_data.as_bytes().is_empty() {
            return Ok(());
        }
        self.receive(py, Some(trailing_data.as_any()))
    }

    /// The state of the connection.
    #[inline]
    pub(crate) fn state(&self) -> State {
        // Only values of `State` are ever stored.
        let number = usize::from(self.state.load(Ordering::Relaxed));
        State::ALL.get(number).copied().unwrap_or(State::Closed)
    }

    pub(super) fn set_state(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    pub(super) fn transition(&self, next: impl Fn(State) -> State) {
        let _ = self
            .state
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
                let state = State::ALL.get(usize::from(state)).copied()?;
                Some(next(state) as u8)
            });
    }

    /// The framing of the connection.
    #[inline]
    pub(crate) fn framing(&self) -> &Framing {
        &self.framing
    }

    /// The events that wait before those that are still to be decoded.
    pub(super) fn waiting<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        lock::get_or_make(py, &self.events, || new_deque(py, []))
    }

    /// The most bytes that a message may have, if there is a limit.
    pub(crate) fn max_message_size(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        self.framing.receiving().max_message_size(py)
    }

    /// Fail the connection over messages of more bytes than these.
    pub(crate) fn set_max_message_size(
        &self,
        py: Python<'_>,
        limit: Option<usize>,
    ) -> PyResult<()> {
        self.framing.receiving().set_max_message_size(py, limit)
    }

    /// The objects held, for the garbage collector.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.events, visit)?;
        self.framing.traverse(visit)
    }

    /// Drops the objects held.
    pub(crate) fn clear(&self, py: Python<'_>) {
        lock::set(py, &self.events, None);
        self.framing.clear(py);
    }
}

impl ConnectionCore {
    /// `Connection.send`
    #[inline]
    pub(crate) fn send<'py, H: Holder>(
        holder: &Bound<'py, H>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = event.py();
        let state = holder.get().core().state();
        if state.may_send_messages() {
            // The usual classes, by exact type.
            if let Ok(message) = event.cast_exact::<TextMessage>() {
                let fin = Fin(TextMessage::message_finished(message)?);
                return Framing::data_frame(holder, &TextMessage::data(message)?, &fin);
            }
            if let Ok(message) = event.cast_exact::<BytesMessage>() {
                let fin = Fin(BytesMessage::message_finished(message)?);
                return Framing::data_frame(holder, &BytesMessage::data(message)?, &fin);
            }
            if let Ok(message) = event.cast::<Message>() {
                let fin = Fin(Message::message_finished(message)?);
                return Framing::data_frame(holder, &Message::data(message)?, &fin);
            }
            if let Ok(ping) = event.cast::<Ping>() {
                return Framing::control_frame(holder, Opcode::Ping, Some(&Ping::payload(ping)?));
            }
            if let Ok(pong) = event.cast::<Pong>() {
                return Framing::control_frame(holder, Opcode::Pong, Some(&Pong::payload(pong)?));
            }
        }
        if let Ok(close) = event.cast::<CloseConnection>()
            && state.may_send_close()
        {
            return Self::encode_close(holder, close);
        }
        let template = interned!(py, "Event {} cannot be sent in state {}.")?;
        let state = py_types(py)?.connection_state(py, state);
        let message = formatted(template, (event, state))?;
        Err(local_protocol_error(py, message))
    }

    fn encode_close<'py, H: Holder>(
        holder: &Bound<'py, H>,
        close: &Bound<'py, CloseConnection>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (code, reason) = (
            CloseConnection::code(close)?,
            CloseConnection::reason(close)?,
        );
        let present = |object: Bound<'py, PyAny>| (!object.is_none()).then_some(object);
        let (code, reason) = (present(code), present(reason));
        let frame = Framing::close_frame(holder, code.as_ref(), reason.as_ref())?;
        // Only after the frame was made: a failure changes no state.
        let core = holder.get().core();
        core.transition(State::after_sending_close);
        core.framing.end_sending(holder.py());
        Ok(frame)
    }

    /// `Connection.receive_data`
    #[inline]
    pub(crate) fn receive(&self, py: Python<'_>, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match data {
            Some(data) => self.feed(data),
            None => self.end_of_transport(py),
        }
    }

    #[inline]
    fn feed(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        match self.state().reception() {
            Reception::Decode => self.framing.receiving().feed(data),
            Reception::Ignore => Ok(()),
            Reception::Refuse => Err(local_protocol_error(
                data.py(),
                "Connection already closed.",
            )),
        }
    }

    /// Section 7.1.5: without a close frame, the code is 1006. It comes after what has been
    /// received and not been decoded.
    fn end_of_transport(&self, py: Python<'_>) -> PyResult<()> {
        if self.framing.receiving().has_input(py)? {
            self.end_is_due.store(true, Ordering::Relaxed);
        } else {
            let event = abnormal_closure(py)?;
            self.waiting(py)?
                .call_method1(interned!(py, "append")?, (event,))?;
        }
        self.set_state(State::Closed);
        self.framing.end_sending(py);
        Ok(())
    }

    /// The end of the transport, once everything before it has been decoded.
    #[cold]
    pub(super) fn take_end<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.end_is_due.swap(false, Ordering::Relaxed) {
            return abnormal_closure(py).map(Some);
        }
        Ok(None)
    }

    /// The next event that waits before those to be decoded.
    #[inline]
    pub(super) fn next_waiting<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match lock::get(py, &self.events) {
            Some(events) if events.is_truthy()? => {
                events.call_method0(interned!(py, "popleft")?).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Decode the next event.
    #[inline]
    pub(super) fn next_decoded<'py>(
        &self,
        py: Python<'py>,
        decoder: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> Step<Bound<'py, PyAny>> {
        match self.framing.next(py, decoder)? {
            Some(incoming) => Ok(Some(self.wrap(py, incoming)?)),
            None => Ok(None),
        }
    }

    #[inline]
    fn wrap<'py>(
        &self,
        py: Python<'py>,
        incoming: Incoming<PyStore<'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(match incoming {
            Incoming::Text {
                data,
                frame_finished,
                message_finished,
            } => new_message::<TextMessage>(py, data.into_any(), frame_finished, message_finished)?,
            Incoming::Binary {
                data,
                frame_finished,
                message_finished,
            } => {
                new_message::<BytesMessage>(py, data.into_any(), frame_finished, message_finished)?
            }
            Incoming::Ping(payload) => Ping::make(py, [payload.into_any()])?.into_any(),
            Incoming::Pong(payload) => Pong::make(py, [payload.into_any()])?.into_any(),
            Incoming::Close(close) => {
                self.transition(State::after_receiving_close);
                let code = py_types(py)?.close_code(py, close.code)?;
                let reason = Text(close.reason).into_pyobject(py)?.into_any();
                CloseConnection::make(py, [code, reason])?.into_any()
            }
        })
    }
}

fn abnormal_closure(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let code = py_types(py)?.close_reason_abnormal_closure.bind(py).clone();
    Ok(CloseConnection::make(py, [code, py.None().into_bound(py)])?.into_any())
}

/// The event for a failure to decode, which ends the connection (section 7.1.7); what is not a
/// `ParseFailed` is raised.
#[cold]
pub(super) fn failure_event(py: Python<'_>, failure: Failure<PyErr>) -> PyResult<Bound<'_, PyAny>> {
    let (code, reason) = match failure.cause() {
        Cause::Parse(error) => {
            let code = py_types(py)?.close_code(py, error.code())?;
            (code, new_str(py, &error.to_string())?)
        }
        Cause::Raised(error) => {
            if !error.is_instance(py, py_types(py)?.parse_failed.bind(py)) {
                return Err(error);
            }
            let error = error.value(py);
            (error.getattr(interned!(py, "code")?)?, error.str()?)
        }
    };
    Ok(CloseConnection::make(py, [code, reason.into_any()])?.into_any())
}
