//! The arguments of `PerMessageDeflate`: options, and parameters that are negotiated (RFC 7692
//! section 7.1).

use std::sync::atomic::Ordering;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use super::PerMessageDeflate;
use crate::protocol::deflate::{Effort, WindowBits};
use crate::protocol::negotiation::{BadParameter, Parameters};
use crate::protocol::permessage_deflate::{Direction, Policy};
use crate::protocol::role::Role;
use crate::python::arguments::Given;
use crate::python::arguments::{MAX_SIZE, bounded_integer};
use crate::python::error::remote_error;
use crate::python::ffi::objects::{Text, interned, new_error};

/// The options: how to compress, and how much to inflate at once.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    pub(crate) policy: Policy,
    /// The most that one step of receiving inflates, in bytes; at least 1.
    pub(crate) max_piece_size: usize,
}

impl Options {
    /// The options of an instance whose `__init__` has not been called.
    pub(super) const DEFAULT: Self = Self {
        policy: Policy::DEFAULT,
        max_piece_size: 1 << 20,
    };

    /// The options that the arguments of the constructor ask for.
    pub(super) fn new(
        compression_level: Option<&Bound<'_, PyAny>>,
        memory_level: &Bound<'_, PyAny>,
        min_size: &Bound<'_, PyAny>,
        max_piece_size: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let level =
            compression_level.map(|level| bounded_integer("compression_level", level, 0..=9));
        let level = level.transpose()?;
        let memory_level = bounded_integer("memory_level", memory_level, 1..=9)?;
        Ok(Self {
            policy: Policy {
                // Both levels are within their bounds.
                effort: Effort::new(level, memory_level).unwrap_or(Effort::DEFAULT),
                min_size: bounded_integer("min_size", min_size, 0..=MAX_SIZE)?,
            },
            max_piece_size: bounded_integer("max_piece_size", max_piece_size, 1..=MAX_SIZE)?,
        })
    }
}

/// The parameters that arguments ask for from this extension.
pub(super) fn parameters(
    extension: &Bound<'_, PyAny>,
    no_context_takeover: [Given<'_>; 2],
    max_window_bits: [Option<Bound<'_, PyAny>>; 2],
) -> PyResult<Parameters> {
    let py = extension.py();
    let [client_window, server_window] = max_window_bits;
    // Subclasses may declare other defaults.
    let client_window = match client_window {
        Some(bits) => bits,
        None => extension.getattr(interned!(py, "DEFAULT_CLIENT_MAX_WINDOW_BITS")?)?,
    };
    let server_window = match server_window {
        Some(bits) => bits,
        None => extension.getattr(interned!(py, "DEFAULT_SERVER_MAX_WINDOW_BITS")?)?,
    };
    let [client_flag, server_flag] = no_context_takeover.map(|given| {
        given
            .into_option()
            .map_or(Ok(false), |flag| flag.is_truthy())
    });
    Ok(Parameters {
        client_no_context_takeover: client_flag?,
        server_no_context_takeover: server_flag?,
        client_window: window(&client_window)?,
        server_window: window(&server_window)?,
    })
}

impl PerMessageDeflate {
    /// The parameters offered or accepted, then agreed upon.
    pub(super) fn parameters(&self, py: Python<'_>) -> Parameters {
        *self.parameters.lock(py)
    }

    /// The agreed parameters for messages that this end sends.
    pub(super) fn outbound_direction(&self, py: Python<'_>, role: Role) -> Direction {
        self.parameters(py).sent_by(role)
    }

    /// The agreed parameters for messages that this end receives.
    pub(super) fn inbound_direction(&self, py: Python<'_>, role: Role) -> Direction {
        self.parameters(py).sent_by(role.peer())
    }

    /// `accept`
    pub(super) fn accept_offer(&self, offer: &Bound<'_, PyAny>) -> PyResult<Option<Text<String>>> {
        let py = offer.py();
        let Some((agreed, response)) = self.parameters(py).accept(element(offer)?) else {
            return Ok(None);
        };
        self.agree(py, agreed);
        Ok(Some(Text(response)))
    }

    /// `finalize`
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
