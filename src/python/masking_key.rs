//! Masking keys (RFC 6455 section 5.3) and nonces (section 4.1): unpredictable, from a generator that the operating
//! system has seeded.
//!
//! Each thread has its own, so that a frame costs neither a system call nor a lock. A child process must not repeat
//! its parent's keys: `os.register_at_fork` has it seed its generators anew.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::protocol::mask::MaskingKey;

/// How often this process has been forked off: generators of an earlier generation are stale.
static GENERATION: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static KEYS: RefCell<Option<Keys>> = const { RefCell::new(None) };
}

struct Keys {
    generator: ChaCha20Rng,
    generation: u64,
}

/// A key that nobody can predict.
#[inline]
pub(crate) fn fresh() -> PyResult<MaskingKey> {
    with_generator(|generator| generator.next_u32().to_ne_bytes())
}

/// Bytes that nobody can predict.
pub(crate) fn random() -> PyResult<[u8; 16]> {
    with_generator(|generator| {
        let (low, high) = (generator.next_u64(), generator.next_u64());
        (u128::from(high) << 64 | u128::from(low)).to_ne_bytes()
    })
}

#[inline]
fn with_generator<T>(draw: impl FnOnce(&mut ChaCha20Rng) -> T) -> PyResult<T> {
    KEYS.with_borrow_mut(|keys| {
        let generation = GENERATION.load(Ordering::Relaxed);
        match keys {
            Some(keys) if keys.generation == generation => Ok(draw(&mut keys.generator)),
            stale => Ok(draw(&mut stale.insert(Keys::new(generation)?).generator)),
        }
    })
}

impl Keys {
    #[cold]
    fn new(generation: u64) -> PyResult<Self> {
        let mut seed = <ChaCha20Rng as SeedableRng>::Seed::default();
        getrandom::fill(&mut seed).map_err(|error| PyOSError::new_err(error.to_string()))?;
        Ok(Self {
            generator: ChaCha20Rng::from_seed(seed),
            generation,
        })
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
