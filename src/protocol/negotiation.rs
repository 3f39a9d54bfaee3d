//! The negotiation of permessage-deflate (RFC 7692 sections 5 and 7.1).
//!
//! An element of a `Sec-WebSocket-Extensions` header is parsed strictly: unknown, repeated or
//! malformed parameters make an offer unacceptable and a response an error. A text under another
//! name is searched for known parameters, because upstream's callers may pass a bare list of them.

use super::deflate::WindowBits;
use super::permessage_deflate::Direction;
use super::role::Role;

/// The name under which the extension is registered (section 7).
pub const NAME: &str = "permessage-deflate";

/// The parameters: configured before the negotiation, agreed upon after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameters {
    /// Whether the client begins every message with an empty window.
    pub client_no_context_takeover: bool,
    /// Whether the server begins every message with an empty window.
    pub server_no_context_takeover: bool,
    /// The window of the client's compressor.
    pub client_window: WindowBits,
    /// The window of the server's compressor.
    pub server_window: WindowBits,
}

/// An unacceptable parameter of a response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadParameter(pub String);

impl Parameters {
    /// The defaults: context takeover, and the largest windows.
    pub const DEFAULT: Self = Self {
        client_no_context_takeover: false,
        server_no_context_takeover: false,
        client_window: WindowBits::MAX,
        server_window: WindowBits::MAX,
    };

    /// The parameters of the direction in which this end sends.
    pub const fn sent_by(self, role: Role) -> Direction {
        match role {
            Role::Client => Direction {
                window: self.client_window,
                no_context_takeover: self.client_no_context_takeover,
            },
            Role::Server => Direction {
                window: self.server_window,
                no_context_takeover: self.server_no_context_takeover,
            },
        }
    }

    /// The parameters of a client's offer.
    pub fn offer(self) -> String {
        let mut offer = format!(
            "client_max_window_bits={}; server_max_window_bits={}",
            self.client_window.get(),
            self.server_window.get()
        );
        if self.client_no_context_takeover {
            offer.push_str("; client_no_context_takeover");
        }
        if self.server_no_context_takeover {
            offer.push_str("; server_no_context_takeover");
        }
        offer
    }

    /// Accepts an offer: returns the agreed parameters and the text of the response, or `None` to
    /// decline.
    pub fn accept(self, offer: &str) -> Option<(Self, String)> {
        let (strict, texts) = split_element(offer);
        let mut agreed = self;
        let mut seen = Seen::default();
        let (mut client_bits, mut server_bits) = (None, None);
        for text in texts {
            match Parameter::parse(text) {
                Some(parameter) if strict && !seen.is_first(&parameter) => return None,
                Some(Parameter::ClientNoContextTakeover) => {
                    agreed.client_no_context_takeover = true;
                }
                Some(Parameter::ServerNoContextTakeover) => {
                    agreed.server_no_context_takeover = true;
                }
                Some(Parameter::ClientMaxWindowBits(bits)) => {
                    client_bits = Some(bits.unwrap_or(self.client_window));
                }
                // Section 7.1.2.1: in an offer, this one has a value.
                Some(Parameter::ServerMaxWindowBits(None)) | None if strict => return None,
                Some(Parameter::ServerMaxWindowBits(bits)) => {
                    server_bits = Some(bits.unwrap_or(self.server_window));
                }
                None => {}
            }
        }
        let mut response = Vec::new();
        if agreed.client_no_context_takeover {
            response.push("client_no_context_takeover".to_owned());
        }
        if agreed.server_no_context_takeover {
            response.push("server_no_context_takeover".to_owned());
        }
        if let Some(bits) = client_bits {
            response.push(format!("client_max_window_bits={}", bits.get()));
            agreed.client_window = bits;
        }
        if let Some(bits) = server_bits {
            response.push(format!("server_max_window_bits={}", bits.get()));
            agreed.server_window = bits;
        }
        Some((agreed, response.join("; ")))
    }

