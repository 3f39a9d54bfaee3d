//! The receiving half: what has been fed and not been decoded, and how it is decoded.
//!
//! The half is locked while native code decodes, which calls nothing that could run Python code. Where
//! extensions are Python objects it is taken out of the lock instead, so that their hooks may use the
//! connection; whoever advances it from inside a hook is told what a generator would say.

use std::collections::TryReserveError;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::hooks::Hooks;
use crate::protocol::decoder::{Piece, Role};
use crate::protocol::error::Failure;
use crate::protocol::extension::{Inbound, NoExtensions};
use crate::protocol::message::{Incoming, Receiver, Store};
use crate::protocol::opcode::Opcode;
use crate::python::buffers::extension_of;
use crate::python::extensions::{Negotiated, PerMessageDeflate};
use crate::python::lock::{LongGuard, LongLock, already_executing};
use crate::python::memory::{PyStore, out_of_memory};

/// What a step of receiving gives.
pub(crate) type Step<T> = Result<Option<T>, Failure<PyErr>>;

/// The receiving half.
pub(crate) struct Receiving {
    half: LongLock<Half>,
}

struct Half {
    receiver: Receiver,
    input: Input,
    negotiated: Negotiated,
    /// Whether the receiver is taken out, because a hook is running.
    taken: bool,
}

impl Half {
    const fn new(role: Role, negotiated: Negotiated) -> Self {
        Self {
            receiver: Receiver::new(role),
            input: Input::Nothing,
            negotiated,
            taken: false,
        }
    }

    /// Whether this end is the client.
    const fn client(&self) -> bool {
        matches!(self.receiver.role(), Role::Client)
    }
}

const fn role(client: bool) -> Role {
    if client { Role::Client } else { Role::Server }
}

impl Receiving {
    /// The half of a server without extensions, until it is configured.
    pub(crate) const fn new() -> Self {
        Self {
            half: LongLock::new(Half::new(Role::Server, Negotiated::Nothing)),
        }
    }

    /// Have this role, before anything is received.
    pub(crate) fn take_role(&self, py: Python<'_>, client: bool) -> PyResult<()> {
        self.lock(py)?.receiver.set_role(role(client));
        Ok(())
    }

    /// Begin anew, in this role and with these extensions.
    pub(crate) fn configure(
        &self,
        py: Python<'_>,
        client: bool,
        negotiated: Negotiated,
    ) -> PyResult<()> {
        let mut half = Half::new(role(client), negotiated);
        std::mem::swap(&mut *self.lock(py)?, &mut half);
        // The destructor of the old one may run Python code: not under the lock, which is released by now.
        drop(half);
        Ok(())
    }

    /// Drop the objects held, unless they are in use.
    pub(crate) fn clear(&self, py: Python<'_>) {
        // What is in use is not garbage.
        if let Ok(mut half) = self.lock(py) {
            let negotiated = std::mem::replace(&mut half.negotiated, Negotiated::Nothing);
            let input = std::mem::replace(&mut half.input, Input::Nothing);
            drop(half);
            drop((negotiated, input));
        }
    }

    /// The most bytes that a message may have, if there is a limit.
    pub(crate) fn max_message_size(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        Ok(self.lock(py)?.receiver.max_message_size())
    }

    /// Fail the connection over messages of more bytes than these.
    pub(crate) fn set_max_message_size(
        &self,
        py: Python<'_>,
        limit: Option<usize>,
    ) -> PyResult<()> {
        self.lock(py)?.receiver.set_max_message_size(limit);
        Ok(())
    }

