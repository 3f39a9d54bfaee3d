//! Validation of UTF-8 (RFC 3629 section 4), with its [`Utf8Stats`] in the same pass.
//!
//! Every error but a missing or surplus third or fourth byte shows in two adjacent bytes. All pairs
//! of a block are checked at once: both halves of the first byte and the upper half of the second
//! look up the rules that they may break, and a rule set in all three look-ups is broken. (J.
//! Keiser and D. Lemire, "Validating UTF-8 in less than one instruction per byte", 2021.)

use std::arch::x86_64::{
    __m512i, _mm_cvtsi128_si32, _mm_max_epu8, _mm_min_epu8, _mm_minpos_epu16, _mm_set1_epi8,
    _mm_srli_epi16, _mm_xor_si128, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_max_epu8, _mm512_and_si512, _mm512_castsi512_si256, _mm512_extracti64x4_epi64,
    _mm512_max_epu8, _mm512_or_si512, _mm512_set1_epi8, _mm512_setzero_si512, _mm512_shuffle_epi8,
    _mm512_srli_epi16, _mm512_subs_epu8, _mm512_test_epi8_mask, _mm512_xor_si512,
};

use super::super::Utf8Stats;
use super::block::{BLOCK, Block, Blocks, from_bytes};

/// Counts the code points, or returns `None` if the bytes are not well-formed UTF-8.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
pub(super) fn validate(bytes: &[u8]) -> Option<Utf8Stats> {
    let mut blocks = Blocks::new(bytes);
    let mut highest = _mm512_setzero_si512();
    let mut broken = _mm512_setzero_si512();
    let mut count = 0;
    while let Some(block) = blocks.next() {
        highest = _mm512_max_epu8(highest, block.bytes);
        broken = _mm512_or_si512(broken, broken_rules(&block));
        count += (block.filled & !block.continuations()).count_ones() as usize;
    }
    (_mm512_test_epi8_mask(broken, broken) == 0).then(|| Utf8Stats {
        highest: maximum(highest),
        count,
    })
}

/// The highest of these bytes.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
fn maximum(bytes: __m512i) -> u8 {
    let of_32 = _mm256_max_epu8(
        _mm512_castsi512_si256(bytes),
        _mm512_extracti64x4_epi64::<1>(bytes),
    );
    let of_16 = _mm_max_epu8(
        _mm256_castsi256_si128(of_32),
        _mm256_extracti128_si256::<1>(of_32),
    );
    // `phminposuw` finds the lowest of eight words; there is no such instruction for the highest
    // byte.
    let lowest = _mm_xor_si128(of_16, _mm_set1_epi8(-1));
    let of_8 = _mm_min_epu8(lowest, _mm_srli_epi16::<8>(lowest));
    let [lowest, ..] = _mm_cvtsi128_si32(_mm_minpos_epu16(of_8)).to_le_bytes();
    !lowest
}

/// For each byte of a block, the rules that it breaks together with those before it: rule *n* has
/// bit *n*.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
fn broken_rules(block: &Block) -> __m512i {
    let [first, one_earlier, two_earlier] = block.preceding();
    let lower_half = _mm512_set1_epi8(0x0F);
    let upper = |bytes| _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), lower_half);
    let broken_by_pair = _mm512_and_si512(
        _mm512_and_si512(
            _mm512_shuffle_epi8(from_bytes(FIRST_UPPER), upper(first)),
            _mm512_shuffle_epi8(from_bytes(FIRST_LOWER), _mm512_and_si512(first, lower_half)),
        ),
        _mm512_shuffle_epi8(from_bytes(SECOND_UPPER), upper(block.bytes)),
    );
    // After E0 and above the third byte, after F0 and above the fourth, must be a continuation
    // after a continuation, which `TWO_CONTINUATIONS` reports as broken: the high bit of these
    // differences marks those places.
    let third = _mm512_subs_epu8(
        one_earlier,
        _mm512_set1_epi8(0xE0_u8.wrapping_sub(0x80).cast_signed()),
    );
    let fourth = _mm512_subs_epu8(
        two_earlier,
        _mm512_set1_epi8(0xF0_u8.wrapping_sub(0x80).cast_signed()),
    );
    let highest_bit = _mm512_set1_epi8(i8::MIN);
    let continues = _mm512_and_si512(_mm512_or_si512(third, fourth), highest_bit);
    _mm512_xor_si512(broken_by_pair, continues)
}

