//! `XorMaskerSimple` and `XorMaskerNull`: masking, a piece at a time (RFC 6455 section 5.3).

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyDict, PyTuple};

use crate::protocol::mask::{MaskingKey, rotate};
use crate::python::buffers::bytes_of;
use crate::python::lock::Lock;
use crate::vector::xor;

/// Masks or unmasks a payload that comes in pieces, with one key.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct XorMaskerSimple(Lock<MaskingKey>);

#[pymethods]
impl XorMaskerSimple {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self(Lock::default())
    }

    fn __init__(&self, masking_key: &Bound<'_, PyAny>) -> PyResult<()> {
        let key = bytes_of(masking_key)?;
        let key = MaskingKey::try_from(key.as_bytes())
            .map_err(|_| PyValueError::new_err("a masking key has 4 bytes"))?;
        *self.0.lock(masking_key.py()) = key;
        Ok(())
    }

    /// Mask or unmask the next piece, and return it as a ``bytearray`` (RFC 6455 section 5.3).
    ///
    /// :param data: the piece, as bytes of any kind.
    fn process<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyByteArray>> {
        let py = data.py();
        let data = bytes_of(data)?;
        let key = {
            let mut key = self.0.lock(py);
            let current = *key;
            *key = rotate(current, data.as_bytes().len());
            current
        };
        PyByteArray::new_with(py, data.as_bytes().len(), |memory| {
            memory.copy_from_slice(data.as_bytes());
            xor(memory, key);
            Ok(())
        })
    }
}

/// The masker of frames that are not masked.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct XorMaskerNull;

#[pymethods]
impl XorMaskerNull {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "()")]
    const fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self
    }

    /// Return ``data`` itself: there is nothing to be done.
    #[allow(clippy::unused_self)] // It is a method to Python.
    fn process<'py>(&self, data: Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        data
    }
}
