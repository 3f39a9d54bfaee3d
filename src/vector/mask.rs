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
    // Four of them at a time, or each would wait for what has been seen in the one before it; and read before the four
    // before them are written, or a processor that compares addresses by their lower bits may wait for those.
    let mut seen = [[0; BLOCK]; 4];
    let (fours, out) = out.as_chunks_mut::<4>();
    let (from_fours, data) = data.as_chunks::<4>();
    let mut masked = [[0; BLOCK]; 4];
    let mut before: Option<&mut [[S; BLOCK]; 4]> = None;
    for (to, from) in fours.iter_mut().zip(from_fours) {
        let next = from.map(|block| xor_block(&block, &key));
        if let Some(before) = before.replace(to) {
            write(before, &masked);
        }
        for (seen, block) in seen.iter_mut().zip(&next) {
            see(block, seen);
        }
        masked = next;
    }
    if let Some(before) = before {
        write(before, &masked);
    }
    for ((to, from), seen) in out.iter_mut().zip(data).zip(&mut seen) {
        let block = xor_block(from, &key);
        see(&block, seen);
        S::copy(to, &block);
    }
    seen.as_flattened().is_ascii()
}

#[inline(always)]
fn xor_block(data: &[u8; BLOCK], key: &[u8; BLOCK]) -> [u8; BLOCK] {
    std::array::from_fn(|index| data[index] ^ key[index])
}

#[inline(always)]
fn see(block: &[u8; BLOCK], seen: &mut [u8; BLOCK]) {
    for (byte, seen) in block.iter().zip(seen) {
        *seen |= byte;
    }
}

#[inline(always)]
fn write<S: Slot<u8>>(out: &mut [[S; BLOCK]; 4], blocks: &[[u8; BLOCK]; 4]) {
    for (to, block) in out.iter_mut().zip(blocks) {
        S::copy(to, block);
    }
}
