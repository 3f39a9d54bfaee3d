//! `wsproto.extensions`, and how a connection uses the extensions it was given.

mod fast_path;
mod hook_methods;
mod options;
mod permessage_deflate;

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

pub(crate) use permessage_deflate::PerMessageDeflate;

use super::ffi::objects::{interned, new_list, new_tuple};
use super::ffi::overrides::Derived;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PerMessageDeflate>()
}

/// The extensions in use on one connection, by how they are called.
pub(crate) enum Negotiated {
    /// There is none.
    Nothing,
    /// There is one, and it is permessage-deflate as this package has it: no Python code is
    /// involved, as long as [`PerMessageDeflate::is_native`] says so.
    Deflate(Py<PerMessageDeflate>),
    /// Any others: their hooks are called.
    Python(Py<PyTuple>),
}

impl Negotiated {
    /// Those of these extensions that say that they are enabled.
    pub(crate) fn enabled(extensions: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::those_enabled(extensions.py(), extensions.try_iter()?)
    }

    /// All of these extensions.
    pub(crate) fn from_iterable(extensions: &Bound<'_, PyAny>) -> PyResult<Self> {
        let all = extensions.try_iter()?.collect::<PyResult<_>>()?;
        Self::from_objects(extensions.py(), all)
    }

    fn from_objects<'py>(py: Python<'py>, extensions: Vec<Bound<'py, PyAny>>) -> PyResult<Self> {
        match extensions.as_slice() {
            [] => Ok(Self::Nothing),
            [only] if is_ours(only)? => Ok(Self::Deflate(
                only.cast::<PerMessageDeflate>()?.clone().unbind(),
            )),
            _ => Ok(Self::Python(new_tuple(py, extensions)?.unbind())),
        }
    }

    /// Those that still say that they are enabled.
    pub(crate) fn still_enabled(&self, py: Python<'_>) -> PyResult<Self> {
        Self::those_enabled(py, self.objects(py).into_iter().map(Ok))
    }

    fn those_enabled<'py>(
        py: Python<'py>,
        extensions: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
    ) -> PyResult<Self> {
        let mut enabled = Vec::new();
        for extension in extensions {
            let extension = extension?;
            let is_enabled = extension.call_method0(interned!(py, "enabled")?)?;
            if is_enabled.is_truthy()? {
                enabled.push(extension);
            }
        }
        Self::from_objects(py, enabled)
    }

    /// The extensions as objects.
    pub(crate) fn objects<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Deflate(extension) => vec![extension.bind(py).clone().into_any()],
            Self::Python(extensions) => extensions.bind(py).iter().collect(),
        }
    }

    /// The extensions as a list.
    pub(crate) fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let objects = self.objects(py);
        new_list(py, objects.len(), objects.into_iter().map(Ok))
    }

    /// Frees the memory that receiving took, since nothing more will be received.
    #[cold]
    pub(crate) fn end_receiving(&self, py: Python<'_>) {
        self.for_each_deflate(py, |deflate| deflate.end_receiving(py));
    }

    /// Frees the memory that sending took, since nothing more will be sent.
    pub(crate) fn end_sending(&self, py: Python<'_>) {
        self.for_each_deflate(py, |deflate| deflate.end_sending(py));
    }

    fn for_each_deflate(&self, py: Python<'_>, action: impl Fn(&PerMessageDeflate)) {
        for extension in self.objects(py) {
            if let Ok(deflate) = extension.cast::<PerMessageDeflate>() {
                action(deflate.get());
            }
        }
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Deflate(extension) => Self::Deflate(extension.clone_ref(py)),
            Self::Python(extensions) => Self::Python(extensions.clone_ref(py)),
        }
    }

    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Deflate(extension) => visit.call(extension),
            Self::Python(extensions) => visit.call(extensions),
        }
    }
}

/// Whether this is exactly `PerMessageDeflate`, with nothing added to the instance.
fn is_ours(extension: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = extension.py();
    let class = Derived::<PerMessageDeflate>::get(py)?;
    if class.cast_exact(extension).is_none() {
        return Ok(false);
    }
    extension.getattr(interned!(py, "__dict__")?)?.is_empty()
}
