//! `wsproto.events`: the event classes, natively.
//!
//! To Python they are frozen dataclasses. Native here are the storage and the constructor; the
//! other methods of a dataclass are added by `wsproto/_frozen.py`.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyTuple, PyType};

mod declaration;

pub(crate) use declaration::EventClass;
use declaration::{Declaration, Default, Event, FieldSpec};

use super::ffi::field::{self, Field, unmade_list};
use super::ffi::free_list;
use super::ffi::objects::{Text, interned, new_dict};

/// Declares an event class: its documentation, its base, its fields (with the annotation's text and
/// the default) and its further methods.
///
/// Gives the struct, and for each field an associated function of its name that reads it from an
/// event.
macro_rules! event {
    (
        $(#[$attribute:meta])*
        $class:ident($count:literal) {
            $($field:ident: $annotation:literal = $default:ident,)*
        }
        $($method:item)*
    ) => {
        $(#[$attribute])*
        #[pyclass(frozen, subclass, extends = Event, module = "wsproto.events")]
        #[allow(clippy::struct_field_names)] // They are Python's.
        pub(crate) struct $class {
            $($field: Field,)*
        }

        impl EventClass<$count> for $class {
            const DECLARATION: &'static Declaration = {
                static DECLARATION: Declaration = Declaration::new(&[
                    $(FieldSpec {
                        name: stringify!($field),
                        annotation: $annotation,
                        default: Default::$default,
                    },)*
                ]);
                &DECLARATION
            };

            #[inline]
            fn initializer([$($field),*]: [Field; $count]) -> PyClassInitializer<Self> {
                PyClassInitializer::from(Event).add_subclass(Self { $($field),* })
            }

            fn fields<'a>(event: &'a Bound<'_, Self>) -> [&'a Field; $count] {
                let event = event.get();
                [$(&event.$field),*]
            }
        }

        #[allow(dead_code)] // Every class has an accessor of each field.
        impl $class {
            $(
                #[inline]
                pub(crate) fn $field<'py>(event: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                    read(event, &event.get().$field, stringify!($field))
                }
            )*
        }

        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = (*_args, **_kwargs), text_signature = None)]
            fn new(
                py: Python<'_>,
                _args: &Bound<'_, PyTuple>,
                _kwargs: Option<&Bound<'_, PyDict>>,
            ) -> PyResult<PyClassInitializer<Self>> {
                Ok(Self::initializer(blank(py, Self::DECLARATION)?))
            }

            fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
                $(self.$field.traverse(&visit)?;)*
                Ok(())
            }

            $($method)*
        }
    };
}

event! {
    /// A client's request to open a WebSocket connection (RFC 6455 section 4.1).
    ///
    /// A server receives it; a client sends it.
    ///
    /// * `host` (str): the value of the `Host` header.
    /// * `target` (str): the request target, that is path and query.
    /// * `extensions` (list of Extension or str): the extensions offered: objects on a client, the
    ///   texts of the offers on a server.
    /// * `extra_headers` (list of pairs of bytes): the headers besides those of the handshake.
    /// * `subprotocols` (list of str): the subprotocols offered, the most preferred first.
    Request(5) {
        host: "str" = Required,
        target: "str" = Required,
        extensions: "Sequence[Extension] | Sequence[str]" = EmptyList,
        extra_headers: "Headers" = EmptyList,
        subprotocols: "list[str]" = EmptyList,
    }
}

event! {
    /// A server's acceptance of the connection (RFC 6455 section 4.2.2).
    ///
    /// A client receives it; a server sends it.
    ///
    /// * `subprotocol` (str or None): the one chosen from those offered.
    /// * `extensions` (list of Extension): those in use. A server gives those that it supports.
    /// * `extra_headers` (list of pairs of bytes): the headers besides those of the handshake.
    AcceptConnection(3) {
        subprotocol: "str | None" = None,
        extensions: "list[Extension]" = EmptyList,
        extra_headers: "Headers" = EmptyList,
    }
}

