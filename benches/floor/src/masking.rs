//! Large messages that are masked: new `bytes`, and one pass over the payload.
//!
//! Whoever masks has to load and to store. A copy has not: it can leave both to one instruction,
//! which does not read what it overwrites.

use std::mem::MaybeUninit;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

const BLOCK: usize = 32;

/// The whole blocks of the payload, masked; the rest of the result is uninitialised memory.
#[pyfunction]
pub(crate) fn masked<'py>(
    payload: &Bound<'py, PyBytes>,
    key: [u8; 4],
) -> PyResult<Bound<'py, PyBytes>> {
    let py = payload.py();
    let payload = payload.as_bytes();
    // SAFETY: null asks for `bytes` that are not initialised, which nobody else knows of, and which
    // are as long as it is told; any values do.
    unsafe {
        let made = ffi::PyBytes_FromStringAndSize(std::ptr::null(), payload.len().cast_signed());
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        let memory = ffi::PyBytes_AS_STRING(made.as_ptr()).cast::<MaybeUninit<u8>>();
        let memory = std::slice::from_raw_parts_mut(memory.cast_mut(), payload.len());
        mask(memory, payload, std::array::from_fn(|nth| key[nth % 4]));
        Ok(made.cast_into_unchecked())
    }
}

fn mask(memory: &mut [MaybeUninit<u8>], payload: &[u8], key: [u8; BLOCK]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: it has been detected.
        return unsafe { mask_with_avx2(memory, payload, key) };
    }
    mask_blocks(memory, payload, key);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn mask_with_avx2(memory: &mut [MaybeUninit<u8>], payload: &[u8], key: [u8; BLOCK]) {
    mask_blocks(memory, payload, key);
}

#[inline(always)]
fn mask_blocks(memory: &mut [MaybeUninit<u8>], payload: &[u8], key: [u8; BLOCK]) {
    let (blocks, _) = memory.as_chunks_mut();
    let (from, _) = payload.as_chunks::<BLOCK>();
    for (to, from) in blocks.iter_mut().zip(from) {
        *to = std::array::from_fn::<_, BLOCK, _>(|nth| MaybeUninit::new(from[nth] ^ key[nth]));
    }
}
