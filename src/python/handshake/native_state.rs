//! The natively held state of an opening handshake, with the events that wait to be taken.
//!
//! A `WSConnection` holds it itself; so does an `H11Handshake` made by a program.

use std::collections::VecDeque;
use std::mem;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::protocol::connection::State;
use crate::protocol::handshake::{Handshake, Received, Refusal};
use crate::protocol::role::{AtomicRole, Role};
use crate::python::events::Request;
use crate::python::ffi::lock::{Guard, Lock};
use crate::python::ffi::objects::{interned, new_deque};
use crate::python::ffi::view::LazyAttribute;

/// Opens the connection that is agreed on, with these extensions and fed with what was received
/// after the head.
pub(crate) type Open<'a, 'py> =
    &'a dyn Fn(&Bound<'py, PyAny>, &Bound<'py, PyBytes>) -> PyResult<LazyAttribute>;

/// One side of an opening handshake.
pub(crate) struct HandshakeCore {
    role: AtomicRole,
    state: Lock<HandshakeState>,
}

/// The state that changes in the course of a handshake.
pub(super) struct HandshakeState {
    pub(super) protocol: Handshake,
    /// The request that was sent or received, until it is agreed to.
    pub(super) request: Option<Py<Request>>,
    /// The connection that follows, once the handshake is complete.
    pub(super) connection: LazyAttribute,
    pub(super) queue: EventQueue,
}

impl HandshakeCore {
    /// That of a server, until it is configured.
    pub(crate) fn new() -> Self {
        Self {
            role: AtomicRole::new(Role::Server),
            state: Lock::new(HandshakeState::new(Role::Server)),
        }
    }

    /// Begin anew, in this role.
    pub(crate) fn configure(&self, py: Python<'_>, role: Role) {
        self.role.set(role);
        let old = std::mem::replace(&mut *self.lock(py), HandshakeState::new(role));
        // Dropped after the lock is released: destructors may run Python code.
        drop(old);
    }

    /// The role of this end.
    pub(crate) fn role(&self) -> Role {
        self.role.get()
    }

    pub(super) fn set_role(&self, role: Role) {
        self.role.set(role);
    }

    /// The state. No Python code may run while it is held.
    pub(super) fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, HandshakeState> {
        self.state.lock(py)
    }

    /// The state of the handshake.
    pub(crate) fn state(&self, py: Python<'_>) -> State {
        self.lock(py).protocol.state()
    }

    /// The connection that follows, once the handshake is complete.
    pub(crate) fn connection(&self, py: Python<'_>) -> LazyAttribute {
        self.lock(py).connection.clone_ref(py)
    }

    /// The request that was sent or received, until it is agreed to.
    pub(super) fn request<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Request>> {
        let state = self.lock(py);
        let request = state.request.as_ref();
        request.map(|request| request.bind(py).clone())
    }

    /// Completes the handshake: `connection` follows.
    pub(super) fn open(&self, py: Python<'_>, connection: LazyAttribute) {
        let mut state = self.lock(py);
        state.protocol.open();
        state.protocol.stop_receiving();
        let old = state.set_connection(connection);
        drop(state);
        drop(old);
    }

    /// The objects held, for the garbage collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // A locked value is in use, so it is not garbage.
        if let Some(state) = self.state.try_lock(visit) {
            visit.call(&state.request)?;
            state.connection.traverse(visit)?;
            state.queue.traverse(visit)?;
        }
        Ok(())
    }

    /// Drops the objects held.
    pub(crate) fn clear(&self, py: Python<'_>) {
        let mut state = self.lock(py);
        let request = state.request.take();
        let connection = std::mem::take(&mut state.connection);
        let queue = std::mem::take(&mut state.queue);
        drop(state);
        // Dropped after the lock is released: destructors may run Python code.
        drop((request, connection, queue));
    }
}

impl HandshakeState {
    fn new(role: Role) -> Self {
        Self {
            protocol: Handshake::new(role),
            request: None,
            connection: LazyAttribute::None,
            queue: EventQueue::default(),
        }
    }

    /// Sets the connection, and forgets the request. Both old values are for the caller to drop:
    /// destructors may run Python code, which must not be under the lock.
    pub(super) fn set_connection(
        &mut self,
        connection: LazyAttribute,
    ) -> (Option<Py<Request>>, LazyAttribute) {
        let old = std::mem::replace(&mut self.connection, connection);
        (self.request.take(), old)
    }
}

