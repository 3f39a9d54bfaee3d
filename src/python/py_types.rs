//! Types that the package declares in Python (enumerations, named tuples, exceptions), looked up
//! once.
//!
//! The table is filled at its first use, which is after `import wsproto` has run: the modules of
//! the package import this extension while they are executed, so nothing here may be looked up
//! before that.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::ffi::objects::{Integer, Text, import, interned, new_dict, new_error};
use super::ffi::once::Once;
use crate::protocol::connection::State;
use crate::protocol::opcode::{Opcode, Rsv};
use crate::protocol::role::Role;

/// The types, and members of the enumerations.
pub(crate) struct PyTypes {
    connection_type_client: Py<PyAny>,
    connection_type_server: Py<PyAny>,
    /// The members of `ConnectionState`, by their values.
    connection_states: [Py<PyAny>; 6],
    pub(crate) local_protocol_error: Py<PyAny>,
    pub(crate) remote_protocol_error: Py<PyAny>,
    pub(crate) parse_failed: Py<PyAny>,
    /// The members of `Opcode`, by their values; `None` for those that are reserved.
    opcodes: [Option<Py<PyAny>>; 16],
    pub(crate) close_reason: Py<PyAny>,
    pub(crate) close_reason_no_status_rcvd: Py<PyAny>,
    pub(crate) close_reason_abnormal_closure: Py<PyAny>,
    /// The members of `CloseReason`, by their values.
    close_reasons: Py<PyDict>,
    rsv_bits: Py<PyAny>,
    pub(crate) frame: Py<PyAny>,
    pub(crate) buffer: Py<PyAny>,
}

/// The table, filled when it is first asked for.
#[inline]
pub(crate) fn py_types(py: Python<'_>) -> PyResult<&'static PyTypes> {
    static TYPES: Once<PyTypes> = Once::new();
    TYPES.get_or_try_init(py, || PyTypes::look_up(py))
}

impl PyTypes {
    fn look_up(py: Python<'_>) -> PyResult<Self> {
        let [connection, utilities, frame_protocol] = [
            import(interned!(py, "wsproto.connection")?)?,
            import(interned!(py, "wsproto.utilities")?)?,
            import(interned!(py, "wsproto.frame_protocol")?)?,
        ];
        let get = |object: &Bound<'_, PyAny>, name| object.getattr(Text(name)).map(Bound::unbind);
        let connection_type = connection.getattr(Text("ConnectionType"))?;
        let connection_state = connection.getattr(Text("ConnectionState"))?;
        let state = |state: State| connection_state.call1((state as u8,)).map(Bound::unbind);
        let opcode = frame_protocol.getattr(Text("Opcode"))?;
        let mut opcodes = [const { None }; 16];
        for (bits, slot) in (0..).zip(&mut opcodes) {
            if let Some(known) = Opcode::from_bits(bits) {
                *slot = Some(opcode.call1((known as u8,))?.unbind());
            }
        }
        let close_reason = frame_protocol.getattr(Text("CloseReason"))?;
        let close_reasons = new_dict(py)?;
        for member in close_reason.try_iter()? {
            let member = member?;
            close_reasons.set_item(member.getattr(Text("value"))?, &member)?;
        }
        Ok(Self {
            connection_type_client: get(&connection_type, "CLIENT")?,
            connection_type_server: get(&connection_type, "SERVER")?,
            connection_states: [
                state(State::Connecting)?,
                state(State::Open)?,
                state(State::RemoteClosing)?,
                state(State::LocalClosing)?,
                state(State::Closed)?,
                state(State::Rejecting)?,
            ],
            local_protocol_error: get(&utilities, "LocalProtocolError")?,
            remote_protocol_error: get(&utilities, "RemoteProtocolError")?,
            parse_failed: get(&frame_protocol, "ParseFailed")?,
            opcodes,
            close_reason_no_status_rcvd: get(&close_reason, "NO_STATUS_RCVD")?,
            close_reason_abnormal_closure: get(&close_reason, "ABNORMAL_CLOSURE")?,
            close_reason: close_reason.unbind(),
            close_reasons: close_reasons.unbind(),
            rsv_bits: get(&frame_protocol, "RsvBits")?,
            frame: get(&frame_protocol, "Frame")?,
            buffer: get(&frame_protocol, "Buffer")?,
        })
    }

    /// The role that a member of `ConnectionType` stands for.
    pub(crate) fn role_of(&self, connection_type: &Bound<'_, PyAny>) -> Role {
        Role::from_client(connection_type.is(&self.connection_type_client))
    }

    /// The member of `ConnectionType` for a role.
    pub(crate) fn connection_type<'py>(&self, py: Python<'py>, role: Role) -> Bound<'py, PyAny> {
        match role {
            Role::Client => &self.connection_type_client,
            Role::Server => &self.connection_type_server,
        }
        .bind(py)
        .clone()
    }

    /// The member of `ConnectionState` for a state.
    #[inline]
    pub(crate) fn connection_state<'py>(&self, py: Python<'py>, state: State) -> Bound<'py, PyAny> {
        // There are as many members as states, in the order of the states.
        self.connection_states[state as usize].bind(py).clone()
    }

    /// The state that a member of `ConnectionState` stands for.
    pub(crate) fn state_of(&self, member: &Bound<'_, PyAny>) -> PyResult<State> {
        let mut members = self.connection_states.iter().zip(State::ALL);
        match members.find(|(known, _)| member.is(*known)) {
            Some((_, state)) => Ok(state),
            None => {
                let message = "a ConnectionState is required";
                Err(new_error::<PyTypeError>(member.py(), message))
            }
        }
    }

    /// The member of `Opcode` for an opcode.
    pub(crate) fn opcode<'py>(&self, py: Python<'py>, opcode: Opcode) -> Option<Bound<'py, PyAny>> {
        let member = self.opcodes.get(usize::from(opcode as u8))?.as_ref()?;
        Some(member.bind(py).clone())
    }

    /// The member of `CloseReason` for a status code, or the number if it has none.
    pub(crate) fn close_code<'py>(
        &self,
        py: Python<'py>,
        code: u16,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.close_reasons.bind(py).get_item(Integer(code.into()))? {
            Some(member) => Ok(member),
            None => Ok(Integer(code.into()).into_pyobject(py)?.into_any()),
        }
    }

    /// An instance of `RsvBits`.
    pub(crate) fn rsv_bits<'py>(&self, py: Python<'py>, rsv: Rsv) -> PyResult<Bound<'py, PyAny>> {
        let [rsv1, rsv2, rsv3] = rsv.bits();
        self.rsv_bits.bind(py).call1((rsv1, rsv2, rsv3))
    }
}
