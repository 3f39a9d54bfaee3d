//! Received bytes that wait to be decoded: the caller's own object as long as there is one only.

use std::collections::TryReserveError;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::python::ffi::memory::out_of_memory;

/// Received bytes that have not been decoded.
pub(super) enum Input {
    Nothing,
    /// The caller's object, from this position.
    Borrowed(Py<PyBytes>, usize),
    /// The concatenation of several objects.
    Owned(Vec<u8>, usize),
}

impl Input {
    pub(super) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Add data at the end. What is copied for that goes to `spent`, which holds nothing.
    #[inline]
    pub(super) fn feed(
        &mut self,
        data: &Bound<'_, PyBytes>,
        spent: &mut Self,
    ) -> Result<(), TryReserveError> {
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
                // Moving the rest to the front costs no more than what has been decoded since the
                // last time.
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

    pub(super) fn append(&mut self, py: Python<'_>, later: Self) -> PyResult<()> {
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
    pub(super) fn as_bytes<'a>(&'a self, py: Python<'a>) -> &'a [u8] {
        match self {
            Self::Nothing => &[],
            Self::Borrowed(data, position) => {
                data.as_bytes(py).get(*position..).unwrap_or_default()
            }
            Self::Owned(buffer, position) => buffer.get(*position..).unwrap_or_default(),
        }
    }

    /// A copy.
    pub(super) fn to_vec(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        joined(self.as_bytes(py), &[]).map_err(out_of_memory)
    }

    #[inline]
    pub(super) fn clear(&mut self, py: Python<'_>) {
        if let Self::Borrowed(data, _) = std::mem::replace(self, Self::Nothing) {
            // The thread is known to be attached, which `Py` would have to find out.
            drop(data.into_bound(py));
        }
    }

    /// Lets `decode` take something from the front. An object decoded to its end goes to `spent`,
    /// which holds nothing if a lock is held.
    #[inline]
    pub(super) fn advance<T>(
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

/// One after the other.
fn joined(first: &[u8], second: &[u8]) -> Result<Vec<u8>, TryReserveError> {
    let mut all = Vec::new();
    all.try_reserve(first.len() + second.len())?;
    all.extend_from_slice(first);
    all.extend_from_slice(second);
    Ok(all)
}
