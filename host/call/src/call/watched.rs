//! A call as those see it who watch one of its clients.

use switchhook_sip::message::NameAddr;

use crate::call::caller::CallerState;
use crate::call::leg::{Leg, LegState};
use crate::call::state::Call;
use crate::keys::AddressOfRecord;
use crate::subscriptions::dialog_info::{DialogState, Identity, Watched};
use crate::subscriptions::notify::uri_of;

impl Call {
    /// The dialogs that a client has in this call.
    pub(crate) fn watched_dialogs(&self, client: &AddressOfRecord, dialogs: &mut Vec<Watched>) {
        if self.caller_client().as_ref() == Some(client)
            && let Some(state) = self.caller_dialog_state()
        {
            dialogs.push(self.caller_dialog(client, state));
        }
        for (index, leg) in self.legs.iter().enumerate() {
            if leg.destination.client.as_ref() == Some(client)
                && let Some(state) = leg_dialog_state(leg)
            {
                dialogs.push(self.leg_dialog(client, (index, leg), state));
            }
        }
    }

    fn caller_dialog_state(&self) -> Option<DialogState> {
        match self.caller.state {
            CallerState::Waiting if self.caller.told.is_empty() => Some(DialogState::Trying),
            CallerState::Waiting => Some(DialogState::Early),
            CallerState::Answered => Some(DialogState::Confirmed),
            CallerState::Elsewhere | CallerState::Ending | CallerState::Done => None,
        }
    }

    fn caller_dialog(&self, client: &AddressOfRecord, state: DialogState) -> Watched {
        let id = self.caller.peer.dialog.id();
        let callee = AddressOfRecord {
            domain: client.domain.clone(),
            user: self.facts.subject.callee.clone(),
        };
        Watched {
            id: format!("{:x}-caller", self.key.0),
            call_id: id.call_id.clone(),
            local_tag: id.remote_tag.clone(),
            remote_tag: id.local_tag.clone(),
            calls: true,
            state,
            local: Identity {
                display: self.facts.caller_name.clone(),
                uri: uri_of(client),
            },
            remote: Identity {
                display: String::new(),
                uri: uri_of(&callee),
            },
        }
    }

    fn leg_dialog(
        &self,
        client: &AddressOfRecord,
        (index, leg): (usize, &Leg),
        state: DialogState,
    ) -> Watched {
        let confirmed = leg.peer.as_ref().map(|peer| &peer.dialog.id().remote_tag);
        // What the client itself is shown of the caller, and no more.
        let remote = NameAddr::parse(leg.from.as_bytes())
            .map(|from| Identity {
                display: from.display_name().unwrap_or_default().into_owned(),
                uri: from.uri().as_str().to_owned(),
            })
            .unwrap_or_default();
        Watched {
            id: format!("{:x}-{index}", self.key.0),
            call_id: leg.call_id.clone(),
            local_tag: confirmed.unwrap_or(&leg.early_tag).clone(),
            remote_tag: leg.tag.clone(),
            calls: false,
            state,
            local: Identity {
                display: String::new(),
                uri: uri_of(client),
            },
            remote,
        }
    }
}

fn leg_dialog_state(leg: &Leg) -> Option<DialogState> {
    match leg.state {
        LegState::Calling(_) if leg.rang => Some(DialogState::Early),
        LegState::Calling(_) => Some(DialogState::Trying),
        LegState::Answered => Some(DialogState::Confirmed),
        LegState::Resolving(_)
        | LegState::Cancelled(_)
        | LegState::Elsewhere
        | LegState::Ending
        | LegState::Done => None,
    }
}
