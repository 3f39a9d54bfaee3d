//! The floor under small messages: what the interpreter asks for whatever the protocol costs.
//!
//! A class with the shape of a connection, which does nothing but make the Python objects that a
//! connection has to make: an iterator, an event, its `str` or `bytes`; or the `bytes` of a frame. It parses
//! nothing, unmasks nothing and checks nothing: where the payloads lie in the input is told to it beforehand.

use pyo3::PyClass;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::type_object::PyTypeCheck;
use pyo3::types::{PyBytes, PyString};

/// The most that a frame's header takes (RFC 6455 section 5.2).
const LONGEST_HEADER: usize = 14;

/// A text event, with the fields of the real one.
#[pyclass(frozen, get_all)]
struct TextMessage {
    data: Py<PyString>,
    frame_finished: bool,
    message_finished: bool,
}

impl Event for TextMessage {
    type Data = PyString;

    fn new(data: Py<PyString>) -> Self {
        Self {
            data,
            frame_finished: true,
            message_finished: true,
        }
    }
}

/// A binary event, with the fields of the real one.
#[pyclass(frozen, get_all)]
struct BytesMessage {
    data: Py<PyBytes>,
    frame_finished: bool,
    message_finished: bool,
}

impl Event for BytesMessage {
    type Data = PyBytes;

    fn new(data: Py<PyBytes>) -> Self {
        Self {
            data,
            frame_finished: true,
            message_finished: true,
        }
    }
}

trait Event: PyClass<BaseType = PyAny> + Into<PyClassInitializer<Self>> {
    type Data: PyTypeCheck;

    fn new(data: Py<Self::Data>) -> Self;
}

/// Lets Python construct `E(data)` and `E(data=...)` by the shortest way there is: a vectorcall, for which the
/// interpreter makes neither a tuple nor a dict. Of the arguments only their number is looked at.
fn constructible<E: Event>(py: Python<'_>) {
    unsafe extern "C" fn construct<E: Event>(
        _class: *mut ffi::PyObject,
        arguments: *const *mut ffi::PyObject,
        count: usize,
        names: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject {
        // SAFETY: the interpreter calls this attached, and gives as many arguments as it says, which it keeps
        // alive; `names` is null or a tuple.
        let (py, argument) = unsafe {
            let keywords = if names.is_null() {
                0
            } else {
                ffi::PyTuple_GET_SIZE(names)
            };
            let py = Python::assume_attached();
            if ffi::PyVectorcall_NARGS(count) + keywords != 1 {
                PyTypeError::new_err("one argument").restore(py);
                return std::ptr::null_mut();
            }
            (py, Bound::from_borrowed_ptr(py, *arguments))
        };
        let made = argument
            .cast_into::<E::Data>()
            .map_err(PyErr::from)
            .and_then(|data| Bound::new(py, E::new(data.unbind())));
        match made {
            Ok(event) => event.into_ptr(),
            Err(error) => {
                error.restore(py);
                std::ptr::null_mut()
            }
        }
    }
    // SAFETY: the type is alive, and nobody else uses it while the module is set up.
    unsafe { (*py.get_type::<E>().as_type_ptr()).tp_vectorcall = Some(construct::<E>) };
}

/// The stand-in for a connection: frames of `header` bytes and a payload, `stride` bytes apart.
#[pyclass]
struct Floor {
    header: usize,
    stride: usize,
    text: bool,
    input: Option<Py<PyBytes>>,
    read: usize,
}

#[pymethods]
impl Floor {
    #[new]
    fn new(header: usize, stride: usize, text: bool) -> PyResult<Self> {
        if header > LONGEST_HEADER || stride <= header {
            return Err(PyValueError::new_err("no such frame"));
        }
        Ok(Self {
            header,
            stride,
            text,
            input: None,
            read: 0,
        })
    }

    fn receive_data(&mut self, data: Py<PyBytes>) {
        self.input = Some(data);
        self.read = 0;
    }

    fn events(slf: Py<Self>) -> Events {
        Events { floor: slf }
    }

    /// Copies the payload behind a header of zeros.
    fn send<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        if let Ok(event) = event.cast_exact::<TextMessage>() {
            self.frame(py, event.get().data.bind(py).to_str()?.as_bytes())
        } else if let Ok(event) = event.cast_exact::<BytesMessage>() {
            self.frame(py, event.get().data.bind(py).as_bytes())
        } else {
            Err(PyTypeError::new_err("not an event"))
        }
    }
}

impl Floor {
    fn frame<'py>(&self, py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        PyBytes::new_with(py, self.header + payload.len(), |frame| {
            frame[self.header..].copy_from_slice(payload);
            Ok(())
        })
    }

    /// Makes the event of the next frame, if there is one.
    fn next<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(input) = &self.input else {
            return Ok(None);
        };
        let Some(frame) = input.as_bytes(py).get(self.read..self.read + self.stride) else {
            self.input = None;
            return Ok(None);
        };
        let payload = &frame[self.header..];
        self.read += self.stride;
        let event = if self.text {
            let data = PyString::from_bytes(py, payload)?.unbind();
            Bound::new(py, TextMessage::new(data))?.into_any()
        } else {
            let data = PyBytes::new(py, payload).unbind();
            Bound::new(py, BytesMessage::new(data))?.into_any()
        };
        Ok(Some(event))
    }
}

/// The iterator that `events()` returns.
#[pyclass(frozen)]
struct Events {
    floor: Py<Floor>,
}

#[pymethods]
impl Events {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.floor.bind(py).borrow_mut().next(py)
    }
}

#[pymodule]
mod wsproto_bench_floor {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::{BytesMessage, Floor, TextMessage};

    #[pymodule_init]
    #[allow(clippy::unnecessary_wraps)] // The signature is PyO3's.
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::constructible::<TextMessage>(module.py());
        super::constructible::<BytesMessage>(module.py());
        Ok(())
    }
}
