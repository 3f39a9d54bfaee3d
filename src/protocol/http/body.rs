//! Content of messages, received and sent, in the three framings (RFC 9112 section 6).

use super::error::Error;
use super::lines::check_trailer;
use super::receive_buffer::ReceiveBuffer;
use super::received_headers::Traits;

/// How the end of the content is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFraming {
    /// By its length in bytes (saturating).
    Length(u64),
    /// By a chunk of size zero (section 7.1).
    Chunked,
    /// By the end of the connection (section 6.3, item 8).
    UntilClose,
}

impl BodyFraming {
    /// The framing of a request's content.
    pub(super) fn for_request(traits: Traits) -> Self {
        Self::from_traits(traits).unwrap_or(Self::Length(0))
    }

    /// The framing of a response's content; `method` is the request's, if there was one.
    pub(super) fn for_response(method: Option<Method>, status: u16, traits: Traits) -> Self {
        let success_of_connect = method == Some(Method::Connect) && (200..300).contains(&status);
        if matches!(status, 204 | 304) || method == Some(Method::Head) || success_of_connect {
            return Self::Length(0);
        }
        Self::from_traits(traits).unwrap_or(Self::UntilClose)
    }

    fn from_traits(traits: Traits) -> Option<Self> {
        if traits.chunked {
            return Some(Self::Chunked);
        }
        traits.content_length.map(Self::Length)
    }
}

/// The request method, as far as the framing of the response depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Head,
    Connect,
    Other,
}

impl Method {
    pub(super) fn from_bytes(method: &[u8]) -> Self {
        match method {
            b"HEAD" => Self::Head,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }
}

/// A step in reading content.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyPiece {
    Data(Vec<u8>),
    End,
}

/// The most that one piece has of a body that ends with the connection; h11's limit.
const LARGEST_PIECE: u64 = 999_999_999;

/// Reads content out of a buffer.
#[derive(Debug)]
pub(super) enum BodyReader {
    /// This many bytes are still to come.
    Length(u64),
    Chunked(Chunk),
    UntilClose,
}

/// The position in a chunked body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chunk {
    /// Before the line with the size.
    Header,
    /// In a chunk with this many bytes to come, at least one.
    Data(u64),
    /// Before the CRLF after a chunk; true if the CR has been read.
    Footer(bool),
    /// After the last chunk.
    Trailer,
}

impl BodyReader {
    pub(super) fn new(framing: BodyFraming) -> Self {
        match framing {
            BodyFraming::Length(length) => Self::Length(length),
            BodyFraming::Chunked => Self::Chunked(Chunk::Header),
            BodyFraming::UntilClose => Self::UntilClose,
        }
    }

    /// The next piece, unless it has not arrived.
    pub(super) fn read(&mut self, buffer: &mut ReceiveBuffer) -> Result<Option<BodyPiece>, Error> {
        match self {
            Self::Length(0) => Ok(Some(BodyPiece::End)),
            Self::Length(rest) => Ok(take(buffer, rest)),
            Self::Chunked(chunk) => chunk.read(buffer),
            Self::UntilClose => Ok(buffer.take_at_most(LARGEST_PIECE).map(BodyPiece::Data)),
        }
    }

    /// The piece that the end of the connection stands for, once all data have been read.
    pub(super) fn read_eof(&self) -> Result<BodyPiece, Error> {
        match self {
            Self::UntilClose => Ok(BodyPiece::End),
            Self::Length(_) | Self::Chunked(_) => Err(Error::UnexpectedClose),
        }
    }
}

/// Takes out at most `rest` bytes and subtracts them from `rest`.
fn take(buffer: &mut ReceiveBuffer, rest: &mut u64) -> Option<BodyPiece> {
    let data = buffer.take_at_most(*rest)?;
    *rest = rest.saturating_sub(data.len() as u64);
    Some(BodyPiece::Data(data))
}

