//! Which literals and matches stand for a text.
//!
//! What a match spares is the cost of its bytes as literals less its own, in bits. Both are
//! estimated by the code lengths of the last block, which change little from one message to the
//! next: in numbers, where a digit costs three or four bits, a match of four of them may not pay;
//! under the fixed codes, where it costs eight, one of three does.
//!
//! Matching is lazy, with two steps: a match gives way to one that begins one or two bytes later
//! and spares more.

use super::block::{Block, Lengths};
use super::search::Match;
use super::symbols::{
    DISTANCE_EXTRA, DISTANCES, LITERAL_EXTRA, Token, distance_symbol, length_index, length_symbols,
};
use super::window::{Buckets, LATER, Window};

/// A match of so many bytes is not compared with later ones, under the fixed codes and under
/// others.
const LONG_ENOUGH_FIXED: usize = 32;
const LONG_ENOUGH: usize = 16;

/// A match of so many bytes is not compared with what is two bytes later.
const LONG_ENOUGH_FOR_TWO: usize = 8;

/// What the symbols cost, in bits.
pub(super) struct Costs {
    literals: [u8; 256],
    /// By [`length_index`], with the extra bits.
    lengths: [u8; 256],
    /// By symbol, with the extra bits.
    distances: [u8; DISTANCES],
    /// Whether the codes are the fixed ones, under which matches of three bytes are worth a search.
    pub(super) fixed: bool,
}

impl Costs {
    /// Before the first block, of a text of so many bytes.
    pub(super) fn expected(text: usize) -> Self {
        if text < 512 {
            Self::new(&Lengths::FIXED, true)
        } else {
            Self::new(&Lengths::USUAL, false)
        }
    }

    /// After a block with these code lengths.
    pub(super) fn new(block: &Lengths, fixed: bool) -> Self {
        // A symbol that did not occur is as likely as the least likely ones.
        let or_rare = |length: u8, rare: u8| if length == 0 { rare } else { length };
        let rarest = |lengths: &[u8], least: u8| {
            1 + lengths.iter().fold(least, |most, &length| most.max(length))
        };
        let mut costs = Self {
            literals: [0; 256],
            lengths: [0; 256],
            distances: [0; DISTANCES],
            fixed,
        };
        let (literals, lengths) = block.literals.split_at(257);
        for (cost, &length) in costs.literals.iter_mut().zip(literals) {
            *cost = or_rare(length, 11);
        }
        let rare = rarest(lengths, 6);
        for (cost, symbol) in costs.lengths.iter_mut().zip(length_symbols()) {
            *cost = or_rare(block.literals[symbol], rare) + LITERAL_EXTRA[symbol];
        }
        let rare = rarest(&block.distances, 4);
        for (cost, (&length, &extra)) in costs
            .distances
            .iter_mut()
            .zip(block.distances.iter().zip(&DISTANCE_EXTRA))
        {
            *cost = or_rare(length, rare) + extra;
        }
        costs
    }

    /// The most that a byte is worth which one match covers and another does not: another may still
    /// follow.
    fn beyond(&self) -> u32 {
        if self.fixed { 6 } else { 4 }
    }
}

/// A match and what it spares.
#[derive(Clone, Copy, Default)]
struct Choice {
    found: Match,
    spared: i32,
}

/// A text that is being parsed.
struct Parser<'a> {
    window: &'a mut Window,
    costs: &'a Costs,
    /// The end of the text.
    end: usize,
    /// The cost of all literals before each position, from `from` on, modulo 2^16.
    sums: &'a [u16],
    from: usize,
}

/// Room for the sums.
pub(super) const MAX_TEXT: usize = 1 << 12;

/// Parse the text of a window from one position on until another or a few bytes farther, or until
/// the block is full; returns where.
pub(super) fn parse(
    window: &mut Window,
    costs: &Costs,
    from: usize,
    to: usize,
    block: &mut Block,
) -> usize {
    let end = window.end();
    window.index(from, LATER);
    // Most messages are short, and so is their share of the stack to be cleared.
    let (mut few, mut many);
    let sums = if end - from <= 512 {
        few = [0; 513];
        &mut few[..]
    } else {
        many = [0; MAX_TEXT + 1];
        &mut many[..]
    };
    let mut sum = 0_u16;
    for (place, &byte) in sums[1..].iter_mut().zip(window.slice(from, end)) {
        sum = sum.wrapping_add(costs.literals[usize::from(byte)].into());
        *place = sum;
    }
    let mut parser = Parser {
        window,
        costs,
        end,
        sums,
        from,
    };
    parser.run(to, block)
}

