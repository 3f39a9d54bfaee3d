//! A plain inflater (RFC 1951): it keeps everything, reads bit by bit, and knows how far back each
//! match reaches.

/// Why there is no more data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The input ends where a block would begin.
    BetweenBlocks,
    /// The input ends within a block.
    Incomplete,
    /// A final block has ended; so much of the input has been used, the last byte perhaps in part.
    Final(usize),
    /// The input is not DEFLATE data; that showed when so much of it had been read.
    Corrupt(usize),
}

/// What came of inflating.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inflated {
    /// Why it ended.
    pub stop: Stop,
    /// The greatest distance of a match.
    pub reach: usize,
}

/// Inflate `input` and append the data to `out`, what is in which can be referred to.
#[must_use]
pub fn inflate(input: &[u8], out: &mut Vec<u8>) -> Inflated {
    let mut reader = Bits {
        input,
        position: 0,
        reach: 0,
    };
    let stop = loop {
        if reader.is_at_end() {
            break Stop::BetweenBlocks;
        }
        match block(&mut reader, out) {
            Ok(false) => {}
            Ok(true) => break Stop::Final(reader.position.div_ceil(8)),
            Err(Halt::NoMoreBits) => break Stop::Incomplete,
            Err(Halt::Corrupt) => break Stop::Corrupt(reader.position.div_ceil(8)),
        }
    };
    let reach = reader.reach;
    Inflated { stop, reach }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Halt {
    NoMoreBits,
    Corrupt,
}

struct Bits<'a> {
    input: &'a [u8],
    /// In bits.
    position: usize,
    reach: usize,
}

impl Bits<'_> {
    /// Whether there is nothing but the bits that a byte is filled up with: fewer than a block
    /// begins with.
    const fn is_at_end(&self) -> bool {
        self.position + 3 > self.input.len() * 8
    }

    fn bit(&mut self) -> Result<usize, Halt> {
        let byte = self.input.get(self.position / 8).ok_or(Halt::NoMoreBits)?;
        let bit = byte >> (self.position % 8) & 1;
        self.position += 1;
        Ok(bit.into())
    }

    /// A number, its lowest bit first.
    fn number(&mut self, bits: u8) -> Result<usize, Halt> {
        let mut number = 0;
        for place in 0..bits {
            number |= self.bit()? << place;
        }
        Ok(number)
    }
}

/// One block; whether it is the final one.
fn block(reader: &mut Bits<'_>, out: &mut Vec<u8>) -> Result<bool, Halt> {
    let is_final = reader.bit()? == 1;
    match reader.number(2)? {
        0 => stored(reader, out)?,
        1 => {
            let lengths: Vec<u8> = (0..288)
                .map(|symbol| match symbol {
                    0..144 | 280.. => 8,
                    144..256 => 9,
                    _ => 7,
                })
                .collect();
            compressed(reader, out, &Code::new(&lengths), &Code::new(&[5; 32]))?;
        }
        2 => {
            let (literals, distances) = codes(reader)?;
            compressed(reader, out, &literals, &distances)?;
        }
        _ => return Err(Halt::Corrupt),
    }
    Ok(is_final)
}

/// Section 3.2.4.
fn stored(reader: &mut Bits<'_>, out: &mut Vec<u8>) -> Result<(), Halt> {
    reader.position = reader.position.next_multiple_of(8);
    let length = reader.number(16)?;
    if reader.number(16)? != length ^ 0xFFFF {
        return Err(Halt::Corrupt);
    }
    for _ in 0..length {
        #[expect(clippy::cast_possible_truncation, reason = "8 bits")]
        out.push(reader.number(8)? as u8);
    }
    Ok(())
}

/// A Huffman code (section 3.2.2), as how many symbols there are of each length and the symbols in
/// order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        let mut symbols = Vec::new();
        for (length, count) in counts.iter_mut().enumerate().skip(1) {
            let of_length = |symbol: &usize| usize::from(lengths[*symbol]) == length;
            let before = symbols.len();
            symbols.extend((0..lengths.len()).filter(of_length));
            *count = symbols.len() - before;
        }
        Self { counts, symbols }
    }

    /// How many codes of 15 bits are left over; none if there are more symbols than codes.
    fn left_over(&self) -> Option<usize> {
        let mut left = 1_usize;
        for count in &self.counts[1..] {
            left = (left * 2).checked_sub(*count)?;
        }
        Some(left)
    }

    /// Whether it is one that decoders accept: complete, or of one symbol of one bit (section
    /// 3.2.7), or of none.
    fn is_distance_code(&self) -> bool {
        let of_one = self.symbols.len() <= 1 && self.counts[1] == self.symbols.len();
        self.left_over() == Some(0) || of_one
    }

    fn symbol(&self, reader: &mut Bits<'_>) -> Result<usize, Halt> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code |= reader.bit()?;
            if code < first + count {
                return Ok(self.symbols[index + code - first]);
            }
            index += count;
            first = (first + count) * 2;
            code *= 2;
        }
        Err(Halt::Corrupt)
    }
}