/// A queue of events: native until the `collections.deque` is read, that deque afterwards.
#[derive(Default)]
#[expect(
    clippy::box_collection,
    reason = "few handshakes have several, and all pay its size"
)]
pub(super) enum EventQueue {
    #[default]
    Empty,
    /// The usual case.
    One(Py<PyAny>),
    /// At least one event, in order.
    Several(Box<VecDeque<Py<PyAny>>>),
    Python(Py<PyAny>),
}

impl EventQueue {
    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Empty => Ok(()),
            Self::One(event) => visit.call(event),
            Self::Several(events) => events.iter().try_for_each(|event| visit.call(event)),
            Self::Python(deque) => visit.call(deque),
        }
    }

    /// The deque, if it is the queue; the events are in it then.
    #[inline]
    fn deque<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        match self {
            Self::Python(deque) => Some(deque.bind(py).clone()),
            Self::Empty | Self::One(_) | Self::Several(_) => None,
        }
    }

    /// The events of a native queue.
    fn events<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        let bound = |event: &Py<PyAny>| event.bind(py).clone();
        match self {
            Self::Empty | Self::Python(_) => Vec::new(),
            Self::One(event) => vec![bound(event)],
            Self::Several(events) => events.iter().map(bound).collect(),
        }
    }

    /// Puts an event at the end of a native queue.
    #[inline]
    fn push(&mut self, event: Py<PyAny>) {
        *self = match mem::take(self) {
            Self::Empty => Self::One(event),
            Self::One(first) => Self::Several(Box::new([first, event].into())),
            Self::Several(mut events) => {
                events.push_back(event);
                Self::Several(events)
            }
            deque @ Self::Python(_) => deque,
        };
    }

    /// Takes the first event out of a native queue, if there is one.
    #[inline]
    fn pop(&mut self) -> Option<Py<PyAny>> {
        match mem::take(self) {
            Self::Empty => None,
            Self::One(event) => Some(event),
            Self::Several(mut events) => {
                let event = events.pop_front();
                if !events.is_empty() {
                    *self = Self::Several(events);
                }
                event
            }
            deque @ Self::Python(_) => {
                *self = deque;
                None
            }
        }
    }
}

/// The queue of a handshake. A deque is only touched while the lock is not held: that is Python
/// code.
impl HandshakeCore {
    /// Puts an event at the end of the queue, and sees what comes next; `request` is the event that
    /// a client's request has become, if that is what it is.
    pub(super) fn put(
        &self,
        event: &Bound<'_, PyAny>,
        request: Option<Py<Request>>,
    ) -> PyResult<Result<Option<Received>, Refusal>> {
        let py = event.py();
        let mut state = self.lock(py);
        let old = request.and_then(|request| state.request.replace(request));
        let Some(deque) = state.queue.deque(py) else {
            state.queue.push(event.clone().unbind());
            let next = state.protocol.next_event();
            drop(state);
            // Dropped after the lock is released: its destructor may run Python code.
            drop(old);
            return Ok(next);
        };
        drop(state);
        drop(old);
        deque.call_method1(interned!(py, "append")?, (event,))?;
        Ok(self.lock(py).protocol.next_event())
    }

    /// Whether the queue is empty and native.
    #[inline]
    pub(crate) fn is_drained(&self, py: Python<'_>) -> bool {
        matches!(&self.lock(py).queue, EventQueue::Empty)
    }

    /// Takes the first event out, if there is one.
    pub(crate) fn next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut state = self.lock(py);
        let Some(deque) = state.queue.deque(py) else {
            return Ok(state.queue.pop().map(|event| event.into_bound(py)));
        };
        drop(state);
        if deque.is_truthy()? {
            deque.call_method0(interned!(py, "popleft")?).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The deque, which stays the queue.
    pub(super) fn deque<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loop {
            let state = self.lock(py);
            if let Some(deque) = state.queue.deque(py) {
                return Ok(deque);
            }
            let events = state.queue.events(py);
            drop(state);
            // Python code, which may fail, and may put or take an event.
            let deque = new_deque(py, events.iter().cloned())?;
            let mut state = self.lock(py);
            let is_same = |(event, other): (&Bound<'_, PyAny>, &Bound<'_, PyAny>)| event.is(other);
            let current = state.queue.events(py);
            if current.len() == events.len() && current.iter().zip(&events).all(is_same) {
                let queue = EventQueue::Python(deque.clone().unbind());
                let native = mem::replace(&mut state.queue, queue);
                drop(state);
                drop((native, current));
                return Ok(deque);
            }
            drop(state);
        }
    }

    /// Puts another queue in the place of this one.
    pub(super) fn replace_queue(&self, py: Python<'_>, queue: EventQueue) {
        let old = mem::replace(&mut self.lock(py).queue, queue);
        // Dropped after the lock is released: destructors may run Python code.
        drop(old);
    }
}
