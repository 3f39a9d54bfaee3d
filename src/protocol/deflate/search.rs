//! The search for the longest match among the entries of a bucket.

use super::symbols::MAX_MATCH;

/// Entries per bucket for five bytes.
pub(super) const LONG: usize = 16;

/// Bytes before the text: an entry of 0 stands for none, and every position has a byte before it.
pub(super) const FRONT: usize = 8;

/// As many entries as a bucket has early on.
const FEW: usize = 3;

/// A match: its length, or 0 if there is none, and how far back it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Match {
    pub(super) length: usize,
    pub(super) distance: usize,
}

/// A search for the longest match at a position.
pub(super) struct Search<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    /// The first eight bytes there.
    pub(super) word: u64,
    /// The greatest length, and the greatest distance.
    pub(super) most: usize,
    pub(super) farthest: usize,
    pub(super) best: Match,
}

impl Search<'_> {
    /// Look at the entries of a bucket, which are `offset` before where their matches begin.
    #[inline(always)]
    pub(super) fn scan(&mut self, bucket: &[u16; LONG], offset: usize) {
        // To be longer, a match has to have the four bytes that end after the best one.
        let mut needed = load(self.text, self.at + self.best.length - 3) as u32;
        let Some(mut ends) = self.text.get(offset + self.best.length - 3..) else {
            return;
        };
        // Of a young window, most buckets have few entries.
        let used = if bucket[FEW] == 0 { FEW } else { LONG };
        for &entry in &bucket[..used] {
            let entry = usize::from(entry);
            let Some(end) = ends.get(entry..entry + 4).and_then(|end| end.first_chunk()) else {
                continue;
            };
            if u32::from_le_bytes(*end) != needed {
                continue;
            }
            let start = entry + offset;
            let differing = load(self.text, start) ^ self.word;
            let length = if differing != 0 {
                differing.trailing_zeros() as usize / 8
            } else {
                common(self.text, start, self.at)
            };
            let length = length.min(self.most);
            let distance = self.at - start.min(self.at);
            // Nor does zlib refer to the first byte of all, and others' tests know its output.
            let in_reach = start > FRONT && distance.wrapping_sub(1) < self.farthest;
            if length > self.best.length && in_reach {
                self.best = Match { length, distance };
                if length == self.most {
                    return;
                }
                needed = load(self.text, self.at + length - 3) as u32;
                let Some(further) = self.text.get(offset + length - 3..) else {
                    return;
                };
                ends = further;
            }
        }
    }
}

/// How many bytes are equal from two positions on: up to the end of the text, or a few more than
/// the longest match.
fn common(text: &[u8], one: usize, other: usize) -> usize {
    let mut length = 8;
    while length < MAX_MATCH && other + length + 8 <= text.len() {
        let differing = load(text, one + length) ^ load(text, other + length);
        if differing != 0 {
            return length + differing.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length
}

/// Eight bytes of the text.
pub(super) fn load(text: &[u8], at: usize) -> u64 {
    text.get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |word| u64::from_le_bytes(*word))
}
