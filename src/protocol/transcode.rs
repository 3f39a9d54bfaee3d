//! From UTF-8 to code points of a fixed width of one, two or four bytes: PEP 393's UCS1, UCS2,
//! UCS4.
//!
//! Uses AVX-512 or AVX2 where the processor has them ([`crate::vector`]), otherwise [`portable`]
//! loops.

mod portable;

use crate::vector::uninit::Uninit;
use crate::vector::{Avx2, Avx512, Utf8Stats, utf8_stats};

/// The width of the code points of a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Width {
    /// ASCII: one byte, below 0x80.
    Ascii,
    /// One byte.
    One,
    /// Two bytes.
    Two,
    /// Four bytes.
    Four,
}

impl Width {
    /// The least width that holds every code point of a text whose highest byte is this one.
    const fn from_highest_byte(highest: u8) -> Self {
        // The first byte of a sequence bounds its code point from both sides.
        match highest {
            0xF0.. => Self::Four,
            0xC4.. => Self::Two,
            0xC2.. => Self::One,
            _ => Self::Ascii,
        }
    }

    /// The least width that holds this code point.
    pub const fn from_char(c: char) -> Self {
        match c as u32 {
            0..0x80 => Self::Ascii,
            0x80..0x100 => Self::One,
            0x100..0x1_0000 => Self::Two,
            _ => Self::Four,
        }
    }
}

/// Text, with the width and the count needed to allocate room for its code points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured<'a> {
    /// The text.
    pub text: &'a str,
    /// The least width that holds its code points.
    pub width: Width,
    /// The number of code points.
    pub count: usize,
}

impl<'a> Measured<'a> {
    /// No text.
    pub const NOTHING: Self = Self {
        text: "",
        width: Width::Ascii,
        count: 0,
    };

    /// Validates and measures bytes.
    pub fn from_utf8(bytes: &'a [u8]) -> Result<Self, simdutf8::compat::Utf8Error> {
        match Avx512::detect().and_then(|vectors| vectors.validate(bytes)) {
            Some((text, stats)) => Ok(Self::with_stats(text, stats)),
            // No AVX-512, or not UTF-8: simdutf8 locates the error.
            None => simdutf8::compat::from_utf8(bytes)
                .map(|text| Self::with_stats(text, utf8_stats(text))),
        }
    }

    const fn with_stats(text: &'a str, stats: Utf8Stats) -> Self {
        Self {
            text,
            width: Width::from_highest_byte(stats.highest),
            count: stats.count,
        }
    }

    /// Writes the code points, which must fit a `T`, into `out`.
    ///
    /// # Panics
    ///
    /// If `out` is not as long as the text has code points: on return, every element is written.
    pub fn write<T: Unit, S: Uninit<T>>(&self, out: &mut [S]) {
        T::transcode(self.text, out);
    }
}

/// A code point of a fixed width.
pub trait Unit: Copy {
    /// The code point, which must fit the width.
    fn from_code_point(code_point: u32) -> Self;

    /// [`Measured::write`], with the best instructions that the processor has.
    fn transcode<S: Uninit<Self>>(text: &str, out: &mut [S]);
}

impl Unit for u8 {
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // The contract.
    fn from_code_point(code_point: u32) -> Self {
        code_point as Self
    }

    #[inline]
    fn transcode<S: Uninit<Self>>(text: &str, out: &mut [S]) {
        match Avx512::detect() {
            Some(vectors) => vectors.to_ucs1(text, out),
            None => portable::transcode(text, out),
        }
    }
}

impl Unit for u16 {
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // The contract.
    fn from_code_point(code_point: u32) -> Self {
        code_point as Self
    }

    #[inline]
    fn transcode<S: Uninit<Self>>(text: &str, out: &mut [S]) {
        match Avx512::detect() {
            Some(vectors) => vectors.to_ucs2(text, out),
            None => {
                let (text, out) = match Avx2::detect() {
                    Some(vectors) => vectors.to_ucs2(text, out),
                    None => (text, out),
                };
                portable::transcode(text, out);
            }
        }
    }
}

