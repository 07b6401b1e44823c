//! Replaces (RFC 3891): the dialog that somebody wants the place of.

use switchhook_media::relay::Side;
use switchhook_sip::message::HeaderName;

use crate::call::caller::CallerState;
use crate::call::leg::LegState;
use crate::call::state::{Call, Phase};
use crate::exchange::Exchange;
use crate::keys::{CallKey, DialogOwner, LegId};

/// The value of a Replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaces {
    pub(crate) call_id: String,
    pub(crate) to_tag: String,
    pub(crate) from_tag: String,
    /// Whether it is meant only if the dialog is not confirmed yet.
    pub(crate) early_only: bool,
}

/// What a Replaces names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// The dialog of a side of a call that is up: the other side stays.
    Side(CallKey, Side),
    /// A destination that rings: the caller is who stays.
    Ringing(CallKey, usize),
    /// A caller whose call is not answered.
    Calling(CallKey),
    /// A dialog that is over.
    Over,
}

impl Replaces {
    /// Reads a value. `None`: it is malformed.
    pub(crate) fn parse(value: &str) -> Option<Replaces> {
        let mut parts = value.split(';').map(str::trim);
        let call_id = parts.next().filter(|id| !id.is_empty())?.to_owned();
        let (mut to_tag, mut from_tag, mut early_only) = (None, None, false);
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = || value.trim().to_owned();
            match name.trim().to_ascii_lowercase().as_str() {
                "to-tag" if to_tag.is_none() => to_tag = Some(value()),
                "from-tag" if from_tag.is_none() => from_tag = Some(value()),
                // Each of them must be there exactly once (RFC 3891 §6.1).
                "to-tag" | "from-tag" => return None,
                "early-only" => early_only = true,
                _ => {}
            }
        }
        Some(Replaces {
            call_id,
            to_tag: to_tag?,
            from_tag: from_tag?,
            early_only,
        })
    }

    /// As it stands in an INVITE of ours.
    pub(crate) fn to_header(&self) -> String {
        let early_only = if self.early_only { ";early-only" } else { "" };
        let Replaces {
            call_id,
            to_tag,
            from_tag,
            ..
        } = self;
        format!("{call_id};to-tag={to_tag};from-tag={from_tag}{early_only}")
    }
}

impl Exchange {
    /// What it names in this domain. `None`: no dialog of ours. "to-tag" is our tag and "from-tag" the other side's (RFC 3891
    /// §3); who has learnt of the dialog from the state of a phone (RFC 4235) names them the other way round.
    pub(crate) fn replaced(&mut self, domain: &str, replaces: &Replaces) -> Option<Replaced> {
        let Replaces {
            to_tag, from_tag, ..
        } = replaces;
        [(to_tag, from_tag), (from_tag, to_tag)]
            .into_iter()
            .find_map(|(ours, theirs)| {
                let Some(DialogOwner::Call(key, leg)) = self.core.owners.dialogs.get(ours).copied()
                else {
                    return None;
                };
                self.with(key, |_, call| {
                    let is_it = call.facts.subject.domain == domain
                        && call.is_dialog(leg, &replaces.call_id, theirs);
                    is_it.then(|| call.replaced_by(leg))
                })?
            })
    }
}

impl Call {
    fn is_dialog(&self, leg: LegId, call_id: &str, remote_tag: &str) -> bool {
        let of = |peer: &crate::call::peer::Peer| {
            let id = peer.dialog.id();
            id.call_id == call_id && id.remote_tag == remote_tag
        };
        match leg {
            LegId::Caller => of(&self.caller.peer),
            LegId::Callee(index) => self.legs.get(index).is_some_and(|leg| match &leg.peer {
                Some(peer) => of(peer),
                // Its tag is not known before it answers; ours cannot be guessed.
                None => leg.call_id == call_id,
            }),
        }
    }

    fn replaced_by(&self, leg: LegId) -> Replaced {
        if self.phase == Phase::Ending {
            return Replaced::Over;
        }
        match leg {
            LegId::Caller if self.caller.state == CallerState::Waiting => {
                Replaced::Calling(self.key)
            }
            // It talks to the switch itself: with a menu, say, or while it rings.
            LegId::Caller if self.is_alone() => Replaced::Calling(self.key),
            LegId::Callee(index) if self.phase == Phase::Connecting => {
                let state = self.legs.get(index).map(|leg| leg.state);
                match state {
                    Some(LegState::Calling(_)) => Replaced::Ringing(self.key, index),
                    _ => Replaced::Over,
                }
            }
            _ => match self.side(leg) {
                Some(side) if self.phase == Phase::Talking => Replaced::Side(self.key, side),
                _ => Replaced::Over,
            },
        }
    }
}

/// The Replaces among the header fields of a URI, if there is one that can be read.
pub(crate) fn of_uri(uri: &switchhook_sip::uri::Uri<'_>) -> Option<Result<Replaces, ()>> {
    let named = |(name, _): &(std::borrow::Cow<'_, str>, _)| {
        HeaderName::from_name(name) == HeaderName::Replaces
    };
    let (_, value) = uri.headers().find(named)?;
    Some(Replaces::parse(&value).ok_or(()))
}

#[cfg(test)]
#[path = "replaces_tests.rs"]
mod tests;
