//! How an input is read: options first, then the data.

/// How many bytes of options an input begins with; missing ones are zero.
pub const OPTIONS: usize = 8;

/// An input taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What they mean is the target's to say.
    pub options: [u8; OPTIONS],
    /// The rest.
    pub data: &'a [u8],
}

impl<'a> Input<'a> {
    /// Take an input apart.
    #[must_use]
    pub fn new(input: &'a [u8]) -> Self {
        let (given, data) = input.split_at(input.len().min(OPTIONS));
        let mut options = [0; OPTIONS];
        options[..given.len()].copy_from_slice(given);
        Self { options, data }
    }
}

/// Lengths that vary: the same sequence for the same seed.
#[derive(Debug)]
pub struct Lengths {
    state: u32,
    max: usize,
}

impl Lengths {
    /// Lengths between 1 and a maximum below 65: few choices of `seed` give 1 only, others long
    /// ones.
    #[must_use]
    pub fn new(seed: u8) -> Self {
        const MAXIMA: [usize; 8] = [1, 2, 3, 5, 9, 17, 33, 64];
        Self {
            state: u32::from(seed) * 2 + 1,
            max: MAXIMA[usize::from(seed) % MAXIMA.len()],
        }
    }
}

impl Iterator for Lengths {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.state = self
            .state
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        Some(1 + (self.state >> 16) as usize % self.max)
    }
}

/// The data in pieces of these lengths.
pub fn pieces(mut data: &[u8], seed: u8) -> impl Iterator<Item = &[u8]> {
    let mut lengths = Lengths::new(seed);
    std::iter::from_fn(move || {
        if data.is_empty() {
            return None;
        }
        let length = lengths.next()?.min(data.len());
        let (piece, rest) = data.split_at(length);
        data = rest;
        Some(piece)
    })
}
