//! Where the delimiters of text are, a block at a time.

/// How many bytes are looked at in a step.
pub const BLOCK: usize = 64;

/// A bit for every byte of a block, the lowest for its first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delimiters {
    /// Those that are colons.
    pub colons: u64,
    /// Those that come before the space: line breaks, and other control characters.
    pub controls: u64,
}

/// Find the delimiters of a block.
#[inline]
pub fn delimiters(block: &[u8; BLOCK]) -> Delimiters {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: there is no x86-64 without it.
    return unsafe { with_sse2(block) };
    #[cfg(not(target_arch = "x86_64"))]
    return portable(block);
}

/// With vectors of 16 bytes.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn with_sse2(block: &[u8; BLOCK]) -> Delimiters {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8,
    };

    let mut found = Delimiters::default();
    for (nth, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
        let [low, high] = halves(bytes).map(u64::cast_signed);
        let bytes = _mm_set_epi64x(high, low);
        let bits = |is_found| u64::from(_mm_movemask_epi8(is_found).cast_unsigned()) << (16 * nth);
        found.colons |= bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(b':'.cast_signed())));
        let at_most = _mm_min_epu8(bytes, _mm_set1_epi8(b' '.cast_signed() - 1));
        found.controls |= bits(_mm_cmpeq_epi8(bytes, at_most));
    }
    found
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let mut halves = [0; 2];
    for (half, bytes) in halves.iter_mut().zip(bytes.as_chunks().0) {
        *half = u64::from_le_bytes(*bytes);
    }
    halves
}

/// With words of 8 bytes.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(block: &[u8; BLOCK]) -> Delimiters {
    /// The lowest bit of every byte, and all but its highest.
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    // The highest bit of each byte that is below a bound of at most 0x80. No sum of two bytes runs over.
    let below =
        |word: u64, bound: u8| !(((word & LOW) + EACH * u64::from(0x80 - bound)) | word) & !LOW;
    // Gathers these bits in the highest byte: the factor has each arrive at another one of its bits.
    let gathered = |bits: u64| (bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;

    let mut found = Delimiters::default();
    for (nth, word) in block.as_chunks().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let colons = below(word ^ (EACH * u64::from(b':')), 1);
        found.colons |= gathered(colons) << (8 * nth);
        found.controls |= gathered(below(word, b' ')) << (8 * nth);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_known_wherever_it_is() {
        for at in 0..BLOCK {
            for byte in 0..=255 {
                for others in [b' ', 0x7f, 0x80, 0xff] {
                    let mut block = [others; BLOCK];
                    block[at] = byte;
                    let expected = Delimiters {
                        colons: u64::from(byte == b':') << at,
                        controls: u64::from(byte < b' ') << at,
                    };
                    assert_eq!(delimiters(&block), expected, "{byte} at {at}");
                    assert_eq!(portable(&block), expected, "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn delimiters_are_told_from_their_neighbours() {
        let block: [u8; BLOCK] = std::array::from_fn(|at| b"\x00: \x1f;9\r\n"[at % 8]);
        let expected = Delimiters {
            colons: 0x0202_0202_0202_0202,
            controls: 0xc9c9_c9c9_c9c9_c9c9,
        };
        assert_eq!(delimiters(&block), expected);
        assert_eq!(portable(&block), expected);
    }
}
