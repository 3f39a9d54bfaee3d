//! What has to be known of a text before there is room for its code points.

#[cfg(target_arch = "x86_64")]
use super::instructions::Extension;

/// What a string needs to know of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Survey {
    /// The highest byte of its UTF-8; 0 if there is none.
    pub highest: u8,
    /// How many code points it has.
    pub count: usize,
}

/// The survey of a text.
pub fn survey(text: &str) -> Survey {
    #[cfg(target_arch = "x86_64")]
    if text.len() >= WORTH_IT && Extension::Avx2.is_used(is_x86_feature_detected!("avx2")) {
        // SAFETY: it has been detected.
        return unsafe { with_avx2(text) };
    }
    portable(text)
}

/// From how many bytes on looking for instructions pays.
#[cfg(target_arch = "x86_64")]
const WORTH_IT: usize = 128;

/// With vectors of 32 bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(text: &str) -> Survey {
    portable(text)
}

/// With whatever instructions the caller is compiled for, which this has to be part of.
#[inline(always)]
fn portable(text: &str) -> Survey {
    // A column each, and the columns together in the end.
    let mut highest = [0; COLUMNS];
    let mut count = text.len();
    let (rows, rest) = text.as_bytes().as_chunks::<COLUMNS>();
    // No more of them than a byte can count.
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
    Survey { highest, count }
}

/// The bytes of the widest vector.
const COLUMNS: usize = 32;

#[inline(always)]
fn look_at(byte: u8, highest: &mut u8, continuations: &mut u8) {
    *highest = byte.max(*highest);
    *continuations += u8::from(byte & 0xC0 == 0x80);
}
