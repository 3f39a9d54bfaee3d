//! Classes that are called without packing the arguments (PEP 590).
//!
//! A constructor binds the arguments of the calls that it knows. Any other call (too many arguments, unknown or
//! missing ones, names that are not interned) goes the ordinary way of a class, `__new__` and then `__init__`,
//! which has the interpreter's own error texts. So do calls of Python subclasses, which inherit no vectorcall.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use pyo3::PyClass;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::connection::Connection;
use super::guards;
use super::handshake::H11Handshake;
use super::objects::{interned, new_dict, new_error, new_tuple};
use super::own_methods;
use super::ws_connection::WSConnection;

/// What constructs the instances of a class.
pub(crate) trait Constructor {
    /// Whether the class has an `__init__` in Python. It is not called, unless somebody has replaced it.
    const HAS_INIT: bool = false;

    /// The instance that these arguments ask for, or `None` if the call has to go the ordinary way.
    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>>;
}

/// Let `class` be called through a constructor.
pub(crate) fn install<C: Constructor>(class: &Bound<'_, PyType>) {
    // SAFETY: `class` is a live type, which is being set up and not yet shared; `construct` has the signature and
    // the behaviour that `tp_vectorcall` asks for.
    unsafe { (*class.as_type_ptr()).tp_vectorcall = Some(construct::<C>) };
}

/// Have a class that Python derives from a native one called natively, and its methods too.
///
/// It has an `__init__` in Python too, for subclasses and for those who look at its signature.
#[pyfunction]
fn called_natively(cls: Bound<'_, PyType>) -> PyResult<Bound<'_, PyType>> {
    if !(derive::<Connection>(&cls)?
        || derive::<WSConnection>(&cls)?
        || derive::<H11Handshake>(&cls)?)
    {
        return Err(new_error::<PyTypeError>(
            cls.py(),
            "a class without a native constructor",
        ));
    }
    if guards::is_fast() {
        // SAFETY: `cls` is a live heap type that is being defined and not yet shared; `forward_init` does what this
        // slot does for every class with an `__init__` in Python.
        unsafe { (*cls.as_type_ptr()).tp_init = Some(FORWARD_INIT) };
    }
    Ok(cls)
}

/// Give a class the constructor and the methods of `T`, if it is derived from that.
fn derive<T: PyClass + Constructor>(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let derived = class.is_subclass_of::<T>()?;
    if derived {
        install::<T>(class);
        if guards::is_fast() {
            own_methods::adopt(class, &class.py().get_type::<T>())?;
        }
    }
    Ok(derived)
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

/// Whether the `__init__` of a class that is [`called_natively`] is another than it was defined with, or may be.
///
/// # Safety
/// `class` is a live type.
#[inline]
pub(crate) unsafe fn is_init_replaced(class: *mut ffi::PyObject) -> bool {
    // SAFETY: `class` is a live type.
    let init = unsafe { (*class.cast::<ffi::PyTypeObject>()).tp_init };
    !init.is_some_and(|init| ptr::fn_addr_eq(init, FORWARD_INIT))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(called_natively, module)?)
}

/// The arguments of a vectorcall: the positional ones, then those that `names` names.
pub(crate) struct Arguments<'a, 'py> {
    pub(crate) py: Python<'py>,
    /// Each points to a live object for as long as the call lasts.
    values: &'a [*mut ffi::PyObject],
    pub(crate) positional: usize,
    pub(crate) names: Option<Bound<'py, PyTuple>>,
}

unsafe extern "C" fn construct<C: Constructor>(
    class: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    flags: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this on an attached thread.
    let py = unsafe { Python::assume_attached() };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: by PEP 590 `names` is null or a tuple of `str`, borrowed for the call.
        let names = unsafe {
            Bound::from_borrowed_ptr_or_opt(py, names).map(|names| names.cast_into_unchecked())
        };
        // SAFETY: the flags are those of a vectorcall.
        let positional = unsafe { ffi::PyVectorcall_NARGS(flags as _) }.unsigned_abs();
        let count = positional + names.as_ref().map_or(0, PyTupleMethods::len);
        let values = if count == 0 {
            &[]
        } else {
            // SAFETY: by PEP 590 there are as many values as positional arguments and names.
            unsafe { std::slice::from_raw_parts(values, count) }
        };
        let arguments = Arguments {
            py,
            values,
            positional,
            names,
        };
        // SAFETY: `class` is the type that is being called.
        let replaced = C::HAS_INIT && unsafe { is_init_replaced(class) };
        let instance = if replaced {
            Ok(None)
        } else {
            C::construct(&arguments)
        };
        match instance {
            Ok(Some(instance)) => instance.into_ptr(),
            Ok(None) => {
                // SAFETY: `class` is the type that is being called.
                let class = unsafe { Bound::from_borrowed_ptr(py, class) };
                or_raise(py, arguments.call_ordinarily(&class))
            }
            Err(error) => or_raise(py, Err(error)),
        }
    }));
    outcome.unwrap_or_else(|_| {
        let error = new_error::<PyRuntimeError>(py, "the constructor panicked");
        or_raise(py, Err(error))
    })
}

/// The object as the interpreter takes it: null if there is an exception, which is set.
#[cold]
fn or_raise(py: Python<'_>, instance: PyResult<Bound<'_, PyAny>>) -> *mut ffi::PyObject {
    match instance {
        Ok(instance) => instance.into_ptr(),
        Err(error) => {
            error.restore(py);
            ptr::null_mut()
        }
    }
}

impl<'py> Arguments<'_, 'py> {
    /// An argument: the positional ones come first, then those that are named.
    pub(crate) fn value(&self, index: usize) -> Option<Bound<'py, PyAny>> {
        let value = *self.values.get(index)?;
        // SAFETY: the arguments live until the call returns.
        Some(unsafe { Bound::from_borrowed_ptr(self.py, value) })
    }

    /// All arguments.
    #[inline]
    pub(crate) fn values(&self) -> impl Iterator<Item = Bound<'py, PyAny>> {
        let py = self.py;
        // SAFETY: the arguments live until the call returns.
        let bind =
            move |value: &*mut ffi::PyObject| unsafe { Bound::from_borrowed_ptr(py, *value) };
        self.values.iter().map(bind)
    }

    /// The name of an argument, if it was given by name.
    #[inline]
    pub(crate) fn name(&self, index: usize) -> Option<&Bound<'py, PyAny>> {
        let nth = index.checked_sub(self.positional)?;
        self.names.as_ref()?.as_slice().get(nth)
    }

    /// The argument, if it is the only one, and has no name.
    #[inline]
    pub(crate) fn alone(&self) -> Option<Bound<'py, PyAny>> {
        let is_alone = self.positional == 1 && self.names.is_none();
        self.value(0).filter(|_| is_alone)
    }

    /// `type.__call__(class, *args, **kwargs)`.
    #[cold]
    fn call_ordinarily(&self, class: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let positional = (0..self.positional).filter_map(|index| self.value(index));
        let positional: Vec<_> = [class.clone()].into_iter().chain(positional).collect();
        let named = new_dict(py)?;
        for (nth, name) in self.names.iter().flatten().enumerate() {
            named.set_item(name, self.value(self.positional + nth))?;
        }
        py.get_type::<PyType>()
            .getattr(interned!(py, "__call__")?)?
            .call(new_tuple(py, positional)?, Some(&named))
    }
}
