//! What a connection consists of: its handshake, and the connection that follows that.

use std::ptr;
use std::sync::atomic::Ordering;

use pyo3::prelude::*;

use super::WSConnection;
use crate::python::connection::{Connection, Holder, Opened};
use crate::python::declared::{Declared, declared};
use crate::python::framing::{Framing, Owner};
use crate::python::handshake::{H11Handshake, Opening};
use crate::python::instance::new_instance;
use crate::python::memory::new_bytes;
use crate::python::objects::interned;
use crate::python::part::Part;

/// What callers see of a connection.
#[derive(Default)]
pub(super) struct Objects {
    /// The handshake; nothing if a subclass has not called `__init__`.
    pub(super) handshake: Part,
    /// The connection; nothing until the handshake is complete.
    pub(super) connection: Part,
    /// What shows the connection that is held natively, once somebody has asked for it.
    pub(super) shown: Option<Py<PyAny>>,
}

/// The handshake that is in use.
pub(super) enum InUse<'a, 'py> {
    /// The one that is held natively.
    Own(&'a Opening),
    /// Any other, or the same if its methods are no longer the native ones.
    Object(Bound<'py, PyAny>),
}

/// The connection that follows the handshake.
pub(super) enum Following<'py> {
    /// The one that is held natively, for which there is no object, nor has there to be one.
    Own,
    Object(Bound<'py, PyAny>),
}

impl WSConnection {
    /// What callers see as the handshake.
    pub(super) fn shown_handshake<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        match &slf.get().objects.lock(py).handshake {
            Part::Nothing => return Ok(None),
            Part::Own => {}
            Part::Object(object) => return Ok(Some(object.bind(py).clone())),
        }
        let object = new_instance(py, &declared(py)?.classes.h11_handshake)?;
        object.get().show(slf);
        let object = object.into_any();
        let mut objects = slf.get().objects.lock(py);
        // Another one may have come first, for to make an object may run Python code.
        if let Part::Object(other) = &objects.handshake {
            return Ok(Some(other.bind(py).clone()));
        }
        objects.handshake = Part::Object(object.clone().unbind());
        Ok(Some(object))
    }

    /// What callers see as the connection.
    pub(super) fn shown_connection<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let connection = slf.get().objects.lock(py).connection.clone_ref(py);
        match connection {
            Part::Nothing => Ok(None),
            Part::Own => Self::connection_object(slf).map(Some),
            Part::Object(object) => Ok(Some(object.into_bound(py))),
        }
    }

    /// The handshake that the connection holds itself.
    #[inline]
    pub(crate) fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The handshake that is in use.
    #[inline]
    pub(super) fn handshake_in_use<'a, 'py>(
        slf: &'a Bound<'py, Self>,
        names: &Declared,
    ) -> PyResult<InUse<'a, 'py>> {
        match slf.get().own_handshake(slf.py(), names) {
            Some(opening) => Ok(InUse::Own(opening)),
            None => Self::handshake_object(slf).map(InUse::Object),
        }
    }

    /// The handshake that the connection holds itself, if that is what is in use, and not through methods of somebody
    /// else's.
    #[inline]
    pub(super) fn own_handshake(&self, py: Python<'_>, names: &Declared) -> Option<&Opening> {
        let handshake = self.objects.lock(py).handshake.clone_ref(py);
        let own = match &handshake {
            Part::Nothing => false,
            Part::Own => H11Handshake::has_native_methods(py, names),
            Part::Object(object) => H11Handshake::pristine(names, object.bind(py))
                .is_some_and(|shown| ptr::eq(shown.get().opening(), &raw const self.opening)),
        };
        own.then_some(&self.opening)
    }

