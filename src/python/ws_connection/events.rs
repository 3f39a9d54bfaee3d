//! What `WSConnection.events` returns.

use pyo3::prelude::*;

use super::WSConnection;
use super::parts::{Following, InUse};
use crate::python::connection::{Connection, Progress};
use crate::python::declared::{Declared, declared};
use crate::python::generator::{Body, Generator, Thrown, YieldFrom, Yielded};
use crate::python::handshake::H11Handshake;
use crate::python::lock::Lock;
use crate::python::objects::interned;
use crate::python::part::Part;
use crate::python::recursion;

/// An iterator with the methods of a generator.
#[pyclass(frozen, extends = Generator, module = "wsproto")]
pub(super) struct WSConnectionEvents {
    owner: Py<WSConnection>,
    /// The connection that there was when this was made, if its methods were the native ones. It is in most cases
    /// what there is to iterate over, so that no reference has to be taken at each step.
    connection: Option<Native>,
    source: Lock<Source>,
    /// How far the pass over the events of the connection has come.
    progress: Progress,
}

/// A connection whose methods are the native ones.
enum Native {
    /// The one that the owner holds itself.
    Own,
    Object(Py<Connection>),
}

/// What an iterator goes through next.
enum Source {
    /// The handshake, and then the connection.
    Handshake,
    /// A handshake whose methods were the native ones, the owner's own one or another that is shown by this object,
    /// and then the connection.
    NativeHandshake(Option<Py<H11Handshake>>),
    /// An iterator that the handshake has made, and then the connection.
    HandshakeIterator(Py<PyAny>),
    /// The connection, of which there may be none.
    Connection,
    /// The connection that there was when the iterator was made.
    Native,
    /// The connection that the handshake has led to since, if its methods were the native ones.
    Opened(Native),
    /// An iterator that some other connection has made.
    ConnectionIterator(Py<PyAny>),
    /// Nothing any more.
    Nothing,
}

#[pymethods]
impl WSConnectionEvents {
    fn __next__<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        Generator::next(slf)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.owner)?;
        if let Some(connection) = &self.connection {
            connection.traverse(&visit)?;
        }
        match self.source.try_lock(&visit).as_deref() {
            Some(Source::HandshakeIterator(iterator) | Source::ConnectionIterator(iterator)) => {
                visit.call(iterator)
            }
            Some(Source::Opened(connection)) => connection.traverse(&visit),
            Some(Source::NativeHandshake(handshake)) => visit.call(handshake),
            // What is locked is in use, so it is not garbage.
            Some(Source::Handshake | Source::Connection | Source::Native | Source::Nothing)
            | None => Ok(()),
        }
    }

    fn __clear__(&self, py: Python<'_>) {
        self.go_on_with(py, Source::Nothing);
    }
}

impl Body for WSConnectionEvents {
    #[inline]
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        slf.get().advance(slf.py())
    }

    fn send<'py>(slf: &Bound<'py, Self>, value: &Bound<'py, PyAny>) -> Yielded<'py> {
        match slf.get().foreign(slf.py()) {
            Some(iterator) => slf.get().unless_ended(slf.py(), iterator.send(value)),
            None => Ok(None),
        }
    }

    fn throw<'py>(slf: &Bound<'py, Self>, thrown: &Thrown<'py>) -> PyResult<Yielded<'py>> {
        let py = slf.py();
        let events = slf.get();
        match events.foreign(py) {
            Some(iterator) => {
                let yielded = iterator.throw(thrown)?;
                Ok(events.unless_ended(py, yielded))
            }
            // What is wrong with the arguments is raised as well: it is the iterator of the handshake or of the
            // connection that says so.
            None => Ok(thrown.error().and_then(|error| events.catch(py, error))),
        }
    }

    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        match slf.get().foreign(slf.py()) {
            Some(iterator) => iterator.close(),
            None => Ok(()),
        }
    }

    fn end(slf: &Bound<'_, Self>) {
        slf.get().go_on_with(slf.py(), Source::Nothing);
    }
}

