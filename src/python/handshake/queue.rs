//! Events that wait to be taken, and the iterator that takes them.

use std::collections::VecDeque;

use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{H11Handshake, Opening};
use crate::protocol::handshake::{Received, Refusal};
use crate::python::events::Request;
use crate::python::generator::thrown;
use crate::python::lock::{Guard, Lock};

/// A queue of events. It is native until somebody asks for the `collections.deque`, and that very deque
/// from then on.
pub(super) enum EventQueue {
    Native(Events),
    Python(Py<PyAny>),
}

/// Native events in order. There is rarely more than one of them.
#[derive(Default)]
pub(super) struct Events {
    /// If there is no first one, there are no others.
    first: Option<Py<PyAny>>,
    others: VecDeque<Py<PyAny>>,
}

impl Default for EventQueue {
    fn default() -> Self {
        Self::Native(Events::default())
    }
}

impl EventQueue {
    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Native(events) => {
                visit.call(&events.first)?;
                events.others.iter().try_for_each(|event| visit.call(event))
            }
            Self::Python(deque) => visit.call(deque),
        }
    }
}

impl Events {
    fn push(&mut self, event: Py<PyAny>) {
        match self.first {
            None => self.first = Some(event),
            Some(_) => self.others.push_back(event),
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<Py<PyAny>> {
        let event = self.first.take()?;
        self.first = self.others.pop_front();
        if self.others.is_empty() {
            // Most handshakes are over by now; the memory of those that are not is cheap to get.
            self.others = VecDeque::new();
        }
        Some(event)
    }
}

/// The queue of a handshake. A deque is only touched while the lock is not held: that is Python code.
impl Opening {
    /// Puts an event at the end of the queue, and sees what comes next; `request` is the event that a client's
    /// request has become, if that is what it is.
    pub(super) fn put(
        &self,
        event: &Bound<'_, PyAny>,
        request: Option<Py<Request>>,
    ) -> PyResult<Result<Option<Received>, Refusal>> {
        let py = event.py();
        let mut inside = self.inside(py);
        let old = request.and_then(|request| inside.request.replace(request));
        let deque = match &mut inside.queue {
            EventQueue::Native(events) => {
                events.push(event.clone().unbind());
                let next = inside.protocol.next_event();
                drop(inside);
                // Its destructor may run Python code: not under the lock.
                drop(old);
                return Ok(next);
            }
            EventQueue::Python(deque) => deque.clone_ref(py).into_bound(py),
        };
        drop(inside);
        drop(old);
        deque.call_method1(intern!(py, "append"), (event,))?;
        Ok(self.inside(py).protocol.next_event())
    }

    /// Whether there are no events, and nobody else could have put one there.
    #[inline]
    pub(crate) fn is_drained(&self, py: Python<'_>) -> bool {
        matches!(&self.inside(py).queue, EventQueue::Native(events) if events.first.is_none())
    }

    /// Takes the first event out, if there is one.
    pub(crate) fn next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let deque = match &mut self.inside(py).queue {
            EventQueue::Native(events) => {
                return Ok(events.pop().map(|event| event.into_bound(py)));
            }
            EventQueue::Python(deque) => deque.clone_ref(py).into_bound(py),
        };
        if deque.is_truthy()? {
            deque.call_method0(intern!(py, "popleft")).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The deque, which stays the queue.
    pub(super) fn deque<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // Making it runs Python code, so it is made beforehand.
        let new = py.import("collections")?.getattr("deque")?.call0()?;
        let mut inside = self.inside(py);
        let events = match &mut inside.queue {
            EventQueue::Native(events) => std::mem::take(events),
            EventQueue::Python(deque) => return Ok(deque.clone_ref(py).into_bound(py)),
        };
        inside.queue = EventQueue::Python(new.clone().unbind());
        drop(inside);
        let events = events.first.into_iter().chain(events.others);
        new.call_method1("extend", (PyList::new(py, events.collect::<Vec<_>>())?,))?;
        Ok(new)
    }

    /// Puts another queue in the place of this one.
    pub(super) fn replace_queue(&self, py: Python<'_>, queue: EventQueue) {
        let old = std::mem::replace(&mut self.inside(py).queue, queue);
        // Destructors may run Python code: not under the lock, which is released by now.
        drop(old);
    }
}

/// What `events()` returns: it behaves as a generator does.
#[pyclass(frozen, module = "wsproto.handshake")]
pub(crate) struct EventIterator(Lock<Progress>);

struct Progress {
    /// Where the events come from, until the end.
    source: Option<Py<H11Handshake>>,
    started: bool,
}

impl EventIterator {
    pub(crate) fn over(handshake: &Bound<'_, H11Handshake>) -> Self {
        Self(Lock::new(Progress {
            source: Some(handshake.clone().unbind()),
            started: false,
        }))
    }

    fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, Progress> {
        self.0.lock(py)
    }

    /// Ends it; says whether it had not ended before.
    fn finish(&self, py: Python<'_>) -> bool {
        let source = self.lock(py).source.take();
        source.is_some()
    }
}

#[pymethods]
impl EventIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let source = {
            let mut progress = self.lock(py);
            progress.started = true;
            progress.source.as_ref().map(|source| source.clone_ref(py))
        };
        let Some(source) = source else {
            return Ok(None);
        };
        let event = source.get().opening().next_event(py);
        if !matches!(event, Ok(Some(_))) {
            self.finish(py);
        }
        event
    }

    fn send<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = value.py();
        let fresh = {
            let progress = self.lock(py);
            !progress.started && progress.source.is_some()
        };
        if fresh && !value.is_none() {
            let text = "can't send non-None value to a just-started generator";
            return Err(PyTypeError::new_err(text));
        }
        self.__next__(py)?
            .ok_or_else(|| PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (typ, val=None, tb=None))]
    fn throw(
        &self,
        typ: &Bound<'_, PyAny>,
        val: Option<&Bound<'_, PyAny>>,
        tb: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let py = typ.py();
        let error = thrown(typ, val, tb);
        if self.finish(py) && error.is_instance_of::<PyStopIteration>(py) {
            // Python does not let one out of a generator (PEP 479).
            let outer = PyRuntimeError::new_err("generator raised StopIteration");
            outer.set_cause(py, Some(error));
            return Err(outer);
        }
        Err(error)
    }

    fn close(&self, py: Python<'_>) {
        self.finish(py);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock(&visit) {
            Some(progress) => visit.call(&progress.source),
            None => Ok(()),
        }
    }

    fn __clear__(&self, py: Python<'_>) {
        self.finish(py);
    }
}
