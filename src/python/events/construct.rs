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
    // Which argument gives each field.
    let mut given: [Option<usize>; N] =
        array::from_fn(|index| (index < arguments.positional).then_some(index));
    if let Some(names) = &arguments.names {
        let known = declaration.names(arguments.py);
        for (nth, name) in names.iter_borrowed().enumerate() {
            let index = known.iter().position(|known| known.is(name))?;
            let slot = given.get_mut(index)?;
            if slot.is_some() {
                return None;
            }
            *slot = Some(arguments.positional + nth);
        }
    }
    let mut fields = given.iter().zip(declaration.fields);
    if fields.any(|(given, field)| given.is_none() && field.default.is_required()) {
        return None;
    }
    let mut fields = given.iter().zip(declaration.fields);
    Some(array::from_fn(|_| {
        Field::new(fields.next().and_then(|(given, field)| match given {
            Some(index) => arguments.value(*index),
            None => field.default.value(arguments.py),
        }))
    }))
}
