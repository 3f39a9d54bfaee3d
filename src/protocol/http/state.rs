//! The state machine of one request and its response (RFC 9112 sections 9.3 and 9.6, RFC 9110
//! section 7.8), after h11's.
//!
//! Each side has a state. An event of one side moves that side; then the rules that depend on both
//! states are applied until nothing changes.
//!
//! ```text
//! client  IDLE -Request-> SEND_BODY -EndOfMessage-> DONE
//!         DONE -> MUST_CLOSE                                    without keep-alive
//!         DONE <-> MIGHT_SWITCH_PROTOCOL                        while a switch is proposed
//!         MIGHT_SWITCH_PROTOCOL -> SWITCHED_PROTOCOL            once the server has switched
//! server  IDLE -(Request)-> SEND_RESPONSE -Response-> SEND_BODY -EndOfMessage-> DONE -> MUST_CLOSE
//!         IDLE -Response-> SEND_BODY                            a refusal before any request
//!         SEND_RESPONSE -101, or 2xx to CONNECT-> SWITCHED_PROTOCOL
//! both    IDLE, DONE, MUST_CLOSE, CLOSED -ConnectionClosed-> CLOSED;     any -mistake-> ERROR
//! ```

use super::error::{Error, EventKind, HttpState};
use crate::protocol::role::Role;

/// How HTTP ends and another protocol begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    /// `Upgrade` and 101 (RFC 9110 section 7.8).
    Upgrade,
    /// CONNECT and 2xx (RFC 9110 section 9.3.6).
    Connect,
}

/// The states of both sides.
#[derive(Debug, Clone)]
pub(super) struct States {
    client: HttpState,
    server: HttpState,
    keep_alive: bool,
    upgrade_proposed: bool,
    connect_proposed: bool,
}

impl States {
    pub(super) fn new() -> Self {
        Self {
            client: HttpState::Idle,
            server: HttpState::Idle,
            keep_alive: true,
            upgrade_proposed: false,
            connect_proposed: false,
        }
    }

    pub(super) fn get(&self, role: Role) -> HttpState {
        match role {
            Role::Client => self.client,
            Role::Server => self.server,
        }
    }

    /// Whether another message could follow on the connection.
    pub(super) fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    pub(super) fn is_proposed(&self, switch: Switch) -> bool {
        match switch {
            Switch::Upgrade => self.upgrade_proposed,
            Switch::Connect => self.connect_proposed,
        }
    }

    /// Records that this side has broken a rule.
    pub(super) fn fail(&mut self, role: Role) {
        self.set(role, HttpState::Error);
        self.settle();
    }

    /// Records that a side has announced the end of the connection after this exchange.
    pub(super) fn disable_keep_alive(&mut self) {
        self.keep_alive = false;
        self.settle();
    }

    /// Records that the client offers to switch to another protocol.
    pub(super) fn propose(&mut self, switch: Switch) {
        match switch {
            Switch::Upgrade => self.upgrade_proposed = true,
            Switch::Connect => self.connect_proposed = true,
        }
        self.settle();
    }

    /// Applies an event of one side; `switch` is how a response of the server ends HTTP, if it
    /// does.
    pub(super) fn apply(
        &mut self,
        role: Role,
        event: EventKind,
        switch: Option<Switch>,
    ) -> Result<(), Error> {
        match switch {
            Some(switch) if !self.is_proposed(switch) => return Err(Error::SwitchNotProposed),
            None if event == EventKind::Response => {
                self.upgrade_proposed = false;
                self.connect_proposed = false;
            }
            _ => {}
        }
        let state = self.get(role);
        let next = if switch.is_some() {
            (state == HttpState::SendResponse).then_some(HttpState::SwitchedProtocol)
        } else {
            after(role, state, event)
        };
        self.set(
            role,
            next.ok_or(Error::UnexpectedEvent(event, role, state))?,
        );
        if event == EventKind::Request {
            // The only event of the client that moves the server too.
            if self.server != HttpState::Idle {
                return Err(Error::UnexpectedEvent(event, Role::Server, self.server));
            }
            self.server = HttpState::SendResponse;
        }
        self.settle();
        Ok(())
    }

    fn set(&mut self, role: Role, state: HttpState) {
        match role {
            Role::Client => self.client = state,
            Role::Server => self.server = state,
        }
    }

    /// Applies the rules that depend on both states, until they change nothing.
    #[inline]
    fn settle(&mut self) {
        let under_way = |state| {
            matches!(
                state,
                HttpState::Idle | HttpState::SendResponse | HttpState::SendBody
            )
        };
        // No rule applies while both sides still have something to send.
        if !(under_way(self.client) && under_way(self.server)) {
            self.settle_ends();
        }
    }

