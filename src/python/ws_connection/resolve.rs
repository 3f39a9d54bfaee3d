//! The handshake of a `WSConnection` and the connection that follows it: native, or whatever
//! objects were put in their places.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::WSConnection;
use crate::python::connection::{Connection, ConnectionCore, Holder, new_connection};
use crate::python::fallback;
use crate::python::ffi::lock::Guard;
use crate::python::ffi::objects::interned;
use crate::python::ffi::overrides::Derived;
use crate::python::ffi::vectorcall::new_instance;
use crate::python::ffi::view::{Found, LazyAttribute, View, Viewed};
use crate::python::framing::{Framing, Owner};
use crate::python::handshake::{H11Handshake, HandshakeCore};

/// The part in use of a `WSConnection` of which nothing was replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Handshake,
    Connection,
}

/// The attributes of a `WSConnection`.
#[derive(Default)]
pub(super) struct Attributes {
    /// `None` if a subclass has not called `__init__`.
    pub(super) handshake: Viewed<H11Handshake>,
    /// `None` until the handshake is complete.
    pub(super) connection: Viewed<Connection>,
}

impl WSConnection {
    /// The part in use, if it is native: the handshake and the connection, if there is one, are
    /// those held here, and have the methods that they were defined with. Otherwise
    /// `wsproto._fallback` has to look everything up.
    #[inline]
    pub(super) fn native_phase(&self, py: Python<'_>) -> Option<Phase> {
        let attributes = self.attributes(py);
        let (handshake, connection) = (attributes.handshake.find(), attributes.connection.find());
        drop(attributes);
        match (handshake, connection) {
            _ if !Derived::<H11Handshake>::is_native(py) => None,
            (Found::Native, Found::None) => Some(Phase::Handshake),
            (Found::Native, Found::Native) if Derived::<Connection>::is_native(py) => {
                Some(Phase::Connection)
            }
            _ => None,
        }
    }

    /// The attributes. No Python code may run while they are held.
    pub(super) fn attributes<'a>(&'a self, py: Python<'a>) -> Guard<'a, Attributes> {
        self.attributes.lock(py)
    }

