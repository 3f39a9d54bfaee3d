//! The opening handshake: the connection, an iterator, the event for what is received, with its
//! texts, lists and pairs, and the `bytes` that are sent.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::construct::Constructible;

/// A request, with the fields of the real one; no list is made for a missing field.
#[pyclass(frozen, get_all)]
pub(crate) struct Request {
    host: Py<PyString>,
    target: Py<PyString>,
    extensions: Option<Py<PyList>>,
    extra_headers: Option<Py<PyList>>,
    subprotocols: Option<Py<PyList>>,
}

/// An agreement, with the fields of the real one.
#[pyclass(frozen, get_all)]
pub(crate) struct AcceptConnection {
    subprotocol: Option<Py<PyString>>,
    extensions: Option<Py<PyList>>,
    extra_headers: Option<Py<PyList>>,
}

impl Constructible<2> for Request {
    fn new([host, target]: [Bound<'_, PyAny>; 2]) -> PyResult<Self> {
        Ok(Self {
            host: host.cast_into()?.unbind(),
            target: target.cast_into()?.unbind(),
            extensions: None,
            extra_headers: None,
            subprotocols: None,
        })
    }
}

impl Constructible<0> for AcceptConnection {
    fn new([]: [Bound<'_, PyAny>; 0]) -> PyResult<Self> {
        Ok(Self {
            subprotocol: None,
            extensions: None,
            extra_headers: None,
        })
    }
}

/// What all handshakes consist of; called with a role, it makes a connection.
#[pyclass(frozen)]
pub(crate) struct Handshakes {
    /// The host and the target of a request that is received; of a response, neither.
    request: Option<(String, String)>,
    extensions: Vec<String>,
    extra_headers: Vec<Pair>,
    sent: Vec<u8>,
}

/// A field of a head.
enum Pair {
    /// It is there already.
    Ready(Py<PyTuple>),
    /// There is its name.
    Made(Py<PyBytes>, Vec<u8>),
}

#[pymethods]
impl Handshakes {
    /// `extra_headers` has the pairs, and for each whether it is always the same object.
    #[new]
    fn new(
        request: Option<(String, String)>,
        extensions: Vec<String>,
        extra_headers: Vec<(Bound<'_, PyTuple>, bool)>,
        sent: Vec<u8>,
    ) -> PyResult<Self> {
        let pairs = extra_headers.into_iter().map(|(pair, ready)| {
            Ok(if ready {
                Pair::Ready(pair.unbind())
            } else {
                let (name, value) = pair.extract()?;
                Pair::Made(name, value)
            })
        });
        Ok(Self {
            request,
            extensions,
            extra_headers: pairs.collect::<PyResult<_>>()?,
            sent,
        })
    }

    fn __call__(slf: Py<Self>, role: Py<PyAny>) -> Connection {
        Connection { parts: slf, role }
    }
}

impl Handshakes {
    fn event<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let extensions = if self.extensions.is_empty() {
            None
        } else {
            Some(PyList::new(py, &self.extensions)?.unbind())
        };
        let pairs = self.extra_headers.iter().map(|pair| match pair {
            Pair::Ready(pair) => pair.bind(py).clone(),
            Pair::Made(name, value) => {
                let pair = (name.bind(py), PyBytes::new(py, value)).into_pyobject(py);
                pair.unwrap_or_else(|_| PyTuple::empty(py))
            }
        });
        let extra_headers = Some(PyList::new(py, pairs)?.unbind());
        Ok(match &self.request {
            Some((host, target)) => {
                let request = Request {
                    host: PyString::new(py, host).unbind(),
                    target: PyString::new(py, target).unbind(),
                    extensions,
                    extra_headers,
                    subprotocols: None,
                };
                Bound::new(py, request)?.into_any()
            }
            None => {
                let accepted = AcceptConnection {
                    subprotocol: None,
                    extensions,
                    extra_headers,
                };
                Bound::new(py, accepted)?.into_any()
            }
        })
    }
}

/// The stand-in for a connection.
#[pyclass(frozen)]
struct Connection {
    parts: Py<Handshakes>,
    #[allow(dead_code)] // A connection has one.
    role: Py<PyAny>,
}

#[pymethods]
impl Connection {
    #[allow(clippy::unused_self)] // It is called as a method.
    fn receive_data(&self, _data: &Bound<'_, PyBytes>) {}

    fn events(slf: Py<Self>) -> Events {
        Events {
            connection: Some(slf),
        }
    }

    fn send<'py>(&self, py: Python<'py>, _event: &Bound<'py, PyAny>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.parts.get().sent)
    }
}

/// The iterator that `events()` returns, over one event.
#[pyclass]
struct Events {
    connection: Option<Py<Connection>>,
}

#[pymethods]
impl Events {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let connection = self.connection.take();
        let event = connection.map(|connection| connection.get().parts.get().event(py));
        event.transpose()
    }
}
