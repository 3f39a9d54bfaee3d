//! The fields of a head that was received, as they are looked at.

use std::slice;

use super::{Fields, Span, bit};
use crate::protocol::http::name::Name;

/// A field of a head that was received.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    fields: &'a Fields,
    span: &'a Span,
}

impl<'a> Field<'a> {
    /// What its name means.
    #[inline]
    pub fn meaning(self) -> Name {
        self.span.meaning
    }

    /// The name, in lower case.
    #[inline]
    pub fn name(self) -> &'a [u8] {
        match self.span.meaning {
            Name::Other => self.fields.slice(&self.span.name),
            known => known.text(),
        }
    }

    /// The value.
    #[inline]
    pub fn value(self) -> &'a [u8] {
        self.fields.slice(&self.span.value)
    }
}

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
        let excluded = without.iter().fold(0, |bits, name| bits | bit(*name));
        let spans = fields.spans.iter();
        let left = spans
            .clone()
            .filter(|span| bit(span.meaning) & excluded == 0);
        Self {
            fields,
            excluded,
            left: left.count(),
            spans,
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
        let fields = self.fields;
        Some(Field { fields, span })
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
