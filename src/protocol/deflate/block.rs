//! Blocks of DEFLATE data (RFC 1951 section 3.2.3): a parsed text in whichever of the three forms
//! is the shortest.

use std::collections::TryReserveError;

use super::bits::{Bits, Writer};
use super::huffman::{Code, Occurring, codes};
use super::symbols::{DISTANCE_EXTRA, DISTANCES, END_OF_BLOCK, LITERAL_EXTRA, LITERALS, Token};

/// The code lengths of both alphabets.
#[derive(Clone)]
pub(super) struct Lengths {
    pub(super) literals: [u8; LITERALS],
    pub(super) distances: [u8; DISTANCES],
}

impl Lengths {
    /// The fixed codes (section 3.2.6).
    pub(super) const FIXED: Self = {
        let mut literals = [8; LITERALS];
        let mut symbol = 144;
        while symbol < 280 {
            literals[symbol] = if symbol < 256 { 9 } else { 7 };
            symbol += 1;
        }
        Self {
            literals,
            distances: [5; DISTANCES],
        }
    };

    /// Such as codes of their own have for text with numbers in it.
    pub(super) const USUAL: Self = {
        let mut literals = [6; LITERALS];
        let mut symbol = 0;
        while symbol < 256 {
            literals[symbol] = match symbol as u8 {
                b'0'..=b'9' => 4,
                b' ' | b'a'..=b'z' => 5,
                b'!'..=b'~' => 7,
                _ => 9,
            };
            symbol += 1;
        }
        Self {
            literals,
            distances: [4; DISTANCES],
        }
    };
}

/// The fixed codes; the distance of a literal has none.
static FIXED: ([Code; LITERALS], [Code; DISTANCES]) = {
    let mut distances = codes(&Lengths::FIXED.distances);
    distances[31] = Code { bits: 0, length: 0 };
    (codes(&Lengths::FIXED.literals), distances)
};

/// End a message with an empty stored block, up to its length (RFC 7692 section 7.2.1).
pub(super) fn flush(bits: &mut Bits, out: &mut Vec<u8>) -> Result<(), TryReserveError> {
    bits.append(10, out, |writer| {
        writer.put(STORED, 3);
        writer.align();
    })
}

/// The three bits before a block that is not the last one.
const STORED: u64 = 0 << 1;
const FIXED_CODES: u64 = 1 << 1;
const OWN_CODES: u64 = 2 << 1;

/// The least bits of the header of a block with codes of its own where some symbol has four bits,
/// as is usual: 17, and the lengths of the codes for runs up to that for a length of four.
const LEAST_HEADER: usize = 17 + 3 * 12;

/// The most bytes in a stored block.
const MAX_STORED: usize = 0xffff;

/// A parsed text, and how often each symbol occurs in it.
pub(super) struct Block {
    tokens: Vec<Token>,
    literals: [u16; LITERALS],
    distances: [u16; DISTANCES],
}

impl Block {
    /// The most tokens: their number has to fit the frequencies.
    pub(super) const MAX_TOKENS: usize = 16_383;

    /// A block with room for so many tokens.
    pub(super) fn with_capacity(tokens: usize) -> Result<Self, TryReserveError> {
        let mut list = Vec::new();
        list.try_reserve_exact(tokens.min(Self::MAX_TOKENS) + 4)?;
        Ok(Self {
            tokens: list,
            literals: [0; LITERALS],
            distances: [0; DISTANCES],
        })
    }

