//! The alphabets of DEFLATE (RFC 1951 section 3.2.5), and a token of a parsed text in them.

/// The end of a block, in the alphabet of literals and lengths.
pub(super) const END_OF_BLOCK: usize = 256;

/// Symbols for literals, the end of a block, and lengths; 286 and 287 never occur.
pub(super) const LITERALS: usize = 288;

/// Symbols for distances; 30 and 31 never occur in a stream.
pub(super) const DISTANCES: usize = 32;

/// The shortest match, and the longest.
pub(super) const MIN_MATCH: usize = 3;
pub(super) const MAX_MATCH: usize = 258;

/// The distance symbol of a literal: one that has neither a code nor extra bits.
const NO_DISTANCE: u32 = 31;

/// A literal or a match. From the low end: 9 bits for the literal or length symbol, 5 for the extra
/// bits of the length, 5 for the distance symbol, 13 for the extra bits of the distance.
///
/// Literals and matches are written by the same steps, so that no branch depends on the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token(u32);

impl Token {
    pub(super) fn literal(byte: u8) -> Self {
        Self(u32::from(byte) | NO_DISTANCE << 14)
    }

    /// A match of 3 to 258 bytes, 1 to 32,768 bytes back.
    pub(super) fn copy(length: usize, distance: usize) -> Self {
        let (symbol, extra) = distance_symbol(distance);
        let length = u32::from(LENGTHS[length_index(length)]);
        Self(length | symbol << 14 | extra << 19)
    }

    pub(super) fn literal_symbol(self) -> usize {
        self.0 as usize & 0x1ff
    }

    pub(super) fn length_extra(self) -> u32 {
        self.0 >> 9 & 0x1f
    }

    pub(super) fn distance_symbol(self) -> usize {
        (self.0 >> 14) as usize % DISTANCES
    }

    pub(super) fn distance_extra(self) -> u32 {
        self.0 >> 19
    }
}

/// The index of a match's length in [`LENGTHS`].
pub(super) fn length_index(length: usize) -> usize {
    length.wrapping_sub(MIN_MATCH) & 0xff
}

/// The symbol of a distance, and its extra bits.
pub(super) fn distance_symbol(distance: usize) -> (u32, u32) {
    // Not more than 32,768.
    let code = distance.wrapping_sub(1) as u32 & 0x7fff;
    let exponent = (code | 2).ilog2();
    let bits = exponent - 1;
    let symbol = 2 * exponent + (code >> bits & 1);
    (
        if code < 2 { code } else { symbol },
        code & ((1 << bits) - 1),
    )
}

/// The symbols of all lengths, by [`length_index`].
pub(super) fn length_symbols() -> impl Iterator<Item = usize> {
    LENGTHS
        .iter()
        .map(|&length| usize::from(length & 0x1ff) % LITERALS)
}

/// By length less 3: the symbol, and above it 5 extra bits.
static LENGTHS: [u16; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 255 {
        let (symbol, extra) = if index < 8 {
            (257 + index, 0)
        } else {
            let exponent = (index as u16).ilog2() as usize;
            let bits = exponent - 2;
            (
                257 + 4 * (exponent - 1) + (index >> bits & 3),
                index & ((1 << bits) - 1),
            )
        };
        table[index] = (symbol | extra << 9) as u16;
        index += 1;
    }
    table[255] = 285;
    table
};

/// How many extra bits a literal or length symbol has.
pub(super) static LITERAL_EXTRA: [u8; LITERALS] = {
    let mut table = [0; LITERALS];
    let mut symbol = 265;
    while symbol < 285 {
        table[symbol] = ((symbol - 261) / 4) as u8;
        symbol += 1;
    }
    table
};

/// How many extra bits a distance symbol has.
pub(super) static DISTANCE_EXTRA: [u8; DISTANCES] = {
    let mut table = [0; DISTANCES];
    let mut symbol = 4;
    while symbol < 30 {
        table[symbol] = (symbol / 2 - 1) as u8;
        symbol += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_section_3_2_5() {
        let mut next = 3;
        for (symbol, &bits) in LITERAL_EXTRA.iter().enumerate().take(285).skip(257) {
            for extra in 0..1 << bits {
                if next == 258 {
                    break;
                }
                let token = Token::copy(next, 1);
                assert_eq!(
                    (token.literal_symbol(), token.length_extra()),
                    (symbol, extra)
                );
                next += 1;
            }
        }
        let token = Token::copy(258, 1);
        assert_eq!(
            (next, token.literal_symbol(), token.length_extra()),
            (258, 285, 0)
        );
    }

    #[test]
    fn distances_are_those_of_section_3_2_5() {
        let mut next = 1;
        for (symbol, &bits) in DISTANCE_EXTRA.iter().enumerate().take(30) {
            for extra in 0..1 << bits {
                let token = Token::copy(3, next);
                assert_eq!(
                    (token.distance_symbol(), token.distance_extra()),
                    (symbol, extra)
                );
                next += 1;
            }
        }
        assert_eq!(next, 32_769);
    }

    #[test]
    fn a_literal_has_no_distance() {
        let token = Token::literal(b'a');
        assert_eq!((token.literal_symbol(), token.length_extra()), (97, 0));
        assert_eq!((token.distance_symbol(), token.distance_extra()), (31, 0));
        assert_eq!((DISTANCE_EXTRA[31], LITERAL_EXTRA[97]), (0, 0));
    }
}
