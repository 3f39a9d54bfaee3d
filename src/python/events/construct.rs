//! The constructor of an event class: it binds the arguments of a correct call to the fields. An
//! incorrect one is left to the `__init__` that `dataclasses` generates.

use std::array;
use std::marker::PhantomData;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::declaration::EventClass;
use super::field::Field;
use crate::python::vectorcall::{self, Arguments, Constructor};

/// Lets `class` be called natively.
pub(super) fn install<T: EventClass<N>, const N: usize>(class: &Bound<'_, PyType>) {
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
