//! Prefix codes of bounded length (RFC 1951 section 3.2.2).

/// The longest code of a symbol.
pub(super) const MAX_LENGTH: usize = 15;

/// The symbols of an alphabet that occur, each with its frequency.
pub(super) struct Occurring<const N: usize> {
    /// The frequency above 16 bits for the symbol.
    list: [u32; N],
    count: usize,
}

impl<const N: usize> Occurring<N> {
    pub(super) fn new(frequencies: &[u16; N]) -> Self {
        let (mut list, mut count) = ([0; N], 0);
        for (symbol, &frequency) in (0..).zip(frequencies) {
            // Written in any case, so that no branch depends on the frequency.
            if let Some(place) = list.get_mut(count) {
                *place = u32::from(frequency) << 16 | symbol;
            }
            count += usize::from(frequency != 0);
        }
        Self { list, count }
    }

    /// Each symbol and its frequency.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u32)> {
        let occurring = self.list.iter().take(self.count);
        occurring.map(|&entry| (entry as usize & 0xffff, entry >> 16))
    }

    /// How many bits the symbols take, each so many.
    pub(super) fn total(&self, bits: &[u8; N]) -> usize {
        let sum: u32 = self
            .iter()
            .map(|(symbol, frequency)| frequency * u32::from(bits[symbol % N]))
            .sum();
        sum as usize
    }

    /// Code lengths of 1 to `limit` bits that make up a whole prefix code, and 0 for symbols that
    /// do not occur. One symbol alone gets one bit. Afterwards the symbols are in the order of
    /// their frequencies.
    ///
    /// The lengths are those of Huffman's code, found by the in-place method of Moffat and
    /// Katajainen (1995). Codes that are too long are cut to the limit, and others lengthened until
    /// the sum of 2^-length (Kraft) is one again.
    pub(super) fn code_lengths(&mut self, limit: usize) -> [u8; N] {
        let mut lengths = [0; N];
        let symbols = &mut self.list[..self.count];
        symbols.sort_unstable();
        match *symbols {
            [] => return lengths,
            [only] => {
                lengths[only as usize % 0x1_0000 % N] = 1;
                return lengths;
            }
            _ => {}
        }
        let mut of_length = depths(symbols, limit);
        fit(&mut of_length, limit);
        let mut rarest_first = symbols.iter();
        for length in (1..=limit).rev() {
            for &entry in rarest_first.by_ref().take(of_length[length] as usize) {
                lengths[entry as usize % 0x1_0000 % N] = length as u8;
            }
        }
        lengths
    }
}

/// How many codes of each length Huffman's code has for two or more symbols, the rarest first;
/// those of `limit` or more together.
fn depths(symbols: &[u32], limit: usize) -> [u32; MAX_LENGTH + 1] {
    let count = symbols.len();
    // Nodes of the tree in the order in which they are made: first the weight, then the index of
    // the parent, then the depth.
    let mut nodes = [0_u32; 288];
    let nodes = &mut nodes[..count];
    let weight = |leaf: usize| symbols.get(leaf).map_or(u32::MAX, |&entry| entry >> 16);
    let (mut leaf, mut inner) = (0, 0);
    for made in 0..count - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            let lightest = if inner < made { nodes[inner] } else { u32::MAX };
            if lightest < weight(leaf) {
                sum += lightest;
                nodes[inner] = made as u32;
                inner += 1;
            } else {
                sum += weight(leaf);
                leaf += 1;
            }
        }
        nodes[made] = sum;
    }
    let mut of_length = [0; MAX_LENGTH + 1];
    // From the root down: at each depth there are as many nodes as twice the inner ones above.
    nodes[count - 2] = 0;
    for made in (0..count - 2).rev() {
        nodes[made] = nodes[nodes[made] as usize % count] + 1;
    }
    let (mut depth, mut available) = (0, 1);
    let mut inner = nodes[..count - 1].iter().rev().peekable();
    while available > 0 {
        let mut split = 0;
        while inner.next_if(|&&level| level == depth).is_some() {
            split += 1;
        }
        of_length[limit.min(depth as usize)] += available - split;
        available = 2 * split;
        depth += 1;
    }
    of_length
}

/// Lengthen codes until all fit into the code space.
fn fit(of_length: &mut [u32; MAX_LENGTH + 1], limit: usize) {
    let mut space: u32 = (1..=limit)
        .map(|length| of_length[length] << (limit - length))
        .sum();
    while space > 1 << limit {
        // One of the longest takes the place of half of a shorter one.
        of_length[limit] -= 1;
        if let Some(shorter) = (1..limit).rev().find(|&length| of_length[length] > 0) {
            of_length[shorter] -= 1;
            of_length[shorter + 1] += 2;
        }
        space -= 1;
    }
}

