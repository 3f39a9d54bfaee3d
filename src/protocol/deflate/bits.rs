//! Bits on their way into bytes (RFC 1951 section 3.1.1).

use std::collections::TryReserveError;

/// Bits that do not fill a byte yet, the first one lowest.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Bits {
    pending: u64,
    /// How many: fewer than 8 between two calls.
    count: u32,
}

/// Memory that bits are written into.
pub(super) struct Writer<'a> {
    bits: Bits,
    place: &'a mut [u8],
}

impl Bits {
    /// How many bits of a byte there are.
    pub(super) fn count(self) -> usize {
        self.count as usize
    }

    /// Append what `write` writes, so many bits at most, to `out`.
    pub(super) fn append(
        &mut self,
        bits: usize,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> Result<(), TryReserveError> {
        // Bits are written in words, of which the last may have begun.
        let (start, room) = (out.len(), bits / 8 + 2 * size_of::<u64>());
        out.try_reserve(room)?;
        out.resize(start + room, 0);
        let mut writer = Writer {
            bits: *self,
            place: out.get_mut(start..).unwrap_or_default(),
        };
        write(&mut writer);
        let rest = writer.place.len();
        *self = writer.bits;
        out.truncate(start + room - rest);
        Ok(())
    }
}

impl Writer<'_> {
    /// Write bits, 48 at most.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.bits.pending |= bits << self.bits.count;
        self.bits.count += count;
        let whole = self.bits.count / 8;
        let place = std::mem::take(&mut self.place);
        match place.first_chunk_mut() {
            Some(word) => *word = self.bits.pending.to_le_bytes(),
            None => debug_assert!(false, "there is room for another word"),
        }
        self.place = place.get_mut(whole as usize..).unwrap_or_default();
        self.bits.pending >>= whole * 8;
        self.bits.count %= 8;
    }

    /// Write zeros up to the end of a byte.
    pub(super) fn align(&mut self) {
        self.put(0, self.bits.count.wrapping_neg() % 8);
    }

    /// Write bytes, where a byte ends.
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) {
        let place = std::mem::take(&mut self.place);
        if let Some((now, rest)) = place.split_at_mut_checked(bytes.len()) {
            now.copy_from_slice(bytes);
            self.place = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bit_is_the_lowest() {
        let (mut bits, mut out) = (Bits::default(), vec![7]);
        bits.append(14, &mut out, |writer| {
            writer.put(0b1, 1);
            writer.put(0b01, 2);
            writer.put(0x7ff, 11);
        })
        .expect("memory");
        assert_eq!((out.as_slice(), bits.count()), (&[7, 0b1111_1011][..], 6));
        bits.append(18, &mut out, |writer| {
            writer.align();
            writer.put_bytes(&[1, 2]);
        })
        .expect("memory");
        assert_eq!(
            (out.as_slice(), bits.count()),
            (&[7, 0b1111_1011, 0b11_1111, 1, 2][..], 0)
        );
    }
}