impl Chunk {
    fn read(&mut self, buffer: &mut ReceiveBuffer) -> Result<Option<BodyPiece>, Error> {
        loop {
            match self {
                Self::Header => {
                    let Some(length) = buffer.line() else {
                        return Ok(None);
                    };
                    let line = buffer.rest().get(..length).unwrap_or_default();
                    let size = parse_chunk_header(line).ok_or(Error::IllegalChunkHeader)?;
                    buffer.consume(length);
                    *self = match size {
                        0 => Self::Trailer,
                        size => Self::Data(size),
                    };
                }
                Self::Data(rest) => {
                    let data = take(buffer, rest);
                    if *rest == 0 {
                        *self = Self::Footer(false);
                    }
                    return Ok(data);
                }
                Self::Footer(half) => {
                    let expected: &[u8] = if *half { b"\n" } else { b"\r\n" };
                    let arrived = buffer.len().min(expected.len());
                    if buffer.rest().get(..arrived) != expected.get(..arrived) {
                        return Err(Error::MalformedChunkFooter);
                    }
                    buffer.consume(arrived);
                    if arrived < expected.len() {
                        *half |= arrived == 1;
                        return Ok(None);
                    }
                    *self = Self::Header;
                }
                Self::Trailer => {
                    let Some(length) = buffer.lines() else {
                        return Ok(None);
                    };
                    check_trailer(buffer.rest().get(..length).unwrap_or_default())?;
                    buffer.consume(length);
                    return Ok(Some(BodyPiece::End));
                }
            }
        }
    }
}

/// `1*20HEXDIG [";" anything] OWS CRLF`
fn parse_chunk_header(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\r\n")?;
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let count = digits.count();
    let (digits, rest) = line.split_at_checked(count)?;
    let legal_rest = match rest.first() {
        Some(b';') => !rest.contains(&b'\n'),
        _ => rest.iter().all(|byte| matches!(byte, b' ' | b'\t')),
    };
    if !(1..=20).contains(&count) || !legal_rest {
        return None;
    }
    // Twenty digits are 80 bits: saturating, as no peer sends 2^64 bytes.
    digits.iter().try_fold(0_u64, |size, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(size.saturating_mul(16).saturating_add(digit.into()))
    })
}

/// Writes content.
#[derive(Debug)]
pub(super) enum BodyWriter {
    /// This many bytes are still to be sent.
    Length(u64),
    Chunked,
    UntilClose,
}

impl BodyWriter {
    pub(super) fn new(framing: BodyFraming) -> Self {
        match framing {
            BodyFraming::Length(length) => Self::Length(length),
            BodyFraming::Chunked => Self::Chunked,
            BodyFraming::UntilClose => Self::UntilClose,
        }
    }

    pub(super) fn write(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        // A size in hexadecimal has 16 digits at most; the end of the content may follow.
        out.try_reserve(data.len() + 32)?;
        match self {
            Self::Length(_) => {
                self.announce(data.len())?;
                out.extend_from_slice(data);
            }
            // An empty chunk would be the last one.
            Self::Chunked if data.is_empty() => {}
            Self::Chunked => {
                out.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
                out.extend_from_slice(data);
                out.extend_from_slice(b"\r\n");
            }
            Self::UntilClose => out.extend_from_slice(data),
        }
        Ok(())
    }

    /// Counts data of this length as written, if they fit.
    pub(super) fn announce(&mut self, length: usize) -> Result<(), Error> {
        if let Self::Length(rest) = self {
            *rest = rest.checked_sub(length as u64).ok_or(Error::TooMuchData)?;
        }
        Ok(())
    }

