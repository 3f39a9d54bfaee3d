//! Whether something that native code stands in for was replaced.
//!
//! The public `Connection` is a Python class with nothing in it but its name and the signature of
//! its constructor: it gives instances their `__dict__`. (PyO3 can give one to a native class, but
//! CPython 3.11 then collects garbage while the object is half made.) A program may put methods on
//! the class and on its instances, and another `__init__` on the class, at any time. Native code
//! that bypasses the look-up asks here whether it may: [`Derived::is_native`] about the class,
//! [`OwnMethods`] about an instance.

use std::marker::PhantomData;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pyclass::PyClass;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::objects::{interned, new_error};

/// A native class from which Python code derives one.
pub(crate) trait Base: PyClass {
    /// The place of the derived class.
    fn derived() -> &'static OnceLock<Derived<Self>>;
}

/// Implements [`Base`].
macro_rules! base {
    ($class:ty) => {
        impl $crate::python::ffi::overrides::Base for $class {
            #[inline]
            fn derived()
            -> &'static std::sync::OnceLock<$crate::python::ffi::overrides::Derived<Self>> {
                static DERIVED: std::sync::OnceLock<
                    $crate::python::ffi::overrides::Derived<$class>,
                > = std::sync::OnceLock::new();
                &DERIVED
            }
        }
    };
}
pub(crate) use base;

/// The class that Python code has derived from the native `T`.
pub(crate) struct Derived<T> {
    /// Derived from `T`, so that an instance of it is one of `T`.
    class: Py<PyType>,
    /// The `__init__` that the class was defined with, in Python.
    init: Py<PyAny>,
    /// The names of [`native_attributes`].
    names: Vec<Py<PyString>>,
    /// The version of the class at which all of those were found to be native.
    ///
    /// The interpreter numbers the versions of all classes, from 1 on: a class gets another number
    /// when it or a base of it is changed, and has 0 until it is looked at again.
    version: AtomicU32,
    native: PhantomData<fn() -> T>,
}

/// No class gets this version.
const NEVER: u32 = u32::MAX;