impl Parser<'_> {
    fn run(&mut self, to: usize, block: &mut Block) -> usize {
        let mut at = self.from;
        let long_enough = if self.costs.fixed {
            LONG_ENOUGH_FIXED
        } else {
            LONG_ENOUGH
        };
        let (mut own, mut next) = (self.buckets(at), self.buckets(at + 1));
        while at < to && block.has_room() {
            let mut choice = self.best(at, &own, &next);
            if choice.found.length == 0 {
                block.push(Token::literal(self.window.byte(at)));
                at += 1;
                (own, next) = (next, self.buckets(at + 1));
                continue;
            }
            while choice.found.length < long_enough {
                let second = self.buckets(at + 2);
                let later = self.best(at + 1, &next, &second);
                if self.is_better(at, choice, at + 1, later) {
                    block.push(Token::literal(self.window.byte(at)));
                    at += 1;
                    (choice, next) = (later, second);
                    continue;
                }
                if choice.found.length >= LONG_ENOUGH_FOR_TWO {
                    break;
                }
                let third = self.buckets(at + 3);
                let later = self.best(at + 2, &second, &third);
                if !self.is_better(at, choice, at + 2, later) {
                    break;
                }
                block.push(Token::literal(self.window.byte(at)));
                block.push(Token::literal(self.window.byte(at + 1)));
                at += 2;
                (choice, next) = (later, third);
            }
            block.push(Token::copy(choice.found.length, choice.found.distance));
            at += choice.found.length;
            self.window.index(at, LATER);
            (own, next) = (self.buckets(at), self.buckets(at + 1));
        }
        at
    }

    fn buckets(&mut self, at: usize) -> Buckets {
        self.window.buckets(at, self.end)
    }

    /// The match at a position that spares the most; none if none does.
    fn best(&self, at: usize, own: &Buckets, next: &Buckets) -> Choice {
        if self.end.saturating_sub(at) < LATER {
            return Choice::default();
        }
        let mut choice = self.weigh(at, self.window.longest(at, self.end, own, next));
        if self.costs.fixed && choice.found.length < 4 {
            let near = self.weigh(at, self.window.nearest(at, self.end, own, next));
            if near.spared > choice.spared {
                choice = near;
            }
        }
        if choice.spared > 0 {
            choice
        } else {
            Choice::default()
        }
    }

    fn weigh(&self, at: usize, found: Match) -> Choice {
        if found.length == 0 {
            return Choice::default();
        }
        let (symbol, _) = distance_symbol(found.distance);
        let cost = i32::from(self.costs.lengths[length_index(found.length)])
            + i32::from(self.costs.distances[symbol as usize % DISTANCES]);
        let spared = self.literals(at, at + found.length) as i32 - cost;
        Choice { found, spared }
    }

    /// Whether a later match spares more than one at `at`.
    fn is_better(&self, at: usize, choice: Choice, later: usize, other: Choice) -> bool {
        if other.found.length == 0 {
            return false;
        }
        let (end, other_end) = (at + choice.found.length, later + other.found.length);
        let (mut spared, mut other_spared) = (choice.spared, other.spared);
        if other_end > end {
            other_spared -= self.beyond(end, other_end);
        } else {
            spared -= self.beyond(other_end, end);
        }
        other_spared >= spared + (later - at) as i32
    }

    /// By how much the bytes between two positions cost more than they are worth.
    fn beyond(&self, from: usize, to: usize) -> i32 {
        let worth = self.costs.beyond() * (to - from) as u32;
        self.literals(from, to).saturating_sub(worth) as i32
    }

    /// What the bytes between two positions cost as literals.
    fn literals(&self, from: usize, to: usize) -> u32 {
        let sum = |at: usize| self.sums.get(at - self.from).copied().unwrap_or_default();
        sum(to).wrapping_sub(sum(from)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_under_the_fixed_codes_are_those_of_section_3_2_6() {
        let costs = Costs::expected(511);
        assert!(costs.fixed);
        assert_eq!(
            [0, 143, 144, 255].map(|byte| costs.literals[byte]),
            [8, 8, 9, 9]
        );
        // Symbols of seven bits up to a length of 114, then of eight; with their extra bits.
        let lengths =
            [3, 10, 11, 114, 115, 257, 258].map(|length| costs.lengths[length_index(length)]);
        assert_eq!(lengths, [7, 7, 8, 11, 12, 13, 8]);
        assert_eq!(
            [0, 3, 4, 29].map(|symbol| costs.distances[symbol]),
            [5, 5, 6, 18]
        );
        assert!(!Costs::expected(512).fixed);
    }

    #[test]
    fn a_symbol_that_did_not_occur_costs_as_much_as_rare_ones() {
        let mut lengths = Lengths {
            literals: [0; 288],
            distances: [0; DISTANCES],
        };
        lengths.literals[97] = 2;
        lengths.literals[257] = 8;
        lengths.distances[0] = 3;
        let costs = Costs::new(&lengths, false);
        assert_eq!([97, 98].map(|byte| costs.literals[byte]), [2, 11]);
        assert_eq!(
            [3, 4, 258].map(|length| costs.lengths[length_index(length)]),
            [8, 9, 9]
        );
        assert_eq!([0, 1, 4].map(|symbol| costs.distances[symbol]), [3, 5, 6]);
    }
}
