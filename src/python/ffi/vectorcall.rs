//! Classes that are called without packing the arguments (PEP 590).
//!
//! A constructor binds the arguments of the calls that it knows. Any other call (too many
//! arguments, unknown or missing ones, names that are not interned) goes the ordinary way of a
//! class, `__new__` and then `__init__`, which has the interpreter's own error texts. So do calls
//! of Python subclasses, which inherit no vectorcall.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::objects::{interned, new_dict, new_error, new_tuple};
use super::overrides::{self, Base, Derived, native_attributes};

/// A native constructor.
pub(crate) trait Constructor {
    /// The new instance, or `None` to call `__new__` and `__init__` instead.
    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>>;
}

/// Installs a native constructor.
pub(crate) fn install<C: Constructor>(class: &Bound<'_, PyType>) {
    // SAFETY: `class` is a live type, which is being set up and not yet shared; `construct` has the
    // signature and the behaviour that `tp_vectorcall` asks for.
    unsafe { (*class.as_type_ptr()).tp_vectorcall = Some(construct::<C>) };
}

/// Give a class the constructor and the methods of `T`, if it is derived from that.
///
/// The class has an `__init__` in Python too, for subclasses and for its signature.
pub(crate) fn define<T: Base + Constructor>(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let is_derived = Derived::<T>::define(class)?;
    if is_derived {
        install::<Unreplaced<T>>(class);
        if super::is_fast() {
            adopt(class, &class.py().get_type::<T>())?;
        }
    }
    Ok(is_derived)
}

/// The constructor of `T`, for as long as nothing of the derived class was replaced.
struct Unreplaced<T>(PhantomData<T>);

impl<T: Base + Constructor> Constructor for Unreplaced<T> {
    #[inline]
    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if Derived::<T>::is_native(arguments.py) {
            T::construct(arguments)
        } else {
            Ok(None)
        }
    }
}

/// Give `class` the methods of its base, a native class.
///
/// The interpreter has a fast path for a native method of the object's own class; methods that are
/// inherited take half as long again for a small frame.
fn adopt(class: &Bound<'_, PyType>, base: &Bound<'_, PyType>) -> PyResult<()> {
    let py = class.py();
    for (name, attribute) in native_attributes(base)? {
        if !overrides::is_method(&attribute) {
            continue;
        }
        // SAFETY: an object of this type begins with this struct. The definition that it points to
        // belongs to a native class, which is never freed, and is for objects of that class: those
        // of `class` are such.
        let method = unsafe {
            let definition = (*attribute.as_ptr().cast::<ffi::PyMethodDescrObject>()).d_method;
            let method = ffi::PyDescr_NewMethod(class.as_type_ptr(), definition);
            Bound::from_owned_ptr_or_err(py, method)?
        };
        class.setattr(name, method)?;
    }
    Ok(())
}

/// A new instance of the class derived from `T`, whose `__init__` has not been called.
#[inline]
pub(crate) fn new_instance<T: Base>(py: Python<'_>) -> PyResult<Bound<'_, T>> {
    let class = Derived::<T>::get(py)?.class().bind(py).as_type_ptr();
    let arguments = PyTuple::empty(py);
    // SAFETY: `class` is a live type, and its `tp_new` is called as `type.__call__` calls it: with
    // the type, a tuple and no keywords. It returns a new reference, or null with an exception set.
    unsafe {
        let Some(new) = (*class).tp_new else {
            return Err(new_error::<PyTypeError>(py, "cannot be instantiated"));
        };
        let object = new(class, arguments.as_ptr(), std::ptr::null_mut());
        let object = Bound::from_owned_ptr_or_err(py, object)?;
        // SAFETY: the `tp_new` of a class returns an instance of it, and so of `T`.
        Ok(object.cast_into_unchecked())
    }
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
        match C::construct(&arguments) {
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
