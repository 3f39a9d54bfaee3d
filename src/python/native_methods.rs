//! Whether a class has the native methods: others may be put on it at any time, and native code that bypasses the
//! look-up asks here whether it may.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::guards;
use super::objects::{Text, interned};

/// The version of a class at which it was found to have them.
///
/// The interpreter numbers the versions of all classes, from 1 on: a class gets another number when it or a base of
/// it is changed, and has 0 until it is looked at again.
pub(crate) struct NativeMethods(AtomicU32);

/// No class gets this number.
const NEVER: u32 = u32::MAX;

impl Default for NativeMethods {
    fn default() -> Self {
        Self(AtomicU32::new(NEVER))
    }
}

impl NativeMethods {
    /// Whether the class has them, under these names.
    #[inline]
    pub(crate) fn are_on(&self, class: &Bound<'_, PyType>, names: &[&str]) -> bool {
        version(class) == self.0.load(Ordering::Relaxed) || self.look(class, names).unwrap_or(false)
    }

    /// Look at the class; no Python code runs.
    #[cold]
    fn look(&self, class: &Bound<'_, PyType>, names: &[&str]) -> PyResult<bool> {
        let before = version(class);
        for name in names {
            if !is_native(class, name)? {
                return Ok(false);
            }
        }
        if before == 0 {
            // Looking attributes up gives the class its number, for the next time; these are known to be native.
            for name in names {
                class.getattr_opt(Text(*name))?;
            }
        } else if guards::is_fast() && before == version(class) {
            self.0.store(before, Ordering::Relaxed);
        }
        Ok(true)
    }
}

/// The version of a class.
#[inline]
fn version(class: &Bound<'_, PyType>) -> u32 {
    let class = class.as_type_ptr();
    // SAFETY: it is a live class. The interpreter writes the number on attached threads, or atomically if there may
    // be several of them.
    unsafe {
        // Before 3.11, a class keeps its number when it is changed, and this flag says that it means nothing.
        if !cfg!(Py_3_11) && ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_VALID_VERSION_TAG) == 0 {
            return 0;
        }
        AtomicU32::from_ptr(&raw mut (*class).tp_version_tag).load(Ordering::Relaxed)
    }
}

/// Whether the attribute is a native method or property, if the class has it at all.
fn is_native(class: &Bound<'_, PyType>, name: &str) -> PyResult<bool> {
    let py = class.py();
    let order = class.getattr(interned!(py, "__mro__")?)?;
    for base in order.cast::<PyTuple>()? {
        let attributes = base.getattr(interned!(py, "__dict__")?)?;
        if attributes.contains(Text(name))? {
            let kind = attributes.get_item(Text(name))?.get_type_ptr();
            return Ok(kind == &raw mut ffi::PyMethodDescr_Type
                || kind == &raw mut ffi::PyGetSetDescr_Type);
        }
    }
    Ok(true)
}
