//! The extension module `wsproto._wsproto`: one file for each module of the package, and what they share.

use pyo3::prelude::*;

mod buffers;
mod connection;
mod declared;
mod error;
mod events;
mod extensions;
mod fork;
mod frame_protocol;
mod framing;
mod free_list;
mod generator;
mod given;
mod handshake;
mod instance;
mod lock;
mod masking_key;
mod memory;
mod native_methods;
mod once;
mod own_methods;
mod part;
mod recursion;
mod unpack;
mod utilities;
mod vectorcall;
mod whole;
mod ws_connection;

#[pymodule(gil_used = false)]
fn _wsproto(module: &Bound<'_, PyModule>) -> PyResult<()> {
    connection::register(module)?;
    events::register(module)?;
    extensions::register(module)?;
    frame_protocol::register(module)?;
    handshake::register(module)?;
    vectorcall::register(module)?;
    fork::register(module)?;
    lock::register(module);
    utilities::register(module)?;
    ws_connection::register(module)?;
    Ok(())
}