    pub(super) fn push(&mut self, token: Token) {
        self.tokens.push(token);
        self.literals[token.literal_symbol() % LITERALS] += 1;
        self.distances[token.distance_symbol()] += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether a match and the literals before it have room.
    pub(super) fn has_room(&self) -> bool {
        self.tokens.len() + 4 <= Self::MAX_TOKENS
    }

    pub(super) fn clear(&mut self) {
        self.tokens.clear();
        self.literals.fill(0);
        self.distances.fill(0);
    }

    /// Write the block, which stands for `text`, in the shortest form. Returns the code lengths
    /// that this has used or, of a stored block, would have; none for the fixed ones.
    pub(super) fn write(
        &mut self,
        text: &[u8],
        bits: &mut Bits,
        out: &mut Vec<u8>,
    ) -> Result<Option<Lengths>, TryReserveError> {
        self.literals[END_OF_BLOCK] = 1;
        // A literal's distance has no code.
        self.distances[31] = 0;
        let (mut literals, mut distances) = (
            Occurring::new(&self.literals),
            Occurring::new(&self.distances),
        );
        let extra = literals.total(&LITERAL_EXTRA) + distances.total(&DISTANCE_EXTRA);
        let fixed = 3
            + extra
            + literals.total(&Lengths::FIXED.literals)
            + distances.total(&Lengths::FIXED.distances);
        let stored = stored_bits(text.len(), bits.count());
        let promising = self.tokens.len() >= 256
            || LEAST_HEADER + extra + least_bits(&literals) + least_bits(&distances) < fixed;
        let own = promising.then(|| Own::new(&mut literals, &mut distances));
        let own_bits = own.as_ref().map_or(usize::MAX, |own| extra + own.bits);
        if stored < fixed.min(own_bits) {
            bits.append(stored, out, |writer| store(text, writer))?;
            return Ok(own.map(|own| own.lengths));
        }
        match own {
            Some(own) if own_bits < fixed => {
                bits.append(own_bits, out, |writer| {
                    own.write_header(writer);
                    let literals = codes(&own.lengths.literals);
                    let distances = codes(&own.lengths.distances);
                    self.write_tokens(&literals, &distances, writer);
                })?;
                Ok(Some(own.lengths))
            }
            _ => {
                bits.append(fixed, out, |writer| {
                    writer.put(FIXED_CODES, 3);
                    self.write_tokens(&FIXED.0, &FIXED.1, writer);
                })?;
                Ok(None)
            }
        }
    }

    fn write_tokens(
        &self,
        literals: &[Code; LITERALS],
        distances: &[Code; DISTANCES],
        writer: &mut Writer<'_>,
    ) {
        for &token in &self.tokens {
            let (symbol, distance) = (token.literal_symbol() % LITERALS, token.distance_symbol());
            let (first, second) = (literals[symbol], distances[distance]);
            let mut word = u64::from(first.bits);
            let mut count = u32::from(first.length);
            word |= u64::from(token.length_extra()) << count;
            count += u32::from(LITERAL_EXTRA[symbol]);
            word |= u64::from(second.bits) << count;
            count += u32::from(second.length);
            word |= u64::from(token.distance_extra()) << count;
            count += u32::from(DISTANCE_EXTRA[distance]);
            writer.put(word, count);
        }
        let end = literals[END_OF_BLOCK];
        writer.put(end.bits.into(), end.length.into());
    }
}

/// A lower bound of the bits that symbols take in a code of their own: their entropy, and three for
/// the description of each code length.
fn least_bits<const N: usize>(symbols: &Occurring<N>) -> usize {
    let (mut used, mut all, mut known) = (0, 0, 0);
    for (_, frequency) in symbols.iter() {
        used += 1;
        all += frequency;
        known += frequency * log2(frequency);
    }
    ((all * log2(all)).saturating_sub(known) / 16 + 3 * used) as usize
}

/// 16 times the binary logarithm, and 0 for 0.
fn log2(number: u32) -> u32 {
    let number = number.max(1);
    let exponent = number.ilog2();
    // Between two powers of two, five bits of the number tell.
    let fraction = (number << 5 >> exponent) as usize % 32;
    16 * exponent + u32::from(FRACTIONS[fraction])
}

/// 16 times the binary logarithm of 1 + n / 32.
static FRACTIONS: [u8; 32] = [
    0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 13, 14, 14,
    15, 15, 15, 16,
];

/// How many bits stored blocks take for a text, after so many bits of a byte.
fn stored_bits(text: usize, pending: usize) -> usize {
    let blocks = text.div_ceil(MAX_STORED).max(1);
    let first = 3 + (pending + 3).wrapping_neg() % 8;
    first + (blocks - 1) * 8 + blocks * 32 + text * 8
}

/// Section 3.2.4.
fn store(text: &[u8], writer: &mut Writer<'_>) {
    for text in text.chunks(MAX_STORED) {
        writer.put(STORED, 3);
        writer.align();
        let length = text.len() as u64;
        writer.put(length | (length ^ 0xffff) << 16, 32);
        writer.put_bytes(text);
    }
}

/// Codes of the block's own (section 3.2.7).
struct Own {
    lengths: Lengths,
    /// How many lengths are described of literals and of distances.
    described: (usize, usize),
    /// The code lengths of the symbols for runs, and how many of them are described.
    run_lengths: [u8; 19],
    run_lengths_described: usize,
    /// How many bits the block takes but for extra bits.
    bits: usize,
}

/// The order in which the lengths of the codes for runs are written.
const RUN_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// How many extra bits a symbol for a run has.
const RUN_EXTRA: [u8; 19] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7];

