//! Lists in header fields are taken apart as by hand, and both sides of a negotiation of
//! permessage-deflate (RFC 7692 section 7.1) agree on the same.
//!
//! Options: one of flags, two of windows of the side that offers, two of the side that answers. The
//! data are a list of extensions.

use _wsproto::protocol::deflate::WindowBits;
use _wsproto::protocol::handshake::split_comma_list;
use _wsproto::protocol::negotiation::{NAME, Parameters};

use crate::input::Input;

/// Check one list.
///
/// # Panics
///
/// If the property is broken.
pub fn run(input: &[u8]) {
    let Input { options, data } = Input::new(input);
    let [flags, windows @ ..] = options;
    let client = parameters(flags, windows[0], windows[1]);
    let server = parameters(flags >> 2, windows[2], windows[3]);

    members(data);
    own_offer(client, server);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for element in text.split(',').map(str::trim) {
        any_offer(server, element);
        any_response(client, element);
    }
}

fn parameters(flags: u8, client_window: u8, server_window: u8) -> Parameters {
    let window = |choice: u8| WindowBits::new(9 + choice % 7).expect("9 to 15");
    Parameters {
        client_no_context_takeover: flags & 1 != 0,
        server_no_context_takeover: flags & 2 != 0,
        client_window: window(client_window),
        server_window: window(server_window),
    }
}

/// Members are what stands between the commas, without white space around it.
fn members(list: &[u8]) {
    let is_space = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b'\x1c'..=b' ');
    let naive: Vec<&[u8]> = list
        .split(|byte| *byte == b',')
        .map(|member| {
            let start = member.iter().position(|byte| !is_space(byte));
            let end = member.iter().rposition(|byte| !is_space(byte));
            start
                .zip(end)
                .map_or(&[][..], |(start, end)| &member[start..=end])
        })
        .collect();
    let members = split_comma_list(list);
    assert!(members.eq(naive));
}

/// What this package offers is accepted by itself, and both sides know the same afterwards.
fn own_offer(client: Parameters, server: Parameters) {
    let offer = format!("{NAME}; {}", client.offer());
    let (by_server, response) = server.accept(&offer).expect("its own offer");
    let by_client = client
        .finalize(&with_name(&response))
        .expect("its own answer");
    // A parameter of its own that the client did not ask for is in the answer; one that it did ask
    // for is agreed.
    assert_eq!(by_client, by_server);
}

/// An answer accepts no more than the offer, and says all that was agreed: offered again, it is
/// answered in the same way.
fn any_offer(server: Parameters, offer: &str) {
    let Some((agreed, response)) = server.accept(offer) else {
        assert!(is_ours(offer), "another name is read leniently: {offer:?}");
        return;
    };
    let answer = with_name(&response);
    let again = server.accept(&answer).map(|(agreed, _)| agreed);
    assert_eq!(again, Some(agreed), "{offer:?}");
    assert!(agreed.client_no_context_takeover >= server.client_no_context_takeover);
    assert!(agreed.server_no_context_takeover >= server.server_no_context_takeover);
}

/// A response leaves what was offered as it was or narrows it, and agreeing to it twice is agreeing
/// to it once.
fn any_response(client: Parameters, response: &str) {
    let Ok(agreed) = client.finalize(response) else {
        assert!(
            is_ours(response),
            "another name is read leniently: {response:?}"
        );
        return;
    };
    assert_eq!(agreed.finalize(response), Ok(agreed), "{response:?}");
    assert!(agreed.client_no_context_takeover >= client.client_no_context_takeover);
    assert!(agreed.server_no_context_takeover >= client.server_no_context_takeover);
    if is_ours(response) {
        assert!(agreed.client_window <= client.client_window);
        assert!(agreed.server_window <= client.server_window);
    }
}

fn is_ours(element: &str) -> bool {
    element.split(';').next().map(str::trim) == Some(NAME)
}

fn with_name(parameters: &str) -> String {
    match parameters {
        "" => NAME.to_owned(),
        _ => format!("{NAME}; {parameters}"),
    }
}
