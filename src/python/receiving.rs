//! The receiving half of a connection: what has been fed and not been decoded, and how it is decoded.
//!
//! The half is locked while native code decodes, which calls nothing that could run Python code. Where
//! extensions are Python objects it is taken out of the lock instead, so that their hooks may use the
//! connection; whoever advances it from inside a hook is told what a generator would say.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::buffers::extension_of;
use super::extensions::Negotiated;
use super::frame_protocol::FrameDecoder;
use super::hooks::Hooks;
use super::lock::lock;
use super::memory::PyStore;
use crate::protocol::decoder::{Piece, Role};
use crate::protocol::error::Failure;
use crate::protocol::extension::{Inbound, NoExtensions};
use crate::protocol::message::{Incoming, Receiver};

/// What a step of receiving gives.
pub(crate) type Step<T> = Result<Option<T>, Failure<PyErr>>;

/// The receiving half, behind its lock.
pub(crate) struct Receiving(Mutex<Half>);

struct Half {
    receiver: Receiver,
    input: Input,
    negotiated: Negotiated,
    /// Whether the receiver is taken out, because a hook is running.
    taken: bool,
}

impl Receiving {
    /// A half to which nothing has been fed.
    pub(crate) const fn new(role: Role, negotiated: Negotiated) -> Self {
        Self(Mutex::new(Half {
            receiver: Receiver::new(role),
            input: Input::Nothing,
            negotiated,
            taken: false,
        }))
    }

    /// Begin anew.
    pub(crate) fn reset(&self, py: Python<'_>, role: Role, negotiated: Negotiated) {
        let fresh = Self::new(role, negotiated).0.into_inner();
        let fresh = fresh.unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *self.lock(py), fresh);
        // Dropping Python objects may run Python code: not under the lock.
        drop(old);
    }

    /// Feed data: an object that supports the buffer protocol.
    pub(crate) fn feed(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let data = extension_of(data)?;
        let mut half = self.lock(data.py());
        // Nothing that follows a close frame or a broken rule counts, so it is not kept either.
        if !half.receiver.is_finished() || half.taken {
            half.input.feed(&data);
        }
        Ok(())
    }

    /// How many bytes wait to be decoded.
    pub(crate) fn waiting(&self, py: Python<'_>) -> Vec<u8> {
        self.lock(py).input.as_bytes(py).to_vec()
    }

    /// Receive the next piece of a message or control frame.
    #[inline]
    pub(crate) fn next<'py>(
        &self,
        decoder: &Bound<'py, FrameDecoder>,
    ) -> Step<Incoming<PyStore<'py>>> {
        self.step(decoder, NextIncoming)
    }

    /// Receive the next frame or piece of one, as an object that `wrap` makes.
    pub(crate) fn next_piece<'py>(
        &self,
        decoder: &Bound<'py, FrameDecoder>,
        wrap: fn(Python<'py>, Piece<'_>) -> PyResult<Bound<'py, PyAny>>,
    ) -> Step<Bound<'py, PyAny>> {
        self.step(decoder, NextPiece(wrap))
    }

    #[inline]
    fn step<'py, N: Next<'py>>(
        &self,
        decoder: &Bound<'py, FrameDecoder>,
        next: N,
    ) -> Step<N::Output> {
        let py = decoder.py();
        let mut half = self.lock(py);
        if half.taken {
            drop(half);
            let error = PyValueError::new_err("generator already executing");
            return Err(Failure::Raised(error));
        }
        let half_ref = &mut *half;
        match &half_ref.negotiated {
            Negotiated::Nothing => half_ref.input.advance(py, |input| {
                let mut none = NoExtensions::default();
                next.next(py, &mut half_ref.receiver, input, &mut none)
            }),
            Negotiated::Deflate(extension) => {
                let mut inflating = extension
                    .bind(py)
                    .get()
                    .inflating(py, decoder.get().is_client());
                half_ref.input.advance(py, |input| {
                    next.next(py, &mut half_ref.receiver, input, &mut inflating)
                })
            }
            Negotiated::Python(_) => self.step_with_hooks(decoder, half, next),
        }
    }

    fn step_with_hooks<'py, N: Next<'py>>(
        &self,
        decoder: &Bound<'py, FrameDecoder>,
        mut half: MutexGuard<'_, Half>,
        next: N,
    ) -> Step<N::Output> {
        let py = decoder.py();
        let Negotiated::Python(extensions) = &half.negotiated else {
            return Ok(None);
        };
        let extensions = extensions
            .iter()
            .map(|extension| extension.bind(py).clone())
            .collect();
        let mut hooks = Hooks::new(decoder.clone(), extensions);
        let mut receiver = half.receiver.clone();
        let mut input = std::mem::replace(&mut half.input, Input::Nothing);
        half.taken = true;
        drop(half);
        let outcome = loop {
            let begun = input.advance(py, |input| receiver.begin_frame(input, &mut hooks));
            // What a hook feeds while it judges a header belongs to what it judges.
            let fed = std::mem::replace(&mut self.lock(py).input, Input::Nothing);
            let more = !fed.is_nothing();
            input.append(py, fed);
            match begun {
                Err(failure) => break Err(failure),
                Ok(false) if more => hooks.resume(),
                Ok(false) => break Ok(None),
                Ok(true) => {
                    break input
                        .advance(py, |input| next.next(py, &mut receiver, input, &mut hooks));
                }
            }
        };
        let mut half = self.lock(py);
        let fed = std::mem::replace(&mut half.input, Input::Nothing);
        input.append(py, fed);
        half.receiver = receiver;
        half.input = input;
        half.taken = false;
        outcome
    }

    #[inline]
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Half> {
        lock(py, &self.0)
    }

    /// The objects held, for the garbage collector; none if the lock is taken, which only delays it.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match self.0.try_lock() {
            Ok(half) => half.negotiated.traverse(visit),
            Err(_) => Ok(()),
        }
    }
}

