//! Masking keys (RFC 6455 section 5.3) and nonces (section 4.1): unpredictable, from the operating system's
//! generator.
//!
//! Random bytes are fetched a block at a time, for each thread, so that a frame costs no system call. A child
//! process must not repeat its parent's keys: `os.register_at_fork` has it throw the rest of the block away.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::protocol::mask::MaskingKey;

/// Bytes fetched at a time: 256 keys.
const BLOCK: usize = 1024;

/// How often this process has been forked off: blocks of an earlier generation are stale.
static GENERATION: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static KEYS: RefCell<Keys> = const {
        RefCell::new(Keys { block: [0; BLOCK], used: BLOCK, generation: 0 })
    };
}

struct Keys {
    block: [u8; BLOCK],
    /// How many bytes of the block have been given out; they are zeroed.
    used: usize,
    generation: u64,
}

/// A key that nobody can predict.
#[inline]
pub(crate) fn fresh() -> PyResult<MaskingKey> {
    random()
}

/// Bytes that nobody can predict.
#[inline]
pub(crate) fn random<const N: usize>() -> PyResult<[u8; N]> {
    const {
        assert!(N <= BLOCK, "they are part of one block");
    };
    KEYS.with_borrow_mut(|keys| {
        let generation = GENERATION.load(Ordering::Relaxed);
        if keys.used + N > BLOCK || keys.generation != generation {
            keys.refill(generation)?;
        }
        Ok(keys.take())
    })
}

impl Keys {
    #[cold]
    fn refill(&mut self, generation: u64) -> PyResult<()> {
        getrandom::fill(&mut self.block).map_err(|error| PyOSError::new_err(error.to_string()))?;
        self.used = 0;
        self.generation = generation;
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        for (octet, random) in taken.iter_mut().zip(self.block.iter_mut().skip(self.used)) {
            *octet = std::mem::take(random);
        }
        self.used += N;
        taken
    }
}

#[pyfunction]
fn forget_masking_keys() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let os = py.import("os")?;
    // Where processes cannot be forked there is nothing to register with.
    if let Ok(register_at_fork) = os.getattr("register_at_fork") {
        let arguments = PyDict::new(py);
        arguments.set_item(
            "after_in_child",
            wrap_pyfunction!(forget_masking_keys, module)?,
        )?;
        register_at_fork.call((), Some(&arguments))?;
    }
    Ok(())
}
