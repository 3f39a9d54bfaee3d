//! Events that wait to be taken, and the iterator that takes them.

use std::collections::VecDeque;
use std::mem;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::{H11Handshake, Opening};
use crate::protocol::handshake::{Received, Refusal};
use crate::python::events::Request;
use crate::python::fallback;
use crate::python::generator::{Body, Generator, Yielded};
use crate::python::objects::{interned, new_deque};

/// A queue of events: native until the `collections.deque` is read, that deque afterwards.
#[derive(Default)]
pub(super) enum EventQueue {
    #[default]
    Empty,
    /// The usual case.
    One(Py<PyAny>),
    Several(Box<Several>),
    Python(Py<PyAny>),
}

/// Events in order, at least one.
pub(super) struct Several(VecDeque<Py<PyAny>>);

impl EventQueue {
    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Empty => Ok(()),
            Self::One(event) => visit.call(event),
            Self::Several(events) => events.0.iter().try_for_each(|event| visit.call(event)),
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
            Self::Several(events) => events.0.iter().map(bound).collect(),
        }
    }

    /// Puts an event at the end of a native queue.
    #[inline]
    fn push(&mut self, event: Py<PyAny>) {
        *self = match mem::take(self) {
            Self::Empty => Self::One(event),
            Self::One(first) => Self::Several(Box::new(Several([first, event].into()))),
            Self::Several(mut events) => {
                events.0.push_back(event);
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
                let event = events.0.pop_front();
                if !events.0.is_empty() {
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
impl Opening {
    /// Puts an event at the end of the queue, and sees what comes next; `request` is the event that
    /// a client's request has become, if that is what it is.
    pub(super) fn put(
        &self,
        event: &Bound<'_, PyAny>,
        request: Option<Py<Request>>,
    ) -> PyResult<Result<Option<Received>, Refusal>> {
        let py = event.py();
        let mut inside = self.inside(py);
        let old = request.and_then(|request| inside.request.replace(request));
        let Some(deque) = inside.queue.deque(py) else {
            inside.queue.push(event.clone().unbind());
            let next = inside.protocol.next_event();
            drop(inside);
            // Dropped after the lock is released: its destructor may run Python code.
            drop(old);
            return Ok(next);
        };
        drop(inside);
        drop(old);
        deque.call_method1(interned!(py, "append")?, (event,))?;
        Ok(self.inside(py).protocol.next_event())
    }

    /// Whether the queue is empty and native.
    #[inline]
    pub(crate) fn is_drained(&self, py: Python<'_>) -> bool {
        matches!(&self.inside(py).queue, EventQueue::Empty)
    }

    /// Takes the first event out, if there is one.
    pub(crate) fn next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut inside = self.inside(py);
        let Some(deque) = inside.queue.deque(py) else {
            return Ok(inside.queue.pop().map(|event| event.into_bound(py)));
        };
        drop(inside);
        if deque.is_truthy()? {
            deque.call_method0(interned!(py, "popleft")?).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The deque, which stays the queue.
    pub(super) fn deque<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loop {
            let inside = self.inside(py);
            if let Some(deque) = inside.queue.deque(py) {
                return Ok(deque);
            }
            let events = inside.queue.events(py);
            drop(inside);
            // Python code, which may fail, and may put or take an event.
            let deque = new_deque(py, events.iter().cloned())?;
            let mut inside = self.inside(py);
            let is_same = |(event, other): (&Bound<'_, PyAny>, &Bound<'_, PyAny>)| event.is(other);
            let current = inside.queue.events(py);
            if current.len() == events.len() && current.iter().zip(&events).all(is_same) {
                let queue = EventQueue::Python(deque.clone().unbind());
                let native = mem::replace(&mut inside.queue, queue);
                drop(inside);
                drop((native, current));
                return Ok(deque);
            }
            drop(inside);
        }
    }

    /// Puts another queue in the place of this one.
    pub(super) fn replace_queue(&self, py: Python<'_>, queue: EventQueue) {
        let old = mem::replace(&mut self.inside(py).queue, queue);
        // Dropped after the lock is released: destructors may run Python code.
        drop(old);
    }
}

/// What `events()` returns.
#[pyclass(frozen, extends = Generator, module = "wsproto.handshake")]
pub(crate) struct EventIterator {
    handshake: Py<H11Handshake>,
}

impl EventIterator {
    pub(crate) fn new(handshake: Bound<'_, H11Handshake>) -> PyResult<Bound<'_, Self>> {
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

    fn successor<'py>(slf: &Bound<'py, Self>, begun: bool) -> PyResult<Bound<'py, PyAny>> {
        let handshake = slf.get().handshake.bind(slf.py());
        fallback::items(Self::new(handshake.clone())?.as_any(), begun)
    }
}
