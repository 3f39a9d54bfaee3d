//! The constructor of an event class: it binds the arguments of a correct call to the fields. An incorrect one is
//! left to the `__init__` that `dataclasses` generates.

use std::array;
use std::marker::PhantomData;

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::declaration::{Declaration, EventClass};
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
        let Some(fields) = bind(arguments, T::DECLARATION) else {
            return Ok(None);
        };
        Bound::new(arguments.py, T::initializer(fields)).map(|event| Some(event.into_any()))
    }
}

/// The fields that the arguments and the defaults give; `None` unless each is given once.
#[inline]
fn bind<const N: usize>(
    arguments: &Arguments<'_, '_>,
    declaration: &Declaration,
) -> Option<[Field; N]> {
    if arguments.positional > N {
        return None;
    }
    let mut given: [Option<Bound<'_, PyAny>>; N] = array::from_fn(|index| {
        (index < arguments.positional)
            .then(|| arguments.value(index))
            .flatten()
    });
    if let Some(names) = &arguments.names {
        let known = declaration.names(arguments.py);
        for (nth, name) in names.iter_borrowed().enumerate() {
            let index = known.iter().position(|known| known.is(name))?;
            let slot = given.get_mut(index)?;
            if slot.is_some() {
                return None;
            }
            *slot = arguments.value(arguments.positional + nth);
        }
    }
    for (slot, field) in given.iter_mut().zip(declaration.fields) {
        if slot.is_none() {
            *slot = Some(field.default.value(arguments.py)?);
        }
    }
    Some(given.map(Field::new))
}
