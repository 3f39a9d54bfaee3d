//! Integer arguments with bounds.

use std::ops::RangeInclusive;

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;

use super::objects::new_error;

/// The largest size in bytes of an object.
pub(crate) const MAX_SIZE: usize = isize::MAX.unsigned_abs();

/// An argument, which must be an integer within these bounds.
///
/// # Errors
///
/// A `TypeError` if it is no integer, a `ValueError` if it is out of bounds.
pub(crate) fn whole<T>(
    name: &str,
    argument: &Bound<'_, PyAny>,
    bounds: RangeInclusive<T>,
) -> PyResult<T>
where
    T: for<'a, 'py> FromPyObject<'a, 'py, Error = PyErr> + PartialOrd + std::fmt::Display,
{
    match argument.extract() {
        Ok(number) if bounds.contains(&number) => Ok(number),
        Err(error) if !error.is_instance_of::<PyOverflowError>(argument.py()) => Err(error),
        _ => {
            let (least, most) = bounds.into_inner();
            let message = format!("{name} must be between {least} and {most} inclusive");
            Err(new_error::<PyValueError>(argument.py(), message))
        }
    }
}
