//! Fields as member descriptors, the kind of attribute that `__slots__` makes.
//!
//! The interpreter specialises reads of those to a load of the word itself, a tenth of what a getter
//! costs; and they can be written, so that `object.__setattr__` works as the `__init__` of a frozen
//! dataclass needs it. What keeps events frozen is the `__setattr__` that `wsproto.events` gives them.

use std::ffi::CString;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::field::Field;

/// Gives `class` the attribute `name` over `field`, a field of `event`, which is a `class`.
pub(super) fn install(
    class: &Bound<'_, PyType>,
    name: &str,
    event: &Bound<'_, PyAny>,
    field: &Field,
) -> PyResult<()> {
    let definition = Box::leak(Box::new(ffi::PyMemberDef {
        name: CString::new(name)?.into_raw(),
        type_code: ffi::Py_T_OBJECT_EX,
        offset: isize::try_from(field.offset_in(event))?,
        flags: 0,
        doc: std::ptr::null(),
    }));
    // SAFETY: the definition and its name live forever; at this offset of every instance of `class`
    // lies a `Field`, which is a nullable object reference that may be replaced at any time. The
    // descriptor refuses objects that are no instances of `class`.
    let descriptor = unsafe {
        Bound::from_owned_ptr_or_err(
            class.py(),
            ffi::PyDescr_NewMember(class.as_type_ptr(), definition),
        )?
    };
    class.setattr(name, descriptor)
}

/// Lets the garbage collector visit a `class` without fields of its own as it visits the base.
///
/// `PyO3` finds the base's visitor by comparing function addresses on the way up. Where the optimiser has
/// merged the visitors of a class and of its grandparent, because neither visits anything itself, that
/// way never ends.
pub(super) fn traverse_as_base(class: &Bound<'_, PyType>) {
    let class = class.as_type_ptr();
    // SAFETY: both are live types of this module, which are being set up and not yet shared; an instance
    // of `class` is one of its base, and has no references beyond those of the base.
    unsafe {
        let base = (*class).tp_base;
        (*class).tp_traverse = (*base).tp_traverse;
        (*class).tp_clear = (*base).tp_clear;
    }
}