    pub(super) fn write_end(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Length(0) | Self::UntilClose => {}
            Self::Length(_) => return Err(Error::TooLittleData),
            Self::Chunked => out.extend_from_slice(b"0\r\n\r\n"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads bytes that arrive in these pieces; returns the content, and whether its end was
    /// reached.
    fn read(framing: BodyFraming, pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), Error> {
        let (mut reader, mut buffer) = (BodyReader::new(framing), ReceiveBuffer::default());
        let mut content = Vec::new();
        for piece in pieces {
            buffer.push(piece).unwrap();
            while let Some(piece) = reader.read(&mut buffer)? {
                match piece {
                    BodyPiece::Data(data) => content.extend(data),
                    BodyPiece::End => return Ok((content, true)),
                }
            }
        }
        Ok((content, false))
    }

    #[test]
    fn sizes_of_chunks_have_one_to_twenty_digits_and_may_be_followed_by_extensions() {
        let cases: [(&[u8], Option<u64>); 12] = [
            (b"5\r\n", Some(5)),
            (b"fF\r\n", Some(255)),
            (b"000\r\n", Some(0)),
            (b"5 \t\r\n", Some(5)),
            (b"5;a=b \r\n", Some(5)),
            (b"5;\r\r\n", Some(5)),
            (b"ffffffffffffffffffff\r\n", Some(u64::MAX)),
            (b"fffffffffffffffffffff\r\n", None),
            (b"\r\n", None),
            (b"5 ;a\r\n", None),
            (b"5;a\nb\r\n", None),
            (b"0x5\r\n", None),
        ];
        for (line, size) in cases {
            assert_eq!(parse_chunk_header(line), size, "{line:?}");
        }
    }

    #[test]
    fn chunks_are_read_in_any_pieces() {
        let body = b"3;x\r\nabc\r\n2 \r\nde\r\n0\r\nTrailer: t\r\n\r\n";
        for size in 1..body.len() {
            let pieces = body.chunks(size).collect::<Vec<_>>();
            let expected = (b"abcde".to_vec(), true);
            assert_eq!(
                read(BodyFraming::Chunked, &pieces),
                Ok(expected),
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn a_chunk_must_be_followed_by_a_line_break() {
        for body in [
            &b"3\r\nabcd\r\n"[..],
            b"3\r\nabc\n0\r\n\r\n",
            b"3\r\nabc\rx",
        ] {
            let expected = Err(Error::MalformedChunkFooter);
            assert_eq!(read(BodyFraming::Chunked, &[body]), expected, "{body:?}");
        }
    }

    #[test]
    fn a_trailer_must_be_well_formed() {
        let body: &[u8] = b"0\r\nnot a field\r\n\r\n";
        assert_eq!(
            read(BodyFraming::Chunked, &[body]),
            Err(Error::IllegalHeaderLine)
        );
    }

    #[test]
    fn a_length_ends_the_content_even_if_more_has_arrived() {
        let expected = Ok((b"abc".to_vec(), true));
        assert_eq!(read(BodyFraming::Length(3), &[b"ab", b"cdef"]), expected);
        assert_eq!(
            read(BodyFraming::Length(0), &[b"x"]),
            Ok((Vec::new(), true))
        );
    }

    #[test]
    fn a_huge_length_allocates_nothing_and_ends_with_an_error() {
        let mut reader = BodyReader::new(BodyFraming::Length(u64::MAX));
        let mut buffer = ReceiveBuffer::default();
        assert_eq!(reader.read(&mut buffer), Ok(None));
        assert_eq!(reader.read_eof(), Err(Error::UnexpectedClose));
    }

    #[test]
    fn without_framing_the_content_ends_with_the_connection() {
        let expected = Ok((b"abc".to_vec(), false));
        assert_eq!(read(BodyFraming::UntilClose, &[b"ab", b"c"]), expected);
        assert_eq!(BodyReader::UntilClose.read_eof(), Ok(BodyPiece::End));
    }

    #[test]
    fn content_is_written_in_its_framing() {
        let written = |framing, pieces: &[&[u8]]| {
            let (mut writer, mut out) = (BodyWriter::new(framing), Vec::new());
            for piece in pieces {
                writer.write(piece, &mut out)?;
            }
            writer.write_end(&mut out)?;
            Ok(String::from_utf8(out).unwrap())
        };
        let pieces: [&[u8]; 3] = [b"hello ", b"", b"world"];
        assert_eq!(
            written(BodyFraming::Length(11), &pieces),
            Ok("hello world".into())
        );
        assert_eq!(
            written(BodyFraming::UntilClose, &pieces),
            Ok("hello world".into())
        );
        let chunks = "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n";
        assert_eq!(written(BodyFraming::Chunked, &pieces), Ok(chunks.into()));
        assert_eq!(
            written(BodyFraming::Length(10), &pieces),
            Err(Error::TooMuchData)
        );
        assert_eq!(
            written(BodyFraming::Length(12), &pieces),
            Err(Error::TooLittleData)
        );
    }
}