event! {
    /// A response that rejects the connection (RFC 6455 section 4.2.2, RFC 9110 section 15).
    ///
    /// A client receives it; a server sends it. Its body, if it has one, follows as `RejectData`.
    ///
    /// * `status_code` (int): the status of the HTTP response.
    /// * `headers` (list of pairs of bytes): its headers.
    /// * `has_body` (bool): whether `RejectData` follows. Always true when received, unless the
    ///   status is informational; the body may be empty.
    RejectConnection(3) {
        status_code: "int" = BadRequest,
        headers: "Headers" = EmptyList,
        has_body: "bool" = False,
    }
}

event! {
    /// A piece of the body of a response that rejects the connection (RFC 9110 section 6.4).
    ///
    /// * `data` (bytes): the piece.
    /// * `body_finished` (bool): whether it is the last one.
    RejectData(2) {
        data: "bytes" = Required,
        body_finished: "bool" = True,
    }
}

event! {
    /// The closing handshake, or the end of the connection without one (RFC 6455 section 7).
    ///
    /// The program has to answer it: in the state `REMOTE_CLOSING`, send what `response()` returns.
    ///
    /// * `code` (int): the status code (RFC 6455 section 7.4).
    /// * `reason` (str or None): the reason; at most 123 bytes of UTF-8 are sent.
    CloseConnection(2) {
        code: "int" = Required,
        reason: "str | None" = None,
    }

    /// The close event that answers this one (RFC 6455 section 5.5.1).
    fn response<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        Self::make(slf.py(), [Self::code(slf)?, Self::reason(slf)?])
    }
}

event! {
    /// A piece of a message (RFC 6455 sections 5.4 and 5.6).
    ///
    /// A received message is one or more events of type `TextMessage` or `BytesMessage`, one for
    /// each piece of payload as it arrives. Each event sent is one frame.
    ///
    /// * `data` (str, bytes or bytearray): the piece.
    /// * `frame_finished` (bool): whether it is the last piece of its frame.
    /// * `message_finished` (bool): whether it is the last piece of its message.
    Message(3) {
        data: "T" = Required,
        frame_finished: "bool" = True,
        message_finished: "bool" = True,
    }
}

/// The fields that a class has from `Message`.
macro_rules! inherited {
    ($($field:ident)*) => {
        $(
            #[inline]
            pub(crate) fn $field<'py>(event: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                read(event, &event.as_super().get().$field, stringify!($field))
            }
        )*
    };
}

/// Declares one of the two kinds of `Message`, which differ from it in their name only.
macro_rules! message {
    ($(#[$attribute:meta])* $class:ident) => {
        $(#[$attribute])*
        #[pyclass(frozen, subclass, extends = Message, module = "wsproto.events")]
        pub(crate) struct $class;

        impl EventClass<3> for $class {
            const DECLARATION: &'static Declaration = Message::DECLARATION;

            #[inline]
            fn initializer(fields: [Field; 3]) -> PyClassInitializer<Self> {
                Message::initializer(fields).add_subclass(Self)
            }

            fn fields<'a>(event: &'a Bound<'_, Self>) -> [&'a Field; 3] {
                Message::fields(event.as_super())
            }
        }

        #[allow(dead_code)] // Every class has an accessor of each field.
        impl $class {
            inherited!(data frame_finished message_finished);
        }

        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = (*_args, **_kwargs), text_signature = None)]
            fn new(
                py: Python<'_>,
                _args: &Bound<'_, PyTuple>,
                _kwargs: Option<&Bound<'_, PyDict>>,
            ) -> PyResult<PyClassInitializer<Self>> {
                Ok(Self::initializer(blank(py, Self::DECLARATION)?))
            }
        }
    };
}

message! {
    /// A piece of a text message (RFC 6455 section 5.6): `data` is a `str`.
    ///
    /// A piece ends between code points, so it may be empty while a code point is incomplete. The
    /// other fields are those of `Message`.
    TextMessage
}

message! {
    /// A piece of a binary message (RFC 6455 section 5.6): `data` is `bytes`.
    ///
    /// When sent, `data` may be any buffer. The other fields are those of `Message`.
    BytesMessage
}

event! {
    /// A ping (RFC 6455 section 5.5.2).
    ///
    /// The program has to answer it: send what `response()` returns.
    ///
    /// * `payload` (bytes): at most 125 bytes.
    Ping(1) {
        payload: "bytes" = EmptyBytes,
    }

    /// The pong that answers this ping, with the same payload (RFC 6455 section 5.5.3).
    fn response<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Pong>> {
        Pong::make(slf.py(), [Self::payload(slf)?])
    }
}

