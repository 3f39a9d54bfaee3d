//! Masking (RFC 6455 section 5.3) of many octets.

use crate::vector::slot::Slot;

/// What is masked in a step. It has whole keys in it.
pub const BLOCK: usize = 32;

/// Write the octets, XORed with this key, to as many places; whether all that was written is ASCII.
#[inline]
pub fn xor_blocks<S: Slot<u8>>(out: &mut [[S; BLOCK]], data: &[[u8; BLOCK]], key: [u8; 4]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if data.len() >= WORTH_IT && is_x86_feature_detected!("avx2") {
        // SAFETY: it has been detected.
        return unsafe { with_avx2(out, data, key) };
    }
    anyhow(out, data, key)
}

/// How many blocks there are where looking for instructions begins to pay.
#[cfg(target_arch = "x86_64")]
const WORTH_IT: usize = 16;

/// Vectors of 32 bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<S: Slot<u8>>(out: &mut [[S; BLOCK]], data: &[[u8; BLOCK]], key: [u8; 4]) -> bool {
    anyhow(out, data, key)
}

/// With whatever instructions the caller is compiled for, which it has to be part of.
#[inline(always)]
fn anyhow<S: Slot<u8>>(out: &mut [[S; BLOCK]], data: &[[u8; BLOCK]], key: [u8; 4]) -> bool {
    let key: [u8; BLOCK] = std::array::from_fn(|index| key[index % key.len()]);
    // Four of them at a time, or each would wait for what has been seen in the one before it.
    let mut seen = [[0; BLOCK]; 4];
    let (fours, out) = out.as_chunks_mut::<4>();
    let (from_fours, data) = data.as_chunks::<4>();
    for (to, from) in fours.iter_mut().zip(from_fours) {
        for ((to, from), seen) in to.iter_mut().zip(from).zip(&mut seen) {
            xor_block(to, from, &key, seen);
        }
    }
    for ((to, from), seen) in out.iter_mut().zip(data).zip(&mut seen) {
        xor_block(to, from, &key, seen);
    }
    seen.as_flattened().is_ascii()
}

#[inline(always)]
fn xor_block<S: Slot<u8>>(
    out: &mut [S; BLOCK],
    data: &[u8; BLOCK],
    key: &[u8; BLOCK],
    seen: &mut [u8; BLOCK],
) {
    let mut block = *data;
    for ((byte, mask), seen) in block.iter_mut().zip(key).zip(seen) {
        *byte ^= mask;
        *seen |= *byte;
    }
    S::copy(out, &block);
}
