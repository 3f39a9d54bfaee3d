//! Unpredictable masking keys (RFC 6455 section 5.3) and nonces (section 4.1), from a generator
//! seeded by the operating system.
//!
//! Each thread has its own, so that a frame costs neither a system call nor a lock. A child process
//! must not repeat its parent's keys: it seeds its generators anew.

use std::cell::RefCell;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use super::ffi::objects::new_error;
use super::ffi::process;
use crate::protocol::handshake::Nonce;
use crate::protocol::mask::MaskingKey;

thread_local! {
    static KEYS: RefCell<Option<Keys>> = const { RefCell::new(None) };
}

struct Keys {
    generator: ChaCha20Rng,
    /// The process that the generator was seeded in: a child seeds its own.
    generation: u32,
}

/// A masking key.
#[inline]
pub(crate) fn masking_key(py: Python<'_>) -> PyResult<MaskingKey> {
    with_generator(py, |generator| generator.next_u32().to_ne_bytes())
}

/// The nonce of a client's request.
pub(crate) fn nonce(py: Python<'_>) -> PyResult<Nonce> {
    with_generator(py, |generator| {
        let (low, high) = (generator.next_u64(), generator.next_u64());
        Nonce::new((u128::from(high) << 64 | u128::from(low)).to_ne_bytes())
    })
}

#[inline]
fn with_generator<T>(py: Python<'_>, draw: impl FnOnce(&mut ChaCha20Rng) -> T) -> PyResult<T> {
    KEYS.with_borrow_mut(|keys| {
        let generation = process::generation();
        match keys {
            Some(keys) if keys.generation == generation => Ok(draw(&mut keys.generator)),
            stale => Ok(draw(
                &mut stale.insert(Keys::new(py, generation)?).generator,
            )),
        }
    })
}

impl Keys {
    #[cold]
    fn new(py: Python<'_>, generation: u32) -> PyResult<Self> {
        let mut seed = <ChaCha20Rng as SeedableRng>::Seed::default();
        getrandom::fill(&mut seed)
            .map_err(|error| new_error::<PyOSError>(py, error.to_string()))?;
        Ok(Self {
            generator: ChaCha20Rng::from_seed(seed),
            generation,
        })
    }
}
