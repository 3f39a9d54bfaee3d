//! Events that wait to be taken, and the iterator that takes them.

use std::collections::VecDeque;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{H11Handshake, Opening};
use crate::protocol::handshake::{Received, Refusal};
use crate::python::events::Request;
use crate::python::generator::{Body, Generator, Yielded};

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

/// What `events()` returns.
#[pyclass(frozen, extends = Generator, module = "wsproto.handshake")]
pub(crate) struct EventIterator {
    handshake: Py<H11Handshake>,
}

impl EventIterator {
    pub(super) fn over(handshake: Bound<'_, H11Handshake>) -> PyResult<Bound<'_, Self>> {
        let py = handshake.py();
        let handshake = handshake.unbind();
        Generator::of(py, Self { handshake })
    }
}

#[pymethods]
impl EventIterator {
    fn __next__<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        Generator::next(slf)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.handshake)
    }
}

impl Body for EventIterator {
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        slf.get().handshake.get().opening().next_event(slf.py())
    }
}
