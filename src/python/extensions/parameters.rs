//! The parameters of `PerMessageDeflate`, from the arguments of its constructor to what is agreed
//! upon (RFC 7692 section 7.1).

use std::sync::atomic::Ordering;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use super::PerMessageDeflate;
use crate::protocol::deflate::WindowBits;
use crate::protocol::negotiation::{BadParameter, Parameters};
use crate::protocol::permessage_deflate::Direction;
use crate::python::error::remote_error;
use crate::python::given::Given;
use crate::python::objects::{Text, interned, new_error};

/// The arguments that set them, as far as they are given.
pub(super) struct Arguments<'py> {
    pub(super) client_no_context_takeover: Given<'py>,
    pub(super) client_max_window_bits: Option<Bound<'py, PyAny>>,
    pub(super) server_no_context_takeover: Given<'py>,
    pub(super) server_max_window_bits: Option<Bound<'py, PyAny>>,
}

impl Arguments<'_> {
    /// What they ask for from this extension.
    pub(super) fn parameters(self, extension: &Bound<'_, PyAny>) -> PyResult<Parameters> {
        let py = extension.py();
        // Subclasses may declare other defaults.
        let client_window = match self.client_max_window_bits {
            Some(bits) => bits,
            None => extension.getattr(interned!(py, "DEFAULT_CLIENT_MAX_WINDOW_BITS")?)?,
        };
        let server_window = match self.server_max_window_bits {
            Some(bits) => bits,
            None => extension.getattr(interned!(py, "DEFAULT_SERVER_MAX_WINDOW_BITS")?)?,
        };
        let flag = |given: Given<'_>| {
            given
                .into_option()
                .map_or(Ok(false), |flag| flag.is_truthy())
        };
        Ok(Parameters {
            client_no_context_takeover: flag(self.client_no_context_takeover)?,
            server_no_context_takeover: flag(self.server_no_context_takeover)?,
            client_window: window(&client_window)?,
            server_window: window(&server_window)?,
        })
    }
}

impl PerMessageDeflate {
    /// The parameters offered or accepted, then agreed upon.
    pub(super) fn parameters(&self, py: Python<'_>) -> Parameters {
        *self.parameters.lock(py)
    }

    /// What is agreed upon for the messages that this end sends.
    pub(super) fn outbound_direction(&self, py: Python<'_>, client: bool) -> Direction {
        self.parameters(py).sent_by(client)
    }

    /// What is agreed upon for the messages that it receives.
    pub(super) fn inbound_direction(&self, py: Python<'_>, client: bool) -> Direction {
        self.parameters(py).sent_by(!client)
    }

    /// What `accept` does.
    pub(super) fn accept_offer(&self, offer: &Bound<'_, PyAny>) -> PyResult<Option<Text<String>>> {
        let py = offer.py();
        let Some((agreed, response)) = self.parameters(py).accept(element(offer)?) else {
            return Ok(None);
        };
        self.agree(py, agreed);
        Ok(Some(Text(response)))
    }

    /// What `finalize` does.
    pub(super) fn take_response(&self, response: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = response.py();
        match self.parameters(py).finalize(element(response)?) {
            Ok(agreed) => {
                self.agree(py, agreed);
                Ok(())
            }
            Err(BadParameter(text)) => {
                let message = format!("unacceptable parameter {text:?} of permessage-deflate");
                Err(remote_error(py, message))
            }
        }
    }

    fn agree(&self, py: Python<'_>, agreed: Parameters) {
        *self.parameters.lock(py) = agreed;
        self.enabled.store(true, Ordering::Relaxed);
    }
}

/// The window that an argument asks for, which is the base-2 logarithm of its size.
pub(super) fn window(bits: &Bound<'_, PyAny>) -> PyResult<WindowBits> {
    let out_of_bounds =
        || new_error::<PyValueError>(bits.py(), "Window size must be between 9 and 15 inclusive");
    if bits.lt(9)? || bits.gt(15)? {
        return Err(out_of_bounds());
    }
    let number: u8 = bits.py().get_type::<PyInt>().call1((bits,))?.extract()?;
    WindowBits::new(number).ok_or_else(out_of_bounds)
}

/// The element of a header that an argument is.
fn element<'a>(argument: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match argument.cast::<PyString>() {
        Ok(text) => text.to_str(),
        Err(error) => {
            // `argument.split(";")`, which Python has something to say about.
            argument.call_method1(
                interned!(argument.py(), "split")?,
                (interned!(argument.py(), ";")?,),
            )?;
            Err(error.into())
        }
    }
}

/// Parameters as `repr` shows them.
pub(super) fn shown(parameters: Parameters) -> String {
    let flag = |set, text| if set { text } else { "" };
    format!(
        "client_max_window_bits={}{}; server_max_window_bits={}{}",
        parameters.client_window.get(),
        flag(
            parameters.client_no_context_takeover,
            "; client_no_context_takeover"
        ),
        parameters.server_window.get(),
        flag(
            parameters.server_no_context_takeover,
            "; server_no_context_takeover"
        ),
    )
}