    /// Applies the server's response to the offer of these parameters.
    pub fn finalize(self, response: &str) -> Result<Self, BadParameter> {
        let (strict, texts) = split_element(response);
        let mut agreed = self;
        let mut seen = Seen::default();
        for text in texts {
            let parameter = Parameter::parse_response(text)
                .filter(|parameter| !strict || seen.is_first(parameter));
            match parameter {
                Some(Parameter::ClientNoContextTakeover) => {
                    agreed.client_no_context_takeover = true;
                }
                Some(Parameter::ServerNoContextTakeover) => {
                    agreed.server_no_context_takeover = true;
                }
                // Sections 7.1.2.1 and 7.1.2.2: no larger than what was offered.
                Some(Parameter::ClientMaxWindowBits(Some(bits)))
                    if !strict || bits <= self.client_window =>
                {
                    agreed.client_window = bits;
                }
                Some(Parameter::ServerMaxWindowBits(Some(bits)))
                    if !strict || bits <= self.server_window =>
                {
                    agreed.server_window = bits;
                }
                _ if strict => return Err(BadParameter(text.to_owned())),
                _ => {}
            }
        }
        Ok(agreed)
    }
}

/// A parameter that RFC 7692 defines.
enum Parameter {
    ClientNoContextTakeover,
    ServerNoContextTakeover,
    ClientMaxWindowBits(Option<WindowBits>),
    ServerMaxWindowBits(Option<WindowBits>),
}

/// The name of a parameter, and its value if any.
fn split_parameter(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (text, None),
    }
}

