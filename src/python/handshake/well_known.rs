//! Header fields that most handshakes have (RFC 6455 section 4, and what browsers add), as Python objects that
//! are made once and shared: they are immutable.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple};

use crate::protocol::http::{Field, Name};

/// The values that are common for a name.
const fn common_values(name: Name) -> &'static [&'static [u8]] {
    match name {
        Name::Accept => &[b"*/*"],
        Name::AcceptEncoding => &[
            b"gzip, deflate, br, zstd",
            b"gzip, deflate, br",
            b"gzip, deflate",
        ],
        Name::AcceptLanguage => &[b"en-US,en;q=0.9", b"en-US,en;q=0.5"],
        Name::CacheControl | Name::Pragma => &[b"no-cache"],
        Name::Connection => &[
            b"Upgrade",
            b"upgrade",
            b"keep-alive, Upgrade",
            b"close",
            b"keep-alive",
        ],
        Name::ContentLength => &[b"0"],
        Name::Dnt | Name::SecGpc => &[b"1"],
        Name::SecFetchDest => &[b"empty", b"websocket"],
        Name::SecFetchMode | Name::Upgrade => &[b"websocket"],
        Name::SecFetchSite => &[b"same-origin", b"same-site", b"cross-site"],
        Name::TransferEncoding => &[b"chunked"],
        Name::Version => &[b"13"],
        Name::XForwardedProto => &[b"https", b"http"],
        _ => &[],
    }
}

/// The fields by their names.
pub(super) struct WellKnown(Vec<Known>);

struct Known {
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
        let known = |known: &Name| {
            let name = PyBytes::new(py, known.text());
            let pair = |value: &&'static [u8]| {
                let pair = (&name, PyBytes::new(py, value)).into_pyobject(py)?;
                PyResult::Ok((*value, pair.unbind()))
            };
            let pairs = common_values(*known).iter().map(pair);
            let pairs = pairs.collect::<PyResult<_>>()?;
            let name = name.unbind();
            Ok(Known { name, pairs })
        };
        let known = Name::KNOWN.iter().map(known);
        Ok(Self(known.collect::<PyResult<_>>()?))
    }

    /// The field as a pair of bytes.
    #[inline(always)]
    pub(super) fn pair<'py>(
        &self,
        py: Python<'py>,
        field: Field<'_>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let value = field.value();
        let Some(known) = self.0.get(field.meaning() as usize) else {
            return (PyBytes::new(py, field.name()), PyBytes::new(py, value)).into_pyobject(py);
        };
        match known.pairs.iter().find(|(common, _)| *common == value) {
            Some((_, pair)) => Ok(pair.bind(py).clone()),
            None => (known.name.bind(py), PyBytes::new(py, value)).into_pyobject(py),
        }
    }
}
