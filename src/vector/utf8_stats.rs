//! The number of code points of a text and its highest byte, which give the size and width of a
//! Python `str`.

#[cfg(target_arch = "x86_64")]
use super::instructions::Extension;

/// What allocating a `str` of PEP 393 depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Utf8Stats {
    /// The highest byte of the UTF-8, 0 for an empty text. It bounds the highest code point from
    /// both sides.
    pub highest: u8,
    /// The number of code points.
    pub count: usize,
}

/// Counts the code points of a text and finds its highest byte.
pub fn utf8_stats(text: &str) -> Utf8Stats {
    #[cfg(target_arch = "x86_64")]
    if text.len() >= WORTH_IT && Extension::Avx2.is_used(is_x86_feature_detected!("avx2")) {
        // SAFETY: AVX2 has been detected.
        return unsafe { with_avx2(text) };
    }
    portable(text)
}

/// The shortest text, in bytes, for which detecting AVX2 pays.
#[cfg(target_arch = "x86_64")]
const WORTH_IT: usize = 128;

/// [`portable`], compiled with vectors of 32 bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(text: &str) -> Utf8Stats {
    portable(text)
}

/// Compiled with the instructions of the caller, into which it must be inlined.
#[inline(always)]
fn portable(text: &str) -> Utf8Stats {
    // One accumulator for each column; the columns are combined at the end.
    let mut highest = [0; COLUMNS];
    let mut count = text.len();
    let (rows, rest) = text.as_bytes().as_chunks::<COLUMNS>();
    // At most 255 rows at a time, so that the counters of a byte do not overflow.
    for rows in rows.chunks(usize::from(u8::MAX)) {
        let mut continuations = [0; COLUMNS];
        for row in rows {
            for ((byte, highest), continuations) in
                row.iter().zip(&mut highest).zip(&mut continuations)
            {
                look_at(*byte, highest, continuations);
            }
        }
        count -= continuations.into_iter().map(usize::from).sum::<usize>();
    }
    let mut highest = highest.into_iter().fold(0, u8::max);
    let mut continuations = 0;
    for byte in rest {
        look_at(*byte, &mut highest, &mut continuations);
    }
    count -= usize::from(continuations);
    Utf8Stats { highest, count }
}

/// The width in bytes of the widest vector register used.
const COLUMNS: usize = 32;

#[inline(always)]
fn look_at(byte: u8, highest: &mut u8, continuations: &mut u8) {
    *highest = byte.max(*highest);
    *continuations += u8::from(byte & 0xC0 == 0x80);
}
