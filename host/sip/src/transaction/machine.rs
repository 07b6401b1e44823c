//! One of the four state machines, under one set of events, for the layer.

use super::effect::{Class, Effect};
use super::invite_client::{self, InviteClient};
use super::invite_server::{self, InviteServer};
use super::non_invite_client::{self, NonInviteClient};
use super::non_invite_server::{self, NonInviteServer};
use super::timer::{Timer, Timing};

/// The state machine of a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) enum Machine {
    InviteClient(InviteClient),
    NonInviteClient(NonInviteClient),
    InviteServer(InviteServer),
    NonInviteServer(NonInviteServer),
}

/// The union of the four sets of events.
#[derive(Debug, Clone, Copy)]
pub(super) enum MachineEvent {
    /// The request came again.
    Retransmission,
    /// The ACK came.
    Ack,
    /// The transaction user responds.
    Respond(Class),
    /// A response came.
    Response(Class),
    /// The transaction user cancels.
    Cancel,
    /// A timer fired.
    Timer(Timer),
    /// The transport could not send.
    TransportError,
}

impl Machine {
    pub(super) fn is_client(&self) -> bool {
        matches!(self, Machine::InviteClient(_) | Machine::NonInviteClient(_))
    }

    pub(super) fn is_terminated(&self) -> bool {
        match self {
            Machine::InviteClient(machine) => machine.state() == invite_client::State::Terminated,
            Machine::NonInviteClient(machine) => {
                machine.state() == non_invite_client::State::Terminated
            }
            Machine::InviteServer(machine) => machine.state() == invite_server::State::Terminated,
            Machine::NonInviteServer(machine) => {
                machine.state() == non_invite_server::State::Terminated
            }
        }
    }

    /// Whether no final response was sent or received.
    pub(super) fn is_pending(&self) -> bool {
        match self {
            Machine::InviteClient(machine) => matches!(
                machine.state(),
                invite_client::State::Calling | invite_client::State::Proceeding
            ),
            Machine::NonInviteClient(machine) => matches!(
                machine.state(),
                non_invite_client::State::Trying | non_invite_client::State::Proceeding
            ),
            Machine::InviteServer(machine) => machine.state() == invite_server::State::Proceeding,
            Machine::NonInviteServer(machine) => matches!(
                machine.state(),
                non_invite_server::State::Trying | non_invite_server::State::Proceeding
            ),
        }
    }

    /// Whether a client has got any response.
    pub(super) fn is_answered(&self) -> bool {
        match self {
            Machine::InviteClient(machine) => machine.state() != invite_client::State::Calling,
            Machine::NonInviteClient(machine) => {
                machine.state() != non_invite_client::State::Trying
            }
            Machine::InviteServer(_) | Machine::NonInviteServer(_) => true,
        }
    }

    /// Whether nobody wants an answer any more.
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self, Machine::InviteClient(machine) if machine.is_cancelled())
    }

    /// Moves the machine; an event that it does not know moves nothing.
    pub(super) fn handle(
        &mut self,
        event: MachineEvent,
        timing: &Timing,
        effects: &mut Vec<Effect>,
    ) {
        match self {
            Machine::InviteClient(machine) => {
                if let Some(event) = invite_client_event(event) {
                    machine.handle(event, timing, effects);
                }
            }
            Machine::NonInviteClient(machine) => {
                if let Some(event) = non_invite_client_event(event) {
                    machine.handle(event, timing, effects);
                }
            }
            Machine::InviteServer(machine) => {
                if let Some(event) = invite_server_event(event) {
                    machine.handle(event, timing, effects);
                }
            }
            Machine::NonInviteServer(machine) => {
                if let Some(event) = non_invite_server_event(event) {
                    machine.handle(event, timing, effects);
                }
            }
        }
    }
}

fn invite_client_event(event: MachineEvent) -> Option<invite_client::Event> {
    match event {
        MachineEvent::Response(class) => Some(invite_client::Event::Response(class)),
        MachineEvent::Cancel => Some(invite_client::Event::Cancel),
        MachineEvent::Timer(timer) => Some(invite_client::Event::Timer(timer)),
        MachineEvent::TransportError => Some(invite_client::Event::TransportError),
        _ => None,
    }
}

fn non_invite_client_event(event: MachineEvent) -> Option<non_invite_client::Event> {
    match event {
        MachineEvent::Response(class) => Some(non_invite_client::Event::Response(class)),
        MachineEvent::Timer(timer) => Some(non_invite_client::Event::Timer(timer)),
        MachineEvent::TransportError => Some(non_invite_client::Event::TransportError),
        _ => None,
    }
}

fn invite_server_event(event: MachineEvent) -> Option<invite_server::Event> {
    match event {
        MachineEvent::Retransmission => Some(invite_server::Event::Retransmission),
        MachineEvent::Ack => Some(invite_server::Event::Ack),
        MachineEvent::Respond(class) => Some(invite_server::Event::Respond(class)),
        MachineEvent::Timer(timer) => Some(invite_server::Event::Timer(timer)),
        MachineEvent::TransportError => Some(invite_server::Event::TransportError),
        _ => None,
    }
}

fn non_invite_server_event(event: MachineEvent) -> Option<non_invite_server::Event> {
    match event {
        MachineEvent::Retransmission => Some(non_invite_server::Event::Retransmission),
        MachineEvent::Respond(class) => Some(non_invite_server::Event::Respond(class)),
        MachineEvent::Timer(timer) => Some(non_invite_server::Event::Timer(timer)),
        MachineEvent::TransportError => Some(non_invite_server::Event::TransportError),
        _ => None,
    }
}
