//! The lifecycle of one request and its response: who may do what when (RFC 9112 sections 9.3 and 9.6,
//! RFC 9110 section 7.8).
//!
//! Both sides have a state of their own; an event of one moves that one, and then the rules that
//! look at both are applied until nothing changes.
//!
//! ```text
//! client  IDLE -Request-> SEND_BODY -EndOfMessage-> DONE -> MUST_CLOSE (no keep-alive)
//!                                                   DONE <-> MIGHT_SWITCH_PROTOCOL (switch proposed)
//!                                                            -> SWITCHED_PROTOCOL (server has switched)
//! server  IDLE -(Request)-> SEND_RESPONSE -Response-> SEND_BODY -EndOfMessage-> DONE -> MUST_CLOSE
//!         IDLE -Response-> SEND_BODY (refused unheard)
//!                           SEND_RESPONSE -101, or 2xx to CONNECT-> SWITCHED_PROTOCOL
//! both    IDLE, DONE, MUST_CLOSE, CLOSED -ConnectionClosed-> CLOSED;     any -mistake-> ERROR
//! ```

use std::fmt;

use super::error::Error;

/// The role of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sends the request.
    Client,
    /// Sends the response.
    Server,
}

impl Role {
    /// The peer's role.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "CLIENT",
            Self::Server => "SERVER",
        })
    }
}

/// Where one side stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened.
    Idle,
    /// The server has the request's head and has not answered it finally.
    SendResponse,
    /// The head is sent, the content is under way.
    SendBody,
    /// The message is complete.
    Done,
    /// The message is complete and no other can follow on this connection.
    MustClose,
    /// This side has closed its direction.
    Closed,
    /// The request is complete, and the server may switch protocols instead of answering it.
    MightSwitchProtocol,
    /// What follows is not HTTP.
    SwitchedProtocol,
    /// This side has broken a rule.
    Error,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "IDLE",
            Self::SendResponse => "SEND_RESPONSE",
            Self::SendBody => "SEND_BODY",
            Self::Done => "DONE",
            Self::MustClose => "MUST_CLOSE",
            Self::Closed => "CLOSED",
            Self::MightSwitchProtocol => "MIGHT_SWITCH_PROTOCOL",
            Self::SwitchedProtocol => "SWITCHED_PROTOCOL",
            Self::Error => "ERROR",
        })
    }
}

/// What may happen. The names are those of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The head of a request.
    Request,
    /// The head of a response below 200.
    InformationalResponse,
    /// The head of a final response.
    Response,
    /// A piece of content.
    Data,
    /// The end of the content.
    EndOfMessage,
    /// The end of a direction.
    ConnectionClosed,
}

/// A way from HTTP to another protocol.
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
    client: State,
    server: State,
    keep_alive: bool,
    upgrade_proposed: bool,
    connect_proposed: bool,
}

impl States {
    pub(super) fn new() -> Self {
        Self {
            client: State::Idle,
            server: State::Idle,
            keep_alive: true,
            upgrade_proposed: false,
            connect_proposed: false,
        }
    }

    pub(super) fn of(&self, role: Role) -> State {
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

    /// This side has broken a rule.
    pub(super) fn fail(&mut self, role: Role) {
        self.set(role, State::Error);
        self.settle();
    }

    /// Either side has said that the connection ends with this exchange.
    pub(super) fn disable_keep_alive(&mut self) {
        self.keep_alive = false;
        self.settle();
    }

    /// The client offers to go on in another protocol.
    pub(super) fn propose(&mut self, switch: Switch) {
        match switch {
            Switch::Upgrade => self.upgrade_proposed = true,
            Switch::Connect => self.connect_proposed = true,
        }
        self.settle();
    }

    /// Applies an event of one side; `switch` says that a response of the server ends HTTP.
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
        let state = self.of(role);
        let next = if switch.is_some() {
            (state == State::SendResponse).then_some(State::SwitchedProtocol)
        } else {
            after(role, state, event)
        };
        self.set(
            role,
            next.ok_or(Error::UnexpectedEvent(event, role, state))?,
        );
        if event == EventKind::Request {
            // The one event of the client that moves the server too.
            if self.server != State::Idle {
                return Err(Error::UnexpectedEvent(event, Role::Server, self.server));
            }
            self.server = State::SendResponse;
        }
        self.settle();
        Ok(())
    }

