//! The extension module `wsproto._wsproto`: one file for each module of the package, and what they
//! share.

#![deny(unsafe_code)]

use pyo3::exceptions::{PyImportError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyType;

use self::connection::Connection;
use self::extensions::PerMessageDeflate;
use self::ffi::objects::new_error;
use self::ffi::overrides::Derived;
use self::ffi::{lock, process, vectorcall};
use self::frame_protocol::{FrameDecoder, FrameProtocol};
use self::handshake::H11Handshake;
use self::ws_connection::WSConnection;

mod arguments;
mod connection;
mod error;
mod events;
mod extensions;
mod fallback;
#[allow(unsafe_code)]
mod ffi;
mod frame_protocol;
mod framing;
mod handshake;
mod py_types;
mod random;
mod utilities;
mod ws_connection;

/// The message for a sub-interpreter.
const ONE_INTERPRETER: &str = "wsproto works in the main interpreter only, because its classes are \
    shared by the whole process; run this program there (mod_wsgi: WSGIApplicationGroup %{GLOBAL})";

#[pymodule(gil_used = false)]
fn _wsproto(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Before any object is made that another interpreter would share.
    if !process::is_main_interpreter() {
        return Err(new_error::<PyImportError>(module.py(), ONE_INTERPRETER));
    }
    ffi::register(module)?;
    connection::register(module)?;
    events::register(module)?;
    extensions::register(module)?;
    frame_protocol::register(module)?;
    handshake::register(module)?;
    module.add_function(wrap_pyfunction!(define, module)?)?;
    process::register(module)?;
    lock::register(module);
    utilities::register(module)?;
    ws_connection::register(module)?;
    Ok(())
}

/// Takes note of the class that Python derives from a native one, and has it called natively.
#[pyfunction]
fn define(cls: Bound<'_, PyType>) -> PyResult<Bound<'_, PyType>> {
    let is_known = vectorcall::define::<Connection>(&cls)?
        || vectorcall::define::<WSConnection>(&cls)?
        || vectorcall::define::<H11Handshake>(&cls)?
        || Derived::<FrameDecoder>::define(&cls)?
        || Derived::<FrameProtocol>::define(&cls)?
        || Derived::<PerMessageDeflate>::define(&cls)?;
    if is_known {
        return Ok(cls);
    }
    let text = "the class is derived from no native one";
    Err(new_error::<PyTypeError>(cls.py(), text))
}
