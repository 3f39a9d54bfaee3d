//! The text that a compressor may refer back to, and the index of it.
//!
//! # Memory, and the cache
//!
//! A server has thousands of compressors and each is used now and then, so that what it touches has
//! to be fetched from memory: at 60 to 120 ns a line where one load waits for another, at a tenth
//! of that where loads do not wait, and at a fiftieth where they are in order. Hence:
//!
//! * The index is small. Only every second position is in it. A search for a position looks at two
//!   buckets: at its own, and at its successor's, whose entries match one byte earlier. Whichever
//!   parity a match has, one of the two knows it, and each entry serves for two positions.
//! * A bucket is a list of the last places where the same five bytes (by their hash) were, side by
//!   side, the newest first. A chain (zlib's) would be a miss for each of its links.
//! * A second index, of three bytes, is there as long as messages are so short that fixed codes are
//!   used: only under those do such matches pay.
//! * Before a message is searched, text and index are read from end to end ([`Window::fetch`]), in
//!   order.
//!
//! Entries are indices into the text. They are verified when used, never trusted: one may be of
//! another text with the same hash. So the worst that a wrong one can do is to find nothing.

use std::collections::TryReserveError;

use super::WindowBits;
use super::search::{FRONT, LONG, Match, Search, load};
use super::symbols::MAX_MATCH;
use super::table::Table;

/// Entries per bucket for three bytes.
const SHORT: usize = 4;

/// Bytes of text per bucket of each table.
const PER_BUCKET: usize = 29;

/// How far back matches of three bytes are looked for in text that was not indexed for them.
const NEAR: usize = 8192;

/// Bytes after the text, so that words can be loaded at its end.
const BACK: usize = 16;

/// The text and its index.
pub(super) struct Window {
    /// `FRONT` zeros, the text, `BACK` zeros.
    text: Vec<u8>,
    /// Where the same five bytes were.
    long: Table<5, LONG>,
    /// The same for three bytes, as long as there are messages so short that such matches are worth
    /// it.
    short: Table<3, SHORT>,
    /// Whether the text under way is one.
    near: bool,
    limits: Limits,
}

/// How large a window may become.
#[derive(Clone, Copy)]
struct Limits {
    /// The farthest distance of a match.
    distance: usize,
    /// How much text is kept.
    text: usize,
    /// How many buckets each table has.
    buckets: usize,
}

/// The buckets of a position.
#[derive(Clone, Copy)]
pub(super) struct Buckets {
    long: [u16; LONG],
    short: [u16; SHORT],
}

impl Buckets {
    const EMPTY: Self = Self {
        long: [0; LONG],
        short: [0; SHORT],
    };
}

impl Window {
    pub(super) fn new(bits: WindowBits, memory_level: u8) -> Self {
        let distance = bits.size();
        Self {
            text: Vec::new(),
            long: Table::new(),
            short: Table::new(),
            near: false,
            limits: Limits {
                distance,
                // Room for more than two matches of the greatest length, and not so little that it
                // is moved often.
                text: distance + (distance / 8).max(4 * MAX_MATCH),
                buckets: (((distance / PER_BUCKET) << memory_level) >> 8).max(4),
            },
        }
    }

    /// The index of the text's end.
    pub(super) fn end(&self) -> usize {
        self.text.len().saturating_sub(BACK).max(FRONT)
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or_default()
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Forget the text.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.long.clear();
        self.short.clear();
    }

