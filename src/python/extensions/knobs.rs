//! What `PerMessageDeflate` can be told beyond what is negotiated.

use pyo3::prelude::*;

use crate::protocol::deflate::Effort;
use crate::protocol::permessage_deflate::Policy;
use crate::python::given::Given;
use crate::python::whole::{MAX_SIZE, whole};

/// How to compress, and how much to inflate at once.
#[derive(Clone, Copy)]
pub(crate) struct Knobs {
    pub(crate) policy: Policy,
    /// The most that one step of receiving inflates, in bytes; at least 1.
    pub(crate) max_piece_size: usize,
}

/// The arguments that set them, as far as they are given.
pub(super) struct Arguments<'py> {
    pub(super) compression_level: Given<'py>,
    pub(super) memory_level: Given<'py>,
    pub(super) min_size: Given<'py>,
    pub(super) max_piece_size: Given<'py>,
}

impl Knobs {
    pub(super) const DEFAULT: Self = Self {
        policy: Policy::DEFAULT,
        max_piece_size: 1 << 20,
    };

    /// What the arguments ask for.
    pub(super) fn new(arguments: Arguments<'_>) -> PyResult<Self> {
        let mut knobs = Self::DEFAULT;
        let Policy { effort, min_size } = &mut knobs.policy;
        let (mut level, mut memory_level) = (effort.level(), effort.memory_level());
        if let Some(given) = arguments.compression_level.into_option() {
            level = if given.is_none() {
                None
            } else {
                Some(whole("compression_level", &given, 0..=9)?)
            };
        }
        if let Some(given) = arguments.memory_level.into_option() {
            memory_level = whole("memory_level", &given, 1..=9)?;
        }
        // Both are within the bounds.
        *effort = Effort::new(level, memory_level).unwrap_or(*effort);
        if let Some(given) = arguments.min_size.into_option() {
            *min_size = whole("min_size", &given, 0..=MAX_SIZE)?;
        }
        if let Some(given) = arguments.max_piece_size.into_option() {
            knobs.max_piece_size = whole("max_piece_size", &given, 1..=MAX_SIZE)?;
        }
        Ok(knobs)
    }
}
