//! The constructor of an event class, called without packing the arguments (PEP 590).
//!
//! Binding the arguments of a correct call is all that is done here. Any other call (too many
//! arguments, unknown or missing ones, names that are not interned) goes the ordinary way of a class,
//! `__new__` and then the `__init__` that `dataclasses` generates, which has the interpreter's own
//! error texts. So do calls of Python subclasses, which inherit no vectorcall.

use std::array;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::declaration::{Declaration, EventClass};
use super::field::Field;

/// Lets `class` be called through [`construct`].
pub(super) fn install<T: EventClass<N>, const N: usize>(class: &Bound<'_, PyType>) {
    // SAFETY: `class` is a live type of this module, which is being set up and not yet shared;
    // `construct` has the signature and the behaviour that `tp_vectorcall` asks for.
    unsafe { (*class.as_type_ptr()).tp_vectorcall = Some(construct::<T, N>) };
}

/// The arguments of a vectorcall: the positional ones, then those that `names` names.
struct Arguments<'a, 'py> {
    py: Python<'py>,
    /// Each points to a live object for as long as the call lasts.
    values: &'a [*mut ffi::PyObject],
    positional: usize,
    names: Option<Bound<'py, PyTuple>>,
}

unsafe extern "C" fn construct<T: EventClass<N>, const N: usize>(
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
        if let Some(fields) = arguments.bind(T::DECLARATION) {
            return Bound::new(py, T::initializer(fields)).map(Bound::into_any);
        }
        // SAFETY: `class` is the type that is being called.
        let class = unsafe { Bound::from_borrowed_ptr(py, class) };
        arguments.call_ordinarily(&class)
    }));
    let outcome =
        outcome.unwrap_or_else(|_| Err(PyRuntimeError::new_err("the constructor panicked")));
    match outcome {
        Ok(event) => event.into_ptr(),
        Err(error) => {
            error.restore(py);
            ptr::null_mut()
        }
    }
}

impl<'py> Arguments<'_, 'py> {
    fn value(&self, index: usize) -> Option<Bound<'py, PyAny>> {
        let value = *self.values.get(index)?;
        // SAFETY: the arguments live until the call returns.
        Some(unsafe { Bound::from_borrowed_ptr(self.py, value) })
    }

    /// The fields that the arguments and the defaults give; `None` unless each is given once.
    #[inline]
    fn bind<const N: usize>(&self, declaration: &Declaration) -> Option<[Field; N]> {
        if self.positional > N {
            return None;
        }
        let mut given: [Option<Bound<'py, PyAny>>; N] = array::from_fn(|index| {
            (index < self.positional)
                .then(|| self.value(index))
                .flatten()
        });
        if let Some(names) = &self.names {
            let known = declaration.names(self.py);
            for (nth, name) in names.iter_borrowed().enumerate() {
                let index = known.iter().position(|known| known.is(name))?;
                let slot = given.get_mut(index)?;
                if slot.is_some() {
                    return None;
                }
                *slot = self.value(self.positional + nth);
            }
        }
        for (slot, field) in given.iter_mut().zip(declaration.fields) {
            if slot.is_none() {
                *slot = Some(field.default.value(self.py)?);
            }
        }
        Some(given.map(Field::new))
    }

    /// `type.__call__(class, *args, **kwargs)`.
    #[cold]
    fn call_ordinarily(&self, class: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let positional = (0..self.positional).filter_map(|index| self.value(index));
        let positional: Vec<_> = [class.clone()].into_iter().chain(positional).collect();
        let named = PyDict::new(py);
        for (nth, name) in self.names.iter().flatten().enumerate() {
            named.set_item(name, self.value(self.positional + nth))?;
        }
        py.get_type::<PyType>()
            .getattr(intern!(py, "__call__"))?
            .call(PyTuple::new(py, positional)?, Some(&named))
    }
}
