//! The sending half of an exchange (RFC 9112 sections 3, 4 and 6).

use super::Exchange;
use crate::protocol::http::body::{BodyFraming, BodyWriter, Method};
use crate::protocol::http::error::{Error, EventKind, HttpState};
use crate::protocol::http::head_writer::{Request, response, switching_protocols};
use crate::protocol::http::header_id::HeaderId;
use crate::protocol::http::header_lines::HeaderLines;
use crate::protocol::http::lines::Version;
use crate::protocol::http::state::Switch;
use crate::protocol::role::Role;

impl Exchange {
    /// Writes the head of a request. `upgrade` is complete legal lines that propose another
    /// protocol (RFC 9110 section 7.8), or empty; they follow the host.
    pub fn send_request(
        &mut self,
        upgrade: &[u8],
        request: &Request<'_>,
    ) -> Result<Vec<u8>, Error> {
        self.send(|this, out| {
            if this.role == Role::Server {
                // Always an error, which names the state.
                this.states.apply(this.role, EventKind::Request, None)?;
            }
            let mut traits = request.headers.traits();
            traits.upgrades |= !upgrade.is_empty();
            this.apply_request(request.method, traits, Version::HTTP_11)?;
            this.writer = Some(BodyWriter::new(BodyFraming::for_request(traits)));
            *out = request.to_bytes(upgrade)?;
            Ok(())
        })
    }

    /// Writes the 101 that ends HTTP (RFC 9110 section 15.2.2): `upgrade`, which is complete legal
    /// lines, then the other headers.
    pub fn send_switching_protocols(
        &mut self,
        upgrade: &[u8],
        headers: &HeaderLines,
    ) -> Result<Vec<u8>, Error> {
        self.send(|this, out| {
            let kind = EventKind::InformationalResponse;
            this.check_server(kind)?;
            this.states.apply(this.role, kind, Some(Switch::Upgrade))?;
            *out = switching_protocols(upgrade, headers)?;
            Ok(())
        })
    }

    /// Writes the head of a final response, and adds a framing if it has none.
    pub fn send_response(
        &mut self,
        status: u16,
        mut headers: HeaderLines,
    ) -> Result<Vec<u8>, Error> {
        self.send(|this, out| {
            this.complete_response(status, &mut headers);
            this.check_server(EventKind::Response)?;
            let framing = this.apply_response(status, headers.traits(), Version::HTTP_11)?;
            this.writer = Some(BodyWriter::new(framing));
            *out = response(status, &headers)?;
            Ok(())
        })
    }

    /// Writes a piece of content.
    pub fn send_data(&mut self, data: &[u8]) -> Result<Vec<u8>, Error> {
        self.send(|this, out| {
            this.states.apply(this.role, EventKind::Data, None)?;
            match &mut this.writer {
                Some(writer) => writer.write(data, out),
                None => Ok(()),
            }
        })
    }

    /// Counts content of this length as sent, without writing it.
    pub fn announce_data(&mut self, length: usize) -> Result<(), Error> {
        let announced = self.send(|this, _| {
            this.states.apply(this.role, EventKind::Data, None)?;
            match &mut this.writer {
                Some(writer) => writer.announce(length),
                None => Ok(()),
            }
        });
        announced.map(drop)
    }

    /// Ends the content.
    pub fn send_end_of_message(&mut self) -> Result<Vec<u8>, Error> {
        self.send(|this, out| {
            this.states
                .apply(this.role, EventKind::EndOfMessage, None)?;
            match this.writer.take() {
                Some(writer) => writer.write_end(out),
                None => Ok(()),
            }
        })
    }

    /// Records that something could not be sent: nothing can be sent after it.
    pub fn send_failed(&mut self) {
        self.states.fail(self.role);
    }

    /// Sends what `write` writes; a failure is final.
    fn send(
        &mut self,
        write: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<Vec<u8>, Error> {
        if self.states.get(self.role) == HttpState::Error {
            return Err(Error::OurSideFailed);
        }
        let mut out = Vec::new();
        match write(self, &mut out) {
            Ok(()) => Ok(out),
            Err(error) => {
                self.send_failed();
                Err(error)
            }
        }
    }

    /// Fails if this side is a client, which may not respond.
    fn check_server(&mut self, kind: EventKind) -> Result<(), Error> {
        match self.role {
            Role::Server => Ok(()),
            Role::Client => self.states.apply(self.role, kind, None),
        }
    }

    /// Adds the framing that the peer understands to a response of unknown length, and `Connection:
    /// close` if the connection ends with it.
    fn complete_response(&self, status: u16, headers: &mut HeaderLines) {
        // A response to HEAD has the fields that one to GET would have (RFC 9110 section 9.3.2).
        let is_head = self.method == Some(Method::Head);
        let method = self.method.filter(|_| !is_head);
        let mut need_close = false;
        if !matches!(
            BodyFraming::for_response(method, status, headers.traits()),
            BodyFraming::Length(_)
        ) {
            headers.replace(b"Content-Length", &[]);
            if self.their_version >= Some(Version::HTTP_11) {
                headers.replace(b"Transfer-Encoding", &[b"chunked"]);
            } else {
                // An HTTP/1.0 peer, or one that has sent nothing.
                headers.replace(b"Transfer-Encoding", &[]);
                need_close = !is_head;
            }
        }
        if !self.states.keep_alive() || need_close {
            let mut options = headers
                .list(HeaderId::Connection)
                .map(<[u8]>::to_ascii_lowercase)
                .filter(|option| option != b"keep-alive")
                .chain([b"close".to_vec()])
                .collect::<Vec<_>>();
            options.sort_unstable();
            options.dedup();
            let options = options.iter().map(Vec::as_slice).collect::<Vec<_>>();
            headers.replace(b"Connection", &options);
        }
    }
}