    fn settle_ends(&mut self) {
        loop {
            let before = (self.client, self.server);
            // A proposed switch takes precedence over the duty to close: after a switch, closing is
            // up to the other protocol; after a refusal, the duty is back.
            let proposed = self.upgrade_proposed || self.connect_proposed;
            match self.client {
                HttpState::Done if proposed => self.client = HttpState::MightSwitchProtocol,
                HttpState::MightSwitchProtocol if !proposed => self.client = HttpState::Done,
                _ => {}
            }
            if !self.keep_alive {
                for side in [&mut self.client, &mut self.server] {
                    if *side == HttpState::Done {
                        *side = HttpState::MustClose;
                    }
                }
            }
            match (self.client, self.server) {
                (HttpState::MightSwitchProtocol, HttpState::SwitchedProtocol) => {
                    self.client = HttpState::SwitchedProtocol;
                }
                (HttpState::Closed, HttpState::Done | HttpState::Idle)
                | (HttpState::Error, HttpState::Done) => {
                    self.server = HttpState::MustClose;
                }
                (HttpState::Done | HttpState::Idle, HttpState::Closed)
                | (HttpState::Done, HttpState::Error) => {
                    self.client = HttpState::MustClose;
                }
                _ => {}
            }
            if before == (self.client, self.server) {
                return;
            }
        }
    }
}

/// The state after an event of one side, unless the event may not happen now.
fn after(role: Role, state: HttpState, event: EventKind) -> Option<HttpState> {
    match (role, state, event) {
        (Role::Client, HttpState::Idle, EventKind::Request)
        | (Role::Server, HttpState::Idle | HttpState::SendResponse, EventKind::Response)
        | (_, HttpState::SendBody, EventKind::Data) => Some(HttpState::SendBody),
        (Role::Server, HttpState::SendResponse, EventKind::InformationalResponse) => {
            Some(HttpState::SendResponse)
        }
        (_, HttpState::SendBody, EventKind::EndOfMessage) => Some(HttpState::Done),
        (
            _,
            HttpState::Idle | HttpState::Done | HttpState::MustClose | HttpState::Closed,
            EventKind::ConnectionClosed,
        ) => Some(HttpState::Closed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_request(upgrade: bool) -> States {
        let mut states = States::new();
        if upgrade {
            states.propose(Switch::Upgrade);
        }
        states
            .apply(Role::Client, EventKind::Request, None)
            .unwrap();
        states
            .apply(Role::Client, EventKind::EndOfMessage, None)
            .unwrap();
        states
    }

    #[test]
    fn a_request_moves_both_sides() {
        let states = after_request(false);
        assert_eq!(states.get(Role::Client), HttpState::Done);
        assert_eq!(states.get(Role::Server), HttpState::SendResponse);
    }

    #[test]
    fn an_agreed_upgrade_switches_both_sides() {
        let mut states = after_request(true);
        assert_eq!(states.get(Role::Client), HttpState::MightSwitchProtocol);
        let event = EventKind::InformationalResponse;
        states
            .apply(Role::Server, event, Some(Switch::Upgrade))
            .unwrap();
        assert_eq!(states.get(Role::Client), HttpState::SwitchedProtocol);
        assert_eq!(states.get(Role::Server), HttpState::SwitchedProtocol);
    }

    #[test]
    fn a_final_response_ends_the_proposal() {
        let mut states = after_request(true);
        states
            .apply(Role::Server, EventKind::Response, None)
            .unwrap();
        assert_eq!(states.get(Role::Client), HttpState::Done);
    }

    #[test]
    fn a_switch_that_was_not_proposed_is_refused() {
        let mut states = after_request(false);
        let event = EventKind::InformationalResponse;
        assert_eq!(
            states.apply(Role::Server, event, Some(Switch::Upgrade)),
            Err(Error::SwitchNotProposed)
        );
    }

    #[test]
    fn without_keep_alive_a_complete_message_must_be_followed_by_the_close() {
        let mut states = after_request(true);
        states.disable_keep_alive();
        // The proposal goes first ...
        assert_eq!(states.get(Role::Client), HttpState::MightSwitchProtocol);
        // ... and when it is refused the connection has to end.
        states
            .apply(Role::Server, EventKind::Response, None)
            .unwrap();
        assert_eq!(states.get(Role::Client), HttpState::MustClose);
    }

    #[test]
    fn a_server_may_refuse_unheard_but_then_no_request_can_come() {
        let mut states = States::new();
        states
            .apply(Role::Server, EventKind::Response, None)
            .unwrap();
        assert_eq!(
            states.apply(Role::Client, EventKind::Request, None),
            Err(Error::UnexpectedEvent(
                EventKind::Request,
                Role::Server,
                HttpState::SendBody
            ))
        );
    }

    #[test]
    fn a_closed_client_leaves_an_idle_server_nothing_but_to_close() {
        let mut states = States::new();
        states
            .apply(Role::Client, EventKind::ConnectionClosed, None)
            .unwrap();
        assert_eq!(states.get(Role::Server), HttpState::MustClose);
    }
}
