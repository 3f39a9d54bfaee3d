//! Blocks of DEFLATE data (RFC 1951 section 3.2.3): a parsed text in whichever of the three forms is the shortest.

use std::collections::TryReserveError;

use super::bits::{Bits, Writer};
use super::huffman::{Code, code_lengths, codes};
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
}

impl Lengths {
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

/// The fixed codes; a literal's distance has none.
static FIXED: ([Code; LITERALS], [Code; DISTANCES]) = {
    let mut distances = codes(&Lengths::FIXED.distances);
    distances[31] = Code { bits: 0, length: 0 };
    (codes(&Lengths::FIXED.literals), distances)
};

/// End a message behind its blocks with an empty one without compression, up to its length (RFC 7692 section 7.2.1).
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

    /// Write the block, which stands for `text`, in the shortest form. Returns the code lengths that this
    /// has used or, of a stored block, would have; and whether they are the fixed ones.
    pub(super) fn write(
        &mut self,
        text: &[u8],
        bits: &mut Bits,
        out: &mut Vec<u8>,
    ) -> Result<(Lengths, bool), TryReserveError> {
        self.literals[END_OF_BLOCK] = 1;
        // A literal's distance has no code.
        self.distances[31] = 0;
        let extra = total(&self.literals, &LITERAL_EXTRA) + total(&self.distances, &DISTANCE_EXTRA);
        let fixed = 3
            + extra
            + total(&self.literals, &Lengths::FIXED.literals)
            + total(&self.distances, &Lengths::FIXED.distances);
        let stored = stored_bits(text.len(), bits.count());
        let promising = self.tokens.len() >= 256
            || extra + least_bits(&self.literals) + least_bits(&self.distances) < fixed;
        let own = promising.then(|| Own::new(&self.literals, &self.distances));
        let own_bits = own.as_ref().map_or(usize::MAX, |own| extra + own.bits);
        if stored < fixed.min(own_bits) {
            bits.append(stored, out, |writer| store(text, writer))?;
            return Ok(own.map_or((Lengths::FIXED, true), |own| (own.lengths, false)));
        }
        match own {
            Some(own) if own_bits < fixed => {
                bits.append(own_bits, out, |writer| {
                    own.write_header(writer);
                    let literals = codes(&own.lengths.literals);
                    let distances = codes(&own.lengths.distances);
                    self.write_tokens(&literals, &distances, writer);
                })?;
                Ok((own.lengths, false))
            }
            _ => {
                bits.append(fixed, out, |writer| {
                    writer.put(FIXED_CODES, 3);
                    self.write_tokens(&FIXED.0, &FIXED.1, writer);
                })?;
                Ok((Lengths::FIXED, true))
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

/// How many bits symbols take, each so many.
fn total<const N: usize>(frequencies: &[u16; N], bits: &[u8; N]) -> usize {
    let products = frequencies.iter().zip(bits);
    let sum: u32 = products
        .map(|(&frequency, &bits)| u32::from(frequency) * u32::from(bits))
        .sum();
    sum as usize
}

/// What a code of their own saves in no case: how many bits symbols take by their entropy, and three for the description of each code
/// length.
fn least_bits<const N: usize>(frequencies: &[u16; N]) -> usize {
    let (mut used, mut all, mut known) = (0, 0_u32, 0);
    for &frequency in frequencies {
        used += u32::from(frequency != 0);
        all += u32::from(frequency);
        known += u32::from(frequency) * log2(frequency.into());
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

/// How many bits stored blocks take for a text, behind so many bits of a byte.
fn stored_bits(text: usize, behind: usize) -> usize {
    let blocks = text.div_ceil(MAX_STORED).max(1);
    let first = 3 + (behind + 3).wrapping_neg() % 8;
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
    /// The code lengths, run-length encoded: symbols, and above 8 bits the extra bits of each.
    runs: [u16; LITERALS + DISTANCES],
    run_count: usize,
    run_lengths: [u8; 19],
    /// How many lengths are described: of literals, of distances, of runs.
    described: (usize, usize, usize),
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
    fn new(literals: &[u16; LITERALS], distances: &[u16; DISTANCES]) -> Self {
        let mut lengths = Lengths {
            literals: [0; LITERALS],
            distances: [0; DISTANCES],
        };
        code_lengths(literals, 15, &mut lengths.literals);
        code_lengths(distances, 15, &mut lengths.distances);
        // One distance code at least has to be described; one of no bits says that there are none.
        let used = |lengths: &[u8], least: usize| {
            lengths
                .iter()
                .rposition(|&length| length != 0)
                .map_or(least, |last| least.max(last + 1))
        };
        let (literal_count, distance_count) =
            (used(&lengths.literals, 257), used(&lengths.distances, 1));
        let mut all = [0; LITERALS + DISTANCES];
        all[..literal_count].copy_from_slice(&lengths.literals[..literal_count]);
        all[literal_count..][..distance_count]
            .copy_from_slice(&lengths.distances[..distance_count]);
        let mut own = Self {
            runs: [0; LITERALS + DISTANCES],
            run_count: 0,
            run_lengths: [0; 19],
            described: (literal_count, distance_count, 4),
            bits: 0,
            lengths,
        };
        let mut frequencies = [0; 19];
        for run in all[..literal_count + distance_count].chunk_by(|one, other| one == other) {
            own.describe(run, &mut frequencies);
        }
        code_lengths(&frequencies, 7, &mut own.run_lengths);
        let last = RUN_ORDER
            .iter()
            .rposition(|&symbol| own.run_lengths[symbol] != 0);
        own.described.2 = last.map_or(4, |last| 4.max(last + 1));
        own.bits = 3
            + 14
            + 3 * own.described.2
            + total(&frequencies, &own.run_lengths)
            + total(&frequencies, &RUN_EXTRA)
            + total(literals, &own.lengths.literals)
            + total(distances, &own.lengths.distances);
        own
    }

    /// Describe a run of equal lengths.
    fn describe(&mut self, run: &[u8], frequencies: &mut [u16; 19]) {
        let Some(&length) = run.first() else { return };
        let mut push = |symbol: usize, extra: usize| {
            self.runs[self.run_count] = (symbol | extra << 8) as u16;
            self.run_count += 1;
            frequencies[symbol % 19] += 1;
        };
        let mut left = run.len();
        if length == 0 {
            while left >= 3 {
                let now = left.min(138);
                if now < 11 {
                    push(17, now - 3);
                } else {
                    push(18, now - 11);
                }
                left -= now;
            }
        } else {
            push(length.into(), 0);
            left -= 1;
            while left >= 3 {
                let now = left.min(6);
                push(16, now - 3);
                left -= now;
            }
        }
        for _ in 0..left {
            push(length.into(), 0);
        }
    }

    fn write_header(&self, writer: &mut Writer<'_>) {
        let (literals, distances, run_lengths) = self.described;
        writer.put(OWN_CODES, 3);
        let counts = (literals - 257) | (distances - 1) << 5 | (run_lengths - 4) << 10;
        writer.put(counts as u64, 14);
        for &symbol in &RUN_ORDER[..run_lengths] {
            writer.put(self.run_lengths[symbol].into(), 3);
        }
        let run_codes = codes(&self.run_lengths);
        for &run in &self.runs[..self.run_count] {
            let symbol = usize::from(run & 0xff) % 19;
            let code = run_codes[symbol];
            let word = u64::from(code.bits) | u64::from(run >> 8) << code.length;
            writer.put(word, u32::from(code.length) + u32::from(RUN_EXTRA[symbol]));
        }
    }
}

#[cfg(test)]
mod tests;
