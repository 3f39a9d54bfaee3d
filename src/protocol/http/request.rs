//! Requests that are to be sent (RFC 9112 section 3).

use super::error::Error;
use super::fields::Fields;
use super::head::is_target;
use super::name::Name;
use super::outgoing::{Outgoing, Start};
use super::syntax::is_field_value;

/// A request in HTTP/1.1: its target is legal, and it has one host.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    method: &'a [u8],
    target: &'a [u8],
    /// Nothing, if it is among the fields.
    host: Option<Host<'a>>,
    fields: &'a Fields,
}

/// The value of a field `Host`, which is legal.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a>(&'a [u8]);

impl<'a> Host<'a> {
    /// The host, unless no field can have this value.
    pub fn new(value: &'a [u8]) -> Result<Self, Error> {
        if is_field_value(value) {
            Ok(Self(value))
        } else {
            Err(Error::IllegalHeaderValue(value.to_vec()))
        }
    }
}

impl<'a> Request<'a> {
    /// A request for a target, with a host that is given or among the fields.
    pub fn new(
        method: &'a [u8],
        target: &'a [u8],
        host: Option<Host<'a>>,
        fields: &'a Fields,
    ) -> Result<Self, Error> {
        if host.is_none() && !fields.has(Name::Host) {
            return Err(Error::MissingHost);
        }
        if fields.has_several(Name::Host) || (host.is_some() && fields.has(Name::Host)) {
            return Err(Error::MultipleHosts);
        }
        if !is_target(target) {
            return Err(Error::IllegalTarget);
        }
        Ok(Self {
            method,
            target,
            host,
            fields,
        })
    }

    /// The method.
    pub(super) fn method(&self) -> &'a [u8] {
        self.method
    }

    /// The fields, among which the host may be.
    pub(super) fn fields(&self) -> &'a Fields {
        self.fields
    }

    /// The head as it is sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.outgoing([]).to_vec()
    }

    /// The head as it is sent, with other fields behind the host.
    #[inline]
    pub(super) fn outgoing<const N: usize>(&self, first: [u8; N]) -> Outgoing<'a, N> {
        let (method, target) = (self.method, self.target);
        let host = self.host.map(|Host(host)| host);
        Outgoing {
            start: Start::Request(method, target, host),
            first,
            fields: self.fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(hosts: usize) -> Fields {
        let mut fields = Fields::default();
        for _ in 0..hosts {
            fields.push(b"Host", b"h").unwrap();
        }
        fields.push(b"A", b"b").unwrap();
        fields
    }

    #[test]
    fn the_host_comes_first_wherever_it_is_from() {
        let expected = b"GET /t HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
        let (without, with) = (fields(0), fields(1));
        let host = Host::new(b"h").unwrap();
        let given = Request::new(b"GET", b"/t", Some(host), &without).unwrap();
        assert_eq!(given.to_bytes(), expected);
        let among_fields = Request::new(b"GET", b"/t", None, &with).unwrap();
        assert_eq!(among_fields.to_bytes(), expected);
    }

    #[test]
    fn there_is_one_host_and_a_target() {
        let error = |hosts: usize, given: bool, target: &'static [u8]| {
            let host = given.then(|| Host::new(b"h").unwrap());
            Request::new(b"GET", target, host, &fields(hosts)).err()
        };
        assert_eq!(error(0, false, b""), Some(Error::MissingHost));
        assert_eq!(error(1, true, b""), Some(Error::MultipleHosts));
        assert_eq!(error(2, false, b"/"), Some(Error::MultipleHosts));
        assert_eq!(error(0, true, b""), Some(Error::IllegalTarget));
        assert_eq!(error(1, false, b"/ "), Some(Error::IllegalTarget));
        assert_eq!(error(1, false, b"/"), None);
        let line_break = Host::new(b"h\n").unwrap_err();
        assert_eq!(line_break, Error::IllegalHeaderValue(b"h\n".to_vec()));
    }
}