/// A rule is three sets of halves of bytes, where bit *n* is for the half of value *n*: the upper
/// and the lower halves of the first byte, and the upper halves of the second. A pair with a half
/// in each of them breaks it.
type Rule = [u16; 3];

const RULES: [Rule; 8] = [
    // A leading byte must be followed by a continuation byte,
    [LEADING, ANY, ASCII | LEADING],
    // ASCII must not.
    [ASCII, ANY, CONTINUATION],
    // C0 and C1 are overlong forms of one byte,
    [only(0xC), only(0x0) | only(0x1), CONTINUATION],
    // E0 80 to E0 9F of two,
    [only(0xE), only(0x0), only(0x8) | only(0x9)],
    // F0 80 to F0 8F of three; F5 and above are beyond U+10FFFF,
    [only(0xF), only(0x0) | from(0x5), only(0x8)],
    // and so is F4 90 and above.
    [only(0xF), from(0x4), CONTINUATION & from(0x9)],
    // ED A0 to ED BF are surrogates.
    [only(0xE), only(0xD), only(0xA) | only(0xB)],
    TWO_CONTINUATIONS,
];

/// Two continuation bytes in a row, legal only if the second is the third or fourth byte of a
/// sequence.
const TWO_CONTINUATIONS: Rule = [CONTINUATION, ANY, CONTINUATION];

const ANY: u16 = from(0x0);
const ASCII: u16 = !from(0x8);
const CONTINUATION: u16 = from(0x8) & !from(0xC);
const LEADING: u16 = from(0xC);

const fn only(half: u16) -> u16 {
    1 << half
}

const fn from(half: u16) -> u16 {
    u16::MAX << half
}

const FIRST_UPPER: [u8; BLOCK] = table(0);
const FIRST_LOWER: [u8; BLOCK] = table(1);
const SECOND_UPPER: [u8; BLOCK] = table(2);

/// For each half byte, the rules that have it in this set; repeated for the four 128-bit lanes of a
/// vector.
const fn table(set: usize) -> [u8; BLOCK] {
    let mut table = [0; BLOCK];
    let mut entry = 0;
    while entry < BLOCK {
        let mut rule = 0;
        while rule < RULES.len() {
            if RULES[rule][set] >> (entry % 16) & 1 == 1 {
                table[entry] |= 1 << rule;
            }
            rule += 1;
        }
        entry += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Avx512;

    /// Validates these bytes at this offset of a text, at its end and before more of it; skipped on
    /// a processor without the instructions.
    fn check(bytes: &[u8], at: usize) {
        let Some(vectors) = Avx512::detect() else {
            return;
        };
        for after in ["", "bbbb"] {
            let text = [&vec![b'a'; at], bytes, after.as_bytes()].concat();
            let expected = std::str::from_utf8(&text).ok().map(|valid| {
                let stats = Utf8Stats {
                    highest: text.iter().copied().max().unwrap_or_default(),
                    count: valid.chars().count(),
                };
                (valid, stats)
            });
            assert_eq!(vectors.validate(&text), expected, "{bytes:x?} at {at}");
        }
    }

    #[test]
    fn every_pair_of_bytes() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                check(&[first, second], BLOCK - 1);
            }
        }
    }

    #[test]
    fn every_four_bytes_at_the_edges_of_the_rules() {
        const EDGES: [u8; 20] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
            0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5,
        ];
        const CONTINUATION_OR_NOT: [u8; 4] = [0x7F, 0x80, 0xBF, 0xC2];
        for first in EDGES {
            for second in EDGES {
                for third in CONTINUATION_OR_NOT {
                    for fourth in CONTINUATION_OR_NOT {
                        for at in BLOCK - 4..=BLOCK {
                            check(&[first, second, third, fourth], at);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_length() {
        for length in 0..200 {
            check("é".repeat(length).as_bytes(), 0);
            check("漢".repeat(length).as_bytes(), length % 3);
        }
    }
}