impl Parameter {
    /// A parameter of a server's response. Section 7.1.2.1 allows it a window of 256 bytes, which
    /// zlib does not support; data compressed with it inflate with any larger window.
    fn parse_response(text: &str) -> Option<Self> {
        match split_parameter(text) {
            ("server_max_window_bits", Some("8" | "\"8\"")) => {
                Some(Self::ServerMaxWindowBits(Some(WindowBits::MIN)))
            }
            _ => Self::parse(text),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match split_parameter(text) {
            ("client_no_context_takeover", None) => Some(Self::ClientNoContextTakeover),
            ("server_no_context_takeover", None) => Some(Self::ServerNoContextTakeover),
            ("client_max_window_bits", None) => Some(Self::ClientMaxWindowBits(None)),
            ("server_max_window_bits", None) => Some(Self::ServerMaxWindowBits(None)),
            ("client_max_window_bits", Some(value)) => {
                window_bits(value).map(|bits| Self::ClientMaxWindowBits(Some(bits)))
            }
            ("server_max_window_bits", Some(value)) => {
                window_bits(value).map(|bits| Self::ServerMaxWindowBits(Some(bits)))
            }
            _ => None,
        }
    }
}

/// Section 7.1.2: "a decimal integer value without leading zeroes", which may be quoted.
fn window_bits(value: &str) -> Option<WindowBits> {
    let unquoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let digits = unquoted.unwrap_or(value);
    if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    WindowBits::new(digits.parse().ok()?)
}

/// The parameters that have occurred.
#[derive(Default)]
struct Seen([bool; 4]);

impl Seen {
    fn is_first(&mut self, parameter: &Parameter) -> bool {
        let [a, b, c, d] = &mut self.0;
        let seen = match parameter {
            Parameter::ClientNoContextTakeover => a,
            Parameter::ServerNoContextTakeover => b,
            Parameter::ClientMaxWindowBits(_) => c,
            Parameter::ServerMaxWindowBits(_) => d,
        };
        !std::mem::replace(seen, true)
    }
}

/// Whether the element names permessage-deflate, and the texts of its parameters.
fn split_element(element: &str) -> (bool, impl Iterator<Item = &str>) {
    // No known parameter has a semicolon in a quoted value, so one that does is unacceptable either
    // way.
    let mut parts = element.split(';').map(str::trim);
    (parts.next() == Some(NAME), parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Parameters = Parameters::DEFAULT;

    fn accept(parameters: &str) -> Option<String> {
        let offer = format!("permessage-deflate{parameters}");
        DEFAULT.accept(&offer).map(|(_, response)| response)
    }

    fn finalize(parameters: &str) -> Result<Parameters, BadParameter> {
        DEFAULT.finalize(&format!("permessage-deflate{parameters}"))
    }

    #[test]
    fn offers_are_accepted_parameter_by_parameter() {
        for (offer, response) in [
            ("", ""),
            ("; client_max_window_bits", "client_max_window_bits=15"),
            ("; client_max_window_bits=10", "client_max_window_bits=10"),
            (
                "; client_max_window_bits=\"10\"",
                "client_max_window_bits=10",
            ),
            ("; server_max_window_bits=9", "server_max_window_bits=9"),
            (
                " ;server_no_context_takeover;  client_no_context_takeover",
                "client_no_context_takeover; server_no_context_takeover",
            ),
        ] {
            assert_eq!(accept(offer).as_deref(), Some(response), "{offer}");
        }
    }

    #[test]
    fn what_is_accepted_is_agreed_upon() {
        let offer = "permessage-deflate; server_max_window_bits=9; client_no_context_takeover";
        let (agreed, _) = DEFAULT.accept(offer).expect("acceptable");
        assert_eq!(agreed.server_window.get(), 9);
        assert!(agreed.client_no_context_takeover && !agreed.server_no_context_takeover);
    }

    #[test]
    fn offers_that_break_a_rule_are_declined() {
        for offer in [
            "; client_max_window_bits=8",
            "; client_max_window_bits=16",
            "; client_max_window_bits=09",
            "; client_max_window_bits=",
            "; client_max_window_bits=ten",
            "; server_max_window_bits",
            "; server_max_window_bits=300",
            "; client_no_context_takeover=1",
            "; client_no_context_takeover; client_no_context_takeover",
            "; server_max_window_bits=10; server_max_window_bits=11",
            "; something_else",
            ";",
        ] {
            assert_eq!(accept(offer), None, "{offer}");
        }
    }

    #[test]
    fn responses_stay_within_the_offer() {
        assert_eq!(finalize(""), Ok(DEFAULT));
        let agreed = finalize("; server_max_window_bits=10; client_max_window_bits=12");
        let agreed = agreed.expect("within the offer");
        assert_eq!(
            (agreed.client_window.get(), agreed.server_window.get()),
            (12, 10)
        );
        let narrow = WindowBits::new(10).expect("in range");
        let narrow = Parameters {
            server_window: narrow,
            ..DEFAULT
        };
        assert!(
            narrow
                .finalize("permessage-deflate; server_max_window_bits=11")
                .is_err()
        );
    }

    #[test]
    fn a_response_says_which_contexts_are_not_kept() {
        let contexts = |response| {
            let agreed = finalize(response).expect("legal");
            (
                agreed.client_no_context_takeover,
                agreed.server_no_context_takeover,
            )
        };
        assert_eq!(contexts(""), (false, false));
        assert_eq!(contexts("; client_no_context_takeover"), (true, false));
        assert_eq!(contexts("; server_no_context_takeover"), (false, true));
    }

    #[test]
    fn only_a_response_of_this_extension_is_held_to_the_offered_windows() {
        let narrow = WindowBits::new(10).expect("in range");
        let narrow = Parameters {
            client_window: narrow,
            server_window: narrow,
            ..DEFAULT
        };
        for parameter in ["client_max_window_bits", "server_max_window_bits"] {
            for (bits, within) in [(9, true), (10, true), (11, false)] {
                let response = format!("permessage-deflate; {parameter}={bits}");
                assert_eq!(narrow.finalize(&response).is_ok(), within, "{response}");
                let agreed = narrow.finalize(&format!("x; {parameter}={bits}"));
                let agreed = agreed.expect("read for parameters only");
                let windows = (agreed.client_window.get(), agreed.server_window.get());
                assert!(
                    windows == (bits, 10) || windows == (10, bits),
                    "{windows:?}"
                );
            }
        }
    }

    #[test]
    fn responses_that_break_a_rule_are_errors() {
        for response in [
            "; client_max_window_bits",
            "; server_max_window_bits",
            "; client_max_window_bits=8",
            "; server_max_window_bits=7",
            "; server_no_context_takeover=1",
            "; server_no_context_takeover; server_no_context_takeover",
            "; unknown",
        ] {
            assert!(finalize(response).is_err(), "{response}");
        }
    }

    #[test]
    fn a_server_may_keep_to_the_smallest_window() {
        for bits in ["8", "\"8\"", "9"] {
            let agreed = finalize(&format!("; server_max_window_bits={bits}"));
            assert_eq!(
                agreed.map(|agreed| agreed.server_window),
                Ok(WindowBits::MIN)
            );
        }
    }

    #[test]
    fn other_names_are_read_for_parameters_only() {
        assert!(DEFAULT.accept("i am the walrus; koo koo").is_some());
        let agreed = DEFAULT.finalize("x; unknown; server_max_window_bits=10");
        assert_eq!(agreed.map(|agreed| agreed.server_window.get()), Ok(10));
    }

    #[test]
    fn the_offer_names_both_windows() {
        assert_eq!(
            DEFAULT.offer(),
            "client_max_window_bits=15; server_max_window_bits=15"
        );
    }
}