    fn set(&mut self, role: Role, state: State) {
        match role {
            Role::Client => self.client = state,
            Role::Server => self.server = state,
        }
    }

    /// Applies the rules that look at the states alone, until they change nothing.
    #[inline]
    fn settle(&mut self) {
        let under_way =
            |state| matches!(state, State::Idle | State::SendResponse | State::SendBody);
        // None of them is about sides both of which have still something to say.
        if !(under_way(self.client) && under_way(self.server)) {
            self.settle_ends();
        }
    }

    fn settle_ends(&mut self) {
        loop {
            let before = (self.client, self.server);
            // A proposed switch goes before the duty to close: after it, closing is the other
            // protocol's affair, and if it is refused the duty comes back.
            let proposed = self.upgrade_proposed || self.connect_proposed;
            match self.client {
                State::Done if proposed => self.client = State::MightSwitchProtocol,
                State::MightSwitchProtocol if !proposed => self.client = State::Done,
                _ => {}
            }
            if !self.keep_alive {
                for side in [&mut self.client, &mut self.server] {
                    if *side == State::Done {
                        *side = State::MustClose;
                    }
                }
            }
            match (self.client, self.server) {
                (State::MightSwitchProtocol, State::SwitchedProtocol) => {
                    self.client = State::SwitchedProtocol;
                }
                (State::Closed, State::Done | State::Idle) | (State::Error, State::Done) => {
                    self.server = State::MustClose;
                }
                (State::Done | State::Idle, State::Closed) | (State::Done, State::Error) => {
                    self.client = State::MustClose;
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
fn after(role: Role, state: State, event: EventKind) -> Option<State> {
    match (role, state, event) {
        (Role::Client, State::Idle, EventKind::Request)
        | (Role::Server, State::Idle | State::SendResponse, EventKind::Response)
        | (_, State::SendBody, EventKind::Data) => Some(State::SendBody),
        (Role::Server, State::SendResponse, EventKind::InformationalResponse) => {
            Some(State::SendResponse)
        }
        (_, State::SendBody, EventKind::EndOfMessage) => Some(State::Done),
        (
            _,
            State::Idle | State::Done | State::MustClose | State::Closed,
            EventKind::ConnectionClosed,
        ) => Some(State::Closed),
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
        assert_eq!(states.of(Role::Client), State::Done);
        assert_eq!(states.of(Role::Server), State::SendResponse);
    }

    #[test]
    fn an_agreed_upgrade_switches_both_sides() {
        let mut states = after_request(true);
        assert_eq!(states.of(Role::Client), State::MightSwitchProtocol);
        let event = EventKind::InformationalResponse;
        states
            .apply(Role::Server, event, Some(Switch::Upgrade))
            .unwrap();
        assert_eq!(states.of(Role::Client), State::SwitchedProtocol);
        assert_eq!(states.of(Role::Server), State::SwitchedProtocol);
    }

    #[test]
    fn a_final_response_ends_the_proposal() {
        let mut states = after_request(true);
        states
            .apply(Role::Server, EventKind::Response, None)
            .unwrap();
        assert_eq!(states.of(Role::Client), State::Done);
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
        assert_eq!(states.of(Role::Client), State::MightSwitchProtocol);
        // ... and when it is refused the connection has to end.
        states
            .apply(Role::Server, EventKind::Response, None)
            .unwrap();
        assert_eq!(states.of(Role::Client), State::MustClose);
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
                State::SendBody
            ))
        );
    }

    #[test]
    fn a_closed_client_leaves_an_idle_server_nothing_but_to_close() {
        let mut states = States::new();
        states
            .apply(Role::Client, EventKind::ConnectionClosed, None)
            .unwrap();
        assert_eq!(states.of(Role::Server), State::MustClose);
    }
}