    /// How many bytes of memory there are for text and index.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.text.capacity() + self.long.memory() + self.short.memory()
    }

    /// Append as much of `input` as there is room for, where the text before `from` is only looked
    /// back at. What is too far back goes. `near` says whether matches of three bytes will be
    /// looked for in the text. Returns how many bytes were appended, and how far all indices have
    /// moved.
    pub(super) fn append(
        &mut self,
        input: &[u8],
        mut from: usize,
        most: usize,
        near: bool,
    ) -> Result<(usize, usize), TryReserveError> {
        self.near = near;
        let mut end = self.end();
        let mut moved = 0;
        if end - FRONT + input.len() > self.limits.text {
            moved = (from - FRONT).saturating_sub(self.limits.distance);
            if moved > 0 {
                self.drop_front(moved);
            }
            end -= moved;
            from -= moved;
        }
        let taken = input
            .len()
            .min(self.limits.text - (end - FRONT))
            .min(most - (end - from).min(most));
        let (now, _) = input.split_at(taken);
        self.grow(end - FRONT + taken, from)?;
        self.text.truncate(end);
        self.text.resize(end, 0);
        self.text.extend_from_slice(now);
        self.text.resize(end + taken + BACK, 0);
        Ok((taken, moved))
    }

    /// Let go of the first bytes.
    fn drop_front(&mut self, count: usize) {
        // At most as many as a window has.
        let Ok(moved) = u16::try_from(count) else {
            return;
        };
        self.text.drain(FRONT..FRONT + count);
        self.long.shift(moved);
        self.short.shift(moved);
    }

    /// Have memory for a text of this length, and an index that is large enough for it, before
    /// matches are looked for from a position on.
    fn grow(&mut self, length: usize, from: usize) -> Result<(), TryReserveError> {
        let room = FRONT + length + BACK;
        if room > self.text.capacity() {
            let most = FRONT + self.limits.text + BACK;
            let wanted = most.min(room.max(2 * self.text.capacity()));
            self.text.try_reserve_exact(wanted - self.text.len())?;
        }
        let buckets = (length / PER_BUCKET).next_power_of_two().max(16);
        let buckets = buckets.min(self.limits.buckets);
        self.long.grow(buckets, FRONT)?;
        if self.near {
            let recent = from.saturating_sub(NEAR).max(FRONT);
            self.short.grow(buckets, recent)?;
            self.short.skip(recent);
        }
        Ok(())
    }

    /// Read everything in order, so that it is in the cache.
    pub(super) fn fetch(&self) {
        let words = self.text.chunks_exact(8);
        let words = words.filter_map(|word| word.first_chunk());
        std::hint::black_box(words.fold(0, |all, word| all | u64::from_le_bytes(*word)));
        self.long.fetch();
        self.short.fetch();
    }

    /// Put all positions before this one into the index, but for the last `later` of the text:
    /// their five bytes are not all known yet.
    pub(super) fn index(&mut self, to: usize, later: usize) {
        let to = to.min(self.end() - later);
        self.long.index(&self.text, to);
        if self.near {
            self.short.index(&self.text, to);
        }
    }

    /// The buckets of a position before `end`, before all of which are in the index; afterwards it
    /// is itself.
    pub(super) fn buckets(&mut self, at: usize, end: usize) -> Buckets {
        if at >= end {
            return Buckets::EMPTY;
        }
        let word = load(&self.text, at);
        let mut buckets = Buckets {
            long: self.long.bucket(word),
            short: [0; SHORT],
        };
        let known = at.is_multiple_of(2) && at + LATER < end;
        if known {
            self.long.push(word, at);
        }
        if self.near {
            buckets.short = self.short.bucket(word);
            if known {
                self.short.push(word, at);
            }
        }
        buckets
    }

    /// The longest match at a position, given its buckets and its successor's; the nearest of
    /// several.
    pub(super) fn longest(&self, at: usize, end: usize, own: &Buckets, next: &Buckets) -> Match {
        let mut search = Search {
            text: &self.text,
            at,
            word: load(&self.text, at),
            most: (end - at).min(MAX_MATCH),
            farthest: self.limits.distance,
            best: Match {
                length: 3,
                distance: 0,
            },
        };
        search.scan(&own.long, 1);
        if search.best.length < search.most {
            search.scan(&next.long, 0);
        }
        if search.best.distance == 0 {
            Match::default()
        } else {
            search.best
        }
    }

    /// A match of three or four bytes, not farther away than others.
    pub(super) fn nearest(&self, at: usize, end: usize, own: &Buckets, next: &Buckets) -> Match {
        let mut best = Match::default();
        if end - at < 4 {
            return best;
        }
        let word = load(&self.text, at) as u32;
        for (bucket, offset) in [(&own.short, 1), (&next.short, 0)] {
            for &entry in bucket {
                let entry = usize::from(entry) + offset;
                let differing = load(&self.text, entry) as u32 ^ word;
                let distance = at - entry.min(at);
                if differing << 8 == 0
                    && entry > FRONT
                    && distance.wrapping_sub(1) < self.limits.distance
                {
                    let length = 3 + usize::from(differing == 0);
                    if length > best.length {
                        best = Match { length, distance };
                    }
                }
            }
        }
        best
    }
}

/// How many of the last positions are put into the index only when more text is there.
pub(super) const LATER: usize = 4;