impl WSConnectionEvents {
    /// Over what a connection has received and will receive, from where it stands when this is advanced.
    pub(super) fn over(owner: Bound<'_, WSConnection>) -> PyResult<Bound<'_, Self>> {
        let py = owner.py();
        let names = declared(py)?;
        let connection = Native::of(WSConnection::following(&owner, names)?, names);
        let events = Self {
            owner: owner.unbind(),
            connection,
            source: Lock::new(Source::Handshake),
            progress: Progress::new(),
        };
        Generator::of(py, events)
    }

    /// The iterator that the events come from, if it was made by some other handshake or connection.
    fn foreign<'py>(&self, py: Python<'py>) -> Option<YieldFrom<'py>> {
        match &*self.source.lock(py) {
            Source::HandshakeIterator(iterator) | Source::ConnectionIterator(iterator) => {
                Some(YieldFrom(iterator.bind(py).clone()))
            }
            Source::Handshake
            | Source::NativeHandshake(_)
            | Source::Connection
            | Source::Native
            | Source::Opened(_)
            | Source::Nothing => None,
        }
    }

    /// What such an iterator has yielded; if it has come to its end, there is no coming back to it.
    fn unless_ended<'py>(&self, py: Python<'py>, yielded: Yielded<'py>) -> Yielded<'py> {
        if let Ok(None) = yielded {
            let of_handshake = matches!(&*self.source.lock(py), Source::HandshakeIterator(_));
            let next = if of_handshake {
                Source::Connection
            } else {
                Source::Nothing
            };
            self.go_on_with(py, next);
        }
        yielded
    }

    /// An exception is raised in the iteration over a native handshake or connection.
    fn catch<'py>(&self, py: Python<'py>, error: PyErr) -> Yielded<'py> {
        match &*self.source.lock(py) {
            Source::Native | Source::Opened(_) => {}
            _ => return Err(error),
        }
        self.progress.catch(py, error)
    }

    #[inline]
    fn advance<'py>(&self, py: Python<'py>) -> Yielded<'py> {
        if let Some(connection) = &self.connection
            && self.has_come_to(py, connection)?
        {
            return self.advance_in(py, connection);
        }
        self.advance_otherwise(py)
    }

    #[inline]
    fn advance_in<'py>(&self, py: Python<'py>, connection: &Native) -> Yielded<'py> {
        match connection {
            Native::Own => self.progress.advance(self.owner.bind(py)),
            Native::Object(connection) => self.progress.advance(connection.bind(py)),
        }
    }

    /// Whether what comes next are the events of the connection, whose methods are the native ones.
    #[inline]
    fn has_come_to(&self, py: Python<'_>, connection: &Native) -> PyResult<bool> {
        match &*self.source.lock(py) {
            Source::Native => return Ok(true),
            Source::Handshake => {}
            _ => return Ok(false),
        }
        let all = leaves_all_to(self.owner.bind(py), declared(py)?, connection)?;
        if all {
            self.go_on_with(py, Source::Native);
        }
        Ok(all)
    }

    #[inline(never)]
    fn advance_otherwise<'py>(&self, py: Python<'py>) -> Yielded<'py> {
        let _level = recursion::enter(py)?;
        let source = self.source.lock(py).clone_ref(py);
        match source {
            Source::Handshake => self.begin(py),
            Source::NativeHandshake(shown) => self.advance_in_handshake(py, shown.as_ref()),
            Source::HandshakeIterator(iterator) => {
                self.advance_in_handshake_iterator(iterator.bind(py))
            }
            Source::Connection => self.begin_connection(py),
            Source::Opened(connection) => self.advance_in(py, &connection),
            Source::ConnectionIterator(iterator) => {
                iterator.bind(py).try_iter()?.next().transpose()
            }
            Source::Native | Source::Nothing => Ok(None),
        }
    }

    fn begin<'py>(&self, py: Python<'py>) -> Yielded<'py> {
        let names = declared(py)?;
        match WSConnection::handshake_in_use(self.owner.bind(py), names)? {
            InUse::Own(_) => {
                self.go_on_with(py, Source::NativeHandshake(None));
                self.advance_in_handshake(py, None)
            }
            InUse::Object(object) => match H11Handshake::pristine(names, &object) {
                Some(shown) => {
                    let shown = shown.clone().unbind();
                    self.go_on_with(py, Source::NativeHandshake(Some(shown.clone_ref(py))));
                    self.advance_in_handshake(py, Some(&shown))
                }
                None => {
                    let iterator = object.call_method0(interned!(py, "events")?)?.try_iter()?;
                    let iterator = iterator.into_any();
                    self.go_on_with(py, Source::HandshakeIterator(iterator.clone().unbind()));
                    self.advance_in_handshake_iterator(&iterator)
                }
            },
        }
    }

    #[inline]
    fn advance_in_handshake<'py>(
        &self,
        py: Python<'py>,
        shown: Option<&Py<H11Handshake>>,
    ) -> Yielded<'py> {
        let opening = match shown {
            Some(shown) => shown.get().opening(),
            None => self.owner.get().opening(),
        };
        match opening.next_event(py)? {
            Some(event) => Ok(Some(event)),
            None => self.begin_connection(py),
        }
    }

    fn advance_in_handshake_iterator<'py>(&self, iterator: &Bound<'py, PyAny>) -> Yielded<'py> {
        match iterator.try_iter()?.next() {
            Some(event) => event.map(Some),
            None => self.begin_connection(iterator.py()),
        }
    }

    fn begin_connection<'py>(&self, py: Python<'py>) -> Yielded<'py> {
        let names = declared(py)?;
        match WSConnection::following(self.owner.bind(py), names)? {
            Some(Following::Object(connection))
                if Connection::pristine(names, &connection).is_none() =>
            {
                let iterator = connection
                    .call_method0(interned!(py, "events")?)?
                    .try_iter()?;
                let iterator = iterator.into_any();
                self.go_on_with(py, Source::ConnectionIterator(iterator.clone().unbind()));
                iterator.try_iter()?.next().transpose()
            }
            following => match Native::of(following, names) {
                Some(native) => {
                    self.go_on_with(py, Source::Opened(native.clone_ref(py)));
                    self.advance_in(py, &native)
                }
                None => {
                    self.go_on_with(py, Source::Nothing);
                    Ok(None)
                }
            },
        }
    }

    #[inline]
    fn go_on_with(&self, py: Python<'_>, source: Source) {
        let old = std::mem::replace(&mut *self.source.lock(py), source);
        // Their destructors may run Python code: not under the lock, which is released by now.
        match old {
            Source::HandshakeIterator(iterator) | Source::ConnectionIterator(iterator) => {
                drop(iterator.into_bound(py));
            }
            Source::Opened(Native::Object(connection)) => drop(connection.into_bound(py)),
            Source::NativeHandshake(Some(handshake)) => drop(handshake.into_bound(py)),
            Source::Handshake
            | Source::NativeHandshake(None)
            | Source::Connection
            | Source::Native
            | Source::Opened(Native::Own)
            | Source::Nothing => {}
        }
    }
}

