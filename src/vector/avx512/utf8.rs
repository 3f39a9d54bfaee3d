//! Validation of UTF-8 (RFC 3629 section 4), and a survey of it in the same pass.
//!
//! Whatever is wrong with a text is wrong with two bytes in a row, but for continuation bytes too many or too few
//! behind them. All pairs of a block are judged at once: either half of the first byte and the upper half of the
//! second look up the rules that they may break, and a rule that all three may break is broken. (J. Keiser and
//! D. Lemire, "Validating UTF-8 in less than one instruction per byte", 2021.)

use std::arch::x86_64::{
    __m512i, _mm_cvtsi128_si32, _mm_max_epu8, _mm_min_epu8, _mm_minpos_epu16, _mm_set1_epi8,
    _mm_srli_epi16, _mm_xor_si128, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_max_epu8, _mm512_and_si512, _mm512_castsi512_si256, _mm512_extracti64x4_epi64,
    _mm512_max_epu8, _mm512_or_si512, _mm512_set1_epi8, _mm512_setzero_si512, _mm512_shuffle_epi8,
    _mm512_srli_epi16, _mm512_subs_epu8, _mm512_test_epi8_mask, _mm512_xor_si512,
};

use super::super::Survey;
use super::block::{BLOCK, Block, Blocks, from_bytes};

/// The survey of a text, or nothing if the bytes are not well-formed UTF-8.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
pub(super) fn survey(bytes: &[u8]) -> Option<Survey> {
    let mut blocks = Blocks::new(bytes);
    let mut highest = _mm512_setzero_si512();
    let mut broken = _mm512_setzero_si512();
    let mut count = 0;
    while let Some(block) = blocks.next() {
        highest = _mm512_max_epu8(highest, block.bytes);
        broken = _mm512_or_si512(broken, broken_rules(&block));
        count += (block.filled & !block.continuations()).count_ones() as usize;
    }
    (_mm512_test_epi8_mask(broken, broken) == 0).then(|| Survey {
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
    // There is an instruction for the lowest of eight words, and none for anything like it.
    let lowest = _mm_xor_si128(of_16, _mm_set1_epi8(-1));
    let of_8 = _mm_min_epu8(lowest, _mm_srli_epi16::<8>(lowest));
    let [lowest, ..] = _mm_cvtsi128_si32(_mm_minpos_epu16(of_8)).to_le_bytes();
    !lowest
}

/// For each byte of a block, the rules that it breaks together with those before it: rule *n* has bit *n*.
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
    // The third byte from E0 on and the fourth from F0 on have to be what `TWO_CONTINUATIONS` takes for broken:
    // these differences have the highest bit if so.
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

/// A rule is three sets of halves of bytes, where bit *n* is for the half of value *n*: the upper and the lower halves of
/// the first byte, and the upper halves of the second. A pair with a half in each of them breaks it.
type Rule = [u16; 3];

const RULES: [Rule; 8] = [
    // A leading byte wants a continuation.
    [LEADING, ANY, ASCII | LEADING],
    // ASCII wants none.
    [ASCII, ANY, CONTINUATION],
    // C0 and C1 would say what one byte can say,
    [only(0xC), only(0x0) | only(0x1), CONTINUATION],
    // E0 80 to E0 9F what two can,
    [only(0xE), only(0x0), only(0x8) | only(0x9)],
    // and F0 80 to F0 8F what three can; F5 and above are beyond U+10FFFF,
    [only(0xF), only(0x0) | from(0x5), only(0x8)],
    // and so are F4 90 and above.
    [only(0xF), from(0x4), CONTINUATION & from(0x9)],
    // ED A0 to ED BF would be surrogates.
    [only(0xE), only(0xD), only(0xA) | only(0xB)],
    TWO_CONTINUATIONS,
];

/// Two in a row are wrong, unless the second is the third or the fourth byte of a sequence.
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

/// For each half of a byte the rules with that half in this one of their sets; four times, for four parts of a vector.
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

    /// The verdict on these bytes, where the first of them is this one of a text, and they end it or do not; nothing to
    /// be found out on a processor without the instructions.
    fn check(bytes: &[u8], at: usize) {
        let Some(vectors) = Avx512::detect() else {
            return;
        };
        for behind in ["", "bbbb"] {
            let text = [&vec![b'a'; at], bytes, behind.as_bytes()].concat();
            let expected = std::str::from_utf8(&text).ok().map(|valid| {
                let survey = Survey {
                    highest: text.iter().copied().max().unwrap_or_default(),
                    count: valid.chars().count(),
                };
                (valid, survey)
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
