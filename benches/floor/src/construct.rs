//! Constructors that are called without packing their arguments.

use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

/// An event that Python code makes with so many arguments.
pub(crate) trait Constructible<const N: usize>:
    PyClass<BaseType = PyAny> + Into<PyClassInitializer<Self>>
{
    fn new(arguments: [Bound<'_, PyAny>; N]) -> PyResult<Self>;
}

/// Lets Python construct an event by the shortest way there is: a vectorcall, for which the
/// interpreter makes neither a tuple nor a dict. Of the arguments only their number is looked at,
/// and they are taken in the order of the call.
pub(crate) fn constructible<const N: usize, E: Constructible<N>>(py: Python<'_>) {
    unsafe extern "C" fn construct<const N: usize, E: Constructible<N>>(
        _class: *mut ffi::PyObject,
        arguments: *const *mut ffi::PyObject,
        count: usize,
        names: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject {
        // SAFETY: the interpreter calls this attached; `names` is null or a tuple.
        let (py, count) = unsafe {
            let keywords = if names.is_null() {
                0
            } else {
                ffi::PyTuple_GET_SIZE(names)
            };
            let count = ffi::PyVectorcall_NARGS(count) + keywords;
            (Python::assume_attached(), count.unsigned_abs())
        };
        if count != N {
            PyTypeError::new_err("another number of arguments").restore(py);
            return std::ptr::null_mut();
        }
        let arguments = std::array::from_fn(|nth| {
            // SAFETY: the interpreter gives as many arguments as it says, which it keeps alive.
            unsafe { Bound::from_borrowed_ptr(py, *arguments.add(nth)) }
        });
        match E::new(arguments).and_then(|event| Bound::new(py, event)) {
            Ok(event) => event.into_ptr(),
            Err(error) => {
                error.restore(py);
                std::ptr::null_mut()
            }
        }
    }
    // SAFETY: the type is alive, and not shared while the module is set up.
    unsafe { (*py.get_type::<E>().as_type_ptr()).tp_vectorcall = Some(construct::<N, E>) };
}
