//! Iteration over the fields of a head that was received.

use std::slice;

use super::{Field, Fields, Span, bit};
use crate::protocol::http::name::Name;

/// Fields of a head that was received, in order.
#[derive(Debug, Clone)]
pub struct FieldIter<'a> {
    fields: &'a Fields,
    spans: slice::Iter<'a, Span>,
    /// The names that are left out: a bit for each.
    excluded: u64,
    /// How many are to come.
    left: usize,
}

impl<'a> FieldIter<'a> {
    pub(super) fn over<const N: usize>(fields: &'a Fields, without: [Name; N]) -> Self {
        let without_count = |name| fields.values(name).count();
        Self {
            fields,
            spans: fields.spans.iter(),
            excluded: without.iter().fold(0, |bits, name| bits | bit(*name)),
            left: fields.spans.len() - without.map(without_count).iter().sum::<usize>(),
        }
    }
}

impl<'a> Iterator for FieldIter<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        let excluded = self.excluded;
        let span = self.spans.find(|span| bit(span.meaning) & excluded == 0)?;
        self.left = self.left.saturating_sub(1);
        Some(Field {
            meaning: span.meaning,
            name: match span.meaning {
                Name::Other => self.fields.slice(&span.name),
                known => known.text(),
            },
            value: self.fields.slice(&span.value),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for FieldIter<'_> {}

impl<'a> IntoIterator for &'a Fields {
    type Item = Field<'a>;
    type IntoIter = FieldIter<'a>;

    fn into_iter(self) -> FieldIter<'a> {
        self.iter()
    }
}
