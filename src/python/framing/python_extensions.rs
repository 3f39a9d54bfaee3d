//! Extensions that are Python objects, as the protocol's [`InboundExtensions`].
//!
//! Their hooks are called in the order of the list, and with nothing locked.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use crate::protocol::deflate::MAX_RATIO;
use crate::protocol::error::{Failure, ParseFailed};
use crate::protocol::extension::{InboundExtensions, Transformed};
use crate::protocol::header::MAX_CONTROL_PAYLOAD;
use crate::protocol::mask::Masked;
use crate::protocol::message::Store;
use crate::protocol::opcode::{Opcode, Rsv};
use crate::python::arguments::{bytes_of, extension_of};
use crate::python::extensions::PerMessageDeflate;
use crate::python::ffi::memory::{PyStore, out_of_memory};
use crate::python::ffi::objects::{Integer, interned, new_error};
use crate::python::py_types::py_types;

/// The extensions of one connection, while something is received.
pub(crate) struct PythonExtensions<'py> {
    /// The first argument of every hook.
    decoder: Bound<'py, PyAny>,
    extensions: Vec<Bound<'py, PyAny>>,
    /// The payload that the hooks made last.
    made: Vec<u8>,
    /// The bits claimed for the header that was judged last.
    claimed: Rsv,
    /// Whether the next header is the one that was judged last.
    resumed: bool,
}

impl<'py> PythonExtensions<'py> {
    pub(crate) const fn new(
        decoder: Bound<'py, PyAny>,
        extensions: Vec<Bound<'py, PyAny>>,
    ) -> Self {
        Self {
            decoder,
            extensions,
            made: Vec::new(),
            claimed: Rsv::NONE,
            resumed: false,
        }
    }

    /// The step goes on, because a hook has fed more input.
    pub(crate) const fn resume(&mut self) {
        self.resumed = true;
    }

    fn call_header(
        &self,
        opcode: Opcode,
        rsv: Rsv,
        payload_len: u64,
    ) -> Result<Rsv, Failure<PyErr>> {
        let py = self.decoder.py();
        let types = py_types(py)?;
        let opcode = types.opcode(py, opcode);
        let rsv = types.rsv_bits(py, rsv)?;
        let mut claimed = [false; 3];
        let payload_len = Integer(payload_len).into_pyobject(py)?;
        for extension in &self.extensions {
            let arguments = (&self.decoder, &opcode, &rsv, &payload_len);
            let result =
                extension.call_method1(interned!(py, "frame_inbound_header")?, arguments)?;
            refuse_close_reason(&result)?;
            for (index, claim) in result.try_iter()?.enumerate() {
                if claim?.is_truthy()? {
                    *claimed.get_mut(index).ok_or_else(|| {
                        new_error::<PyIndexError>(py, "list assignment index out of range")
                    })? = true;
                }
            }
        }
        let [rsv1, rsv2, rsv3] = claimed;
        Ok(Rsv::new(rsv1, rsv2, rsv3))
    }

    /// The most of a payload that is handed to the hooks at once: as much as there is, unless
    /// permessage-deflate is among the extensions and is inflating. It has to give all that its
    /// input comes to, so that is kept short.
    fn portion(&self) -> PyResult<usize> {
        let py = self.decoder.py();
        let mut portion = usize::MAX;
        for extension in &self.extensions {
            if let Ok(deflate) = extension.cast::<PerMessageDeflate>()
                && let Some(most) = deflate.get().inflates_at_most(py)?
            {
                // Control frames are not cut, whatever an extension takes them for.
                portion = portion.min((most / MAX_RATIO).max(MAX_CONTROL_PAYLOAD));
            }
        }
        Ok(portion)
    }

    fn call_payload(
        &self,
        payload: Masked<'_>,
        last: bool,
        fin: bool,
    ) -> Result<Vec<u8>, Failure<PyErr>> {
        let py = self.decoder.py();
        let mut payload = PyStore(py).bytes(payload)?;
        for extension in &self.extensions {
            let arguments = (&self.decoder, payload);
            let result =
                extension.call_method1(interned!(py, "frame_inbound_payload_data")?, arguments)?;
            refuse_close_reason(&result)?;
            payload = bytes_of(&result)?;
        }
        let mut joined = Vec::new();
        append(&mut joined, payload.as_bytes())?;
        if last {
            for extension in &self.extensions {
                let arguments = (&self.decoder, fin);
                let result =
                    extension.call_method1(interned!(py, "frame_inbound_complete")?, arguments)?;
                refuse_close_reason(&result)?;
                if !result.is_none() {
                    append(&mut joined, extension_of(&result)?.as_bytes())?;
                }
            }
        }
        Ok(joined)
    }
}

/// Append what a hook has returned.
fn append(joined: &mut Vec<u8>, data: &[u8]) -> PyResult<()> {
    joined.try_reserve(data.len()).map_err(out_of_memory)?;
    joined.extend_from_slice(data);
    Ok(())
}

impl InboundExtensions for PythonExtensions<'_> {
    type Error = PyErr;

    fn header(
        &mut self,
        opcode: Opcode,
        rsv: Rsv,
        payload_len: u64,
    ) -> Result<Rsv, Failure<PyErr>> {
        // A header whose masking key was missing is read again, but was judged before.
        if !std::mem::take(&mut self.resumed) {
            self.claimed = self.call_header(opcode, rsv, payload_len)?;
        }
        Ok(self.claimed)
    }

    fn passes(&self) -> bool {
        // A hook may change the length.
        false
    }

    fn payload<'a>(
        &'a mut self,
        payload: Masked<'a>,
        last: bool,
        fin: bool,
    ) -> Result<Transformed<'a>, Failure<PyErr>> {
        let (now, later) = payload.split_at(self.portion()?);
        self.made = self.call_payload(now, last && later.is_empty(), fin)?;
        Ok(Transformed {
            payload: Masked::plain(&self.made),
            consumed: now.len(),
            complete: true,
        })
    }
}

impl From<PyErr> for Failure<PyErr> {
    fn from(error: PyErr) -> Self {
        Self::raised(error)
    }
}

/// A hook that returns a `CloseReason` fails the connection with it.
fn refuse_close_reason(result: &Bound<'_, PyAny>) -> Result<(), Failure<PyErr>> {
    let close_reason = py_types(result.py())?.close_reason.bind(result.py());
    if result.is_instance(close_reason)? {
        return Err(ParseFailed::Extension(result.extract()?).into());
    }
    Ok(())
}