event! {
    /// A pong (RFC 6455 section 5.5.3): the answer to a ping, or an unsolicited one.
    ///
    /// * `payload` (bytes): the payload of the ping; at most 125 bytes.
    Pong(1) {
        payload: "bytes" = EmptyBytes,
    }
}

/// A `TextMessage` or `BytesMessage`.
#[inline]
pub(crate) fn new_message<'py, T: EventClass<3>>(
    py: Python<'py>,
    data: Bound<'py, PyAny>,
    frame_finished: bool,
    message_finished: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let flag = |flag| PyBool::new(py, flag).to_owned().into_any();
    let values = [data, flag(frame_finished), flag(message_finished)];
    Ok(T::make(py, values)?.into_any())
}

/// A field of an event: natively if the event is of this very class, as the attribute if it is of a
/// subclass, which may have made something else of it.
#[inline]
fn read<'py, T: EventClass<N>, const N: usize>(
    event: &Bound<'py, T>,
    field: &Field,
    name: &str,
) -> PyResult<Bound<'py, PyAny>> {
    if event.as_any().is_exact_instance_of::<T>()
        && let Some(value) = field.get(event.as_any())
    {
        return Ok(value);
    }
    event.as_any().getattr(Text(name))
}

/// The fields before `__init__` has set them: those with a default that events share have it, as
/// they have it from their class where a dataclass is made by the interpreter.
fn blank<const N: usize>(py: Python<'_>, declaration: &Declaration) -> PyResult<[Field; N]> {
    let mut values = [const { None }; N];
    for (value, field) in values.iter_mut().zip(declaration.fields) {
        *value = field.default.shared(py)?;
    }
    Ok(values.map(Field::new))
}

/// Makes the finished native type what its declaration says.
fn finish<T: EventClass<N>, const N: usize>(
    module: &Bound<'_, PyModule>,
    defaults: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let py = module.py();
    module.add_class::<T>()?;
    let class = py.get_type::<T>();
    short_name(&class)?;
    let own = class
        .getattr(interned!(py, "__base__")?)?
        .is(py.get_type::<Event>());
    if !own {
        // Before there is an instance: from then on a collection may come at any time.
        field::traverse_as_base(&class);
    }
    let event = Bound::new(py, T::initializer(blank(py, T::DECLARATION)?))?;
    T::DECLARATION.describe(&class, own)?;
    for (spec, field) in T::DECLARATION.fields.iter().zip(T::fields(&event)) {
        let is_list = matches!(spec.default, Default::EmptyList);
        field::install(&class, spec.name, is_list, event.as_any(), field)?;
    }
    declaration::install_constructor::<T, N>(&class);
    free_list::install(&class)?;
    defaults.set_item(class, T::DECLARATION.defaults(py)?)
}

/// Lets messages of the interpreter call the class by its name alone, as they do with classes that
/// a `class` statement has made.
fn short_name(class: &Bound<'_, PyType>) -> PyResult<()> {
    class.setattr(interned!(class.py(), "__name__")?, class.name()?)
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // The getters of the lists may not fail to make it.
    unmade_list(module.py())?;
    module.add_class::<Event>()?;
    short_name(&module.py().get_type::<Event>())?;
    module.add_function(wrap_pyfunction!(field::set_instance_dict, module)?)?;
    // For `wsproto/_dataclass.py`, which declares the fields to `dataclasses`.
    let defaults = new_dict(module.py())?;
    finish::<Request, 5>(module, &defaults)?;
    finish::<AcceptConnection, 3>(module, &defaults)?;
    finish::<RejectConnection, 3>(module, &defaults)?;
    finish::<RejectData, 2>(module, &defaults)?;
    finish::<CloseConnection, 2>(module, &defaults)?;
    finish::<Message, 3>(module, &defaults)?;
    finish::<TextMessage, 3>(module, &defaults)?;
    finish::<BytesMessage, 3>(module, &defaults)?;
    finish::<Ping, 1>(module, &defaults)?;
    finish::<Pong, 1>(module, &defaults)?;
    module.add("event_defaults", defaults)
}
