//! Instances of the classes that the package derives from the native ones.
//!
//! What Python code sees as `Connection` is a Python class with nothing in it but its name and the signature of
//! its constructor: it gives instances their `__dict__`. (PyO3 can give one to a native class, but CPython 3.11
//! then collects garbage while the object is half made.) Attributes of an instance win over the methods of its
//! class; native code that bypasses the look-up asks here whether it may.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pyclass::PyClass;
use pyo3::types::{PyString, PyTuple, PyType};

use super::native_methods::NativeMethods;
use super::objects::{Text, new_error};
use super::vectorcall::is_init_replaced;

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

    /// Whether somebody has replaced the `__init__` of the class, which is [`called_natively`].
    ///
    /// [`called_natively`]: super::vectorcall
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

/// A new instance of a class, whose `__init__` has not been called.
#[inline]
pub(crate) fn new_instance<'py, T: PyClass>(
    py: Python<'py>,
    class: &Derived<T>,
) -> PyResult<Bound<'py, T>> {
    let class = class.class.bind(py).as_type_ptr();
    let arguments = PyTuple::empty(py);
    // SAFETY: `class` is a live type, and its `tp_new` is called as `type.__call__` calls it: with the type, a
    // tuple and no keywords. It returns a new reference, or null with an exception set.
    unsafe {
        let Some(new) = (*class).tp_new else {
            return Err(new_error::<PyTypeError>(py, "cannot be instantiated"));
        };
        let object = new(class, arguments.as_ptr(), std::ptr::null_mut());
        let object = Bound::from_owned_ptr_or_err(py, object)?;
        // SAFETY: the `tp_new` of a class returns an instance of it, and so of `T`: it is that of `T`.
        Ok(object.cast_into_unchecked())
    }
}

/// Whether an instance has been given methods of its own.
#[derive(Default)]
pub(crate) struct OwnMethods(AtomicBool);

impl OwnMethods {
    /// The methods that native code calls on the objects it was given.
    const NAMES: [&str; 6] = [
        "connection",
        "events",
        "initiate_upgrade_connection",
        "receive_data",
        "send",
        "state",
    ];

    /// Whether it has.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether the class has none of somebody else's.
    #[inline]
    pub(crate) fn none_on<T: PyClass>(py: Python<'_>, class: &Derived<T>) -> bool {
        class.has_native(py, &Self::NAMES)
    }

    /// An attribute is set on the instance, or deleted from it.
    pub(crate) fn note(&self, attribute: &Bound<'_, PyString>) {
        self.note_among(&Self::NAMES, attribute);
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
