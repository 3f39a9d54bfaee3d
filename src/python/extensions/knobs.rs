//! The options of `PerMessageDeflate` that are not negotiated.

use pyo3::prelude::*;

use crate::protocol::deflate::Effort;
use crate::protocol::permessage_deflate::Policy;
use crate::python::whole::{MAX_SIZE, whole};

/// How to compress, and how much to inflate at once.
#[derive(Clone, Copy)]
pub(crate) struct Knobs {
    pub(crate) policy: Policy,
    /// The most that one step of receiving inflates, in bytes; at least 1.
    pub(crate) max_piece_size: usize,
}

/// The arguments that set them. Their defaults are those of the constructor in Python.
pub(super) struct Arguments<'py> {
    pub(super) compression_level: Option<Bound<'py, PyAny>>,
    pub(super) memory_level: Bound<'py, PyAny>,
    pub(super) min_size: Bound<'py, PyAny>,
    pub(super) max_piece_size: Bound<'py, PyAny>,
}

impl Knobs {
    /// Those of an instance whose `__init__` has not been called.
    pub(super) const DEFAULT: Self = Self {
        policy: Policy::DEFAULT,
        max_piece_size: 1 << 20,
    };

    /// Those that the arguments ask for.
    pub(super) fn new(arguments: &Arguments<'_>) -> PyResult<Self> {
        let level = match &arguments.compression_level {
            Some(level) => Some(whole("compression_level", level, 0..=9)?),
            None => None,
        };
        let memory_level = whole("memory_level", &arguments.memory_level, 1..=9)?;
        Ok(Self {
            policy: Policy {
                // Both levels are within their bounds.
                effort: Effort::new(level, memory_level).unwrap_or(Effort::DEFAULT),
                min_size: whole("min_size", &arguments.min_size, 0..=MAX_SIZE)?,
            },
            max_piece_size: whole("max_piece_size", &arguments.max_piece_size, 1..=MAX_SIZE)?,
        })
    }
}
