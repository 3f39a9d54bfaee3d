//! Header fields (RFC 9110 section 5), and the rules of those that frame a message (RFC 9112 section 6).

use std::ops::Range;

pub use self::iter::{Field, FieldIter};
use super::error::Error;
use super::index::{Index, bit};
use super::name::Name;
use super::syntax::{is_field_value, is_space, is_token, is_word, trim};

mod iter;

/// The fields of a head, in order. Each of them is legal, and those that frame the message do not
/// contradict each other.
///
/// All text is in one piece of memory, and the fields are ranges of it. Those to be sent are in it as whole lines.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    text: Vec<u8>,
    spans: Vec<Span>,
    index: Index,
    has_content_length: bool,
    has_transfer_encoding: bool,
    /// They are all in ASCII. If not, they may be or not.
    pub(super) are_ascii: bool,
}

/// One field, as ranges of the text.
#[derive(Debug, Clone)]
struct Span {
    meaning: Name,
    name: Range<usize>,
    value: Range<usize>,
}

/// More digits than a length of 2^64 bytes has are not a length.
const CONTENT_LENGTH_DIGITS: usize = 20;

impl Fields {
    /// No fields, with room for some text.
    #[must_use]
    pub fn with_capacity(bytes: usize, fields: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            spans: Vec::with_capacity(fields),
            ..Self::default()
        }
    }

    /// Adds a field of a message to be sent, whose name keeps its case on the wire.
    ///
    /// Repeated equal `Content-Length` fields are one.
    pub fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        let meaning = Name::of(name);
        if meaning == Name::Other && !is_token(name) {
            return Err(Error::IllegalHeaderName(name.to_vec()));
        }
        if !is_field_value(value) {
            return Err(Error::IllegalHeaderValue(value.to_vec()));
        }
        self.push_meaning(meaning, name, value)
    }

    /// Adds a received field, whose syntax the parser has checked; its name is kept in lower case.
    pub(super) fn push_parsed(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        debug_assert!(is_token(name) && is_field_value(value));
        let count = self.spans.len();
        self.push_valid(name, value)?;
        if self.spans.len() > count {
            let name = self.spans.last().map(|span| span.name.clone());
            if let Some(name) = name.and_then(|name| self.text.get_mut(name)) {
                name.make_ascii_lowercase();
            }
        }
        Ok(())
    }

    /// No fields, but the text that a head is in, parts of which are going to be fields, and something behind it.
    #[inline]
    pub(super) fn of_head<const N: usize>(head: &[u8], behind: [u8; N]) -> Self {
        let mut text = Vec::with_capacity(head.len() + N);
        text.extend_from_slice(head);
        text.extend_from_slice(&behind);
        Self {
            text,
            spans: Vec::with_capacity(16),
            ..Self::default()
        }
    }

    /// The text that parts of are fields.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Adds a received field that is part of the text, and whose value the parser has checked; its name is of this
    /// meaning.
    #[inline]
    pub(super) fn push_part(
        &mut self,
        meaning: Name,
        name: Range<usize>,
        value: Range<usize>,
    ) -> Option<()> {
        if meaning >= Name::ContentLength {
            return self.push_unusual(meaning, name, value);
        }
        self.push_span(Span {
            meaning,
            name,
            value,
        });
        Some(())
    }

    /// The same if the field has to be looked at, be it at the name or at the value; nothing, if it is illegal.
    fn push_unusual(
        &mut self,
        meaning: Name,
        name: Range<usize>,
        value: Range<usize>,
    ) -> Option<()> {
        if meaning != Name::Other {
            let (name, value) = (self.slice(&name).to_vec(), self.slice(&value).to_vec());
            return self.push_meaning(meaning, &name, &value).ok();
        }
        let text = self.text.get_mut(name.clone())?;
        if !is_token(text) {
            return None;
        }
        text.make_ascii_lowercase();
        self.push_span(Span {
            meaning,
            name,
            value,
        });
        Some(())
    }

    /// Adds text that is no field.
    pub(super) fn append(&mut self, text: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(text);
        start..self.text.len()
    }

    /// Adds a field that is known to be legal.
    pub(crate) fn push_valid(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        self.push_meaning(Name::of(name), name, value)
    }

    fn push_meaning(&mut self, meaning: Name, name: &[u8], value: &[u8]) -> Result<(), Error> {
        match meaning {
            Name::ContentLength => {
                let length = content_length(value)?;
                if !self.has_content_length {
                    self.has_content_length = true;
                    self.push_raw(meaning, name, length);
                } else if self.get(meaning) != Some(length) {
                    return Err(Error::ConflictingContentLength);
                }
            }
            Name::TransferEncoding => {
                if self.has_transfer_encoding {
                    return Err(Error::MultipleTransferEncodings);
                }
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Error::UnsupportedTransferEncoding);
                }
                self.has_transfer_encoding = true;
                self.push_raw(meaning, name, b"chunked");
            }
            _ => self.push_raw(meaning, name, value),
        }
        Ok(())
    }

    /// Adds a field as the line that it is when it is sent.
    fn push_raw(&mut self, meaning: Name, name: &[u8], value: &[u8]) {
        let name = self.append(name);
        self.append(b": ");
        let value = self.append(value);
        self.append(b"\r\n");
        self.push_span(Span {
            meaning,
            name,
            value,
        });
    }

    #[inline]
    fn push_span(&mut self, span: Span) {
        self.index.add(span.meaning, self.spans.len());
        self.spans.push(span);
    }

    /// The fields of a head that was received.
    pub fn iter(&self) -> FieldIter<'_> {
        self.except([])
    }

    /// The fields of a head that was received, without those of certain names.
    pub fn except<const N: usize>(&self, names: [Name; N]) -> FieldIter<'_> {
        FieldIter::over(self, names)
    }

    pub(super) fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Whether the fields of a head that was received are known to be ASCII, all of them.
    pub fn are_ascii(&self) -> bool {
        self.are_ascii
    }

    /// Whether there is a field of a name.
    #[inline]
    pub fn has(&self, name: Name) -> bool {
        self.index.has(name)
    }

    /// Whether there are several fields of a name.
    #[inline]
    pub(super) fn has_several(&self, name: Name) -> bool {
        self.index.has_several(name)
    }

    /// The value of the first field of a name.
    pub fn get(&self, name: Name) -> Option<&[u8]> {
        self.values(name).next()
    }

    /// The values of all fields of a name.
    #[inline]
    pub fn values(&self, name: Name) -> impl Iterator<Item = &[u8]> + Clone {
        let only = self.index.only(name, self.spans.len());
        let only = only.and_then(|at| self.spans.get(at));
        let all = match only {
            None if self.has(name) => self.spans.as_slice(),
            _ => &[],
        };
        let several = all.iter().filter(move |span| span.meaning == name);
        let spans = only.into_iter().chain(several);
        spans.map(|span| self.slice(&span.value))
    }

    /// The members of all fields of a name whose value is a list; empty ones do not count
    /// (RFC 9110 section 5.6.1).
    pub(super) fn list(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.values(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .map(trim)
            .filter(|member| !member.is_empty())
    }

    /// Whether a word is a member of such a list.
    pub(super) fn lists<const N: usize>(&self, name: Name, word: &[u8; N]) -> bool {
        let is_member = |member| is_word(trim(member), word);
        self.values(name)
            .any(|value| value.split(|byte| *byte == b',').any(is_member))
    }

    /// Whether such a list has a member.
    pub(super) fn lists_something(&self, name: Name) -> bool {
        let is_of_member = |byte: &u8| !is_space(*byte) && *byte != b',';
        self.values(name)
            .any(|value| value.iter().any(is_of_member))
    }

    /// The announced length of the content.
    pub(super) fn content_length(&self) -> Option<u64> {
        let digits = self.get(Name::ContentLength)?;
        // There may be more digits than fit: there will never be as many bytes.
        Some(digits.iter().fold(0_u64, |length, digit| {
            let digit = digit.wrapping_sub(b'0').into();
            length.saturating_mul(10).saturating_add(digit)
        }))
    }

    /// Whether the content comes in chunks.
    pub(super) fn is_chunked(&self) -> bool {
        self.has_transfer_encoding
    }

    /// Puts one field for each of `values` at the end, in place of all fields of this known name.
    pub(super) fn replace(&mut self, name: &[u8], values: &[&[u8]]) {
        let meaning = Name::of(name);
        self.spans.retain(|span| span.meaning != meaning);
        self.index = Index::default();
        for (count, span) in self.spans.iter().enumerate() {
            self.index.add(span.meaning, count);
        }
        for value in values {
            self.push_raw(meaning, name, value);
        }
        match meaning {
            Name::ContentLength => self.has_content_length = !values.is_empty(),
            Name::TransferEncoding => self.has_transfer_encoding = !values.is_empty(),
            _ => {}
        }
    }

    /// Writes the fields of a message to be sent, and the empty line after them.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for line in self.host_lines().chain(self.other_lines()) {
            out.extend_from_slice(line);
        }
        out.extend_from_slice(b"\r\n");
    }

    /// The lines of a message to be sent that go before all others (RFC 9110 section 7.2).
    #[inline]
    pub(super) fn host_lines(&self) -> impl Iterator<Item = &[u8]> {
        self.lines(|name| name == Name::Host)
    }

    /// The others.
    #[inline]
    pub(super) fn other_lines(&self) -> impl Iterator<Item = &[u8]> {
        self.lines(|name| name != Name::Host)
    }

    #[inline]
    fn lines(&self, is_wanted: impl Fn(Name) -> bool) -> impl Iterator<Item = &[u8]> {
        let spans = self.spans.iter();
        let spans = spans.filter(move |span| is_wanted(span.meaning));
        spans.map(|span| self.slice(&(span.name.start..span.value.end + 2)))
    }
}

/// The one length that a `Content-Length` field gives, be it once or several times
/// (RFC 9112 section 6.3).
fn content_length(value: &[u8]) -> Result<&[u8], Error> {
    let mut lengths = value.split(|byte| *byte == b',').map(trim);
    let length = lengths.next().unwrap_or_default();
    if lengths.any(|other| other != length) {
        return Err(Error::ConflictingContentLength);
    }
    let is_number = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
    if !is_number || length.len() > CONTENT_LENGTH_DIGITS {
        return Err(Error::BadContentLength);
    }
    Ok(length)
}

#[cfg(test)]
mod tests;
