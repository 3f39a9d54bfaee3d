//! Ends and lengths of the UTF-8 sequences in a block.

use super::block::{Block, Blocks};

/// Valid UTF-8, block by block.
pub(super) struct Sequences<'t> {
    blocks: Blocks<'t>,
    /// Bit 0: the last byte of the block before is a continuation byte.
    before: u64,
}

/// The bytes of a block by their place in a sequence. Each field is a mask.
pub(super) struct LastBytes {
    pub(super) block: Block,
    /// Bytes that end a sequence.
    pub(super) last: u64,
    /// Bytes with one more byte of the same sequence before them.
    pub(super) of_two: u64,
    /// Bytes with two more before them.
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
        // Only the carried bit is kept: a double shift (`shld`) is slow on many processors.
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
    /// The number of sequences that end in the block.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.last.count_ones() as usize
    }
}