    /// The handshake; `None` in its place if a subclass has not called `__init__`, which Python objects to.
    #[inline(never)]
    pub(super) fn handshake_object<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let object = Self::shown_handshake(slf)?;
        Ok(object.unwrap_or_else(|| slf.py().None().into_bound(slf.py())))
    }

    /// The connection that follows, if the handshake is complete.
    #[inline]
    pub(super) fn following<'py>(
        slf: &Bound<'py, Self>,
        names: &Declared,
    ) -> PyResult<Option<Following<'py>>> {
        let py = slf.py();
        let connection = slf.get().objects.lock(py).connection.clone_ref(py);
        match connection {
            Part::Nothing => Ok(None),
            Part::Own if Connection::has_native_methods(py, names) => Ok(Some(Following::Own)),
            Part::Own => Self::connection_object(slf).map(|object| Some(Following::Object(object))),
            Part::Object(object) => Ok(Some(Following::Object(object.into_bound(py)))),
        }
    }

    /// The object that shows the connection held here, which is no longer used without it: it may get methods of its own.
    #[cold]
    pub(crate) fn connection_object<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(object) = &slf.get().objects.lock(py).shown {
            return Ok(object.bind(py).clone());
        }
        let object = new_instance(py, &declared(py)?.classes.connection)?;
        object.get().show(slf);
        let mut objects = slf.get().objects.lock(py);
        // Another one may have come first, for to make an object may run Python code.
        let shown = &mut objects.shown;
        let shown = shown.get_or_insert_with(|| object.clone().into_any().unbind());
        let shown = shown.bind(py).clone();
        if matches!(&objects.connection, Part::Own) {
            objects.connection = Part::Object(shown.clone().unbind());
        }
        Ok(shown)
    }

    /// Hold the connection that follows the handshake natively, with these extensions and fed with what was received
    /// behind the head; whether that can be.
    pub(crate) fn open<'py>(
        slf: &Bound<'py, Self>,
        client: bool,
        extensions: &Bound<'py, PyAny>,
        trailing_data: &[u8],
    ) -> PyResult<bool> {
        let py = slf.py();
        let names = declared(py)?;
        if !Connection::is_native(py, names) || slf.get().has_opened.swap(true, Ordering::Relaxed) {
            return Ok(false);
        }
        let opened = &slf.get().opened;
        opened.begin(py, client, Some(extensions))?;
        if !trailing_data.is_empty() {
            opened.receive(py, Some(new_bytes(py, trailing_data)?.as_any()))?;
        }
        Ok(true)
    }

    pub(super) fn show_handshake(&self, py: Python<'_>, handshake: Part) {
        let old = std::mem::replace(&mut self.objects.lock(py).handshake, handshake);
        // Its destructor may run Python code: not under the lock, which is released by now.
        drop(old);
    }

    pub(super) fn show_connection(&self, py: Python<'_>, connection: Part) {
        let mut objects = self.objects.lock(py);
        let connection = match (connection, &objects.shown) {
            (Part::Own, Some(shown)) => Part::Object(shown.clone_ref(py)),
            (connection, _) => connection,
        };
        let old = std::mem::replace(&mut objects.connection, connection);
        drop(objects);
        // Its destructor may run Python code: not under the lock, which is released by now.
        drop(old);
    }

    pub(super) fn take_connection(slf: &Bound<'_, Self>, names: &Declared) -> PyResult<()> {
        let py = slf.py();
        let connection = match Self::handshake_in_use(slf, names)? {
            InUse::Own(opening) => opening.connection(py),
            InUse::Object(object) => {
                let connection = object.getattr(interned!(py, "connection")?)?;
                Part::of((!connection.is_none()).then(|| connection.unbind()))
            }
        };
        let limit = slf.get().max_message_size();
        match &connection {
            Part::Nothing => return Ok(()),
            Part::Own if limit.is_some() => slf.get().opened.set_max_message_size(py, limit)?,
            Part::Object(object) if limit.is_some() => {
                // A connection of another make has limits of its own, if any.
                if let Ok(connection) = object.bind(py).cast::<Connection>() {
                    connection.get().opened().set_max_message_size(py, limit)?;
                }
            }
            Part::Own | Part::Object(_) => {}
        }
        slf.get().show_connection(py, connection);
        Ok(())
    }
}

impl Holder for WSConnection {
    #[inline]
    fn opened(&self) -> &Opened {
        &self.opened
    }
}

impl Owner for WSConnection {
    #[inline]
    fn framing(&self) -> &Framing {
        self.opened.framing()
    }

    fn protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Connection::protocol(Self::connection_object(slf)?.cast()?)
    }

    fn decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Connection::decoder(Self::connection_object(slf)?.cast()?)
    }
}

/// The handshake of a connection of this type, at its beginning.
#[inline]
pub(super) fn new_handshake(
    names: &Declared,
    connection_type: &Bound<'_, PyAny>,
) -> PyResult<Part> {
    let class = &names.classes.h11_handshake;
    if class.has_other_init() {
        let class = class.class().bind(connection_type.py());
        return Ok(Part::Object(class.call1((connection_type,))?.unbind()));
    }
    Ok(Part::Own)
}

impl InUse<'_, '_> {
    /// The native handshake, if its methods are the native ones.
    #[inline]
    pub(super) fn native(&self, names: &Declared) -> Option<&Opening> {
        match self {
            Self::Own(opening) => Some(opening),
            Self::Object(object) => {
                let handshake = H11Handshake::pristine(names, object)?;
                Some(handshake.get().opening())
            }
        }
    }
}
