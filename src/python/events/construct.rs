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
        if arguments.positional > N {
            return Ok(None);
        }
        // The fields are written where they lie: gathered before there is an event, they would be read back from
        // memory as a whole soon after they are written in parts, which takes longer than all the rest.
        let unset = array::from_fn(|_| Field::new(None));
        let event = Bound::new(arguments.py, T::initializer(unset))?;
        let mut binding = Binding {
            arguments,
            declaration: T::DECLARATION,
            named: 0,
        };
        for (index, field) in T::fields(&event).into_iter().enumerate() {
            match binding.value(index) {
                Some(value) => field.set(event.as_any(), value),
                None => return Ok(None),
            }
        }
        // A name that no field has been found by is unknown, or has been given twice.
        let bound = binding.named == binding.names().len();
        Ok(bound.then(|| event.into_any()))
    }
}

/// Which value each field has.
struct Binding<'a, 'py> {
    arguments: &'a Arguments<'a, 'py>,
    declaration: &'a Declaration,
    /// How many fields were given by name.
    named: usize,
}

impl<'py> Binding<'_, 'py> {
    fn names(&self) -> &[Bound<'py, PyAny>] {
        self.arguments
            .names
            .as_ref()
            .map_or(&[], |names| names.as_slice())
    }

    /// The value of a field; none if it is missing.
    #[inline(never)]
    fn value(&mut self, field: usize) -> Option<Bound<'py, PyAny>> {
        let Arguments { py, positional, .. } = *self.arguments;
        if field < positional {
            return self.arguments.value(field);
        }
        let name = self.declaration.names(py).get(field)?;
        match self.names().iter().position(|given| given.is(name)) {
            Some(nth) => {
                self.named += 1;
                self.arguments.value(positional + nth)
            }
            None => self.declaration.fields.get(field)?.default.value(py),
        }
    }
}
