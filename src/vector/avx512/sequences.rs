//! Which bytes of a text make a code point.

use super::block::{Block, Blocks};

/// A text that is valid UTF-8, by the block.
pub(super) struct Sequences<'t> {
    blocks: Blocks<'t>,
    /// Whether the last byte of the block before, as a bit, is one with another byte before it, and one with two.
    before: [u64; 2],
}

/// The bytes of a block as what they may be the last of. Bytes are sets of bits.
pub(super) struct LastBytes {
    pub(super) block: Block,
    /// Those that are the last byte of a sequence.
    pub(super) last: u64,
    /// Those with another byte of the same sequence before them,
    pub(super) of_two: u64,
    /// with two,
    pub(super) of_three: u64,
    /// and with three.
    pub(super) of_four: u64,
}

impl<'t> Sequences<'t> {
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")]
    #[inline]
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            blocks: Blocks::new(text.as_bytes()),
            before: [0; 2],
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")]
    #[inline]
    pub(super) fn next(&mut self) -> Option<LastBytes> {
        let block = self.blocks.next()?;
        let of_two = block.continuations();
        let [two_before, three_before] = self.before;
        let of_three = of_two & (of_two << 1 | two_before);
        let of_four = of_two & (of_three << 1 | three_before);
        self.before = [of_two >> 63, of_three >> 63];
        let mut last = block.filled & !(of_two >> 1);
        // Not by a shift into that bit: two shifts in one would be a slow instruction on many processors, as
        // above, where it is one bit that is kept.
        if self.blocks.peek().is_some_and(|byte| byte & 0xC0 == 0x80) {
            last &= u64::MAX >> 1;
        }
        Some(LastBytes {
            block,
            last,
            of_two,
            of_three,
            of_four,
        })
    }
}

impl LastBytes {
    /// How many sequences end in the block.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.last.count_ones() as usize
    }
}