impl<T: Base> Derived<T> {
    /// The class, once it has been defined.
    #[inline]
    pub(crate) fn get(py: Python<'_>) -> PyResult<&'static Self> {
        match T::derived().get() {
            Some(derived) => Ok(derived),
            None => Err(undefined(py)),
        }
    }

    /// Takes note of a class that is being defined, if it is derived from `T`.
    pub(crate) fn define(class: &Bound<'_, PyType>) -> PyResult<bool> {
        let is_derived = class.is_subclass_of::<T>()?;
        if is_derived {
            let py = class.py();
            let attributes = native_attributes(&py.get_type::<T>())?;
            let names = attributes.into_iter().map(|(name, _)| name.unbind());
            // The first one is the package's own.
            let _ = T::derived().set(Self {
                class: class.clone().unbind(),
                init: class.getattr(interned!(py, "__init__")?)?.unbind(),
                names: names.collect(),
                version: AtomicU32::new(NEVER),
                native: PhantomData,
            });
        }
        Ok(is_derived)
    }

    /// The class as an object.
    pub(crate) const fn class(&self) -> &Py<PyType> {
        &self.class
    }

    /// Whether the class still has its [`native_attributes`] and the `__init__` that it was defined
    /// with.
    #[inline]
    pub(crate) fn is_native(py: Python<'_>) -> bool {
        T::derived().get().is_some_and(|derived| {
            let version = version(derived.class.bind(py));
            version == derived.version.load(Ordering::Relaxed) || derived.look(py).unwrap_or(false)
        })
    }

    /// Look at the class, down to `T`; no Python code runs.
    #[cold]
    fn look(&self, py: Python<'_>) -> PyResult<bool> {
        let class = self.class.bind(py);
        let before = version(class);
        let native = py.get_type::<T>();
        let init = interned!(py, "__init__")?;
        let order = class.getattr(interned!(py, "__mro__")?)?;
        for base in order.cast::<PyTuple>()? {
            let attributes = base.getattr(interned!(py, "__dict__")?)?;
            if base.is(class) && !attributes.get_item(init)?.is(&self.init) {
                return Ok(false);
            }
            for name in &self.names {
                if attributes.contains(name)? && !is_native(&attributes.get_item(name)?) {
                    return Ok(false);
                }
            }
            if base.is(&native) {
                break;
            }
        }
        if before == 0 {
            // Looking attributes up gives the class its number, for the next time; these are known
            // to be native.
            for name in &self.names {
                class.getattr_opt(name)?;
            }
        } else if super::is_fast() && before == version(class) {
            self.version.store(before, Ordering::Relaxed);
        }
        Ok(true)
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

#[cold]
fn undefined(py: Python<'_>) -> PyErr {
    new_error::<PyTypeError>(py, "the class is not defined yet")
}

/// The methods of a native class, and its properties that cannot be assigned.
pub(crate) fn native_attributes<'py>(
    class: &Bound<'py, PyType>,
) -> PyResult<Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)>> {
    let py = class.py();
    let attributes = class.getattr(interned!(py, "__dict__")?)?;
    let attributes = attributes.call_method0(interned!(py, "copy")?)?;
    let mut native = Vec::new();
    for (name, attribute) in attributes.cast_into::<PyDict>()? {
        if is_method(&attribute) || is_constant(&attribute) {
            native.push((name.cast_into()?, attribute));
        }
    }
    Ok(native)
}

/// Whether the attribute of a class is a native method or property.
fn is_native(attribute: &Bound<'_, PyAny>) -> bool {
    is_method(attribute) || is_property(attribute)
}

/// Whether the attribute of a class is a native method.
pub(crate) fn is_method(attribute: &Bound<'_, PyAny>) -> bool {
    attribute.get_type_ptr() == &raw mut ffi::PyMethodDescr_Type
}

fn is_property(attribute: &Bound<'_, PyAny>) -> bool {
    attribute.get_type_ptr() == &raw mut ffi::PyGetSetDescr_Type
}

fn is_constant(attribute: &Bound<'_, PyAny>) -> bool {
    // SAFETY: an object of this type begins with this struct, whose definition lives as long.
    is_property(attribute)
        && unsafe {
            let definition = (*attribute.as_ptr().cast::<ffi::PyGetSetDescrObject>()).d_getset;
            (*definition).set.is_none()
        }
}

/// Whether an instance has been given methods of its own.
#[derive(Default)]
pub(crate) struct OwnMethods(AtomicBool);

impl OwnMethods {
    /// Whether the instance has methods of its own.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What `object.__setattr__` and `object.__delattr__` do, for an instance of `T`.
    pub(crate) fn set_attribute<T: Base>(
        &self,
        object: &Bound<'_, T>,
        name: &Bound<'_, PyString>,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let native = object.py().get_type::<T>().getattr_opt(name);
        if native.map_or(true, |native| native.as_ref().is_some_and(is_method)) {
            self.set();
        }
        let value = value.map_or(ptr::null_mut(), Bound::as_ptr);
        // SAFETY: `object` and `name` are live, `value` is live or null, which asks for a deletion.
        // None is taken.
        match unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value) } {
            0 => Ok(()),
            _ => Err(PyErr::fetch(object.py())),
        }
    }

    /// Records that the instance has methods of its own.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The version of a class.
#[inline]
fn version(class: &Bound<'_, PyType>) -> u32 {
    let class = class.as_type_ptr();
    // SAFETY: it is a live class. The interpreter writes the number on attached threads, or
    // atomically if there may be several of them.
    unsafe {
        // Before 3.11, a class keeps its number when it is changed, and loses this flag.
        if !cfg!(Py_3_11) && ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_VALID_VERSION_TAG) == 0 {
            return 0;
        }
        AtomicU32::from_ptr(&raw mut (*class).tp_version_tag).load(Ordering::Relaxed)
    }
}
