//! The receiving half: what has been fed and not been decoded, and how it is decoded.
//!
//! The half is locked while native code decodes, which calls nothing that could run Python code.
//! Where extensions are Python objects it is taken out of the lock instead, so that their hooks may
//! use the connection; advancing it from inside a hook raises what a generator raises.

use pyo3::prelude::*;

use super::input::Input;
use super::next::{Next, NextIncoming, NextPiece, OwnedPiece, Step};
use super::python_extensions::PythonExtensions;
use crate::protocol::error::Failure;
use crate::protocol::extension::NoExtensions;
use crate::protocol::message::{Incoming, Receiver};
use crate::protocol::role::Role;
use crate::python::arguments::extension_of;
use crate::python::extensions::{Negotiated, PerMessageDeflate};
use crate::python::ffi::lock::{LongGuard, LongLock, already_executing};
use crate::python::ffi::memory::{PyStore, out_of_memory};

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
}

impl Receiving {
    /// The half of a server without extensions, until it is configured.
    pub(crate) const fn new() -> Self {
        Self {
            half: LongLock::new(Half::new(Role::Server, Negotiated::Nothing)),
        }
    }

    /// Begin anew, in this role and with these extensions. The limit of messages stays.
    pub(crate) fn configure(
        &self,
        py: Python<'_>,
        role: Role,
        negotiated: Negotiated,
    ) -> PyResult<()> {
        let mut new = Half::new(role, negotiated);
        let mut half = self.lock(py)?;
        let limit = half.receiver.max_message_size();
        new.receiver.set_max_message_size(limit);
        let old = std::mem::replace(&mut *half, new);
        drop(half);
        // Dropped after the lock is released: its destructor may run Python code.
        drop(old);
        Ok(())
    }

    /// Drop the objects held, unless they are in use.
    pub(crate) fn clear(&self, py: Python<'_>) {
        // A value in use is not garbage.
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

    /// The role of this end.
    pub(crate) fn role(&self, py: Python<'_>) -> PyResult<Role> {
        Ok(self.lock(py)?.receiver.role())
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
        // Input after a close frame or a broken rule is ignored, so it is not kept.
        let fed = if !half.receiver.is_finished() || half.taken {
            half.input.feed(&data, &mut spent)
        } else {
            Ok(())
        };
        drop(half);
        spent.clear(data.py());
        fed.map_err(out_of_memory)
    }

    /// Ignore all that is fed from now on, and what waits to be decoded.
    pub(crate) fn finish(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py)?.receiver.finish();
        Ok(())
    }

    /// Whether bytes wait to be decoded.
    pub(crate) fn has_input(&self, py: Python<'_>) -> PyResult<bool> {
        let half = self.lock(py)?;
        Ok(!half.receiver.is_finished() && !half.input.is_nothing())
    }

    /// The bytes that wait to be decoded.
    pub(crate) fn waiting(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        self.lock(py)?.input.to_vec(py)
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
        // Input that has been decoded completely; dropped after the lock is released.
        let mut spent = Input::Nothing;
        let mut half = self.lock_to_step(py)?;
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
                // Checking the class and making the decoder's object must not happen under the
                // lock.
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
        let mut half = self.lock_to_step(py)?;
        half.allow_detaching();
        let half_ref = &mut *half;
        let allowance = half_ref.receiver.allowance();
        let role = half_ref.receiver.role();
        let mut inflating = extension.get().inflating(py, role, allowance)?;
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
        let mut half = self.lock_to_step(py)?;
        let negotiated = half.negotiated.clone_ref(py);
        let mut receiver = half.receiver.clone();
        let mut input = std::mem::replace(&mut half.input, Input::Nothing);
        half.taken = true;
        drop(half);
        let mut hooks = PythonExtensions::new(decoder, negotiated.objects(py));
        let decoded = self.decode_with_hooks(py, &mut receiver, &mut input, &mut hooks, next);
        let (fed, mut half) = loop {
            let fed = self.append_fed(py, &mut input);
            let half = self.half.lock_to_finish(py)?;
            // Another thread may have fed more by now.
            if fed.is_err() || half.input.is_nothing() {
                break (fed, half);
            }
        };
        if fed.is_err() || decoded.is_err() {
            receiver.finish();
        }
        let finished = receiver.is_finished();
        half.receiver = receiver;
        // The rest is dropped after the lock is released.
        std::mem::swap(&mut half.input, &mut input);
        half.taken = false;
        drop(half);
        if finished {
            negotiated.end_receiving(py);
        }
        fed.map_err(Failure::raised).and(decoded)
    }

    /// The step itself, with what is taken out for it.
    fn decode_with_hooks<'py, N: Next<'py>>(
        &self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut Input,
        hooks: &mut PythonExtensions<'py>,
        next: N,
    ) -> Step<N::Output> {
        let mut spent = Input::Nothing;
        loop {
            let begun = input.advance(py, &mut spent, |input| receiver.begin_frame(input, hooks));
            // Bytes that a hook feeds while it judges a header belong to that frame.
            let more = self.append_fed(py, input)?;
            match begun {
                Err(failure) => return Err(failure),
                Ok(false) if more => hooks.resume(),
                Ok(false) => return Ok(None),
                Ok(true) => {
                    return input.advance(py, &mut spent, |input| {
                        next.next(py, receiver, input, hooks)
                    });
                }
            }
        }
    }

    /// Append what hooks have fed meanwhile; whether that is anything.
    fn append_fed(&self, py: Python<'_>, input: &mut Input) -> PyResult<bool> {
        let fed = std::mem::replace(&mut self.lock(py)?.input, Input::Nothing);
        let more = !fed.is_nothing();
        input.append(py, fed)?;
        Ok(more)
    }

    /// Take the half for a step, unless a hook is running.
    #[inline]
    fn lock_to_step<'a>(&'a self, py: Python<'a>) -> PyResult<LongGuard<'a, Half>> {
        let half = self.lock(py)?;
        if half.taken {
            drop(half);
            return Err(already_executing(py));
        }
        Ok(half)
    }

    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    fn lock<'a>(&'a self, py: Python<'a>) -> PyResult<LongGuard<'a, Half>> {
        self.half.lock(py)
    }

    /// The objects held, for the garbage collector; none if the lock is taken, which only delays
    /// it.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match self.half.try_lock(visit) {
            Some(half) => half.negotiated.traverse(visit),
            None => Ok(()),
        }
    }
}
