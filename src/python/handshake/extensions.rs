//! Agreeing on extensions (RFC 6455 section 9.1), which are Python objects.

use pyo3::exceptions::PyAssertionError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyList, PyString};

use crate::protocol::handshake::trim;
use crate::python::arguments::encode_ascii;
use crate::python::error::{formatted, remote_error};
use crate::python::ffi::memory::{ascii_to_string, new_bytes};
use crate::python::ffi::objects::{bare_error, interned, new_dict, new_empty_list};
use crate::python::py_types::py_types;

/// Accept offers as the server (RFC 6455 section 9.1).
///
/// An extension that has accepted an offer is not asked about later ones.
///
/// :param requested: the offers, as ``str``: a name, then its parameters after semicolons.
/// :param supported: the extensions to ask.
/// :returns: the value of the response header, as bytes, or ``None`` if no offer is accepted.
#[pyfunction]
pub(super) fn server_extensions_handshake<'py>(
    requested: &Bound<'py, PyAny>,
    supported: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let py = requested.py();
    let accepted = new_dict(py)?;
    let mut settled: Vec<Bound<'py, PyAny>> = Vec::new();
    for offer in requested.try_iter()? {
        let offer = offer?;
        let name = name_of(&offer)?;
        for extension in supported.try_iter()? {
            let extension = extension?;
            let own_name = extension.getattr(interned!(py, "name")?)?;
            if settled.iter().any(|other| other.is(&extension)) || !own_name.eq(&name)? {
                continue;
            }
            let answer = extension.call_method1(interned!(py, "accept")?, (&offer,))?;
            if answer.is_instance_of::<PyBool>() {
                if !answer.is_truthy()? {
                    continue;
                }
                accepted.set_item(own_name, answer)?;
            } else if answer.is_none() {
                continue;
            } else {
                let parameters = encode_ascii(&answer)?;
                if parameters.as_bytes().is_empty() {
                    accepted.set_item(own_name, true)?;
                } else {
                    accepted.set_item(own_name, parameters)?;
                }
            }
            settled.push(extension);
        }
    }
    join(&accepted)?
        .map(|value| new_bytes(py, &value))
        .transpose()
}

/// Apply the extensions that the server accepted, as the client (RFC 6455 section 9.1).
///
/// :param accepted: the elements of the server's header, as ``str``: a name, then its parameters
///     after semicolons.
/// :param supported: the extensions that were offered.
/// :returns: the list of those in use.
/// :raises RemoteProtocolError: if the server accepted an extension that was not offered.
#[pyfunction]
pub(super) fn client_extensions_handshake<'py>(
    accepted: &Bound<'py, PyAny>,
    supported: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyList>> {
    let py = accepted.py();
    let extensions = new_empty_list(py)?;
    for accept in accepted.try_iter()? {
        let accept = accept?;
        let name = name_of(&accept)?;
        let extension = find(supported, &name)?;
        let Some(extension) = extension else {
            let text = formatted(interned!(py, "unrecognized extension {}")?, (name,))?;
            return Err(remote_error(py, text));
        };
        extension.call_method1(interned!(py, "finalize")?, (&accept,))?;
        extensions.append(extension)?;
    }
    Ok(extensions)
}

/// The value of the header that offers these extensions, if they offer anything.
pub(super) fn offer(extensions: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    let py = extensions.py();
    let offers = new_dict(py)?;
    for extension in extensions.try_iter()? {
        let extension = extension?;
        if !extension.is_instance(py_types(py)?.extension.bind(py))? {
            return Err(bare_error::<PyAssertionError>());
        }
        let name = extension.getattr(interned!(py, "name")?)?;
        offers.set_item(name, extension.call_method0(interned!(py, "offer")?)?)?;
    }
    let made = new_dict(py)?;
    for (name, offer) in offers {
        if !offer.is_instance_of::<PyBool>() {
            made.set_item(name, encode_ascii(&offer)?)?;
        } else if offer.is_truthy()? {
            made.set_item(name, offer)?;
        }
    }
    join(&made)
}

/// The first extension of this name.
fn find<'py>(
    supported: &Bound<'py, PyAny>,
    name: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    for extension in supported.try_iter()? {
        let extension = extension?;
        if extension.getattr(interned!(name.py(), "name")?)?.eq(name)? {
            return Ok(Some(extension));
        }
    }
    Ok(None)
}

/// The name of the extension in an offer: what stands before the parameters.
fn name_of<'py>(offer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = offer.py();
    if let Ok(text) = offer.cast_exact::<PyString>()
        && let Ok(text) = text.to_str()
        && text.is_ascii()
    {
        let name = text.split(';').next().unwrap_or_default();
        let name = trim(name.as_bytes());
        return Ok(ascii_to_string(py, name)?.into_any());
    }
    let parts = offer.call_method1(interned!(py, "split")?, (interned!(py, ";")?, 1))?;
    parts.get_item(0)?.call_method0(interned!(py, "strip")?)
}

/// Extensions by name, each with its parameters as bytes or `True` for none, as the value of a
/// header.
fn join(extensions: &Bound<'_, PyDict>) -> PyResult<Option<Vec<u8>>> {
    let mut value = Vec::new();
    for (name, parameters) in extensions {
        if !value.is_empty() {
            value.extend_from_slice(b", ");
        }
        value.extend_from_slice(encode_ascii(&name)?.as_bytes());
        if let Ok(parameters) = parameters.cast::<PyBytes>() {
            value.extend_from_slice(b"; ");
            value.extend_from_slice(parameters.as_bytes());
        }
    }
    Ok((!extensions.is_empty()).then_some(value))
}