/// Whether there is nothing to be had but from this connection, which is its owner's: the handshake has no events to
/// give, and it is a native one as the connection is.
#[inline]
fn leaves_all_to(
    owner: &Bound<'_, WSConnection>,
    names: &Declared,
    connection: &Native,
) -> PyResult<bool> {
    let py = owner.py();
    let is_owners = match (&owner.get().objects.lock(py).connection, connection) {
        (Part::Own, Native::Own) => true,
        (Part::Object(own), Native::Object(connection)) => own.is(connection),
        _ => false,
    };
    if !is_owners || !connection.is_pristine(py, names) {
        return Ok(false);
    }
    let handshake = WSConnection::handshake_in_use(owner, names)?;
    let opening = handshake.native(names);
    Ok(opening.is_some_and(|opening| opening.is_drained(py)))
}

impl Native {
    /// The connection that follows, if its methods are the native ones.
    #[inline]
    fn of(following: Option<Following<'_>>, names: &Declared) -> Option<Self> {
        match following? {
            Following::Own => Some(Self::Own),
            Following::Object(connection) => {
                let connection = Connection::pristine(names, &connection)?;
                Some(Self::Object(connection.clone().unbind()))
            }
        }
    }

    /// Whether they are the native ones still.
    #[inline]
    fn is_pristine(&self, py: Python<'_>, names: &Declared) -> bool {
        match self {
            Self::Own => Connection::has_native_methods(py, names),
            Self::Object(connection) => {
                Connection::pristine(names, connection.bind(py).as_any()).is_some()
            }
        }
    }

    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Own => Self::Own,
            Self::Object(connection) => Self::Object(connection.clone_ref(py)),
        }
    }

    fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match self {
            Self::Own => Ok(()),
            Self::Object(connection) => visit.call(connection),
        }
    }
}

impl Source {
    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Handshake => Self::Handshake,
            Self::NativeHandshake(handshake) => {
                Self::NativeHandshake(handshake.as_ref().map(|handshake| handshake.clone_ref(py)))
            }
            Self::HandshakeIterator(iterator) => Self::HandshakeIterator(iterator.clone_ref(py)),
            Self::Connection => Self::Connection,
            Self::Native => Self::Native,
            Self::Opened(connection) => Self::Opened(connection.clone_ref(py)),
            Self::ConnectionIterator(iterator) => Self::ConnectionIterator(iterator.clone_ref(py)),
            Self::Nothing => Self::Nothing,
        }
    }
}
