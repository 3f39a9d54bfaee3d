//! Header fields that most handshakes have (RFC 6455 section 4, and what browsers add), as Python objects that
//! are made once and shared: they are immutable.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple};

/// Names, in lower case as they are received, each with the values that are common for it.
const FIELDS: [(&[u8], &[&[u8]]); 35] = [
    (b"accept", &[b"*/*"]),
    (
        b"accept-encoding",
        &[
            b"gzip, deflate, br, zstd",
            b"gzip, deflate, br",
            b"gzip, deflate",
        ],
    ),
    (b"accept-language", &[b"en-US,en;q=0.9", b"en-US,en;q=0.5"]),
    (b"authorization", &[]),
    (b"cache-control", &[b"no-cache"]),
    (
        b"connection",
        &[
            b"Upgrade",
            b"upgrade",
            b"keep-alive, Upgrade",
            b"close",
            b"keep-alive",
        ],
    ),
    (b"content-length", &[b"0"]),
    (b"content-type", &[]),
    (b"cookie", &[]),
    (b"date", &[]),
    (b"dnt", &[b"1"]),
    (b"forwarded", &[]),
    (b"host", &[]),
    (b"origin", &[]),
    (b"pragma", &[b"no-cache"]),
    (b"sec-fetch-dest", &[b"empty", b"websocket"]),
    (b"sec-fetch-mode", &[b"websocket"]),
    (
        b"sec-fetch-site",
        &[b"same-origin", b"same-site", b"cross-site"],
    ),
    (b"sec-gpc", &[b"1"]),
    (b"sec-websocket-accept", &[]),
    (b"sec-websocket-extensions", &[]),
    (b"sec-websocket-key", &[]),
    (b"sec-websocket-protocol", &[]),
    (b"sec-websocket-version", &[b"13"]),
    (b"server", &[]),
    (b"set-cookie", &[]),
    (b"transfer-encoding", &[b"chunked"]),
    (b"upgrade", &[b"websocket"]),
    (b"user-agent", &[]),
    (b"vary", &[]),
    (b"via", &[]),
    (b"x-forwarded-for", &[]),
    (b"x-forwarded-host", &[]),
    (b"x-forwarded-proto", &[b"https", b"http"]),
    (b"x-real-ip", &[]),
];

/// The fields by their names.
pub(super) struct WellKnown {
    /// Where the names begin to be looked for; a slot that is taken by another name is followed by the next.
    /// Most of them are empty, so every search ends soon.
    slots: [Option<Field>; SLOTS],
}

const SLOTS: usize = 128;

struct Field {
    text: &'static [u8],
    name: Py<PyBytes>,
    /// The whole field, by its value.
    pairs: Vec<(&'static [u8], Py<PyTuple>)>,
}

/// The table, made when it is first asked for.
pub(super) fn well_known(py: Python<'_>) -> PyResult<&'static WellKnown> {
    static TABLE: PyOnceLock<WellKnown> = PyOnceLock::new();
    match TABLE.get(py) {
        Some(table) => Ok(table),
        None => TABLE.get_or_try_init(py, || WellKnown::new(py)),
    }
}

impl WellKnown {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let mut slots = [const { None }; SLOTS];
        for (text, values) in FIELDS {
            let name = PyBytes::new(py, text);
            let pair = |value: &&'static [u8]| {
                let pair = (&name, PyBytes::new(py, value)).into_pyobject(py)?;
                PyResult::Ok((*value, pair.unbind()))
            };
            let pairs = values.iter().map(pair).collect::<PyResult<_>>()?;
            let free = places(text).find(|at| slots.get(*at).is_some_and(Option::is_none));
            if let Some(slot) = free.and_then(|at| slots.get_mut(at)) {
                let name = name.unbind();
                *slot = Some(Field { text, name, pairs });
            }
        }
        Ok(Self { slots })
    }

    /// The field as a pair of bytes.
    #[inline]
    pub(super) fn pair<'py>(
        &self,
        py: Python<'py>,
        name: &[u8],
        value: &[u8],
    ) -> PyResult<Bound<'py, PyTuple>> {
        let Some(field) = self.find(name) else {
            return (PyBytes::new(py, name), PyBytes::new(py, value)).into_pyobject(py);
        };
        match field.pairs.iter().find(|(common, _)| *common == value) {
            Some((_, pair)) => Ok(pair.bind(py).clone()),
            None => (field.name.bind(py), PyBytes::new(py, value)).into_pyobject(py),
        }
    }

    #[inline]
    fn find(&self, name: &[u8]) -> Option<&Field> {
        places(name)
            .map_while(|at| self.slots.get(at)?.as_ref())
            .find(|field| field.text == name)
    }
}

/// Where a name may be, the likeliest place first. The factors put all names but one into a place of their own.
#[inline]
fn places(name: &[u8]) -> impl Iterator<Item = usize> {
    let end = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or_default());
    let start = name.len() + 9 * end(name.first()) + 38 * end(name.last());
    (0..SLOTS).map(move |step| (start + step) % SLOTS)
}
