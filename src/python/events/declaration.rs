//! `Event`, the base of the event classes, the declaration of their fields, and the constructor
//! that follows from it.

use std::array;
use std::marker::PhantomData;

use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString, PyTuple, PyType};

use crate::python::ffi::field::{Field, unmade_list};
use crate::python::ffi::memory::new_bytes;
use crate::python::ffi::objects::{
    Integer, Text, interned, new_dict, new_error, new_interned, new_tuple,
};
use crate::python::ffi::once::Once;
use crate::python::ffi::vectorcall::{self, Arguments, Constructor};

/// The base class of all events.
#[pyclass(frozen, subclass, weakref, module = "wsproto.events")]
pub(crate) struct Event;

#[pymethods]
impl Event {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = "()")]
    fn new(
        class: &Bound<'_, PyType>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let py = class.py();
        if !args.is_empty() || kwargs.is_some_and(|kwargs| !kwargs.is_empty()) {
            // As `object` does: arguments are for an `__init__`.
            let init = interned!(py, "__init__")?;
            let default = py.get_type::<PyAny>().getattr(init)?;
            if class.getattr(init)?.is(&default) {
                let message = format!("{}() takes no arguments", class.name()?);
                return Err(new_error::<PyTypeError>(py, message));
            }
        }
        Ok(Self)
    }
}

/// The default of a field.
#[derive(Clone, Copy)]
pub(crate) enum Default {
    /// None: the argument is required.
    Required,
    None,
    False,
    True,
    EmptyBytes,
    /// 400, the status code of a refused handshake (RFC 9110 section 15.5.1).
    BadRequest,
    /// A new list for each event.
    EmptyList,
}

/// One field.
pub(crate) struct FieldSpec {
    pub(super) name: &'static str,
    /// The text of its annotation.
    pub(super) annotation: &'static str,
    pub(super) default: Default,
}

/// The fields of a class, in the order of the constructor.
pub(crate) struct Declaration {
    pub(super) fields: &'static [FieldSpec],
    names: Once<Vec<Py<PyString>>>,
}

/// A native event class, with `N` fields.
pub(crate) trait EventClass<const N: usize>: PyClass {
    const DECLARATION: &'static Declaration;

    /// An event of these values, in the order of the constructor.
    #[inline]
    fn make<'py>(py: Python<'py>, values: [Bound<'py, PyAny>; N]) -> PyResult<Bound<'py, Self>> {
        Bound::new(
            py,
            Self::initializer(values.map(|value| Field::new(Some(value)))),
        )
    }

    /// An event of these fields.
    fn initializer(fields: [Field; N]) -> PyClassInitializer<Self>;

    /// The cells of the fields.
    fn fields<'a>(event: &'a Bound<'_, Self>) -> [&'a Field; N];
}

impl Declaration {
    pub(super) const fn new(fields: &'static [FieldSpec]) -> Self {
        Self {
            fields,
            names: Once::new(),
        }
    }

    /// The names of the fields, interned, as the names of keyword arguments and attributes are.
    #[inline]
    pub(super) fn names(&self, py: Python<'_>) -> PyResult<&[Py<PyString>]> {
        let names = self.names.get_or_try_init(py, || {
            let fields = self.fields.iter();
            fields.map(|field| new_interned(py, field.name)).collect()
        })?;
        Ok(names)
    }

    /// Gives `class` the attributes that describe its fields and need no `dataclasses`. A class
    /// whose fields are not its `own` but its base's annotates none.
    pub(super) fn describe(&self, class: &Bound<'_, PyType>, own: bool) -> PyResult<()> {
        let py = class.py();
        let annotations = new_dict(py)?;
        for field in self.fields.iter().filter(|_| own) {
            annotations.set_item(Text(field.name), Text(field.annotation))?;
        }
        class.setattr(interned!(py, "__annotations__")?, annotations)?;
        class.setattr(
            interned!(py, "__match_args__")?,
            new_tuple(
                py,
                self.names(py)?
                    .iter()
                    .map(|name| name.bind(py).as_any().clone()),
            )?,
        )
    }

    /// The defaults by name; for a field whose every default is a list of its own, the type `list`.
    pub(super) fn defaults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let defaults = new_dict(py)?;
        for field in self.fields {
            match field.default {
                Default::EmptyList => {
                    defaults.set_item(Text(field.name), py.get_type::<PyList>())?;
                }
                other => {
                    if let Some(value) = other.value(py)? {
                        defaults.set_item(Text(field.name), value)?;
                    }
                }
            }
        }
        Ok(defaults)
    }
}

impl Default {
    /// The default value for one event, if there is one; a list is made lazily.
    #[inline]
    pub(super) fn value(self, py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
        Ok(match self {
            Self::Required => None,
            Self::None => Some(py.None().into_bound(py)),
            Self::False => Some(PyBool::new(py, false).to_owned().into_any()),
            Self::True => Some(PyBool::new(py, true).to_owned().into_any()),
            Self::EmptyBytes => Some(new_bytes(py, b"")?.into_any()),
            Self::BadRequest => Some(Integer(400).into_pyobject(py)?.into_any()),
            Self::EmptyList => Some(unmade_list(py)?.clone().into_any()),
        })
    }

    /// The default value, if all events share it.
    pub(super) fn shared(self, py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
        match self {
            Self::EmptyList => Ok(None),
            other => other.value(py),
        }
    }
}

/// Lets `class` be called natively.
pub(super) fn install_constructor<T: EventClass<N>, const N: usize>(class: &Bound<'_, PyType>) {
    vectorcall::install::<Fields<T, N>>(class);
}

struct Fields<T, const N: usize>(PhantomData<T>);

impl<T: EventClass<N>, const N: usize> Constructor for Fields<T, N> {
    #[inline]
    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Arguments { py, positional, .. } = *arguments;
        if positional > N {
            return Ok(None);
        }
        // The fields are written where they lie: gathered before there is an event, they would be
        // read back from memory as a whole soon after they are written in parts, which takes longer
        // than all the rest.
        let unset = array::from_fn(|_| Field::new(None));
        let event = Bound::new(py, T::initializer(unset))?;
        let fields = T::fields(&event);
        let mut given = [false; N];
        let names = T::DECLARATION.names(py)?;
        for (nth, value) in arguments.values().enumerate() {
            let index = if nth < positional {
                Some(nth)
            } else {
                arguments.name(nth).and_then(|name| index_of(name, names))
            };
            // A name may be unknown, or that of a field which has its value already.
            let Some((field, given)) = index.and_then(|index| {
                fields
                    .get(index)
                    .zip(given.get_mut(index))
                    .filter(|(_, given)| !**given)
            }) else {
                return Ok(None);
            };
            field.set(event.as_any(), value);
            *given = true;
        }
        let declared = T::DECLARATION.fields.iter();
        for ((field, given), declared) in fields.iter().zip(given).zip(declared) {
            if !given {
                match declared.default.value(py)? {
                    Some(value) => field.set(event.as_any(), value),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(event.into_any()))
    }
}

/// The index of the field of this name; names that are not interned are left to the interpreter.
#[inline]
fn index_of(name: &Bound<'_, PyAny>, names: &[Py<PyString>]) -> Option<usize> {
    names.iter().position(|known| name.is(known))
}
