//! The extension module `wsproto._wsproto`: one file for each module of the package.

use pyo3::prelude::*;

mod connection;
mod declared;
mod error;
mod events;
mod handshake;
mod utilities;

#[pymodule(gil_used = false)]
fn _wsproto(module: &Bound<'_, PyModule>) -> PyResult<()> {
    connection::register(module)?;
    events::register(module)?;
    handshake::register(module)?;
    utilities::register(module)?;
    Ok(())
}
