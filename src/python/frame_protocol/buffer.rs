//! `Buffer`: bytes that are consumed tentatively.

use pyo3::prelude::*;
use pyo3::types::{PyAny, PyByteArray, PyDict, PyTuple};

use crate::python::buffers::extension_of;
use crate::python::lock::{Guard, Lock};

/// Bytes that have arrived and are consumed from the front, until the consumption is committed or rolled
/// back.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct Buffer(Lock<State>);

#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    bytes_used: usize,
}

#[pymethods]
impl Buffer {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self(Lock::default())
    }

    #[pyo3(signature = (initial_bytes=None))]
    fn __init__(&self, py: Python<'_>, initial_bytes: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        *self.state(py) = State::default();
        match initial_bytes {
            Some(bytes) if bytes.is_truthy()? => self.feed(bytes),
            _ => Ok(()),
        }
    }

    /// What has not been committed: a copy, as a ``bytearray``.
    #[getter]
    fn buffer<'py>(&self, py: Python<'py>) -> Bound<'py, PyByteArray> {
        PyByteArray::new(py, &self.state(py).buffer)
    }

    /// How many bytes of it have been consumed.
    #[getter]
    fn bytes_used(&self, py: Python<'_>) -> usize {
        self.state(py).bytes_used
    }

    /// Append bytes.
    ///
    /// :raises TypeError: for what has no bytes.
    fn feed(&self, new_bytes: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = extension_of(new_bytes)?;
        self.append(new_bytes.py(), bytes.as_bytes());
        Ok(())
    }

    /// Consume ``nbytes`` bytes, or as many as there are, and return them as a ``bytearray``.
    fn consume_at_most<'py>(&self, py: Python<'py>, nbytes: isize) -> Bound<'py, PyByteArray> {
        PyByteArray::new(py, self.state(py).consume(nbytes))
    }

    /// Consume ``nbytes`` bytes, and return them as a ``bytearray``; if there are fewer, consume none and return
    /// ``None``.
    fn consume_exactly<'py>(
        &self,
        py: Python<'py>,
        nbytes: isize,
    ) -> Option<Bound<'py, PyByteArray>> {
        let mut state = self.state(py);
        if usize::try_from(nbytes)
            .is_ok_and(|wanted| state.buffer.len() - state.bytes_used < wanted)
        {
            return None;
        }
        Some(PyByteArray::new(py, state.consume(nbytes)))
    }

    /// Drop what has been consumed.
    fn commit(&self, py: Python<'_>) {
        let mut state = self.state(py);
        let used = state.bytes_used;
        state.buffer.drain(..used);
        state.bytes_used = 0;
    }

    /// Take back what has been consumed since the last commit.
    fn rollback(&self, py: Python<'_>) {
        self.state(py).bytes_used = 0;
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.state(py).buffer.len()
    }
}

impl Buffer {
    pub(crate) fn append(&self, py: Python<'_>, bytes: &[u8]) {
        self.state(py).buffer.extend_from_slice(bytes);
    }

    fn state<'a>(&'a self, py: Python<'a>) -> Guard<'a, State> {
        self.0.lock(py)
    }
}

impl State {
    /// Invariant: `bytes_used` never exceeds the length of the buffer.
    ///
    /// A negative number counts from the end, as it does in the slice `buffer[start:start + nbytes]`.
    fn consume(&mut self, nbytes: isize) -> &[u8] {
        let start = self.bytes_used;
        let end = match (nbytes, start.checked_add_signed(nbytes)) {
            (0.., end) => end.unwrap_or(usize::MAX).min(self.buffer.len()),
            (_, Some(end)) => end,
            (_, None) => (self.buffer.len() + start).saturating_add_signed(nbytes),
        };
        let consumed = self.buffer.get(start..end).unwrap_or_default();
        self.bytes_used += consumed.len();
        consumed
    }
}