/// Section 3.2.7.
fn codes(reader: &mut Bits<'_>) -> Result<(Code, Code), Halt> {
    const ORDER: [usize; 19] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ];
    let literals = reader.number(5)? + 257;
    let distances = reader.number(5)? + 1;
    let given = reader.number(4)? + 4;
    if literals > 286 || distances > 30 {
        return Err(Halt::Corrupt);
    }
    let mut lengths = [0_u8; 19];
    for symbol in &ORDER[..given] {
        #[expect(clippy::cast_possible_truncation, reason = "3 bits")]
        let length = reader.number(3)? as u8;
        lengths[*symbol] = length;
    }
    let code = Code::new(&lengths);
    if code.symbols.is_empty() {
        // zlib takes every bit for a length of zero, and then misses the end-of-block symbol.
        for _ in 0..literals + distances {
            reader.bit()?;
        }
        return Err(Halt::Corrupt);
    }
    if code.left_over() != Some(0) {
        return Err(Halt::Corrupt);
    }
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.symbol(reader)? {
            16 => {
                let last = *lengths.last().ok_or(Halt::Corrupt)?;
                (last, 3 + reader.number(2)?)
            }
            17 => (0, 3 + reader.number(3)?),
            18 => (0, 11 + reader.number(7)?),
            #[expect(clippy::cast_possible_truncation, reason = "below 16")]
            length => (length as u8, 1),
        };
        lengths.extend(std::iter::repeat_n(length, times));
    }
    if lengths.len() > literals + distances || lengths[256] == 0 {
        return Err(Halt::Corrupt);
    }
    let (of_literals, of_distances) = lengths.split_at(literals);
    let (of_literals, of_distances) = (Code::new(of_literals), Code::new(of_distances));
    if of_literals.is_distance_code() && of_distances.is_distance_code() {
        Ok((of_literals, of_distances))
    } else {
        Err(Halt::Corrupt)
    }
}

/// Section 3.2.5.
fn compressed(
    reader: &mut Bits<'_>,
    out: &mut Vec<u8>,
    literals: &Code,
    distances: &Code,
) -> Result<(), Halt> {
    const EXTRA_OF_LENGTHS: [u8; 29] = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ];
    loop {
        let symbol = literals.symbol(reader)?;
        if let Ok(literal) = u8::try_from(symbol) {
            out.push(literal);
            continue;
        }
        if symbol == 256 {
            return Ok(());
        }
        let index = symbol - 257;
        let extra = *EXTRA_OF_LENGTHS.get(index).ok_or(Halt::Corrupt)?;
        let before: usize = EXTRA_OF_LENGTHS[..index].iter().map(|bits| 1 << bits).sum();
        let base = if index == 28 { 258 } else { 3 + before };
        let length = base + reader.number(extra)?;

        let symbol = distances.symbol(reader)?;
        if symbol >= 30 {
            return Err(Halt::Corrupt);
        }
        let extra_of = |symbol: usize| (symbol / 2).saturating_sub(1);
        let before: usize = (0..symbol).map(|symbol| 1 << extra_of(symbol)).sum();
        #[expect(clippy::cast_possible_truncation, reason = "at most 13")]
        let distance = 1 + before + reader.number(extra_of(symbol) as u8)?;
        let start = out.len().checked_sub(distance).ok_or(Halt::Corrupt)?;
        if distance > 1 << 15 {
            return Err(Halt::Corrupt);
        }
        reader.reach = reader.reach.max(distance);
        for index in start..start + length {
            out.push(out[index]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflated(input: &[u8]) -> (Vec<u8>, Inflated) {
        let mut out = Vec::new();
        let inflated = inflate(input, &mut out);
        (out, inflated)
    }

    /// The examples of RFC 7692 section 7.2.3.
    #[test]
    fn examples() {
        let (out, inflated_) = inflated(b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff");
        assert_eq!(
            (&out[..], inflated_.stop, inflated_.reach),
            (&b"Hello"[..], Stop::BetweenBlocks, 0)
        );
        let mut out = b"Hello".to_vec();
        let second = inflate(b"\xf2\x00\x11\x00\x00\x00\x00\xff\xff", &mut out);
        assert_eq!((&out[..], second.reach), (&b"HelloHello"[..], 5));
        let (out, inflated_) = inflated(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00");
        assert_eq!((&out[..], inflated_.stop), (&b"Hello"[..], Stop::Final(7)));
        assert_eq!(inflated(b"xxxxxxxxx").1.stop, Stop::Corrupt(5));
        assert_eq!(inflated(b"\xf2\x48").1.stop, Stop::Incomplete);
    }
}
