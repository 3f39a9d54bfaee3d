//! Objects of the interpreter, made fallibly.
//!
//! PyO3's constructors (`PyBytes::new`, `intern!`, `PyValueError::new_err`, the conversions of
//! `str` and integers) panic if an allocation fails, and an error that PyO3 words lazily does so
//! outside of what catches panics. These return the interpreter's own `MemoryError`. `clippy.toml`
//! forbids the others.

use pyo3::PyTypeInfo;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyDict, PyInt, PyList, PyString, PyTuple};

use super::lock;
use super::once::Once;

/// An interned `str`, made at its first use: `interned!(py, "name")?` for a literal.
macro_rules! interned {
    ($py:expr, $text:literal) => {{
        static TEXT: $crate::python::objects::Interned = $crate::python::objects::Interned::new();
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

/// A `tuple` of these items.
pub(crate) fn new_tuple<'py>(
    py: Python<'py>,
    items: impl IntoIterator<Item = Bound<'py, PyAny>, IntoIter: ExactSizeIterator>,
) -> PyResult<Bound<'py, PyTuple>> {
    let items = items.into_iter();
    let size = ffi::Py_ssize_t::try_from(items.len()).unwrap_or(ffi::Py_ssize_t::MAX);
    // SAFETY: the result is a new reference to a `tuple` of `size` places that nobody else knows,
    // or null. Each place is written once at most, with a reference that is handed over; `take`
    // keeps an iterator that is longer than it says inside the tuple. One that is shorter leaves
    // nulls, with which the tuple is dropped here.
    unsafe {
        let tuple = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(size))?;
        let mut filled = 0;
        for item in items.take(size.unsigned_abs()) {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), filled, item.into_ptr());
            filled += 1;
        }
        if filled != size {
            return Err(new_error::<pyo3::exceptions::PySystemError>(
                py,
                "there are fewer items than announced",
            ));
        }
        Ok(tuple.cast_into_unchecked())
    }
}

/// The exception of this class with this text.
///
/// The text is made at once, so that converting it cannot fail when the exception is raised. The
/// exception is made then, so that this may be called under a lock.
#[cold]
pub(crate) fn new_error<T: PyTypeInfo>(py: Python<'_>, text: impl AsRef<str>) -> PyErr {
    match lock::exempt(|| new_str(py, text.as_ref())) {
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
