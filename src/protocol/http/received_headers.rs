//! The header fields of a head that was received (RFC 9110 section 5).

use std::ops::Range;

use super::abnf::{content_length, is_space, list_members, parse_length};
use super::error::Error;
use super::header_id::HeaderId;

/// The fields in order, as ranges of the text of the head. Names are in lower case, the syntax is
/// legal, and `Content-Length` and `Transfer-Encoding` do not contradict themselves.
#[derive(Debug, Clone, Default)]
pub struct ReceivedHeaders {
    text: Vec<u8>,
    spans: Vec<Span>,
}

/// One field, as ranges of the text.
#[derive(Debug, Clone)]
pub(super) struct Span {
    id: HeaderId,
    name: Range<usize>,
    value: Range<usize>,
}

impl Span {
    /// A field whose name and value are these ranges of the text.
    pub(super) fn new(name: Range<usize>, value: Range<usize>) -> Self {
        let id = HeaderId::Other;
        Self { id, name, value }
    }
}

impl ReceivedHeaders {
    /// The fields at these ranges of the text. A repeated equal `Content-Length` is dropped.
    pub(super) fn new(mut text: Vec<u8>, mut spans: Vec<Span>) -> Result<Self, Error> {
        let mut fields = FieldReader::default();
        let mut checked = Ok(());
        spans.retain_mut(|span| {
            let kept = checked.clone().and_then(|()| fields.read(&mut text, span));
            kept.unwrap_or_else(|error| {
                checked = Err(error);
                false
            })
        });
        checked.map(|()| Self { text, spans })
    }

    /// A part of the text.
    pub(super) fn slice(&self, range: &Range<usize>) -> &[u8] {
        slice(&self.text, range)
    }

    /// All fields, in order.
    pub fn all(&self) -> impl Iterator<Item = Header<'_>> + Clone {
        self.except(&[])
    }

    /// The fields that have none of these ids, in order.
    pub fn except(&self, ids: &'static [HeaderId]) -> impl Iterator<Item = Header<'_>> + Clone {
        let spans = self.spans.iter().filter(|span| !ids.contains(&span.id));
        spans.map(|span| Header {
            id: span.id,
            name: self.slice(&span.name),
            value: self.slice(&span.value),
        })
    }

    /// The value of the first field of this identifier.
    pub fn get(&self, id: HeaderId) -> Option<&[u8]> {
        self.values(id).next()
    }

    /// The values of all fields of this identifier.
    pub fn values(&self, id: HeaderId) -> impl Iterator<Item = &[u8]> + Clone {
        let spans = self.spans.iter().filter(move |span| span.id == id);
        spans.map(|span| self.slice(&span.value))
    }

    /// Whether there is a field of this identifier.
    pub fn has(&self, id: HeaderId) -> bool {
        self.spans.iter().any(|span| span.id == id)
    }

    /// The traits that the fields give the message.
    pub(super) fn traits(&self) -> Traits {
        let mut traits = Traits::default();
        for Span { id, value, .. } in &self.spans {
            traits.add(*id, self.slice(value));
        }
        traits
    }
}

/// Reads fields one after the other, and checks those that frame the message against each other.
#[derive(Default)]
struct FieldReader {
    /// The digits of `Content-Length`, in the text.
    content_length: Option<Range<usize>>,
    has_transfer_encoding: bool,
}

impl FieldReader {
    /// Identifies a field and normalises it in the text; returns whether to keep it.
    fn read(&mut self, text: &mut [u8], span: &mut Span) -> Result<bool, Error> {
        let name = text.get_mut(span.name.clone()).unwrap_or_default();
        name.make_ascii_lowercase();
        span.id = HeaderId::from_lowercase(name);
        match span.id {
            HeaderId::ContentLength => {
                let length = content_length(slice(text, &span.value))?;
                match &self.content_length {
                    None => span.value = range_in(text, length),
                    Some(known) if slice(text, known) == length => return Ok(false),
                    Some(_) => return Err(Error::ConflictingContentLength),
                }
                self.content_length = Some(span.value.clone());
            }
            HeaderId::TransferEncoding => {
                if std::mem::replace(&mut self.has_transfer_encoding, true) {
                    return Err(Error::MultipleTransferEncodings);
                }
                let coding = text.get_mut(span.value.clone()).unwrap_or_default();
                coding.make_ascii_lowercase();
                if coding != b"chunked" {
                    return Err(Error::UnsupportedTransferEncoding);
                }
            }
            _ => {}
        }
        Ok(true)
    }
}

fn slice<'a>(text: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    text.get(range.clone()).unwrap_or_default()
}

