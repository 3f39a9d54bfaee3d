//! Whether something that native code stands in for was replaced.
//!
//! What Python code sees as `Connection` is a Python class with nothing in it but its name and the signature of its
//! constructor: it gives instances their `__dict__`. (PyO3 can give one to a native class, but CPython 3.11 then collects
//! garbage while the object is half made.) Others may put methods on the class and on its instances, and another
//! `__init__` on the class, at any time. Native code that bypasses the look-up asks here whether it may:
//! [`Derived::has_native`] about the class, [`OwnMethods`] about an instance, [`Derived::has_other_init`] about
//! `__init__`.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pyclass::PyClass;
use pyo3::types::{PyString, PyTuple, PyType};

use super::guards;
use super::objects::{Text, interned, new_error};

/// A class that Python code has derived from the native `T`.
pub(crate) struct Derived<T> {
    /// It is derived from `T`, so what is an instance of it is one of `T`.
    class: Py<PyType>,
    methods: NativeMethods,
    native: PhantomData<fn() -> T>,
}

impl<T: PyClass> Derived<T> {
    /// The class of this name.
    pub(crate) fn look_up(module: &Bound<'_, PyModule>, name: &str) -> PyResult<Self> {
        let class = module.getattr(Text(name))?.cast_into::<PyType>()?;
        if !class.is_subclass_of::<T>()? {
            return Err(new_error::<PyTypeError>(
                module.py(),
                format!("{name} is not what it was"),
            ));
        }
        Ok(Self {
            class: class.unbind(),
            methods: NativeMethods::default(),
            native: PhantomData,
        })
    }

    /// The class as an object.
    pub(crate) const fn class(&self) -> &Py<PyType> {
        &self.class
    }

    /// Whether the class has the native methods of these names.
    #[inline]
    pub(crate) fn has_native(&self, py: Python<'_>, names: &[&str]) -> bool {
        self.methods.are_on(self.class.bind(py), names)
    }

    /// Whether somebody has replaced the `__init__` of the class, which has [`forward_init`] in its slot.
    #[inline]
    pub(crate) fn has_other_init(&self) -> bool {
        // SAFETY: it is a live type.
        unsafe { is_init_replaced(self.class.as_ptr()) }
    }

    /// The object as an instance of `T`, if it is one of exactly this class.
    #[inline]
    pub(crate) fn cast_exact<'a, 'py>(
        &self,
        object: &'a Bound<'py, PyAny>,
    ) -> Option<&'a Bound<'py, T>> {
        if !object.get_type_ptr().eq(&self.class.as_ptr().cast()) {
            return None;
        }
        // SAFETY: it is an instance of the class, and so of `T`.
        Some(unsafe { object.cast_unchecked() })
    }
}

/// The methods of a handshake and a connection that a `WSConnection` calls.
const METHODS: [&str; 6] = [
    "connection",
    "events",
    "initiate_upgrade_connection",
    "receive_data",
    "send",
    "state",
];

/// The methods of an extension that a connection calls.
pub(crate) const HOOKS: [&str; 4] = [
    "frame_inbound_complete",
    "frame_inbound_header",
    "frame_inbound_payload_data",
    "frame_outbound",
];

/// Whether an instance has been given methods of its own.
#[derive(Default)]
pub(crate) struct OwnMethods(AtomicBool);

impl OwnMethods {
    /// Whether it has.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether the class has none of somebody else's.
    #[inline]
    pub(crate) fn none_on<T: PyClass>(py: Python<'_>, class: &Derived<T>) -> bool {
        class.has_native(py, &METHODS)
    }

    /// An attribute is set on the instance, or deleted from it.
    pub(crate) fn note(&self, attribute: &Bound<'_, PyString>) {
        self.note_among(&METHODS, attribute);
    }

    /// The same for an instance of which other methods are called.
    pub(crate) fn note_among(&self, names: &[&str], attribute: &Bound<'_, PyString>) {
        if names.iter().any(|name| attribute == name) {
            self.set();
        }
    }

    /// It has.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What `object.__setattr__` and `object.__delattr__` do.
pub(crate) fn set_attribute(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let value = value.map_or(std::ptr::null_mut(), Bound::as_ptr);
    // SAFETY: `object` and `name` are live, `value` is live or null, which asks for a deletion. None is taken.
    match unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value) } {
        0 => Ok(()),
        _ => Err(PyErr::fetch(object.py())),
    }
}

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

/// Have the slot of a class say whether its `__init__` was replaced.
pub(crate) fn watch_init(class: &Bound<'_, PyType>) {
    if guards::is_fast() {
        // SAFETY: `class` is a live heap type that is being defined and not yet shared; `forward_init` does what this
        // slot does for every class with an `__init__` in Python.
        unsafe { (*class.as_type_ptr()).tp_init = Some(FORWARD_INIT) };
    }
}

/// What is in the slot of a class as long as its `__init__` is the one that it was defined with: the interpreter
/// sets the slot anew when somebody replaces that, as tests do.
static FORWARD_INIT: ffi::initproc = forward_init;

/// Call the `__init__` that the class of `instance` has.
unsafe extern "C" fn forward_init(
    instance: *mut ffi::PyObject,
    arguments: *mut ffi::PyObject,
    names: *mut ffi::PyObject,
) -> std::ffi::c_int {
    // SAFETY: the interpreter calls this on an attached thread.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: by the contract of `tp_init` these are an object, a tuple, and a dictionary or null, all of them
    // borrowed for the call.
    let (instance, arguments, names) = unsafe {
        (
            Bound::from_borrowed_ptr(py, instance),
            Bound::from_borrowed_ptr(py, arguments).cast_into_unchecked::<PyTuple>(),
            Bound::from_borrowed_ptr_or_opt(py, names).map(|names| names.cast_into_unchecked()),
        )
    };
    let init = interned!(py, "__init__").and_then(|name| instance.getattr(name));
    match init.and_then(|init| init.call(arguments, names.as_ref())) {
        Ok(_) => 0,
        Err(error) => {
            error.restore(py);
            -1
        }
    }
}

/// Whether the `__init__` of a class that [`watch_init`] was told of is another than it was defined with, or may be.
///
/// # Safety
/// `class` is a live type.
#[inline]
pub(crate) unsafe fn is_init_replaced(class: *mut ffi::PyObject) -> bool {
    // SAFETY: `class` is a live type.
    let init = unsafe { (*class.cast::<ffi::PyTypeObject>()).tp_init };
    !init.is_some_and(|init| ptr::fn_addr_eq(init, FORWARD_INIT))
}
