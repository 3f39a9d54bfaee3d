//! Events that wait to be taken, and the iterator that takes them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::H11Handshake;
use crate::python::generator::thrown;
use crate::python::lock::lock;

/// A queue of events. It is native until somebody asks for the `collections.deque`, and that very deque
/// from then on.
#[derive(Default)]
pub(crate) struct EventQueue(Mutex<Storage>);

enum Storage {
    Native(VecDeque<Py<PyAny>>),
    Python(Py<PyAny>),
}

impl Default for Storage {
    fn default() -> Self {
        Self::Native(VecDeque::new())
    }
}

impl EventQueue {
    /// Puts an event at the end.
    pub(crate) fn push(&self, event: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = event.py();
        let deque = match &mut *self.lock(py) {
            Storage::Native(events) => {
                events.push_back(event.clone().unbind());
                return Ok(());
            }
            Storage::Python(deque) => deque.clone_ref(py),
        };
        deque
            .bind(py)
            .call_method1(intern!(py, "append"), (event,))?;
        Ok(())
    }

    /// Takes the first event out.
    pub(crate) fn pop<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let deque = match &mut *self.lock(py) {
            Storage::Native(events) => {
                let event = events.pop_front();
                if events.is_empty() {
                    // Most handshakes are over by now; the memory of those that are not is cheap to get.
                    *events = VecDeque::new();
                }
                return Ok(event.map(|event| event.into_bound(py)));
            }
            Storage::Python(deque) => deque.clone_ref(py).into_bound(py),
        };
        if deque.is_truthy()? {
            deque.call_method0(intern!(py, "popleft")).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The deque, which stays the queue.
    pub(crate) fn deque<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // Making it runs Python code, so it is made beforehand.
        let new = py.import("collections")?.getattr("deque")?.call0()?;
        let mut storage = self.lock(py);
        let events = match &mut *storage {
            Storage::Native(events) => std::mem::take(events),
            Storage::Python(deque) => return Ok(deque.clone_ref(py).into_bound(py)),
        };
        *storage = Storage::Python(new.clone().unbind());
        drop(storage);
        new.call_method1("extend", (PyList::new(py, events)?,))?;
        Ok(new)
    }

    /// Puts another deque, or something like one, in the place of the queue.
    pub(crate) fn replace(&self, deque: Bound<'_, PyAny>) {
        let py = deque.py();
        self.put(py, Storage::Python(deque.unbind()));
    }

    /// Empties the queue.
    pub(crate) fn clear(&self, py: Python<'_>) {
        self.put(py, Storage::default());
    }

    /// Whether there is an event to be taken.
    pub(crate) fn has_events(&self, py: Python<'_>) -> PyResult<bool> {
        let deque = match &*self.lock(py) {
            Storage::Native(events) => return Ok(!events.is_empty()),
            Storage::Python(deque) => deque.clone_ref(py),
        };
        deque.bind(py).is_truthy()
    }

    fn put(&self, py: Python<'_>, storage: Storage) {
        let old = std::mem::replace(&mut *self.lock(py), storage);
        // Destructors may run Python code: not under the lock, which is released by now.
        drop(old);
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // What is locked is in use, so it is not garbage.
        match self.0.try_lock().as_deref() {
            Ok(Storage::Native(events)) => events.iter().try_for_each(|event| visit.call(event)),
            Ok(Storage::Python(deque)) => visit.call(deque),
            Err(_) => Ok(()),
        }
    }

    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Storage> {
        lock(py, &self.0)
    }
}

/// What `events()` returns: it behaves as a generator does.
#[pyclass(frozen, module = "wsproto.handshake")]
pub(crate) struct EventIterator(Mutex<Progress>);

struct Progress {
    /// Where the events come from, until the end.
    source: Option<Py<H11Handshake>>,
    started: bool,
}

impl EventIterator {
    pub(crate) fn over(handshake: &Bound<'_, H11Handshake>) -> Self {
        Self(Mutex::new(Progress {
            source: Some(handshake.clone().unbind()),
            started: false,
        }))
    }

    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Progress> {
        lock(py, &self.0)
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
        let event = source.get().next_event(py);
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
        match self.0.try_lock().as_deref() {
            Ok(progress) => visit.call(&progress.source),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self, py: Python<'_>) {
        self.finish(py);
    }
}
