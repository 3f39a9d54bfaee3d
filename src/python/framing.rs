//! Framing (RFC 6455 sections 5 and 6): the natively held state of a connection, in two halves.
//!
//! A `Connection` holds it; so does a `FrameProtocol` made by a program. The objects passed to
//! hooks of extensions are made when the first hook is called.

mod input;
mod next;
mod python_extensions;
mod receiving;
mod sending;

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3::prelude::*;
use pyo3::pyclass::PyClass;

pub(crate) use next::{OwnedPiece, Step};
pub(crate) use receiving::Receiving;
pub(crate) use sending::Fin;

use super::extensions::Negotiated;
use super::ffi::memory::PyStore;
use super::lock::Lock;
use crate::protocol::encoder::OutgoingMessage;
use crate::protocol::error::Failure;
use crate::protocol::message::Incoming;
use crate::protocol::role::{AtomicRole, Role};

/// Both halves.
pub(crate) struct Framing {
    role: AtomicRole,
    receiving: Receiving,
    /// An [`OutgoingMessage`]: all that senders share, so that a sender waits for no lock.
    outbound: AtomicU8,
    /// Whether no extension is in use, so that there is no need to look at `extensions`.
    plain: AtomicBool,
    /// The extensions, as far as sending is concerned.
    extensions: Lock<Negotiated>,
    /// Whether receiving has begun.
    started: AtomicBool,
}

/// A Python object whose framing this is.
pub(crate) trait Owner:
    PyClass<Frozen = pyo3::pyclass::boolean_struct::True> + Sync
{
    fn framing(&self) -> &Framing;

    /// The `FrameProtocol` that hooks are called with for what is sent.
    fn protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>>;

    /// The `FrameDecoder` that hooks are called with for what is received.
    fn decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>>;
}

impl Framing {
    /// The framing of a server without extensions, until it is configured.
    pub(crate) const fn new() -> Self {
        Self {
            role: AtomicRole::new(Role::Server),
            receiving: Receiving::new(),
            outbound: AtomicU8::new(OutgoingMessage::Idle as u8),
            plain: AtomicBool::new(true),
            extensions: Lock::new(Negotiated::Nothing),
            started: AtomicBool::new(false),
        }
    }

    /// Begin anew, in this role and with those of these extensions that are enabled.
    pub(crate) fn configure(
        &self,
        py: Python<'_>,
        role: Role,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let negotiated = match extensions {
            Some(extensions) => Negotiated::enabled(extensions)?,
            None => Negotiated::Nothing,
        };
        self.role.set(role);
        self.outbound
            .store(OutgoingMessage::Idle as u8, Ordering::Relaxed);
        self.started.store(false, Ordering::Relaxed);
        self.receiving
            .configure(py, role, negotiated.clone_ref(py))?;
        self.negotiate(py, negotiated);
        Ok(())
    }

    /// The role of this end: frames of the client are masked.
    #[inline]
    pub(crate) fn role(&self) -> Role {
        self.role.get()
    }

    /// The receiving half.
    #[inline]
    pub(crate) const fn receiving(&self) -> &Receiving {
        &self.receiving
    }

    /// Receive the next piece of a message, or the next control frame. `decoder` is the
    /// `FrameDecoder` that hooks are called with.
    #[inline]
    pub(crate) fn next<'py>(
        &self,
        py: Python<'py>,
        decoder: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> Step<Incoming<PyStore<'py>>> {
        if !self.plain.load(Ordering::Relaxed)
            && let Err(error) = self.start(py)
        {
            // Nothing is received after an exception.
            self.receiving.finish(py)?;
            return Err(Failure::raised(error));
        }
        self.receiving.next(py, decoder)
    }

    /// Extensions disabled since the connection was made are no longer used for sending.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        if !self.started.swap(true, Ordering::Relaxed) {
            let still = self.negotiated(py).still_enabled(py)?;
            self.negotiate(py, still);
        }
        Ok(())
    }

    /// Ends sending: the extensions may free their state.
    pub(crate) fn end_sending(&self, py: Python<'_>) {
        if !self.plain.load(Ordering::Relaxed) {
            self.negotiated(py).end_sending(py);
        }
    }

    /// The extensions, as far as sending is concerned.
    pub(crate) fn negotiated(&self, py: Python<'_>) -> Negotiated {
        self.extensions.lock(py).clone_ref(py)
    }

    fn negotiate(&self, py: Python<'_>, negotiated: Negotiated) {
        let plain = matches!(negotiated, Negotiated::Nothing);
        self.plain.store(plain, Ordering::Relaxed);
        let old = std::mem::replace(&mut *self.extensions.lock(py), negotiated);
        // Dropped after the lock is released: its destructor may run Python code.
        drop(old);
    }

    /// The objects held, for the garbage collector.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        if let Some(negotiated) = self.extensions.try_lock(visit) {
            negotiated.traverse(visit)?;
        }
        self.receiving.traverse(visit)
    }

    /// Drops the objects held.
    pub(crate) fn clear(&self, py: Python<'_>) {
        self.negotiate(py, Negotiated::Nothing);
        self.receiving.clear(py);
    }
}
