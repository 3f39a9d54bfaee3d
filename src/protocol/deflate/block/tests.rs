use super::super::{Inflater, TAIL, WindowBits};
use super::*;

/// A block of literals and matches, written: how many bits it takes, and what it inflates to.
fn written(tokens: &[Token], text: &[u8], empty_blocks: usize) -> (usize, Vec<u8>) {
    let mut block = Block::with_capacity(tokens.len()).expect("memory");
    for &token in tokens {
        block.push(token);
    }
    let (mut bits, mut out) = (Bits::default(), Vec::new());
    // An empty block with fixed codes takes ten bits.
    for _ in 0..empty_blocks {
        let mut empty = Block::with_capacity(0).expect("memory");
        empty.write(b"", &mut bits, &mut out).expect("memory");
    }
    let before = out.len() * 8 + bits.count();
    block.write(text, &mut bits, &mut out).expect("memory");
    let after = out.len() * 8 + bits.count();
    flush(&mut bits, &mut out).expect("memory");
    out.extend(TAIL);
    let mut inflated = Vec::new();
    let step = Inflater::new(WindowBits::MAX).inflate(&out, &mut inflated, usize::MAX);
    assert_eq!(step.map(|step| step.consumed), Ok(out.len()));
    (after - before, inflated)
}

fn literals(text: &[u8]) -> Vec<Token> {
    text.iter().map(|&byte| Token::literal(byte)).collect()
}

#[test]
fn few_symbols_are_written_in_fixed_codes() {
    for pending in 0..8 {
        let (bits, inflated) = written(&literals(b"Hello"), b"Hello", pending);
        // A header of three bits, five literals of eight, and seven for the end.
        assert_eq!((bits, inflated.as_slice()), (50, &b"Hello"[..]));
    }
    let tokens = [
        Token::literal(b'a'),
        Token::copy(258, 1),
        Token::literal(0xff),
    ];
    let text = [&b"a".repeat(259)[..], b"\xff"].concat();
    let (bits, inflated) = written(&tokens, &text, 0);
    assert_eq!((bits, inflated), (3 + 8 + 8 + 5 + 9 + 7, text));
}

#[test]
fn skewed_symbols_are_written_in_codes_of_their_own() {
    let text = b"aaaaaaab".repeat(100);
    let (bits, inflated) = written(&literals(&text), &text, 3);
    assert_eq!(inflated, text);
    // A bit or two for each literal, and 20 bytes for the codes.
    assert!(bits < 900 + 160, "{bits}");
}

fn noise(length: u32) -> Vec<u8> {
    let numbers = (0..length).map(|number| number.wrapping_mul(2_654_435_761) >> 13);
    numbers.map(|number| number.to_le_bytes()[0]).collect()
}

#[test]
fn noise_is_stored() {
    let noise = noise(300);
    let (bits, inflated) = written(&literals(&noise), &noise, 0);
    assert_eq!((bits, inflated), (8 + 32 + 300 * 8, noise));
}

#[test]
fn stored_blocks_take_as_many_bits_as_was_thought() {
    for (length, blocks) in [(1, 1), (65_535, 1), (65_536, 2), (140_000, 3)] {
        let noise = noise(length);
        for pending in 0..8 {
            let (mut bits, mut out) = (Bits::default(), Vec::new());
            bits.append(pending, &mut out, |writer| writer.put(0, pending as u32))
                .expect("memory");
            let expected = stored_bits(noise.len(), pending);
            bits.append(expected, &mut out, |writer| store(&noise, writer))
                .expect("memory");
            assert_eq!((out.len() * 8, bits.count()), (pending + expected, 0));
            // Up to the end of a byte, then the length of each block.
            assert_eq!(
                out.len(),
                (pending + 3).div_ceil(8) + (blocks - 1) + blocks * 4 + noise.len()
            );
        }
    }
}

/// The codes for these literals, and no distances.
fn own(frequencies: &[u16; LITERALS]) -> Own {
    let (mut literals, mut distances) =
        (Occurring::new(frequencies), Occurring::new(&[0; DISTANCES]));
    Own::new(&mut literals, &mut distances)
}

#[test]
fn every_form_takes_as_many_bits_as_it_was_chosen_for() {
    let text: Vec<u8> = (0..2_000_u32)
        .map(|number| b'a' + (number * number % 26).to_le_bytes()[0])
        .collect();
    let mut literal_frequencies = [0; LITERALS];
    for &byte in &text {
        literal_frequencies[usize::from(byte)] += 1;
    }
    literal_frequencies[END_OF_BLOCK] = 1;
    let own = own(&literal_frequencies);
    let (bits, inflated) = written(&literals(&text), &text, 0);
    assert_eq!((bits, inflated), (own.bits, text));
}

#[test]
fn a_code_of_its_own_never_takes_less_than_was_thought() {
    for length in 1..300_usize {
        let mut frequencies = [0_u16; LITERALS];
        for number in 0..length {
            frequencies[number * number * 7 % (length + 1) % 256] += 1;
        }
        frequencies[END_OF_BLOCK] = 1;
        let least = least_bits(&Occurring::new(&frequencies));
        assert!(least <= own(&frequencies).bits, "{length}");
    }
}

#[test]
fn logarithms_are_right_to_a_sixteenth() {
    for number in 1..100_000_u32 {
        let exact = f64::from(number).log2() * 16.0;
        // The fraction is cut to five bits.
        let error = exact - f64::from(log2(number));
        assert!((-0.6..1.3).contains(&error), "{number}: {error}");
    }
    assert_eq!(log2(0), 0);
}

#[test]
fn the_estimate_of_a_code_is_close() {
    // Sixteen symbols of four bits each, and three bits for the length of each code.
    let mut frequencies = [0_u16; LITERALS];
    frequencies[..16].fill(10);
    assert_eq!(least_bits(&Occurring::new(&frequencies)), 160 * 4 + 16 * 3);
}

#[test]
fn runs_are_described_as_in_section_3_2_7() {
    let mut lengths = Lengths {
        literals: [0; LITERALS],
        distances: [0; DISTANCES],
    };
    lengths.literals[3..16].fill(5);
    lengths.literals[26..28].fill(4);
    lengths.literals[256] = 1;
    lengths.distances[0] = 1;
    let own = Own {
        lengths,
        described: (257, 5),
        run_lengths: [0; 19],
        run_lengths_described: 4,
        bits: 0,
    };
    let mut runs = Vec::new();
    own.describe(|symbol, extra| runs.push((symbol, extra)));
    // Three zeros; thirteen times 5; ten zeros; twice 4; 138 and 90 zeros; 1. Then 1, four zeros.
    let literals = [
        (17, 0),
        (5, 0),
        (16, 3),
        (16, 3),
        (17, 7),
        (4, 0),
        (4, 0),
        (18, 127),
        (18, 79),
        (1, 0),
    ];
    assert_eq!(runs, [&literals[..], &[(1, 0), (17, 1)]].concat());
}
