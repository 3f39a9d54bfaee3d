//! `wsproto.handshake`.

use pyo3::prelude::*;

#[pyclass(frozen, dict, weakref, subclass, module = "wsproto.handshake")]
pub(crate) struct H11Handshake;

impl H11Handshake {
    pub(crate) fn with_role(_client: bool) -> Self {
        Self
    }
    pub(crate) fn has_events(&self, _py: Python<'_>) -> PyResult<bool> {
        Ok(false)
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<H11Handshake>()
}
