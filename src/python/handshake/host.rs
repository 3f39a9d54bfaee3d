//! Host names at the border to Python: text on its side, possibly internationalised (RFC 3490).

use memchr::memchr;
use pyo3::exceptions::PyUnicodeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::text::{self, to_bytes};
use crate::python::memory::{ascii_to_string, new_bytes};
use crate::python::objects::interned;

/// `host.decode("idna")`; a host in ASCII that the codec cannot decode stays as it is: it is of
/// IDNA 2003, and names of IDNA 2008 are in use.
pub(super) fn decode<'py>(py: Python<'py>, host: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if host.is_ascii() && !has_ace_prefix(host) {
        return Ok(ascii_to_string(py, host)?.into_any());
    }
    let decoded =
        new_bytes(py, host)?.call_method1(interned!(py, "decode")?, (interned!(py, "idna")?,));
    match decoded {
        Err(error) if host.is_ascii() && error.is_instance_of::<PyUnicodeError>(py) => {
            Ok(ascii_to_string(py, host)?.into_any())
        }
        decoded => decoded,
    }
}

/// The host, if it is encoded as it is written.
pub(super) fn plain<'a>(host: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    text::plain(host).filter(|host| is_plain(host))
}

/// `host.encode("idna")`
pub(super) fn encode<'py>(host: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = host.py();
    if let Some(host) = plain(host) {
        return new_bytes(py, host);
    }
    let encoded = host.call_method1(interned!(py, "encode")?, (interned!(py, "idna")?,))?;
    to_bytes(&encoded)
}

/// Whether a label may be an encoded one; where it stands is the codec's affair.
fn has_ace_prefix(host: &[u8]) -> bool {
    memchr(b'-', host).is_some()
        && host
            .windows(4)
            .any(|four| four.eq_ignore_ascii_case(b"xn--"))
}

/// Whether no label of a host in ASCII is empty, but possibly the last, nor longer than 63
/// characters. If the host is longer, that is the codec's affair.
fn is_plain(host: &[u8]) -> bool {
    let is_gap = |pair| pair == b"..";
    host.len() < 64 && !host.starts_with(b".") && !host.array_windows().any(is_gap)
}
