//! Host names at the border to Python: text on its side, possibly internationalised (RFC 3490).

use memchr::memchr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::text::{self, to_bytes};
use crate::python::memory::ascii_to_string;

/// `host.decode("idna")`
pub(super) fn decode<'py>(py: Python<'py>, host: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if host.is_ascii() && !has_ace_prefix(host) {
        return Ok(ascii_to_string(py, host)?.into_any());
    }
    PyBytes::new(py, host).call_method1(intern!(py, "decode"), (intern!(py, "idna"),))
}

/// The host, if it is encoded as it is written.
pub(super) fn plain<'a>(host: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    text::plain(host).filter(|host| has_proper_labels(host))
}

/// `host.encode("idna")`
pub(super) fn encode<'py>(host: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = host.py();
    if let Some(host) = plain(host) {
        return Ok(PyBytes::new(py, host));
    }
    let encoded = host.call_method1(intern!(py, "encode"), (intern!(py, "idna"),))?;
    to_bytes(&encoded)
}

/// Whether a label may be an encoded one; where it stands is the codec's affair.
fn has_ace_prefix(host: &[u8]) -> bool {
    memchr(b'-', host).is_some()
        && host
            .windows(4)
            .any(|four| four.eq_ignore_ascii_case(b"xn--"))
}

/// Whether each label has from 1 to 63 characters; the last may have none.
fn has_proper_labels(host: &[u8]) -> bool {
    let mut labels = host.rsplit(|byte| *byte == b'.');
    labels.next().is_some_and(|last| last.len() < 64)
        && labels.all(|label| (1..64).contains(&label.len()))
}