/// The range of `text` that `part`, a slice of it, covers.
pub(super) fn range_in(text: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - text.as_ptr().addr();
    start..start + part.len()
}

/// What the header fields of a message say about its framing and about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traits {
    /// The announced length of the content.
    pub(super) content_length: Option<u64>,
    /// The content comes in chunks (RFC 9112 section 7.1).
    pub(super) chunked: bool,
    /// The connection ends with this message (RFC 9112 section 9.6).
    pub(super) closes: bool,
    /// Another protocol is proposed (RFC 9110 section 7.8).
    pub(super) upgrades: bool,
}

impl Traits {
    /// Adds one field.
    pub(super) fn add(&mut self, id: HeaderId, value: &[u8]) {
        match id {
            HeaderId::ContentLength => self.content_length = Some(parse_length(value)),
            HeaderId::TransferEncoding => self.chunked = true,
            HeaderId::Connection => {
                let mut options = list_members(value);
                self.closes |= options.any(|option| option.eq_ignore_ascii_case(b"close"));
            }
            HeaderId::Upgrade => {
                let names_something = |byte: &u8| !is_space(*byte) && *byte != b',';
                self.upgrades |= value.iter().any(names_something);
            }
            _ => {}
        }
    }
}

/// One received field.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// Which field it is.
    pub id: HeaderId,
    /// The name, in lower case.
    pub name: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(pairs: &[(&str, &str)]) -> Result<ReceivedHeaders, Error> {
        let mut text = Vec::new();
        let mut append = |part: &str| {
            let start = text.len();
            text.extend_from_slice(part.as_bytes());
            start..text.len()
        };
        let spans = pairs
            .iter()
            .map(|(name, value)| Span::new(append(name), append(value)));
        let spans = spans.collect();
        ReceivedHeaders::new(text, spans)
    }

    fn pairs<'a>(headers: impl Iterator<Item = Header<'a>>) -> Vec<(&'a [u8], &'a [u8])> {
        headers.map(|header| (header.name, header.value)).collect()
    }

    #[test]
    fn names_are_kept_in_lower_case_and_lengths_once() {
        let headers = received(&[
            ("X-Mixed", "Case"),
            ("Content-LENGTH", "1, 1"),
            ("Content-LENGTH", "1"),
            ("Transfer-Encoding", "Chunked"),
        ])
        .unwrap();
        let expected: [(&[u8], &[u8]); 3] = [
            (b"x-mixed", b"Case"),
            (b"content-length", b"1"),
            (b"transfer-encoding", b"chunked"),
        ];
        assert_eq!(pairs(headers.all()), expected);
    }

    #[test]
    fn fields_that_frame_the_message_do_not_contradict_each_other() {
        let lengths = [("Content-Length", "5"), ("Content-Length", "05")];
        let error = received(&lengths).unwrap_err();
        assert_eq!(error, Error::ConflictingContentLength);
        let error = received(&[("Transfer-Encoding", "gzip, chunked")]).unwrap_err();
        assert_eq!(error, Error::UnsupportedTransferEncoding);
        let error = received(&[("Transfer-Encoding", "chunked"); 2]).unwrap_err();
        assert_eq!(error, Error::MultipleTransferEncodings);
    }

    #[test]
    fn fields_are_found_by_their_ids() {
        let headers = received(&[("Host", "a"), ("A", "b"), ("HOST", "c")]).unwrap();
        let hosts = headers.values(HeaderId::Host).collect::<Vec<_>>();
        assert_eq!(hosts, [b"a", b"c"]);
        assert_eq!(headers.get(HeaderId::Host), Some(&b"a"[..]));
        assert!(headers.has(HeaderId::Host) && !headers.has(HeaderId::Key));
        let others = headers.except(&[HeaderId::Host]);
        assert_eq!(pairs(others), [(&b"a"[..], &b"b"[..])]);
        assert_eq!(headers.all().count(), 3);
    }

    #[test]
    fn traits_are_those_of_all_fields() {
        let traits = |pairs: &[(&str, &str)]| received(pairs).unwrap().traits();
        assert_eq!(traits(&[("a", "close")]), Traits::default());
        let all = [
            ("Connection", "keep-alive"),
            ("Connection", "x,CLOSE"),
            ("Upgrade", " ,h2c"),
            ("Content-Length", "12"),
            ("Transfer-Encoding", "chunked"),
        ];
        let expected = Traits {
            content_length: Some(12),
            chunked: true,
            closes: true,
            upgrades: true,
        };
        assert_eq!(traits(&all), expected);
        assert!(!traits(&[("Upgrade", " , ")]).upgrades);
        assert!(!traits(&[("Connection", "closed")]).closes);
    }
}
