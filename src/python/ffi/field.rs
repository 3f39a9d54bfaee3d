//! The cells that hold the fields of events, and their member descriptors, the kind of attribute
//! that `__slots__` makes.
//!
//! A field is written once, by the constructor, and read from then on; native code has no other way
//! to write it. Python has one: the descriptor over the same word, which `object.__setattr__` and
//! `object.__delattr__` go through, as the `__init__` of a frozen dataclass does. So a field may
//! change, or be unset, behind a shared reference. What keeps events frozen is the `__setattr__`
//! that `wsproto.events` gives them.
//!
//! The interpreter specialises reads of such descriptors to a load of the word itself, a tenth of
//! what a getter costs. The empty list that is the default of a field is made on first use, since
//! most are never read; such a field is read by a getter.

use std::cell::UnsafeCell;
use std::ffi::{CString, c_int, c_void};

use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyDict, PyList, PyType};

use super::objects::Text;
use crate::python::ffi::objects::{interned, new_empty_list};
use crate::python::ffi::once::Once;
use crate::python::ffi::recursion;

/// A nullable reference to a Python object, laid out as C's `PyObject *`.
#[repr(transparent)]
pub(crate) struct Field(UnsafeCell<Option<Py<PyAny>>>);

impl Drop for Field {
    #[inline]
    fn drop(&mut self) {
        if let Some(value) = self.0.get_mut().take() {
            // SAFETY: a field is part of an event, or about to be: events are made and deallocated
            // by attached threads. `Py` would have to find that out for each field anew.
            let py = unsafe { Python::assume_attached() };
            recursion::drop_deep(value.into_bound(py));
        }
    }
}

// SAFETY: the word is written by the constructor before the event is shared, and by the
// interpreter's member descriptor, which holds the interpreter lock or, on a free-threaded build,
// the critical section of the event. `get` reads it within the same.
unsafe impl Sync for Field {}

impl Field {
    #[inline]
    pub(crate) fn new(value: Option<Bound<'_, PyAny>>) -> Self {
        Self(UnsafeCell::new(value.map(Bound::unbind)))
    }

    /// Give the field its value. `owner` is the event that the field is part of, which is being
    /// made.
    #[inline]
    pub(crate) fn set(&self, owner: &Bound<'_, PyAny>, value: Bound<'_, PyAny>) {
        with_critical_section(owner, || {
            // SAFETY: within the critical section of its owner no other thread reads or writes the
            // field. It was unset, so that nothing is dropped.
            unsafe { self.0.get().write(Some(value.unbind())) }
        });
    }

    /// The value of the field, if it is set. `owner` is the event that the field is part of. For a
    /// default list that has not been made it is the sentinel, which must not be changed or shown
    /// to Python code.
    #[inline]
    pub(crate) fn get<'py>(&self, owner: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        with_critical_section(owner, || {
            // SAFETY: within the critical section of its owner no other thread writes the field,
            // and cloning the reference runs no Python code that could.
            let value = unsafe { &*self.0.get() };
            value.as_ref().map(|value| value.bind(owner.py()).clone())
        })
    }

    /// Makes the default list of the event, if it has not been made.
    pub(crate) fn make_list(&self, owner: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = owner.py();
        let unmade = unmade_list(py)?;
        let is_due = || {
            // SAFETY: as in `get`.
            let value = unsafe { &*self.0.get() };
            value.as_ref().is_some_and(|value| value.is(unmade))
        };
        if !with_critical_section(owner, is_due) {
            return Ok(());
        }
        // To make it may start a collection of garbage, which runs Python code.
        let list = new_empty_list(py)?;
        with_critical_section(owner, || {
            if is_due() {
                // SAFETY: no other thread reads or writes the field within the critical section;
                // the sentinel that this replaces is never deallocated.
                unsafe { *self.0.get() = Some(list.into_any().unbind()) };
            }
        });
        Ok(())
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: during a traversal no Python code runs (and every other thread is stopped where
        // threads are free), so no thread writes the field.
        visit.call(unsafe { &*self.0.get() })
    }

    /// The offset of the field from the start of `owner`, in bytes.
    pub(crate) fn offset_in(&self, owner: &Bound<'_, PyAny>) -> usize {
        self.0.get().addr() - owner.as_ptr().addr()
    }
}

/// Sentinel for a default list that has not been created yet.
#[inline]
pub(crate) fn unmade_list(py: Python<'_>) -> PyResult<&Bound<'_, PyList>> {
    static UNMADE: Once<Py<PyList>> = Once::new();
    let list = UNMADE.get_or_try_init(py, || Ok(new_empty_list(py)?.unbind()))?;
    Ok(list.bind(py))
}

/// Gives `class` the attribute `name` over `field`, a field of `event`, which is a `class`. The
/// field may hold the sentinel for an empty list if it `is_list`.
pub(crate) fn install(
    class: &Bound<'_, PyType>,
    name: &str,
    is_list: bool,
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
    // SAFETY: the definitions and their texts live forever; at this offset of every instance of
    // `class` lies a `Field`, which is a nullable object reference that may be replaced at any
    // time. The descriptors refuse objects that are no instances of `class`.
    let descriptor = unsafe {
        let class_ptr = class.as_type_ptr();
        let descriptor = if is_list {
            ffi::PyDescr_NewGetSet(class_ptr, Box::leak(Box::new(over_list(definition))))
        } else {
            ffi::PyDescr_NewMember(class_ptr, definition)
        };
        Bound::from_owned_ptr_or_err(class.py(), descriptor)?
    };
    class.setattr(Text(name), descriptor)
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
pub(crate) fn traverse_as_base(class: &Bound<'_, PyType>) {
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
pub(crate) fn set_instance_dict(
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