impl Own {
    fn new(literals: &mut Occurring<LITERALS>, distances: &mut Occurring<DISTANCES>) -> Self {
        let lengths = Lengths {
            literals: literals.code_lengths(15),
            distances: distances.code_lengths(15),
        };
        let count = |lengths: &[u8]| lengths.iter().rposition(|&length| length != 0);
        // The end of the block has a length, and one distance at least is described.
        let described = (
            count(&lengths.literals).map_or(257, |last| 257.max(last + 1)),
            count(&lengths.distances).map_or(1, |last| last + 1),
        );
        let mut own = Self {
            lengths,
            described,
            run_lengths: [0; 19],
            run_lengths_described: 4,
            bits: 0,
        };
        let mut frequencies = [0; 19];
        own.describe(|symbol, _| frequencies[symbol % 19] += 1);
        let mut runs = Occurring::new(&frequencies);
        let run_bits = runs.total(&RUN_EXTRA);
        own.run_lengths = runs.code_lengths(7);
        let last = RUN_ORDER
            .iter()
            .rposition(|&symbol| own.run_lengths[symbol] != 0);
        own.run_lengths_described = last.map_or(4, |last| 4.max(last + 1));
        own.bits = 3
            + 14
            + 3 * own.run_lengths_described
            + run_bits
            + runs.total(&own.run_lengths)
            + literals.total(&own.lengths.literals)
            + distances.total(&own.lengths.distances);
        own
    }

    /// Describe the code lengths by runs of equal ones: call `push` with symbols and their extra
    /// bits.
    fn describe(&self, mut push: impl FnMut(usize, usize)) {
        let (literals, distances) = self.described;
        let literals = self.lengths.literals[..literals].chunk_by(|one, other| one == other);
        let distances = self.lengths.distances[..distances].chunk_by(|one, other| one == other);
        for run in literals.chain(distances) {
            let (length, mut left) = (usize::from(run[0]), run.len());
            if length != 0 {
                push(length, 0);
                left -= 1;
            }
            while left >= 3 {
                let (symbol, least, most) = match (length, left) {
                    (0, ..11) => (17, 3, 10),
                    (0, _) => (18, 11, 138),
                    _ => (16, 3, 6),
                };
                let now = left.min(most);
                push(symbol, now - least);
                left -= now;
            }
            for _ in 0..left {
                push(length, 0);
            }
        }
    }

    fn write_header(&self, writer: &mut Writer<'_>) {
        let (literals, distances) = self.described;
        writer.put(OWN_CODES, 3);
        let counts =
            (literals - 257) | (distances - 1) << 5 | (self.run_lengths_described - 4) << 10;
        writer.put(counts as u64, 14);
        for &symbol in &RUN_ORDER[..self.run_lengths_described] {
            writer.put(self.run_lengths[symbol].into(), 3);
        }
        let codes = codes(&self.run_lengths);
        self.describe(|symbol, extra| {
            let code = codes[symbol % 19];
            let word = u64::from(code.bits) | (extra as u64) << code.length;
            writer.put(word, u32::from(code.length + RUN_EXTRA[symbol % 19]));
        });
    }
}

#[cfg(test)]
mod tests;
