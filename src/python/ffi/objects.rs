//! Objects of the interpreter, made fallibly.
//!
//! PyO3's constructors (`PyBytes::new`, `intern!`, `PyValueError::new_err`, the conversions of
//! `str` and integers) panic if an allocation fails, and an error that PyO3 words lazily does so
//! outside of what catches panics. These return the interpreter's own `MemoryError`. `clippy.toml`
//! forbids the others.

use std::ptr;

use pyo3::PyTypeInfo;
use pyo3::exceptions::{PyImportError, PyMemoryError, PySystemError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyDict, PyInt, PyList, PyString, PyTuple};

use super::lock::held::exempt;
use super::once::Once;

/// An interned `str`, made at its first use: `interned!(py, "name")?` for a literal.
macro_rules! interned {
    ($py:expr, $text:literal) => {{
        static TEXT: $crate::python::ffi::objects::Interned =
            $crate::python::ffi::objects::Interned::new();
        TEXT.get($py, $text)
    }};
}
pub(crate) use interned;

/// The place of one [`interned!`] literal.
pub(crate) struct Interned(Once<Py<PyString>>);

impl Interned {
    pub(crate) const fn new() -> Self {
        Self(Once::new())
    }

    #[inline]
    pub(crate) fn get<'py>(&self, py: Python<'py>, text: &str) -> PyResult<&Bound<'py, PyString>> {
        let string = self.0.get_or_try_init(py, || new_interned(py, text))?;
        Ok(string.bind(py))
    }
}

/// An interned `str` with this text.
pub(crate) fn new_interned(py: Python<'_>, text: &str) -> PyResult<Py<PyString>> {
    let mut string = new_str(py, text)?.into_ptr();
    // SAFETY: the pointer is an owned reference to a `str`, which is exchanged for one to its
    // equal.
    unsafe {
        ffi::PyUnicode_InternInPlace(&raw mut string);
        Ok(Bound::from_owned_ptr(py, string)
            .cast_into_unchecked()
            .unbind())
    }
}

/// A `str` with this text.
pub(crate) fn new_str<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyString>> {
    PyString::from_bytes(py, text.as_bytes())
}

/// A `bytearray` of these bytes.
pub(crate) fn new_bytearray<'py>(
    py: Python<'py>,
    data: &[u8],
) -> PyResult<Bound<'py, PyByteArray>> {
    PyByteArray::new_with(py, data.len(), |memory| {
        memory.copy_from_slice(data);
        Ok(())
    })
}

/// An empty `dict`.
pub(crate) fn new_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    // SAFETY: the result is a new reference to a `dict`, or null.
    unsafe { Ok(Bound::from_owned_ptr_or_err(py, ffi::PyDict_New())?.cast_into_unchecked()) }
}

/// An empty `list`.
pub(crate) fn new_empty_list(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    // SAFETY: the result is a new reference to a `list`, or null.
    unsafe { Ok(Bound::from_owned_ptr_or_err(py, ffi::PyList_New(0))?.cast_into_unchecked()) }
}

/// A `list` of this many items.
pub(crate) fn new_list<'py, T>(
    py: Python<'py>,
    length: usize,
    items: impl Iterator<Item = PyResult<Bound<'py, T>>>,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: these make and fill a `list`.
    unsafe {
        let list = new_sequence(py, length, items, ffi::PyList_New, |list, index, item| {
            ffi::PyList_SET_ITEM(list, index, item);
        });
        Ok(list?.cast_into_unchecked())
    }
}

/// A `tuple` of these items.
pub(crate) fn new_tuple<'py>(
    py: Python<'py>,
    items: impl IntoIterator<Item = Bound<'py, PyAny>, IntoIter: ExactSizeIterator>,
) -> PyResult<Bound<'py, PyTuple>> {
    let items = items.into_iter();
    // SAFETY: these make and fill a `tuple`.
    unsafe {
        let (length, items) = (items.len(), items.map(Ok));
        let tuple = new_sequence(py, length, items, ffi::PyTuple_New, |tuple, index, item| {
            ffi::PyTuple_SET_ITEM(tuple, index, item);
        });
        Ok(tuple?.cast_into_unchecked())
    }
}

