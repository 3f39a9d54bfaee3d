//! Methods of a native class, as those of the class that Python code derives from it.
//!
//! The interpreter has a short way to call a native method, and takes it if the object's class is the very one
//! that the method belongs to; methods that are inherited go the long way, at half as much again for a small frame.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::objects::interned;

/// Give `class` the methods of its base, a native class.
pub(crate) fn adopt(class: &Bound<'_, PyType>, base: &Bound<'_, PyType>) -> PyResult<()> {
    let py = class.py();
    let attributes = base
        .getattr(interned!(py, "__dict__")?)?
        .call_method0(interned!(py, "copy")?)?;
    for (name, attribute) in attributes.cast_into::<PyDict>()? {
        if attribute.get_type_ptr() != &raw mut ffi::PyMethodDescr_Type {
            continue;
        }
        // SAFETY: an object of this type begins with this struct. The definition that it points to belongs to a
        // native class, which is never freed, and is for objects of that class: those of `class` are such.
        let method = unsafe {
            let definition = (*attribute.as_ptr().cast::<ffi::PyMethodDescrObject>()).d_method;
            let method = ffi::PyDescr_NewMethod(class.as_type_ptr(), definition);
            Bound::from_owned_ptr_or_err(py, method)?
        };
        class.setattr(name.cast_into::<PyString>()?, method)?;
    }
    Ok(())
}
