//! Which bytes of a text make a code point.

use super::block::{Block, Blocks};

/// A text that is valid UTF-8, by the block.
pub(super) struct Sequences<'t> {
    blocks: Blocks<'t>,
    /// Whether the last byte of the block before is a continuation byte, as a bit.
    before: u64,
}

/// The bytes of a block as what they may be the last of. Bytes are sets of bits.
pub(super) struct LastBytes {
    pub(super) block: Block,
    /// Those that are the last byte of a sequence.
    pub(super) last: u64,
    /// Those with another byte of the same sequence before them,
    pub(super) of_two: u64,
    /// and with two.
    pub(super) of_three: u64,
}

impl<'t> Sequences<'t> {
    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
    #[inline]
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            blocks: Blocks::new(text.as_bytes()),
            before: 0,
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
    #[inline]
    pub(super) fn next(&mut self) -> Option<LastBytes> {
        let block = self.blocks.next()?;
        let of_two = block.continuations();
        // A bit is kept and not the whole, here and below: two shifts in one are a slow instruction on many processors.
        let of_three = of_two & (of_two << 1 | self.before);
        self.before = of_two >> 63;
        let mut last = block.filled & !(of_two >> 1);
        if self.blocks.peek().is_some_and(|byte| byte & 0xC0 == 0x80) {
            last &= u64::MAX >> 1;
        }
        Some(LastBytes {
            block,
            last,
            of_two,
            of_three,
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
