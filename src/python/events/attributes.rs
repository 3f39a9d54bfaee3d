//! The dictionaries of attributes behind Python subclasses of events and behind their instances.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

/// The dictionary that an instance of a Python subclass has beside the fields.
pub(super) fn own<'py>(event: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    // SAFETY: the type of a live object is alive.
    if unsafe { (*event.get_type_ptr()).tp_dictoffset } == 0 {
        return Ok(None);
    }
    // SAFETY: `event` is a live object; the result is a new reference, or null with an exception
    // set.
    let attributes = unsafe {
        Bound::from_owned_ptr_or_err(
            event.py(),
            ffi::PyObject_GenericGetDict(event.as_ptr(), std::ptr::null_mut()),
        )?
    };
    Ok(Some(attributes.cast_into()?))
}

/// Replaces what a new `class` has under `name`, if it has something there. Unlike `setattr` this
/// works for `__dict__`, which the metaclass keeps to itself.
pub(super) fn replace(
    class: &Bound<'_, PyType>,
    name: &Bound<'_, PyString>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let class_ptr = class.as_type_ptr();
    // SAFETY: a class that was made by a `class` statement has its attributes in this dictionary.
    let attributes = unsafe { Bound::from_borrowed_ptr(class.py(), (*class_ptr).tp_dict) };
    let attributes = attributes.cast_into::<PyDict>()?;
    if attributes.contains(name)? {
        attributes.set_item(name, value)?;
        // SAFETY: `class` is a live type; this drops what is cached of its attributes.
        unsafe { ffi::PyType_Modified(class_ptr) };
    }
    Ok(())
}