/// A code as it is written, the first bit lowest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) length: u8,
}

/// The codes that belong to these lengths; none of a symbol that has length 0.
pub(super) const fn codes<const N: usize>(lengths: &[u8; N]) -> [Code; N] {
    let mut next = [0_u16; MAX_LENGTH + 2];
    let mut symbol = 0;
    while symbol < N {
        if lengths[symbol] > 0 {
            next[lengths[symbol] as usize + 1] += 1;
        }
        symbol += 1;
    }
    let mut length = 1;
    while length <= MAX_LENGTH {
        // So far the number of codes that are one bit shorter.
        next[length] = (next[length] + next[length - 1]) << 1;
        length += 1;
    }
    let mut codes = [Code { bits: 0, length: 0 }; N];
    symbol = 0;
    while symbol < N {
        let length = lengths[symbol];
        if length > 0 {
            let code = next[length as usize];
            next[length as usize] += 1;
            let bits = code.reverse_bits() >> (16 - length);
            codes[symbol] = Code { bits, length };
        }
        symbol += 1;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths_of<const N: usize>(frequencies: [u16; N], limit: usize) -> [u8; N] {
        Occurring::new(&frequencies).code_lengths(limit)
    }

    /// Frequencies, of one kind or another.
    fn frequencies(kind: u32) -> [u16; 288] {
        let mut state = kind.wrapping_mul(2_654_435_761) | 1;
        let (mut one, mut other) = (1_u16, 1_u16);
        std::array::from_fn(|symbol| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            match kind % 4 {
                // Fibonacci's numbers have the longest codes.
                0 if symbol < 22 => {
                    (one, other) = (other, one + other);
                    one
                }
                0 => 0,
                1 => state.to_le_bytes()[3].into(),
                2 => u16::from(state.to_le_bytes()[3]) >> (state & 15),
                _ => u16::from(state.is_multiple_of(3)),
            }
        })
    }

    #[test]
    fn lengths_are_a_whole_prefix_code_within_the_limit() {
        for kind in 0..400 {
            for limit in [9, 15] {
                let frequencies = frequencies(kind);
                let lengths = lengths_of(frequencies, limit);
                let mut space = 0;
                for (&length, &frequency) in lengths.iter().zip(&frequencies) {
                    assert_eq!(length == 0, frequency == 0);
                    assert!(usize::from(length) <= limit);
                    space += if length == 0 {
                        0
                    } else {
                        1 << (limit - usize::from(length))
                    };
                }
                assert_eq!(space, 1 << limit);
            }
        }
    }

    #[test]
    fn codes_are_no_longer_than_huffman_s() {
        fn cost(frequencies: &[u16], mut length: impl FnMut(usize) -> u32) -> u32 {
            let costs = frequencies.iter().enumerate();
            costs
                .map(|(symbol, &frequency)| u32::from(frequency) * length(symbol))
                .sum()
        }
        for kind in 0..100 {
            let frequencies = frequencies(kind);
            let lengths = lengths_of(frequencies, 15);
            // The sum of all inner nodes, the two lightest trees joined each time.
            let mut trees: Vec<u32> = frequencies
                .iter()
                .map(|&f| f.into())
                .filter(|&f| f > 0)
                .collect();
            let mut best = 0;
            while trees.len() > 1 {
                trees.sort_unstable_by(|one, other| other.cmp(one));
                let joined = trees.pop().expect("two") + trees.pop().expect("two");
                best += joined;
                trees.push(joined);
            }
            let cost = cost(&frequencies, |symbol| lengths[symbol].into());
            // Fibonacci's numbers would have longer ones than the limit.
            assert!(
                cost == best || (kind % 4 == 0 && cost < best + best / 50),
                "{kind}: {cost} {best}"
            );
        }
    }

    #[test]
    fn few_symbols_have_short_codes() {
        assert_eq!(lengths_of([0, 0, 0], 7), [0, 0, 0]);
        assert_eq!(lengths_of([0, 5, 0], 7), [0, 1, 0]);
        assert_eq!(lengths_of([1, 5, 0], 7), [1, 1, 0]);
        assert_eq!(lengths_of([1, 5, 2], 7), [2, 1, 2]);
    }

    #[test]
    fn codes_are_those_of_section_3_2_2() {
        // Its example, A to H, the bits of each code from the last to the first.
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]).map(|code| code.bits);
        assert_eq!(
            codes,
            [0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111]
        );
        assert_eq!(super::codes(&[0, 1])[0], Code { bits: 0, length: 0 });
    }
}
