//! Header fields and host names at the border to Python: pairs of bytes (RFC 9110 section 5), and
//! text that may be internationalised (RFC 3490).

use memchr::memchr;
use pyo3::exceptions::{PyTypeError, PyUnicodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

use crate::protocol::handshake::split_comma_list;
use crate::protocol::http::{Header, HeaderId, HeaderLines};
use crate::python::arguments::unpack_pair;
use crate::python::arguments::{ascii_text, encode_ascii, to_bytes};
use crate::python::error::send_error;
use crate::python::ffi::memory::{ascii_to_string, new_bytes};
use crate::python::ffi::objects::{interned, new_error, new_list, new_tuple};
use crate::python::ffi::once::Once;

/// The headers as a list of pairs of bytes.
pub(super) fn to_list<'a, 'py>(
    py: Python<'py>,
    headers: impl Iterator<Item = Header<'a>> + Clone,
) -> PyResult<Bound<'py, PyList>> {
    let shared = SharedHeaders::get(py)?;
    new_list(
        py,
        headers.clone().count(),
        headers.map(|header| shared.pair(py, &header)),
    )
}

/// A header as a pair of bytes.
pub(super) fn pair<'py>(
    py: Python<'py>,
    name: &[u8],
    value: &[u8],
) -> PyResult<Bound<'py, PyTuple>> {
    let (name, value) = (new_bytes(py, name)?, new_bytes(py, value)?);
    new_tuple(py, [name.into_any(), value.into_any()])
}

/// The members of lists in ASCII as a list of `str`; empty ones do not count (RFC 9110 section
/// 5.6.1).
pub(super) fn members<'a, 'py>(
    py: Python<'py>,
    lists: impl Iterator<Item = &'a [u8]> + Clone,
) -> PyResult<Bound<'py, PyList>> {
    let members = lists.flat_map(split_comma_list);
    let members = members.filter(|member| !member.is_empty());
    let count = members.clone().count();
    new_list(py, count, members.map(|member| ascii_to_string(py, member)))
}

/// Adds every pair of an iterable.
pub(super) fn push_all(lines: &mut HeaderLines, pairs: &Bound<'_, PyAny>) -> PyResult<()> {
    if is_empty_list(pairs) {
        return Ok(());
    }
    for pair in pairs.try_iter()? {
        let (name, value) = unpack_pair(&pair?)?;
        push(
            lines,
            bytesify(&name)?.as_bytes(),
            bytesify(&value)?.as_bytes(),
            pairs.py(),
        )?;
    }
    Ok(())
}

/// Whether this is a list without members, as most events have them.
#[inline]
pub(super) fn is_empty_list(object: &Bound<'_, PyAny>) -> bool {
    let list = object.cast_exact::<PyList>();
    list.is_ok_and(PyListMethods::is_empty)
}

/// Adds one field, or says what is wrong with it.
pub(super) fn push(
    lines: &mut HeaderLines,
    name: &[u8],
    value: &[u8],
    py: Python<'_>,
) -> PyResult<()> {
    lines
        .push(name, value)
        .map_err(|error| send_error(py, &error.into()))
}

/// Bytes out of ASCII text or anything with the buffer protocol.
pub(super) fn bytesify<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    if value.is_instance_of::<PyString>() {
        return encode_ascii(value);
    }
    if value.is_instance_of::<PyInt>() {
        return Err(new_error::<PyTypeError>(
            value.py(),
            "expected bytes-like object, not int",
        ));
    }
    to_bytes(value)
}

/// The usual values of the fields that have one.
const USUAL_VALUES: [(HeaderId, &[u8]); 3] = [
    (HeaderId::Connection, b"Upgrade"),
    (HeaderId::Upgrade, b"websocket"),
    (HeaderId::Version, b"13"),
];

/// The names of the known fields, and the fields with their usual values.
pub(super) struct SharedHeaders {
    names: Vec<Py<PyBytes>>,
    /// In the order of [`USUAL_VALUES`].
    pairs: Vec<Py<PyTuple>>,
}

impl SharedHeaders {
    /// The table, made at its first use.
    pub(super) fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static TABLE: Once<SharedHeaders> = Once::new();
        TABLE.get_or_try_init(py, || Self::new(py))
    }

    fn new(py: Python<'_>) -> PyResult<Self> {
        let names = HeaderId::NAMES.iter();
        let names = names.map(|name| Ok(new_bytes(py, name)?.unbind()));
        let mut shared = Self {
            names: names.collect::<PyResult<_>>()?,
            pairs: Vec::new(),
        };
        for (id, value) in USUAL_VALUES {
            let pair = shared.new_pair(
                py,
                &Header {
                    id,
                    name: b"",
                    value,
                },
            )?;
            shared.pairs.push(pair.unbind());
        }
        Ok(shared)
    }

    /// A header as a pair of bytes.
    pub(super) fn pair<'py>(
        &self,
        py: Python<'py>,
        header: &Header<'_>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let usual = |(id, value): &(HeaderId, &[u8])| *id == header.id && *value == header.value;
        let nth = USUAL_VALUES.iter().position(usual);
        if let Some(pair) = nth.and_then(|nth| self.pairs.get(nth)) {
            return Ok(pair.bind(py).clone());
        }
        self.new_pair(py, header)
    }

    fn new_pair<'py>(&self, py: Python<'py>, header: &Header<'_>) -> PyResult<Bound<'py, PyTuple>> {
        let name = match self.names.get(header.id as usize) {
            Some(name) => name.bind(py).clone(),
            None => new_bytes(py, header.name)?,
        };
        let value = new_bytes(py, header.value)?;
        new_tuple(py, [name.into_any(), value.into_any()])
    }
}

/// `host.decode("idna")`; a host in ASCII that the codec cannot decode stays as it is: it is of
/// IDNA 2003, and names of IDNA 2008 are in use.
pub(super) fn decode_host<'py>(py: Python<'py>, host: &[u8]) -> PyResult<Bound<'py, PyAny>> {
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
pub(super) fn plain_host<'a>(host: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    ascii_text(host).filter(|host| is_plain(host))
}

/// `host.encode("idna")`
pub(super) fn encode_host<'py>(host: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = host.py();
    if let Some(host) = plain_host(host) {
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
