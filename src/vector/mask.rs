//! Masking (RFC 6455 section 5.3) of many octets, by blocks.

#[cfg(target_arch = "x86_64")]
use super::instructions::Extension;
use super::uninit::Uninit;

/// A masking key, rotated so that its first octet applies to the first octet of the data.
type Key = [u8; 4];

/// The width of an AVX2 register, and of two that every x86-64 has.
const BLOCK: usize = 32;

/// Masks or unmasks in place.
pub fn xor(data: &mut [u8], key: Key) {
    let mask = widen(key);
    let (blocks, rest) = data.as_chunks_mut::<BLOCK>();
    for block in blocks {
        for (byte, mask) in block.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

/// Masks or unmasks `data` into `out`, up to the end of the shorter; returns whether every byte
/// written is ASCII.
#[inline]
pub fn xor_into<S: Uninit<u8>>(out: &mut [S], data: &[u8], key: Key) -> bool {
    if data.len() >= LONG {
        xor_long(out, data, key)
    } else {
        portable(out, data, key)
    }
}

/// The shortest data, in bytes, for which aligning the output and detecting AVX2 pay.
const LONG: usize = 16 * BLOCK;

/// With blocks written to aligned addresses: unaligned ones straddle two cache lines now and then.
fn xor_long<S: Uninit<u8>>(out: &mut [S], data: &[u8], mut key: Key) -> bool {
    let before = out.as_ptr().align_offset(BLOCK);
    let before = before.min(data.len()).min(out.len());
    let (out_before, out) = out.split_at_mut(before);
    let (data_before, data) = data.split_at(before);
    let ascii = xor_rest(out_before, data_before, key);
    key.rotate_left(before % size_of::<Key>());
    #[cfg(target_arch = "x86_64")]
    if Extension::Avx2.is_used(is_x86_feature_detected!("avx2")) {
        // SAFETY: AVX2 has been detected.
        return unsafe { with_avx2(out, data, key) } && ascii;
    }
    portable(out, data, key) && ascii
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<S: Uninit<u8>>(out: &mut [S], data: &[u8], key: Key) -> bool {
    portable(out, data, key)
}

/// Compiled with the instructions of the caller, into which it must be inlined.
#[inline(always)]
fn portable<S: Uninit<u8>>(out: &mut [S], data: &[u8], key: Key) -> bool {
    let (blocks, out) = out.as_chunks_mut();
    let (from, data) = data.as_chunks();
    let ascii = from.is_empty() || xor_blocks(blocks, from, key);
    xor_rest(out, data, key) && ascii
}

#[inline(always)]
fn xor_blocks<S: Uninit<u8>>(out: &mut [[S; BLOCK]], data: &[[u8; BLOCK]], key: Key) -> bool {
    let key = widen(key);
    // Four independent accumulators, so that no block waits for the one before it; separate
    // variables, since some compilers keep an array of them in memory.
    let [mut seen_0, mut seen_1, mut seen_2, mut seen_3] = [[0; BLOCK]; 4];
    let (fours, out) = out.as_chunks_mut();
    let (from_fours, data) = data.as_chunks();
    for ([to_0, to_1, to_2, to_3], from) in fours.iter_mut().zip(from_fours) {
        let [mut block_0, mut block_1, mut block_2, mut block_3] = *from;
        xor_block(&mut block_0, &key, &mut seen_0);
        xor_block(&mut block_1, &key, &mut seen_1);
        xor_block(&mut block_2, &key, &mut seen_2);
        xor_block(&mut block_3, &key, &mut seen_3);
        S::copy(to_0, &block_0);
        S::copy(to_1, &block_1);
        S::copy(to_2, &block_2);
        S::copy(to_3, &block_3);
    }
    for (to, from) in out.iter_mut().zip(data) {
        let mut block = *from;
        xor_block(&mut block, &key, &mut seen_0);
        S::copy(to, &block);
    }
    [seen_0, seen_1, seen_2, seen_3].as_flattened().is_ascii()
}

#[inline(always)]
fn xor_block(block: &mut [u8; BLOCK], key: &[u8; BLOCK], seen: &mut [u8; BLOCK]) {
    for ((byte, mask), seen) in block.iter_mut().zip(key).zip(seen) {
        *byte ^= mask;
        *seen |= *byte;
    }
}

/// Less than a block, which is all of a small message: by words, then by bytes.
#[inline]
fn xor_rest<S: Uninit<u8>>(out: &mut [S], data: &[u8], key: Key) -> bool {
    let half = u64::from(u32::from_ne_bytes(key));
    let mask = half << 32 | half;
    let (words, rest) = out.as_chunks_mut::<WORD>();
    let (from, data) = data.as_chunks::<WORD>();
    let mut seen = 0;
    for (to, from) in words.iter_mut().zip(from) {
        let word = u64::from_ne_bytes(*from) ^ mask;
        seen |= word;
        S::copy(to, &word.to_ne_bytes());
    }
    for ((to, from), mask) in rest.iter_mut().zip(data).zip(mask.to_ne_bytes()) {
        let byte = from ^ mask;
        seen |= u64::from(byte);
        to.put(byte);
    }
    seen & NOT_ASCII == 0
}

const WORD: usize = size_of::<u64>();

/// The highest bit of each byte of a word.
const NOT_ASCII: u64 = u64::from_ne_bytes([0x80; WORD]);

#[inline(always)]
fn widen(key: Key) -> [u8; BLOCK] {
    std::array::from_fn(|index| key[index % key.len()])
}
