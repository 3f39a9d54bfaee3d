//! What Python declares and native code refers to (enum members, named tuples, exceptions), looked up
//! once.
//!
//! The table is filled at its first use, which is after `import wsproto` has run: the modules of the
//! package import this extension while they are executed, so nothing here may be needed by then.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The Python-declared objects.
pub(crate) struct Declared {
    pub(crate) connection_type_client: Py<PyAny>,
    pub(crate) connection_type_server: Py<PyAny>,
    /// The members of `ConnectionState`, by their values 0 to 5.
    pub(crate) connection_states: [Py<PyAny>; 6],
    pub(crate) local_protocol_error: Py<PyAny>,
    pub(crate) remote_protocol_error: Py<PyAny>,
}

/// The table, filled when it is first asked for.
pub(crate) fn declared(py: Python<'_>) -> PyResult<&'static Declared> {
    static DECLARED: PyOnceLock<Declared> = PyOnceLock::new();
    DECLARED.get_or_try_init(py, || Declared::look_up(py))
}

impl Declared {
    fn look_up(py: Python<'_>) -> PyResult<Self> {
        let connection = py.import("wsproto.connection")?;
        let utilities = py.import("wsproto.utilities")?;
        let connection_type = connection.getattr("ConnectionType")?;
        let connection_state = connection.getattr("ConnectionState")?;
        let state = |value: usize| connection_state.call1((value,)).map(Bound::unbind);
        Ok(Self {
            connection_type_client: connection_type.getattr("CLIENT")?.unbind(),
            connection_type_server: connection_type.getattr("SERVER")?.unbind(),
            connection_states: [
                state(0)?,
                state(1)?,
                state(2)?,
                state(3)?,
                state(4)?,
                state(5)?,
            ],
            local_protocol_error: utilities.getattr("LocalProtocolError")?.unbind(),
            remote_protocol_error: utilities.getattr("RemoteProtocolError")?.unbind(),
        })
    }
}
