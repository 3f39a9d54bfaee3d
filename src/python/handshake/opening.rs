//! The natively held state of an opening handshake.
//!
//! A `WSConnection` holds it itself; so does an `H11Handshake` that somebody has made.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::queue::EventQueue;
use crate::protocol::connection::State;
use crate::protocol::handshake::Handshake;
use crate::protocol::role::Role;
use crate::python::events::Request;
use crate::python::lazy_attribute::LazyAttribute;
use crate::python::lock::{Guard, Lock};

/// Opens the connection that is agreed on, with these extensions and fed with what was received after the head.
pub(crate) type Open<'a, 'py> =
    &'a dyn Fn(&Bound<'py, PyAny>, &Bound<'py, PyBytes>) -> PyResult<LazyAttribute>;

/// One side of an opening handshake.
pub(crate) struct Opening {
    client: AtomicBool,
    inside: Lock<Inside>,
}

/// What happens in the course of a handshake.
pub(super) struct Inside {
    pub(super) protocol: Handshake,
    /// The request that was sent or received, until it is agreed to.
    pub(super) request: Option<Py<Request>>,
    /// What follows the handshake, once it is complete.
    pub(super) connection: LazyAttribute,
    pub(super) queue: EventQueue,
}

impl Opening {
    /// That of a server, until it is configured.
    pub(crate) fn new() -> Self {
        Self {
            client: AtomicBool::new(false),
            inside: Lock::new(Inside::new(role(false))),
        }
    }

    /// Begin anew, in this role.
    pub(crate) fn configure(&self, py: Python<'_>, client: bool) {
        self.set_client(client);
        let old = std::mem::replace(&mut *self.inside(py), Inside::new(role(client)));
        // Dropped after the lock is released: destructors may run Python code.
        drop(old);
    }

    /// Have another role, before anything has happened.
    pub(crate) fn take_role(&self, py: Python<'_>, client: bool) {
        self.set_client(client);
        self.inside(py).protocol.set_role(role(client));
    }

    /// Whether this end is the client.
    pub(crate) fn client(&self) -> bool {
        self.client.load(Ordering::Relaxed)
    }

    pub(super) fn set_client(&self, client: bool) {
        self.client.store(client, Ordering::Relaxed);
    }

    /// What is inside. No Python code may run while it is held.
    pub(super) fn inside<'a>(&'a self, py: Python<'a>) -> Guard<'a, Inside> {
        self.inside.lock(py)
    }

    /// Where the handshake stands.
    pub(crate) fn state(&self, py: Python<'_>) -> State {
        self.inside(py).protocol.state()
    }

    /// The connection that follows, once the handshake is complete.
    pub(crate) fn connection(&self, py: Python<'_>) -> LazyAttribute {
        self.inside(py).connection.clone_ref(py)
    }

    /// The request that was sent or received, until it is agreed to.
    pub(super) fn request<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Request>> {
        let inside = self.inside(py);
        let request = inside.request.as_ref();
        request.map(|request| request.bind(py).clone())
    }

    /// The agreement is made, and `connection` is what follows.
    pub(super) fn open(&self, py: Python<'_>, connection: LazyAttribute) {
        let mut inside = self.inside(py);
        inside.protocol.open();
        inside.protocol.stop_receiving();
        let old = inside.follow(connection);
        drop(inside);
        drop(old);
    }

    /// The objects held, for the garbage collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // A locked value is in use, so it is not garbage.
        if let Some(inside) = self.inside.try_lock(visit) {
            visit.call(&inside.request)?;
            inside.connection.traverse(visit)?;
            inside.queue.traverse(visit)?;
        }
        Ok(())
    }

    /// Let go of the objects held.
    pub(crate) fn clear(&self, py: Python<'_>) {
        let mut inside = self.inside(py);
        let request = inside.request.take();
        let connection = std::mem::take(&mut inside.connection);
        let queue = std::mem::take(&mut inside.queue);
        drop(inside);
        // Dropped after the lock is released: destructors may run Python code.
        drop((request, connection, queue));
    }
}

impl Inside {
    fn new(role: Role) -> Self {
        Self {
            protocol: Handshake::new(role),
            request: None,
            connection: LazyAttribute::None,
            queue: EventQueue::default(),
        }
    }

    /// Forgets the request, for there is the connection. What has been in the place of either is
    /// for the caller to drop: destructors may run Python code, which must not be under the lock.
    pub(super) fn follow(
        &mut self,
        connection: LazyAttribute,
    ) -> (Option<Py<Request>>, LazyAttribute) {
        let old = std::mem::replace(&mut self.connection, connection);
        (self.request.take(), old)
    }
}

const fn role(client: bool) -> Role {
    if client { Role::Client } else { Role::Server }
}
