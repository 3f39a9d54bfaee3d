//! Which bytes of a block are of some kind, found for all of them at once.
//!
//! An answer has a bit for every byte, the lowest for its first.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(target_arch = "x86_64")]
use super::Avx2;
#[cfg(not(target_arch = "x86_64"))]
pub use portable::Portable as Everywhere;
#[cfg(target_arch = "x86_64")]
pub use sse2::Sse2 as Everywhere;

/// How many bytes a block has.
pub const BLOCK: usize = u32::BITS as usize;

/// Comparisons, made with some instructions.
pub trait Compare: Copy {
    /// Those that are this byte.
    fn equal(self, block: &[u8; BLOCK], byte: u8) -> u32;

    /// Those that another block has in the same place, be it in the other case. That has no capital letters, and nothing
    /// from the rows of the letters but letters.
    fn equal_in_any_case(self, block: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32;

    /// Those that come before the space: line breaks, and other control characters.
    fn controls(self, block: &[u8; BLOCK]) -> u32;

    /// Those that are not visible ASCII.
    fn invisible(self, block: &[u8; BLOCK]) -> u32;

    /// Those that are not ASCII.
    fn beyond_ascii(self, block: &[u8; BLOCK]) -> u32;
}

/// What makes many comparisons.
pub trait Search {
    /// What they lead to.
    type Found;

    /// Make them. This and all between it and the comparisons should be inlined, since it is compiled for the
    /// instructions only then.
    fn search(self, compare: impl Compare) -> Self::Found;
}

/// Search with the best instructions that the processor has.
#[inline]
pub fn search<S: Search>(what: S) -> S::Found {
    #[cfg(target_arch = "x86_64")]
    if let Some(compare) = Avx2::detect() {
        // SAFETY: there is an `Avx2`, so that the instructions have been detected.
        return unsafe { avx2::search(what, compare) };
    }
    what.search(Everywhere)
}

#[cfg(test)]
mod tests {
    use super::portable::Portable;
    use super::*;

    /// What a comparison finds, which is the same with all instructions.
    macro_rules! found {
        ($comparison:ident($($argument:expr),*)) => {{
            let found = Portable.$comparison($($argument),*);
            assert_eq!(Everywhere.$comparison($($argument),*), found);
            #[cfg(target_arch = "x86_64")]
            if let Some(compare) = Avx2::detect() {
                assert_eq!(compare.$comparison($($argument),*), found);
            }
            found
        }};
    }

    /// The bits of the bytes that are of a kind.
    fn expected(block: &[u8; BLOCK], kind: impl Fn(u8) -> bool) -> u32 {
        let bits = block.iter().map(|byte| u32::from(kind(*byte)));
        bits.rev().fold(0, |bits, bit| bits << 1 | bit)
    }

    #[test]
    fn every_byte_is_known_wherever_it_is() {
        for at in 0..BLOCK {
            for byte in 0..=255 {
                for others in [b'!', b' ', b':', 0x7f, 0x80, 0xff] {
                    let mut block = [others; BLOCK];
                    block[at] = byte;
                    let is_colon = expected(&block, |byte| byte == b':');
                    assert_eq!(found!(equal(&block, b':')), is_colon, "{block:?}");
                    let is_control = expected(&block, |byte| byte < b' ');
                    assert_eq!(found!(controls(&block)), is_control, "{block:?}");
                    let is_invisible = expected(&block, |byte| !byte.is_ascii_graphic());
                    assert_eq!(found!(invisible(&block)), is_invisible, "{block:?}");
                    let is_beyond_ascii = expected(&block, |byte| !byte.is_ascii());
                    assert_eq!(found!(beyond_ascii(&block)), is_beyond_ascii, "{block:?}");
                }
            }
        }
    }

    #[test]
    fn bytes_are_told_from_their_neighbours() {
        let block: [u8; BLOCK] = std::array::from_fn(|at| b"\x00: \x1f;9\r\n"[at % 8]);
        assert_eq!(found!(equal(&block, b':')), 0x0202_0202);
        assert_eq!(found!(controls(&block)), 0xc9c9_c9c9);
        assert_eq!(found!(invisible(&block)), 0xcdcd_cdcd);
    }

    #[test]
    fn letters_are_the_same_in_any_case() {
        for other in b"-:azno\0" {
            for at in 0..BLOCK {
                for byte in 0..=255 {
                    let mut block = [*other; BLOCK];
                    block[at] = byte;
                    let same = expected(&block, |byte| byte.eq_ignore_ascii_case(other));
                    let found = found!(equal_in_any_case(&block, &[*other; BLOCK]));
                    assert_eq!(found, same, "{block:?}");
                }
            }
        }
    }
}
