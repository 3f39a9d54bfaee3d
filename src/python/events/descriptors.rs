//! Fields as member descriptors, the kind of attribute that `__slots__` makes.
//!
//! The interpreter specialises reads of those to a load of the word itself, a tenth of what a
//! getter costs; and they can be written, so that `object.__setattr__` works as the `__init__` of a
//! frozen dataclass needs it. What keeps events frozen is the `__setattr__` that `wsproto.events`
//! gives them.
//!
//! A field whose list may have to be made first is read by a getter.

use std::ffi::{CString, c_int, c_void};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::declaration::{Default, FieldSpec};
use super::field::Field;
use crate::python::objects::interned;

/// Gives `class` the attribute that is declared over `field`, a field of `event`, which is a
/// `class`.
pub(super) fn install(
    class: &Bound<'_, PyType>,
    declared: &FieldSpec,
    event: &Bound<'_, PyAny>,
    field: &Field,
) -> PyResult<()> {
    let definition = Box::leak(Box::new(ffi::PyMemberDef {
        name: CString::new(declared.name)?.into_raw(),
        type_code: ffi::Py_T_OBJECT_EX,
        offset: isize::try_from(field.offset_in(event))?,
        flags: 0,
        doc: std::ptr::null(),
    }));
    // SAFETY: the definitions and their texts live forever; at this offset of every instance of
    // `class` lies a `Field`, which is a nullable object reference that may be replaced at any
    // time. The descriptors refuse objects that are no instances of `class`.
    let descriptor = unsafe {
        let class_ptr = class.as_type_ptr();
        let descriptor = match declared.default {
            Default::EmptyList => {
                ffi::PyDescr_NewGetSet(class_ptr, Box::leak(Box::new(over_list(definition))))
            }
            _ => ffi::PyDescr_NewMember(class_ptr, definition),
        };
        Bound::from_owned_ptr_or_err(class.py(), descriptor)?
    };
    class.setattr(declared.name, descriptor)
}

/// A descriptor that makes the list, then does what the member does.
fn over_list(member: &'static mut ffi::PyMemberDef) -> ffi::PyGetSetDef {
    ffi::PyGetSetDef {
        name: member.name,
        get: Some(get_list),
        set: Some(set_list),
        doc: std::ptr::null(),
        closure: std::ptr::from_mut(member).cast(),
    }
}

unsafe extern "C" fn get_list(
    event: *mut ffi::PyObject,
    member: *mut c_void,
) -> *mut ffi::PyObject {
    let member = member.cast::<ffi::PyMemberDef>();
    // SAFETY: the interpreter calls this on an attached thread, with an instance of the class and
    // with the definition of a member that is a `Field`.
    unsafe {
        let py = Python::assume_attached();
        let owner = Bound::from_borrowed_ptr(py, event);
        let field = event.byte_offset((*member).offset).cast::<Field>();
        match (*field).make_list(&owner) {
            Ok(()) => ffi::PyMember_GetOne(event.cast(), member),
            Err(error) => {
                error.restore(py);
                std::ptr::null_mut()
            }
        }
    }
}

unsafe extern "C" fn set_list(
    event: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
    member: *mut c_void,
) -> c_int {
    // SAFETY: as in `get_list`; the value is an object, or null to delete it.
    unsafe { ffi::PyMember_SetOne(event.cast(), member.cast(), value) }
}

/// Lets the garbage collector visit a `class` without fields of its own as it visits the base.
///
/// `PyO3` finds the base's visitor by comparing function addresses on the way up. Where the
/// optimiser has merged the visitors of a class and of its grandparent, because neither visits
/// anything itself, that way never ends.
pub(super) fn traverse_as_base(class: &Bound<'_, PyType>) {
    let class = class.as_type_ptr();
    // SAFETY: both are live types of this module, which are being set up and not yet shared; an
    // instance of `class` is one of its base, and has no references beyond those of the base.
    unsafe {
        let base = (*class).tp_base;
        (*class).tp_traverse = (*base).tp_traverse;
        (*class).tp_clear = (*base).tp_clear;
    }
}

/// Set the attribute `__dict__` of a class, which `type.__setattr__` refuses.
#[pyfunction]
#[pyo3(signature = (class, descriptor, /))]
pub(super) fn set_instance_dict(
    class: &Bound<'_, PyType>,
    descriptor: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let class_ptr = class.as_type_ptr();
    // SAFETY: a class on the heap has its attributes in this dictionary.
    let attributes = unsafe { Bound::from_borrowed_ptr(class.py(), (*class_ptr).tp_dict) };
    let name = interned!(class.py(), "__dict__")?;
    attributes
        .cast_into::<PyDict>()?
        .set_item(name, descriptor)?;
    // SAFETY: `class` is a live type; this drops what is cached of its attributes.
    unsafe { ffi::PyType_Modified(class_ptr) };
    Ok(())
}
