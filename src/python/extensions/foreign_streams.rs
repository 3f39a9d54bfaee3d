//! Streams of another make in `PerMessageDeflate`: its attributes `_compressor` and `_decompressor`
//! take objects like those of `zlib`, and the hooks use them in the place of our own.

use std::sync::atomic::AtomicBool;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PySlice};

use crate::protocol::close_code as code;
use crate::protocol::deflate::TAIL;
use crate::python::declared::declared;
use crate::python::lock::{self, Slot};
use crate::python::memory::new_bytes;
use crate::python::objects::interned;

/// The streams assigned in place of the native ones.
#[derive(Default)]
pub(super) struct ForeignStreams {
    pub(super) compressor: Slot,
    pub(super) decompressor: Slot,
    /// The decompressor is one that this extension has made for a derived class, and ends with the
    /// connection.
    pub(super) is_decompressor_given: AtomicBool,
}

impl ForeignStreams {
    pub(super) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.compressor, visit)?;
        lock::traverse(&self.decompressor, visit)
    }

    pub(super) fn clear(&self, py: Python<'_>) {
        lock::set(py, &self.compressor, None);
        lock::set(py, &self.decompressor, None);
    }
}

/// Compress a fragment of a message, the last one if `fin` (RFC 7692 section 7.2.1).
pub(super) fn deflate<'py>(
    compressor: &Bound<'py, PyAny>,
    data: &Bound<'py, PyBytes>,
    fin: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = compressor.py();
    let data = compressor.call_method1(interned!(py, "compress")?, (data,))?;
    if !fin {
        return Ok(data);
    }
    let sync_flush = py
        .import(interned!(py, "zlib")?)?
        .getattr(interned!(py, "Z_SYNC_FLUSH")?)?;
    let data = data.add(compressor.call_method1(interned!(py, "flush")?, (sync_flush,))?)?;
    data.get_item(py.get_type::<PySlice>().call1((py.None(), -4))?)
}

/// Decompress a piece of a message (section 7.2.2).
pub(super) fn inflate<'py>(
    decompressor: &Bound<'py, PyAny>,
    data: &Bound<'py, PyBytes>,
) -> PyResult<Bound<'py, PyAny>> {
    decompressor.call_method1(interned!(decompressor.py(), "decompress")?, (data,))
}

/// Decompress what is still owed at the end of a message (section 7.2.2).
pub(super) fn inflate_rest<'py>(decompressor: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = decompressor.py();
    let data = inflate(decompressor, &new_bytes(py, &TAIL)?)?;
    data.add(decompressor.call_method0(interned!(py, "flush")?)?)
}

/// What a stream gave, or the close code for what it could not read.
pub(super) fn or_invalid_data<'py>(
    py: Python<'py>,
    result: PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let Err(error) = result else {
        return result;
    };
    let zlib = py.import(interned!(py, "zlib")?)?;
    if error.is_instance(py, &zlib.getattr(interned!(py, "error")?)?) {
        return declared(py)?.close_code(py, code::INVALID_FRAME_PAYLOAD_DATA);
    }
    Err(error)
}
