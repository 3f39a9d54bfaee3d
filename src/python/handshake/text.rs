//! Text and bytes at the border to Python.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::python::memory::new_bytes;
use crate::python::objects::interned;

/// The text, if that is what it is and all of it is ASCII.
pub(super) fn plain<'a>(text: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    let text = text.cast_exact::<PyString>().ok()?.to_str().ok()?;
    text.is_ascii().then_some(text.as_bytes())
}

/// `text.encode("ascii")`
pub(super) fn encode_ascii<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = text.py();
    if let Some(text) = plain(text) {
        return new_bytes(py, text);
    }
    let encoded = text.call_method1(interned!(py, "encode")?, (interned!(py, "ascii")?,))?;
    to_bytes(&encoded)
}

/// `bytes(object)`, which is the object itself if it is `bytes`.
pub(super) fn to_bytes<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    let bytes = object.py().get_type::<PyBytes>().call1((object,))?;
    Ok(bytes.cast_into()?)
}