    /// The object in the attribute `handshake`.
    pub(super) fn handshake_object<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let handshake = slf.get().attributes(slf.py()).handshake.attribute(slf.py());
        object(slf.py(), handshake, || Self::handshake_view(slf))
    }

    /// The object in the attribute `connection`.
    pub(super) fn connection_object<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let connection = slf
            .get()
            .attributes(slf.py())
            .connection
            .attribute(slf.py());
        object(slf.py(), connection, || Self::connection_view(slf))
    }

    /// The view of the handshake held here.
    #[cold]
    pub(super) fn handshake_view<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<Bound<'py, H11Handshake>> {
        view(
            slf,
            |attributes| &mut attributes.handshake,
            Self::handshake_core,
        )
    }

    /// The view of the connection held here.
    #[cold]
    pub(super) fn connection_view<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Connection>> {
        view(slf, |attributes| &mut attributes.connection, Self::core)
    }

    /// Begin anew with this handshake, and without a connection.
    pub(super) fn begin(&self, py: Python<'_>, handshake: LazyAttribute) {
        let mut attributes = self.attributes(py);
        // The view of the old one is not that of the new one.
        let handshake = Viewed::from(handshake);
        let old = (
            std::mem::replace(&mut attributes.handshake, handshake),
            attributes.connection.replace(LazyAttribute::None),
        );
        drop(attributes);
        // Dropped after the lock is released: destructors may run Python code.
        drop(old);
    }

    pub(super) fn replace_handshake(&self, py: Python<'_>, handshake: LazyAttribute) {
        let old = self.attributes(py).handshake.replace(handshake);
        // Dropped after the lock is released: its destructor may run Python code.
        drop(old);
    }

    pub(super) fn replace_connection(&self, py: Python<'_>, connection: LazyAttribute) {
        let old = self.attributes(py).connection.replace(connection);
        // Dropped after the lock is released: its destructor may run Python code.
        drop(old);
    }

    /// Open the connection that the handshake has agreed on, with these extensions and fed with
    /// what was received after the head. It is held here, unless another one has been, which
    /// objects may show.
    pub(super) fn open<'py>(
        slf: &Bound<'py, Self>,
        extensions: &Bound<'py, PyAny>,
        trailing_data: &Bound<'py, PyBytes>,
    ) -> PyResult<LazyAttribute> {
        let py = slf.py();
        let role = slf.get().handshake_core.role();
        if !Derived::<Connection>::is_native(py)
            || slf.get().has_opened.swap(true, Ordering::Relaxed)
        {
            return new_connection(role, extensions, trailing_data);
        }
        let core = &slf.get().connection_core;
        core.open(py, role, extensions, trailing_data)?;
        Ok(LazyAttribute::Native)
    }

    /// Take the connection that the handshake has led to, if it has led to one.
    pub(super) fn follow_handshake(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        // Code that the handshake has called may have replaced it.
        if slf.get().native_phase(py) != Some(Phase::Handshake) {
            return fallback::call(py, interned!(py, "follow_handshake")?, (slf,)).map(drop);
        }
        let connection = slf.get().handshake_core.connection(py);
        if matches!(connection, LazyAttribute::None) {
            return Ok(());
        }
        if let LazyAttribute::Object(connection) = &connection {
            slf.get().limit_messages(connection.bind(py))?;
        }
        slf.get().replace_connection(py, connection);
        Ok(())
    }

    /// Sets `max_message_size` on the connection that the handshake has led to. One of another make
    /// has limits of its own, if any.
    pub(super) fn limit_messages(&self, connection: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = connection.py();
        match (self.max_message_size(py)?, connection.cast::<Connection>()) {
            (limit @ Some(_), Ok(connection)) => {
                connection.get().core().set_max_message_size(py, limit)
            }
            _ => Ok(()),
        }
    }

    /// The handshake that is held here.
    #[inline]
    pub(super) fn handshake_core(&self) -> &HandshakeCore {
        &self.handshake_core
    }
}

/// The object for the value of an attribute.
fn object<'py, T>(
    py: Python<'py>,
    value: LazyAttribute,
    view: impl FnOnce() -> PyResult<Bound<'py, T>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match value {
        LazyAttribute::None => Ok(None),
        LazyAttribute::Native => Ok(Some(view()?.into_any())),
        LazyAttribute::Object(object) => Ok(Some(object.into_bound(py))),
    }
}

/// The view that belongs to an attribute.
fn view<'py, T: View>(
    slf: &Bound<'py, WSConnection>,
    viewed: impl Fn(&mut Attributes) -> &mut Viewed<T>,
    state: impl for<'a> FnOnce(&'a WSConnection) -> &'a T::State,
) -> PyResult<Bound<'py, T>> {
    let py = slf.py();
    let view = viewed(&mut slf.get().attributes(py)).view(py);
    if let Some(view) = view {
        return Ok(view);
    }
    // Python code may run in this, and ask for the view.
    let view = new_instance::<T>(py)?;
    view.get().backing().show(slf, state);
    Ok(viewed(&mut slf.get().attributes(py)).show(&view))
}

impl Holder for WSConnection {
    #[inline]
    fn core(&self) -> &ConnectionCore {
        &self.connection_core
    }
}

impl Owner for WSConnection {
    #[inline]
    fn framing(&self) -> &Framing {
        self.connection_core.framing()
    }

    fn protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Connection::protocol(&Self::connection_view(slf)?)
    }

    fn decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Connection::decoder(&Self::connection_view(slf)?)
    }
}

/// The handshake of a connection of this type, at its beginning.
#[inline]
pub(super) fn new_handshake(connection_type: &Bound<'_, PyAny>) -> PyResult<LazyAttribute> {
    let py = connection_type.py();
    if Derived::<H11Handshake>::is_native(py) {
        return Ok(LazyAttribute::Native);
    }
    let class = Derived::<H11Handshake>::get(py)?.class().bind(py);
    let handshake = class.call1((connection_type,))?;
    Ok(LazyAttribute::Object(handshake.unbind()))
}
