//! A hash table of the places in a text where the same few bytes were.

use std::collections::TryReserveError;

use super::search::{FRONT, load};

/// Buckets of `N` places with the same `BYTES` bytes, by their hash, the newest first. Only even
/// positions are in it, and each as the position less one; 0 stands for none.
pub(super) struct Table<const BYTES: u32, const N: usize> {
    buckets: Vec<[u16; N]>,
    /// The table has all positions before this one, or as many of them as it is to have.
    indexed: usize,
}

impl<const BYTES: u32, const N: usize> Table<BYTES, N> {
    /// A table without buckets.
    pub(super) const fn new() -> Self {
        Self {
            buckets: Vec::new(),
            indexed: FRONT,
        }
    }

    /// Have at least so many buckets; if there were fewer, they begin empty, and at a position.
    pub(super) fn grow(&mut self, buckets: usize, from: usize) -> Result<(), TryReserveError> {
        if buckets > self.buckets.len() {
            let mut empty = Vec::new();
            empty.try_reserve_exact(buckets)?;
            empty.resize(buckets, [0; N]);
            self.buckets = empty;
            self.indexed = from;
        }
        Ok(())
    }

    /// Put in all positions of a text before this one.
    pub(super) fn index(&mut self, text: &[u8], to: usize) {
        for at in (self.indexed.next_multiple_of(2)..to).step_by(2) {
            self.push(load(text, at), at);
        }
        self.indexed = self.indexed.max(to);
    }

    /// Put in a position, given the word there.
    pub(super) fn push(&mut self, word: u64, at: usize) {
        let slot = self.slot(word);
        if let Some(bucket) = self.buckets.get_mut(slot) {
            bucket.copy_within(..N - 1, 1);
            bucket[0] = (at - 1) as u16;
        }
        self.indexed = at + 1;
    }

    /// The bucket for a word.
    pub(super) fn bucket(&self, word: u64) -> [u16; N] {
        let bucket = self.buckets.get(self.slot(word));
        bucket.copied().unwrap_or([0; N])
    }

    fn slot(&self, word: u64) -> usize {
        let hash = (word << (64 - 8 * BYTES)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        ((hash * self.buckets.len() as u64) >> 32) as usize
    }

    /// Do without the positions before this one that are not in the table.
    pub(super) fn skip(&mut self, to: usize) {
        self.indexed = self.indexed.max(to);
    }

    /// Move all positions towards the front; those that are not that far from it go.
    pub(super) fn shift(&mut self, by: u16) {
        self.indexed = self.indexed.saturating_sub(by.into()).max(FRONT);
        for place in self.buckets.as_flattened_mut() {
            *place = place.saturating_sub(by);
        }
    }

    /// Forget all positions.
    pub(super) fn clear(&mut self) {
        self.buckets.fill([0; N]);
        self.indexed = FRONT;
    }

    /// How many bytes of memory there are.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.buckets.capacity() * size_of::<[u16; N]>()
    }

    /// Read everything in order, so that it is in the cache.
    pub(super) fn fetch(&self) {
        let places = self.buckets.as_flattened().iter();
        std::hint::black_box(places.fold(0, |all, place| all | place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is before the text, the text, and room for words at its end.
    fn padded(text: &[u8]) -> Vec<u8> {
        [&[0; FRONT], text, &[0; 16]].concat()
    }

    fn table(text: &[u8], to: usize) -> Table<3, 4> {
        let mut table = Table::new();
        table.grow(8, FRONT).expect("memory");
        table.index(text, FRONT + to);
        table
    }

    #[test]
    fn a_bucket_has_the_last_places_of_the_same_bytes() {
        let text = padded(&b"abc?".repeat(7));
        let table = table(&text, 24);
        let place = |at: usize| (FRONT + at - 1) as u16;
        let word = load(&text, FRONT);
        assert_eq!(table.bucket(word), [20, 16, 12, 8].map(place));
        // Other bytes after the three make no difference, and odd positions are not in the table.
        assert_eq!(table.bucket(word & 0xff_ffff), table.bucket(word));
        assert_eq!(table.bucket(load(&text, FRONT + 1)), [0; 4]);
    }

    #[test]
    fn positions_are_put_in_once() {
        let text = padded(&b"abc?".repeat(7));
        let mut table = table(&text, 9);
        let word = load(&text, FRONT);
        table.index(&text, FRONT + 4);
        table.index(&text, FRONT + 12);
        let place = |at: usize| (FRONT + at - 1) as u16;
        assert_eq!(table.bucket(word), [place(8), place(4), place(0), 0]);
        // Those that were pushed, and those to be skipped, are not put in again.
        table.push(word, FRONT + 12);
        table.skip(FRONT + 20);
        table.skip(FRONT + 14);
        table.index(&text, FRONT + 21);
        assert_eq!(table.bucket(word), [20, 12, 8, 4].map(place));
    }

    #[test]
    fn places_move_with_the_text() {
        let text = padded(&b"abc?".repeat(7));
        let mut table = table(&text, 10);
        let word = load(&text, FRONT);
        table.shift(6);
        let place = |at: usize| (FRONT + at - 1) as u16;
        // The first one is out of the text now, in which there is only what is before it.
        assert_eq!(
            table.bucket(word),
            [place(2), place(0) - 2, place(0) - 6, 0]
        );
        assert_eq!(table.indexed, FRONT + 4);
        table.shift(100);
        assert_eq!((table.bucket(word), table.indexed), ([0; 4], FRONT));
    }

    #[test]
    fn a_table_grows_and_begins_empty() {
        let text = padded(&b"abc?".repeat(7));
        let mut table = table(&text, 10);
        let word = load(&text, FRONT);
        table.grow(8, FRONT + 4).expect("memory");
        assert_ne!(table.bucket(word), [0; 4]);
        table.grow(9, FRONT + 4).expect("memory");
        assert_eq!((table.bucket(word), table.indexed), ([0; 4], FRONT + 4));
        assert_eq!(table.memory(), 9 * 8);
        table.index(&text, FRONT + 10);
        table.clear();
        assert_eq!((table.bucket(word), table.indexed), ([0; 4], FRONT));
    }
}
