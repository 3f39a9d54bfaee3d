//! The text that a compressor may refer back to, and the index of it.
//!
//! # Memory, and the cache
//!
//! A server has thousands of compressors and each is used now and then, so that what it touches has to be fetched from
//! memory: at 60 to 120 ns a line where one load waits for another, at a tenth of that where loads do not wait, and at a
//! fiftieth where they are in order. Hence:
//!
//! * The index is small. Only every second position is in it. A search for a position looks at two buckets: at its own,
//!   and at its successor's, whose entries match one byte earlier. Whichever parity a match has, one of the two
//!   knows it, and each entry serves for two positions.
//! * A bucket is a list of the last places where the same five bytes (by their hash) were, side by side, the newest first. A
//!   chain (zlib's) would be a miss for each of its links.
//! * Before a message is searched, text and index are read from end to end ([`Window::fetch`]), in order.
//!
//! Entries are indices into the text. They are verified when used, never trusted: one may be of another text with
//! the same hash. So the worst that a wrong one can do is to find nothing.

use std::collections::TryReserveError;

use super::WindowBits;
use super::search::{Match, Search, load};
use super::symbols::MAX_MATCH;

/// Entries per bucket, for five bytes and for three.
pub(super) const LONG: usize = 16;
const SHORT: usize = 4;

/// Bytes before the text: an entry of 0 stands for none, and every position has a byte before it.
pub(super) const FRONT: usize = 8;

/// Bytes after the text, so that words can be loaded at its end.
const BACK: usize = 16;

/// The text and its index.
pub(super) struct Window {
    /// `FRONT` zeros, the text, `BACK` zeros.
    text: Vec<u8>,
    /// Buckets of the even positions with the same five bytes, by their hash; of each position the index less one.
    long: Vec<[u16; LONG]>,
    /// The same for three bytes: those that are near, for messages so short that such matches are worth it.
    short: Vec<[u16; SHORT]>,
    /// All positions before this one are in the index.
    indexed: usize,
    limits: Limits,
}

/// How large a window may become.
#[derive(Clone, Copy)]
struct Limits {
    /// The farthest distance of a match.
    distance: usize,
    /// How much text is kept.
    text: usize,
    /// How many buckets there are of each kind.
    long: usize,
    short: usize,
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
        let scaled = |buckets: usize| ((buckets << memory_level) >> 8).max(4);
        Self {
            text: Vec::new(),
            long: Vec::new(),
            short: Vec::new(),
            indexed: FRONT,
            limits: Limits {
                distance,
                // Room for more than two matches of the greatest length, and not so little that it is moved often.
                text: distance + (distance / 8).max(4 * MAX_MATCH),
                long: scaled(distance / 29),
                short: scaled(distance / 32),
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
        self.long.fill([0; LONG]);
        self.short.fill([0; SHORT]);
        self.indexed = FRONT;
    }

    /// Append as much of `input` as there is room for, where the text before `from` is only looked back at. What is
    /// too far back goes. Returns how many bytes were appended, and how far all indices have moved.
    pub(super) fn append(
        &mut self,
        input: &[u8],
        mut from: usize,
        most: usize,
    ) -> Result<(usize, usize), TryReserveError> {
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
        self.grow(end - FRONT + taken)?;
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
        self.indexed = self.indexed.saturating_sub(count).max(FRONT);
        for entry in self.long.as_flattened_mut() {
            *entry = entry.saturating_sub(moved);
        }
        for entry in self.short.as_flattened_mut() {
            *entry = entry.saturating_sub(moved);
        }
    }

    /// Have memory for a text of this length, and an index that is large enough for it.
    fn grow(&mut self, length: usize) -> Result<(), TryReserveError> {
        let room = FRONT + length + BACK;
        if room > self.text.capacity() {
            let most = FRONT + self.limits.text + BACK;
            let wanted = most.min(room.max(2 * self.text.capacity()));
            self.text.try_reserve_exact(wanted - self.text.len())?;
        }
        let buckets =
            |most: usize, per: usize| most.min((length / per).next_power_of_two().max(16));
        let (long, short) = (
            buckets(self.limits.long, 29),
            buckets(self.limits.short, 32),
        );
        if long > self.long.len() {
            let (long, short) = (empty(long)?, empty(short.max(self.short.len()))?);
            (self.long, self.short) = (long, short);
            let indexed = std::mem::replace(&mut self.indexed, FRONT);
            self.index(indexed, 0);
        }
        Ok(())
    }

    /// Read everything in order, so that it is in the cache.
    pub(super) fn fetch(&self) {
        let words = self
            .text
            .chunks_exact(8)
            .filter_map(|word| word.first_chunk());
        let text = words.fold(0, |all, word| all | u64::from_le_bytes(*word));
        let long = self
            .long
            .as_flattened()
            .iter()
            .fold(0, |all, entry| all | entry);
        let short = self
            .short
            .as_flattened()
            .iter()
            .fold(0, |all, entry| all | entry);
        std::hint::black_box((text, long, short));
    }

    /// Put all positions before this one into the index, but for the last `later` of the text: their five bytes are
    /// not all known yet.
    pub(super) fn index(&mut self, to: usize, later: usize) {
        let to = to.min(self.end() - later);
        let mut at = self.indexed.next_multiple_of(2);
        while at < to {
            let word = load(&self.text, at);
            let (long, short) = (
                slot(hash_long(word), self.long.len()),
                slot(hash_short(word), self.short.len()),
            );
            if let (Some(long), Some(short)) = (self.long.get_mut(long), self.short.get_mut(short))
            {
                push(long, at);
                push(short, at);
            }
            at += 2;
        }
        self.indexed = self.indexed.max(to);
    }

    /// The buckets of a position before `end`, before all of which are in the index; afterwards it is itself.
    pub(super) fn buckets(&mut self, at: usize, end: usize) -> Buckets {
        if at >= end {
            return Buckets::EMPTY;
        }
        let word = load(&self.text, at);
        let (long, short) = (
            slot(hash_long(word), self.long.len()),
            slot(hash_short(word), self.short.len()),
        );
        let (Some(long), Some(short)) = (self.long.get_mut(long), self.short.get_mut(short)) else {
            return Buckets::EMPTY;
        };
        let buckets = Buckets {
            long: *long,
            short: *short,
        };
        if at.is_multiple_of(2) && at + LATER < end {
            push(long, at);
            push(short, at);
            self.indexed = at + 1;
        }
        buckets
    }

    /// The longest match at a position, given its buckets and its successor's; the nearest of several.
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

fn hash_long(word: u64) -> u32 {
    ((word << 24).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

fn hash_short(word: u64) -> u32 {
    ((word as u32) << 8).wrapping_mul(0x9e37_79b1)
}

/// The bucket of a hash among so many.
fn slot(hash: u32, buckets: usize) -> usize {
    ((u64::from(hash) * buckets as u64) >> 32) as usize
}

fn push<const N: usize>(bucket: &mut [u16; N], at: usize) {
    bucket.copy_within(..N - 1, 1);
    bucket[0] = (at - 1) as u16;
}

/// So many empty buckets.
fn empty<const N: usize>(count: usize) -> Result<Vec<[u16; N]>, TryReserveError> {
    let mut buckets = Vec::new();
    buckets.try_reserve_exact(count)?;
    buckets.resize(count, [0; N]);
    Ok(buckets)
}