/// What is taken from the receiver in one step.
trait Next<'py>: Copy {
    type Output;

    fn next<X: Inbound<Error = PyErr>>(
        self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Step<Self::Output>;
}

/// A piece of a message, or a control frame.
#[derive(Clone, Copy)]
struct NextIncoming;

impl<'py> Next<'py> for NextIncoming {
    type Output = Incoming<PyStore<'py>>;

    #[inline]
    fn next<X: Inbound<Error = PyErr>>(
        self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Step<Self::Output> {
        receiver.next(input, extensions, &mut PyStore(py))
    }
}

/// A frame or a piece of one, wrapped.
#[derive(Clone, Copy)]
struct NextPiece<'py>(fn(Python<'py>, Piece<'_>) -> PyResult<Bound<'py, PyAny>>);

impl<'py> Next<'py> for NextPiece<'py> {
    type Output = Bound<'py, PyAny>;

    fn next<X: Inbound<Error = PyErr>>(
        self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Step<Self::Output> {
        match receiver.next_piece(input, extensions)? {
            None => Ok(None),
            Some(piece) => (self.0)(py, piece).map(Some).map_err(Failure::Raised),
        }
    }
}

/// What has been fed and not been decoded.
enum Input {
    Nothing,
    /// The caller's own object, from a position on.
    Borrowed(Py<PyBytes>, usize),
    /// What several objects came to.
    Owned(Vec<u8>, usize),
}

impl Input {
    const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    #[inline]
    fn feed(&mut self, data: &Bound<'_, PyBytes>) {
        let bytes = data.as_bytes();
        match self {
            _ if bytes.is_empty() => {}
            Self::Nothing => *self = Self::Borrowed(data.clone().unbind(), 0),
            Self::Borrowed(first, position) => {
                let rest = first
                    .as_bytes(data.py())
                    .get(*position..)
                    .unwrap_or_default();
                *self = Self::Owned([rest, bytes].concat(), 0);
            }
            Self::Owned(buffer, position) => {
                // Moving the rest to the front costs no more than what has been decoded since the last time.
                if *position > buffer.len() / 2 {
                    buffer.drain(..*position);
                    *position = 0;
                }
                buffer.extend_from_slice(bytes);
            }
        }
    }

    fn append(&mut self, py: Python<'_>, later: Self) {
        match later {
            Self::Nothing => {}
            later if self.as_bytes(py).is_empty() => *self = later,
            later => *self = Self::Owned([self.as_bytes(py), later.as_bytes(py)].concat(), 0),
        }
    }

    #[inline]
    fn as_bytes<'a>(&'a self, py: Python<'a>) -> &'a [u8] {
        match self {
            Self::Nothing => &[],
            Self::Borrowed(data, position) => {
                data.as_bytes(py).get(*position..).unwrap_or_default()
            }
            Self::Owned(buffer, position) => buffer.get(*position..).unwrap_or_default(),
        }
    }

    /// Have `decode` take something from the front.
    #[inline]
    fn advance<T>(&mut self, py: Python<'_>, decode: impl FnOnce(&mut &[u8]) -> T) -> T {
        let before = self.as_bytes(py);
        let mut rest = before;
        let decoded = decode(&mut rest);
        let consumed = before.len() - rest.len();
        let exhausted = rest.is_empty();
        match self {
            _ if exhausted => *self = Self::Nothing,
            Self::Nothing => {}
            Self::Borrowed(_, position) | Self::Owned(_, position) => *position += consumed,
        }
        decoded
    }
}