impl Unit for u32 {
    #[inline]
    fn from_code_point(code_point: u32) -> Self {
        code_point
    }

    #[inline]
    fn transcode<S: Uninit<Self>>(text: &str, out: &mut [S]) {
        match Avx512::detect() {
            Some(vectors) => vectors.to_ucs4(text, out),
            None => portable::transcode(text, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every width that holds the text, with and without vector instructions, against `str::chars`.
    fn check(text: &str) {
        let measured = Measured::from_utf8(text.as_bytes()).expect("valid");
        let Measured { width, count, .. } = measured;
        assert_eq!(measured, Measured::with_stats(text, utf8_stats(text)));
        let expected: Vec<u32> = text.chars().map(u32::from).collect();
        assert_eq!(count, expected.len());
        assert_eq!(both::<u32>(measured), expected);
        if width <= Width::Two {
            let words = both::<u16>(measured);
            assert!(
                words
                    .into_iter()
                    .map(u32::from)
                    .eq(expected.iter().copied())
            );
        }
        if width <= Width::One {
            let bytes = both::<u8>(measured);
            assert!(bytes.into_iter().map(u32::from).eq(expected));
        }
    }

    /// The code points, written with the vector instructions and by the portable loops.
    fn both<T: Unit + Default + Eq + std::fmt::Debug>(text: Measured<'_>) -> Vec<T> {
        let mut written = vec![T::default(); text.count];
        text.write(&mut written);
        let mut portably = vec![T::default(); text.count];
        portable::transcode(text.text, &mut portably);
        assert_eq!(written, portably, "{:?}", text.text);
        written
    }

    #[test]
    fn measures_the_narrowest_width() {
        for (text, width) in [
            ("", Width::Ascii),
            ("a\u{7f}", Width::Ascii),
            ("\u{80}", Width::One),
            ("a\u{ff}", Width::One),
            ("\u{100}", Width::Two),
            ("\u{ffff}a", Width::Two),
            ("\u{10000}", Width::Four),
            ("\u{10ffff}", Width::Four),
        ] {
            let measured = Measured::from_utf8(text.as_bytes()).expect("valid");
            assert_eq!(measured.width, width, "{text:?}");
            let widest = text.chars().map(Width::from_char).max();
            assert_eq!(widest.unwrap_or(Width::Ascii), width);
        }
    }

    #[test]
    fn every_code_point() {
        for code_point in '\0'..=char::MAX {
            check(code_point.encode_utf8(&mut [0; 4]));
        }
    }

    #[test]
    fn runs_of_every_length_and_kind() {
        let kinds = ["a", "é", "ж", "漢", "\u{ffff}", "😀", "\u{10ffff}"];
        for before in kinds {
            for kind in kinds {
                for length in 0..40 {
                    check(&format!("{before}{}", kind.repeat(length)));
                    check(&format!("{}{before}a", kind.repeat(length)));
                }
            }
        }
    }

    #[test]
    fn mixtures_of_any_length() {
        let mixture = "Dies ist Text, это текст, 這是文字, und 😀🏴 sind Zeichen; éèê.".repeat(10);
        for (end, _) in mixture.char_indices() {
            check(&mixture[..end]);
        }
    }

    #[test]
    #[should_panic(expected = "as many code points as were counted")]
    fn too_much_room_is_not_left_unwritten() {
        Measured::from_utf8(b"abc")
            .expect("valid")
            .write(&mut [0_u8; 4]);
    }

    #[test]
    #[should_panic(expected = "as many code points as were counted")]
    fn nor_is_it_by_the_portable_loops() {
        portable::transcode("abc", &mut [0_u8; 4]);
    }

    #[test]
    #[should_panic(expected = "as many code points as were counted")]
    fn too_little_room_is_not_overrun() {
        Measured::from_utf8(b"abc")
            .expect("valid")
            .write(&mut [0_u8; 2]);
    }
}
