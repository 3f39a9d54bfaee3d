//! Whether the hooks of `PerMessageDeflate` are the native ones: others may be put on an instance, on the class, or
//! in the place of the streams, at any time.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::PerMessageDeflate;
use crate::python::declared::declared;

/// The hooks that a connection calls.
pub(super) const HOOKS: [&str; 4] = [
    "frame_inbound_complete",
    "frame_inbound_header",
    "frame_inbound_payload_data",
    "frame_outbound",
];

/// The version of the class at which it was found to have the native hooks.
///
/// The interpreter numbers the versions of all classes, from 1 on: a class gets another number when it or a base of
/// it is changed, and has 0 until it is looked at again.
static NATIVE: AtomicU32 = AtomicU32::new(0);

impl PerMessageDeflate {
    /// Whether native code may do the work of the hooks.
    #[inline]
    pub(crate) fn is_native(slf: &Bound<'_, Self>) -> bool {
        if slf.get().own_hooks.any() {
            return false;
        }
        let version = version(slf);
        (version != 0 && version == NATIVE.load(Ordering::Relaxed)) || look(slf).unwrap_or(false)
    }
}

/// The version of the class of an extension.
#[inline]
fn version(extension: &Bound<'_, PerMessageDeflate>) -> u32 {
    let class = extension.get_type_ptr();
    // SAFETY: the class lives as long as its instance. The interpreter writes the number on attached threads, or
    // atomically if there may be several of them.
    unsafe {
        // Before 3.11, a class keeps its number when it is changed, and this flag says that it means nothing.
        if !cfg!(Py_3_11) && ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_VALID_VERSION_TAG) == 0 {
            return 0;
        }
        AtomicU32::from_ptr(&raw mut (*class).tp_version_tag).load(Ordering::Relaxed)
    }
}

/// Look whether the class has the native hooks; no Python code runs.
#[cold]
fn look(extension: &Bound<'_, PerMessageDeflate>) -> PyResult<bool> {
    let py = extension.py();
    let class = extension.get_type();
    let native = py.get_type::<PerMessageDeflate>();
    if !class.is(declared(py)?.classes.permessage_deflate.class()) {
        return Ok(false);
    }
    let before = version(extension);
    let order = class.getattr(intern!(py, "__mro__"))?;
    if !order.cast::<PyTuple>()?.get_item(1)?.is(&native) {
        return Ok(false);
    }
    for hook in HOOKS {
        let inherited = attributes(&native)?.get_item(hook)?;
        let is_native = inherited.get_type_ptr() == &raw mut ffi::PyMethodDescr_Type;
        if !is_native || attributes(&class)?.contains(hook)? {
            return Ok(false);
        }
    }
    if before == 0 {
        // Looking an attribute up gives the class its number, for the next time.
        class.getattr(intern!(py, "frame_outbound"))?;
    } else if before == version(extension) {
        NATIVE.store(before, Ordering::Relaxed);
    }
    Ok(true)
}

fn attributes<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    class.getattr(intern!(class.py(), "__dict__"))
}
