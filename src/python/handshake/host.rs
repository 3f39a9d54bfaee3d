//! Host names at the border to Python: text on its side, possibly internationalised (RFC 3490).

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::text::to_bytes;

/// `host.decode("idna")`
pub(super) fn decode<'py>(py: Python<'py>, host: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let plain = std::str::from_utf8(host)
        .ok()
        .filter(|host| host.is_ascii());
    match plain {
        Some(host) if !has_ace_prefix(host.as_bytes()) => Ok(PyString::new(py, host).into_any()),
        _ => PyBytes::new(py, host).call_method1(intern!(py, "decode"), (intern!(py, "idna"),)),
    }
}

/// `host.encode("idna")`
pub(super) fn encode<'py>(host: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = host.py();
    if let Ok(text) = host.cast_exact::<PyString>()
        && let Ok(text) = text.to_str()
        && text.is_ascii()
        && has_proper_labels(text)
    {
        return Ok(PyBytes::new(py, text.as_bytes()));
    }
    let encoded = host.call_method1(intern!(py, "encode"), (intern!(py, "idna"),))?;
    to_bytes(&encoded)
}

/// Whether a label may be an encoded one; where it stands is the codec's affair.
fn has_ace_prefix(host: &[u8]) -> bool {
    host.windows(4)
        .any(|four| four.eq_ignore_ascii_case(b"xn--"))
}

/// Whether each label has from 1 to 63 characters; the last may have none.
fn has_proper_labels(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    labels.next().is_some_and(|last| last.len() < 64)
        && labels.all(|label| (1..64).contains(&label.len()))
}