    /// Whether this end is the client.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.lock(py)?.client())
    }

    /// The extensions in use.
    pub(crate) fn negotiated(&self, py: Python<'_>) -> PyResult<Negotiated> {
        Ok(self.lock(py)?.negotiated.clone_ref(py))
    }

    /// Feed data: an object that supports the buffer protocol.
    pub(crate) fn feed(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let data = extension_of(data)?;
        let mut spent = Input::Nothing;
        let mut half = self.lock(data.py())?;
        // Nothing that follows a close frame or a broken rule counts, so it is not kept either.
        let fed = if !half.receiver.is_finished() || half.taken {
            half.input.feed(&data, &mut spent)
        } else {
            Ok(())
        };
        drop(half);
        spent.clear(data.py());
        fed.map_err(out_of_memory)
    }

    /// Whether bytes wait to be decoded.
    pub(crate) fn has_input(&self, py: Python<'_>) -> PyResult<bool> {
        let half = self.lock(py)?;
        Ok(!half.receiver.is_finished() && !half.input.is_nothing())
    }

    /// The bytes that wait to be decoded.
    pub(crate) fn waiting(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        joined(self.lock(py)?.input.as_bytes(py), &[]).map_err(out_of_memory)
    }

    /// Receive the next piece of a message or control frame.
    #[inline]
    pub(crate) fn next<'py>(
        &self,
        py: Python<'py>,
        decoder: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> Step<Incoming<PyStore<'py>>> {
        self.step(py, decoder, NextIncoming)
    }

    /// Receive the next frame or piece of one.
    pub(crate) fn next_piece<'py>(
        &self,
        py: Python<'py>,
        decoder: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> Step<OwnedPiece<'py>> {
        self.step(py, decoder, NextPiece)
    }

    #[inline]
    fn step<'py, N: Next<'py>>(
        &self,
        py: Python<'py>,
        decoder: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
        next: N,
    ) -> Step<N::Output> {
        // What has been decoded to its end: dropped after the lock is released.
        let mut spent = Input::Nothing;
        let mut half = self.lock(py)?;
        if half.taken {
            drop(half);
            return Err(Failure::raised(already_executing(py)));
        }
        let half_ref = &mut *half;
        match &half_ref.negotiated {
            Negotiated::Nothing => {
                let outcome = half_ref.input.advance(py, &mut spent, |input| {
                    let mut none = NoExtensions::default();
                    next.next(py, &mut half_ref.receiver, input, &mut none)
                });
                drop(half);
                spent.clear(py);
                outcome
            }
            Negotiated::Deflate(extension) => {
                let extension = extension.clone_ref(py).into_bound(py);
                drop(half);
                // The look at the class is nothing to be done under the lock, nor is making the decoder's object.
                if PerMessageDeflate::is_native(&extension) {
                    self.step_inflating(&extension, next)
                } else {
                    self.step_with_hooks(decoder()?, next)
                }
            }
            Negotiated::Python(_) => {
                drop(half);
                self.step_with_hooks(decoder()?, next)
            }
        }
    }

    /// The step if this is the only extension, and native.
    fn step_inflating<'py, N: Next<'py>>(
        &self,
        extension: &Bound<'py, PerMessageDeflate>,
        next: N,
    ) -> Step<N::Output> {
        let py = extension.py();
        let mut spent = Input::Nothing;
        let mut half = self.lock(py)?;
        if half.taken {
            drop(half);
            return Err(Failure::raised(already_executing(py)));
        }
        half.allow_detaching();
        let half_ref = &mut *half;
        let allowance = half_ref.receiver.allowance();
        let client = half_ref.client();
        let mut inflating = extension.get().inflating(py, client, allowance)?;
        let outcome = half_ref.input.advance(py, &mut spent, |input| {
            next.next(py, &mut half_ref.receiver, input, &mut inflating)
        });
        drop(inflating);
        let finished = half_ref.receiver.is_finished();
        drop(half);
        if finished {
            extension.get().end_receiving(py);
        }
        outcome
    }

    fn step_with_hooks<'py, N: Next<'py>>(
        &self,
        decoder: Bound<'py, PyAny>,
        next: N,
    ) -> Step<N::Output> {
        let py = decoder.py();
        let mut half = self.lock(py)?;
        if half.taken {
            drop(half);
            return Err(Failure::raised(already_executing(py)));
        }
        let negotiated = half.negotiated.clone_ref(py);
        let mut receiver = half.receiver.clone();
        let mut input = std::mem::replace(&mut half.input, Input::Nothing);
        half.taken = true;
        drop(half);
        let mut hooks = Hooks::new(decoder, negotiated.objects(py));
        let mut spent = Input::Nothing;
        let outcome = loop {
            let begun = input.advance(py, &mut spent, |input| {
                receiver.begin_frame(input, &mut hooks)
            });
            // What a hook feeds while it judges a header belongs to what it judges.
            let fed = self.take_input(py)?;
            let more = !fed.is_nothing();
            input.append(py, fed)?;
            match begun {
                Err(failure) => break Err(failure),
                Ok(false) if more => hooks.resume(),
                Ok(false) => break Ok(None),
                Ok(true) => {
                    break input.advance(py, &mut spent, |input| {
                        next.next(py, &mut receiver, input, &mut hooks)
                    });
                }
            }
        };
        let fed = self.take_input(py)?;
        input.append(py, fed)?;
        let finished = receiver.is_finished();
        let mut half = self.lock(py)?;
        half.receiver = receiver;
        half.input = input;
        half.taken = false;
        drop(half);
        if finished {
            negotiated.end_receiving(py);
        }
        outcome
    }

    /// Takes out what has been fed.
    fn take_input(&self, py: Python<'_>) -> PyResult<Input> {
        Ok(std::mem::replace(&mut self.lock(py)?.input, Input::Nothing))
    }

    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    fn lock<'a>(&'a self, py: Python<'a>) -> PyResult<LongGuard<'a, Half>> {
        self.half.lock(py)
    }

    /// The objects held, for the garbage collector; none if the lock is taken, which only delays it.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match self.half.try_lock(visit) {
            Some(half) => half.negotiated.traverse(visit),
            None => Ok(()),
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

    #[inline(always)]
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

