//! Small messages: an iterator, an event, its `str` or `bytes`; or the `bytes` of a frame.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::construct::Constructible;

/// The most that a frame's header takes (RFC 6455 section 5.2).
const LONGEST_HEADER: usize = 14;

macro_rules! message {
    ($(#[$documentation:meta])* $name:ident, $data:ty) => {
        $(#[$documentation])*
        #[pyclass(frozen, get_all)]
        pub(crate) struct $name {
            data: Py<$data>,
            frame_finished: bool,
            message_finished: bool,
        }

        impl $name {
            fn whole(data: Bound<'_, $data>) -> Self {
                Self {
                    data: data.unbind(),
                    frame_finished: true,
                    message_finished: true,
                }
            }
        }

        impl Constructible<1> for $name {
            fn new([data]: [Bound<'_, PyAny>; 1]) -> PyResult<Self> {
                Ok(Self::whole(data.cast_into()?))
            }
        }
    };
}

message! {
    /// A text event, with the fields of the real one.
    TextMessage, PyString
}
message! {
    /// A binary event, with the fields of the real one.
    BytesMessage, PyBytes
}

/// The stand-in for a connection: frames of `header` bytes and a payload, `stride` bytes apart.
#[pyclass]
pub(crate) struct Floor {
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

    /// Copies the payload after a header of zeros.
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
            let data = PyString::from_bytes(py, payload)?;
            Bound::new(py, TextMessage::whole(data))?.into_any()
        } else {
            let data = PyBytes::new(py, payload);
            Bound::new(py, BytesMessage::whole(data))?.into_any()
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
