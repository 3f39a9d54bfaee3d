//! `wsproto.connection`.

use pyo3::prelude::*;

/// A `Connection` of the given role with the agreed extensions, fed with what was received after the
/// head of the handshake.
pub(crate) fn new_connection<'py>(
    py: Python<'py>,
    client: bool,
    extensions: &Bound<'py, PyAny>,
    trailing_data: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let _ = (py, client, extensions, trailing_data);
    Err(pyo3::exceptions::PyNotImplementedError::new_err(
        "Connection",
    ))
}

pub(super) fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