/// A sequence of this many items.
///
/// # Safety
///
/// `make` must return a new reference to a sequence of that many places, all of them null, or null
/// with an exception set. `set` must hand a reference over to a place.
#[inline]
unsafe fn new_sequence<'py, T>(
    py: Python<'py>,
    length: usize,
    items: impl Iterator<Item = PyResult<Bound<'py, T>>>,
    make: unsafe extern "C" fn(ffi::Py_ssize_t) -> *mut ffi::PyObject,
    set: impl Fn(*mut ffi::PyObject, ffi::Py_ssize_t, *mut ffi::PyObject),
) -> PyResult<Bound<'py, PyAny>> {
    let size = ffi::Py_ssize_t::try_from(length).unwrap_or(ffi::Py_ssize_t::MAX);
    // SAFETY: by the caller's promise. `take` keeps an iterator that is longer than announced
    // inside the sequence; one that is shorter, or fails, leaves nulls, with which the sequence is
    // dropped here.
    let sequence = unsafe { Bound::from_owned_ptr_or_err(py, make(size))? };
    let mut filled = 0;
    for item in items.take(length) {
        set(sequence.as_ptr(), filled, item?.into_ptr());
        filled += 1;
    }
    if filled != size {
        let message = "there are fewer items than announced";
        return Err(new_error::<PySystemError>(py, message));
    }
    Ok(sequence)
}

/// A module, which is imported if need be.
///
/// PyO3's `import` calls the `__import__` of the frame on top, and code that runs without builtins
/// has none: it may be on top whenever the collector closes an iterator.
pub(crate) fn import<'py>(name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let (py, null) = (name.py(), ptr::null_mut());
    // SAFETY: `name` is a live `str`; without globals, locals and names of attributes the module is
    // imported by its full name. The results are new references, or null with an exception set,
    // but that there is none if the module was removed at once.
    unsafe {
        let top = ffi::PyImport_ImportModuleLevelObject(name.as_ptr(), null, null, null, 0);
        drop(Bound::from_owned_ptr_or_err(py, top)?);
        let module = ffi::PyImport_GetModule(name.as_ptr());
        Bound::from_owned_ptr_or_opt(py, module).ok_or_else(|| match PyErr::take(py) {
            Some(error) => error,
            None => new_error::<PyImportError>(py, "the module was removed"),
        })
    }
}

/// A `collections.deque` of these items.
pub(crate) fn new_deque<'py>(
    py: Python<'py>,
    items: impl IntoIterator<Item = Bound<'py, PyAny>, IntoIter: ExactSizeIterator>,
) -> PyResult<Bound<'py, PyAny>> {
    let module = import(interned!(py, "collections")?)?;
    module.call_method1(interned!(py, "deque")?, (new_tuple(py, items)?,))
}

/// The exception of this class with this text.
///
/// The text is made at once, so that converting it cannot fail when the exception is raised. The
/// exception is made then, so that this may be called under a lock.
#[cold]
pub(crate) fn new_error<T: PyTypeInfo>(py: Python<'_>, text: impl AsRef<str>) -> PyErr {
    match exempt(|| new_str(py, text.as_ref())) {
        Ok(text) => PyErr::new::<T, _>(text.unbind()),
        Err(error) => error,
    }
}

/// The exception of this class without arguments, which is made when it is raised: nothing is
/// converted then.
#[cold]
pub(crate) fn bare_error<T: PyTypeInfo>() -> PyErr {
    PyErr::new::<T, _>(())
}

/// Call an object. An exception that the interpreter has lost becomes a `MemoryError`: CPython 3.12
/// clears it where there is no memory for a frame of the traceback.
#[cold]
pub(crate) fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = callable.py();
    // SAFETY: Both are objects for as long as the call takes, and a result is a new reference.
    let result = unsafe {
        let result = ffi::PyObject_CallObject(callable.as_ptr(), arguments.as_ptr());
        Bound::from_owned_ptr_or_opt(py, result)
    };
    result.ok_or_else(|| PyErr::take(py).unwrap_or_else(bare_error::<PyMemoryError>))
}

/// Text that is converted to a `str`, as an argument or a result.
pub(crate) struct Text<T>(pub(crate) T);

impl<'py, T: AsRef<str>> IntoPyObject<'py> for Text<T> {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        new_str(py, self.0.as_ref())
    }
}

/// A number that is converted to an `int`, as an argument or a result.
pub(crate) struct Integer(pub(crate) u64);

impl<'py> IntoPyObject<'py> for Integer {
    type Target = PyInt;
    type Output = Bound<'py, PyInt>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyInt>> {
        // SAFETY: the result is a new reference to an `int`, or null.
        unsafe {
            let integer =
                Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromUnsignedLongLong(self.0))?;
            Ok(integer.cast_into_unchecked())
        }
    }
}
