//! With words of 8 bytes.

use super::{BLOCK, Compare};

/// The lowest bit of every byte, and all but its highest.
const EACH: u64 = u64::from_ne_bytes([1; 8]);
const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);

/// Nothing but numbers.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Compare for Portable {
    fn equal(self, block: &[u8; BLOCK], byte: u8) -> u32 {
        gathered(block, |word| below(word ^ (EACH * u64::from(byte)), 1))
    }

    fn equal_in_any_case(self, block: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
        let mut others = words(other);
        gathered(block, |word| {
            let small = word | (word & (EACH * 0x40)) >> 1;
            below(small ^ others.next().unwrap_or_default(), 1)
        })
    }

    fn controls(self, block: &[u8; BLOCK]) -> u32 {
        gathered(block, |word| below(word, b' '))
    }

    fn invisible(self, block: &[u8; BLOCK]) -> u32 {
        gathered(block, |word| {
            word | below(word, b' ' + 1) | below(word ^ (EACH * 0x7f), 1)
        })
    }

    fn beyond_ascii(self, block: &[u8; BLOCK]) -> u32 {
        gathered(block, |word| word)
    }
}

/// The highest bit of each byte that is below a bound of at most 0x80. No sum of two bytes runs over.
fn below(word: u64, bound: u8) -> u64 {
    !(((word & LOW) + EACH * u64::from(0x80 - bound)) | word) & !LOW
}

/// The highest bits of what is made of each word.
fn gathered(block: &[u8; BLOCK], mut found: impl FnMut(u64) -> u64) -> u32 {
    let mut bits = 0;
    for (nth, word) in words(block).enumerate() {
        // Gathers them in the highest byte: the factor has each arrive at another one of its bits.
        let high = (found(word) & !LOW) >> 7;
        let byte = high.wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= (byte as u32) << (8 * nth);
    }
    bits
}

fn words(block: &[u8; BLOCK]) -> impl Iterator<Item = u64> {
    let words = block.as_chunks().0.iter();
    words.map(|word| u64::from_le_bytes(*word))
}
