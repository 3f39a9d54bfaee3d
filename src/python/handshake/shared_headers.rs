//! The headers that every WebSocket handshake has (RFC 6455 section 4), as Python objects that are
//! made once and shared: they are immutable.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::protocol::http::{Header, HeaderId};
use crate::python::memory::new_bytes;
use crate::python::objects::new_tuple;
use crate::python::once::Once;

/// The usual values of the fields that have one.
const USUAL_VALUES: [(HeaderId, &[u8]); 3] = [
    (HeaderId::Connection, b"Upgrade"),
    (HeaderId::Upgrade, b"websocket"),
    (HeaderId::Version, b"13"),
];

/// The names of the known fields, and the fields with their usual values.
pub(super) struct SharedHeaders {
    names: Vec<Py<PyBytes>>,
    /// In the order of [`USUAL_VALUES`].
    pairs: Vec<Py<PyTuple>>,
}

impl SharedHeaders {
    /// The table, made at its first use.
    pub(super) fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static TABLE: Once<SharedHeaders> = Once::new();
        TABLE.get_or_try_init(py, || Self::new(py))
    }

    fn new(py: Python<'_>) -> PyResult<Self> {
        let names = HeaderId::NAMES.iter();
        let names = names.map(|name| Ok(new_bytes(py, name)?.unbind()));
        let mut shared = Self {
            names: names.collect::<PyResult<_>>()?,
            pairs: Vec::new(),
        };
        for (id, value) in USUAL_VALUES {
            let pair = shared.new_pair(
                py,
                &Header {
                    id,
                    name: b"",
                    value,
                },
            )?;
            shared.pairs.push(pair.unbind());
        }
        Ok(shared)
    }

    /// A header as a pair of bytes.
    pub(super) fn pair<'py>(
        &self,
        py: Python<'py>,
        header: &Header<'_>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let usual = |(id, value): &(HeaderId, &[u8])| *id == header.id && *value == header.value;
        let nth = USUAL_VALUES.iter().position(usual);
        if let Some(pair) = nth.and_then(|nth| self.pairs.get(nth)) {
            return Ok(pair.bind(py).clone());
        }
        self.new_pair(py, header)
    }

    fn new_pair<'py>(&self, py: Python<'py>, header: &Header<'_>) -> PyResult<Bound<'py, PyTuple>> {
        let name = match self.names.get(header.id as usize) {
            Some(name) => name.bind(py).clone(),
            None => new_bytes(py, header.name)?,
        };
        let value = new_bytes(py, header.value)?;
        new_tuple(py, [name.into_any(), value.into_any()])
    }
}
