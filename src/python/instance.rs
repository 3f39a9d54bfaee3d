//! Whether an instance is as its class made it.
//!
//! Instances of the native classes take attributes of their own, and those win over the methods of the class,
//! as they do for every Python object. Native code that would bypass the look-up asks here first.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pyclass::PyClass;

/// Whether `object` is exactly a `T`, without attributes of its own, so that its methods are the native ones.
#[inline]
pub(crate) fn is_pristine<T: PyClass>(object: &Bound<'_, PyAny>) -> bool {
    object.is_exact_instance_of::<T>() && !has_attributes(object)
}

/// Whether an exact instance of a class declared with `#[pyclass(dict)]` has been given a `__dict__`.
#[inline]
fn has_attributes(object: &Bound<'_, PyAny>) -> bool {
    let pointer = object.as_ptr();
    // SAFETY: `pointer` is a live object, and so is its type. A positive `tp_dictoffset` is the offset in
    // bytes, within the object, of a pointer to its `__dict__` that is null until there is one; PyO3 sets it so
    // for classes with `dict`. Only whether it is null is looked at.
    unsafe {
        let offset = (*ffi::Py_TYPE(pointer)).tp_dictoffset;
        match usize::try_from(offset) {
            Ok(0) => false,
            Ok(offset) => !(*pointer.byte_add(offset).cast::<*mut ffi::PyObject>()).is_null(),
            // Not a layout of ours: take the long way.
            Err(_) => true,
        }
    }
}