/// A frame or a piece of one.
#[derive(Clone, Copy)]
struct NextPiece;

/// A [`Piece`] with a payload of its own.
pub(crate) struct OwnedPiece<'py> {
    pub(crate) opcode: Opcode,
    pub(crate) payload: Bound<'py, PyBytes>,
    pub(crate) frame_finished: bool,
    pub(crate) fin: bool,
}

impl<'py> Next<'py> for NextPiece {
    type Output = OwnedPiece<'py>;

    fn next<X: Inbound<Error = PyErr>>(
        self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Step<Self::Output> {
        let Some(piece) = receiver.next_piece(input, extensions)? else {
            return Ok(None);
        };
        let Piece {
            opcode,
            frame_finished,
            fin,
            ..
        } = piece;
        let payload = PyStore(py).bytes(piece.payload)?;
        Ok(Some(OwnedPiece {
            opcode,
            payload,
            frame_finished,
            fin,
        }))
    }
}

/// One after the other.
fn joined(first: &[u8], second: &[u8]) -> Result<Vec<u8>, TryReserveError> {
    let mut all = Vec::new();
    all.try_reserve(first.len() + second.len())?;
    all.extend_from_slice(first);
    all.extend_from_slice(second);
    Ok(all)
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

    /// Add data at the end. What is copied for that goes to `spent`, which holds nothing.
    #[inline]
    fn feed(&mut self, data: &Bound<'_, PyBytes>, spent: &mut Self) -> Result<(), TryReserveError> {
        let bytes = data.as_bytes();
        match self {
            _ if bytes.is_empty() => {}
            Self::Nothing => *self = Self::Borrowed(data.clone().unbind(), 0),
            Self::Borrowed(first, position) => {
                let rest = first
                    .as_bytes(data.py())
                    .get(*position..)
                    .unwrap_or_default();
                let joined = Self::Owned(joined(rest, bytes)?, 0);
                *spent = std::mem::replace(self, joined);
            }
            Self::Owned(buffer, position) => {
                // Moving the rest to the front costs no more than what has been decoded since the last time.
                if *position > buffer.len() / 2 {
                    buffer.drain(..*position);
                    *position = 0;
                }
                buffer.try_reserve(bytes.len())?;
                buffer.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    fn append(&mut self, py: Python<'_>, later: Self) -> PyResult<()> {
        match later {
            Self::Nothing => {}
            later if self.as_bytes(py).is_empty() => *self = later,
            later => {
                let all = joined(self.as_bytes(py), later.as_bytes(py)).map_err(out_of_memory)?;
                *self = Self::Owned(all, 0);
            }
        }
        Ok(())
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

    #[inline]
    fn clear(&mut self, py: Python<'_>) {
        if let Self::Borrowed(data, _) = std::mem::replace(self, Self::Nothing) {
            // It is known here that the thread is attached, which `Py` would have to find out.
            drop(data.into_bound(py));
        }
    }

    /// Have `decode` take something from the front. What is decoded to its end goes to `spent`, which
    /// holds nothing if a lock is held.
    #[inline]
    fn advance<T>(
        &mut self,
        py: Python<'_>,
        spent: &mut Self,
        decode: impl FnOnce(&mut &[u8]) -> T,
    ) -> T {
        let before = self.as_bytes(py);
        let mut rest = before;
        let decoded = decode(&mut rest);
        let consumed = before.len() - rest.len();
        let exhausted = rest.is_empty();
        match self {
            _ if exhausted => *spent = std::mem::replace(self, Self::Nothing),
            Self::Nothing => {}
            Self::Borrowed(_, position) | Self::Owned(_, position) => *position += consumed,
        }
        decoded
    }
}
