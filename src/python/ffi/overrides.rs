//! Whether something that native code stands in for was replaced.
//!
//! What Python code sees as `Connection` is a Python class with nothing in it but its name and the
//! signature of its constructor: it gives instances their `__dict__`. (PyO3 can give one to a
//! native class, but CPython 3.11 then collects garbage while the object is half made.) Others may
//! put methods on the class and on its instances, and another `__init__` on the class, at any time.
//! Native code that bypasses the look-up asks here whether it may: [`Derived::has_native_methods`]
//! about the class, [`OwnMethods`] about an instance, [`Derived::has_other_init`] about `__init__`.

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
    /// It is derived from `T`, so what is an instance of it is one of `T`.
    class: Py<PyType>,
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
            let attributes = native_attributes(&class.py().get_type::<T>())?;
            let names = attributes.into_iter().map(|(name, _)| name.unbind());
            // The first one is the package's own.
            let _ = T::derived().set(Self {
                class: class.clone().unbind(),
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

    /// Whether the class still has its [`native_attributes`].
    #[inline]
    pub(crate) fn has_native_methods(&self, py: Python<'_>) -> bool {
        let class = self.class.bind(py);
        version(class) == self.version.load(Ordering::Relaxed) || self.look(class).unwrap_or(false)
    }

    /// Look at the class, down to `T`; no Python code runs.
    #[cold]
    fn look(&self, class: &Bound<'_, PyType>) -> PyResult<bool> {
        let py = class.py();
        let before = version(class);
        let native = py.get_type::<T>();
        let order = class.getattr(interned!(py, "__mro__")?)?;
        for base in order.cast::<PyTuple>()? {
            let attributes = base.getattr(interned!(py, "__dict__")?)?;
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

    /// Whether the `__init__` of the class was replaced, which has [`forward_init`] in its slot.
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
    /// Whether it has.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes note of an attribute that is set on an instance of `T`, or deleted from it.
    pub(crate) fn note<T: Base>(&self, attribute: &Bound<'_, PyString>) {
        let native = attribute.py().get_type::<T>().getattr_opt(attribute);
        if native.map_or(true, |native| native.as_ref().is_some_and(is_method)) {
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

/// Have the slot of a class say whether its `__init__` was replaced.
pub(crate) fn watch_init(class: &Bound<'_, PyType>) {
    if super::is_fast() {
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
