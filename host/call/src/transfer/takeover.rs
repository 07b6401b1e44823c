//! Somebody new takes a call of others up: with a feature code, by calling a parking slot, or with an INVITE that says Replaces.

use switchhook_media::relay::Side;
use switchhook_routing::record::{Disposition, Party};

use crate::call::caller::CallerState;
use crate::call::end::End;
use crate::call::leg::LegState;
use crate::call::state::{Call, Phase};
use crate::codes::{Dialled, Feature};
use crate::exchange::Exchange;
use crate::keys::{AddressOfRecord, CallKey};
use crate::rooms::supervision::Supervision;
use crate::transfer::replaces::{Replaced, Replaces};

impl Exchange {
    /// A client has dialled a code of pickup or parking.
    pub(crate) fn take_up(&mut self, new: CallKey, dialled: &Dialled) {
        let facts = self.with(new, |_, call| {
            let subject = &call.facts.subject;
            (subject.domain.clone(), call.caller_client())
        });
        let Some((domain, Some(client))) = facts else {
            return;
        };
        let argument = dialled.argument.as_str();
        if dialled.feature == Feature::Park {
            return match self.core.parking.occupant(&domain, argument) {
                Some(parked) => self.join(new, (parked, Side::Caller)),
                None => self.fail(new, 404),
            };
        }
        if let Feature::Supervise(how) = dialled.feature {
            return self.supervise(new, &client, argument, how);
        }
        let rings = match dialled.feature {
            Feature::Pickup => vec![argument.to_owned()],
            _ => self.pickup_group(&client),
        };
        match self.oldest_ringing(&domain, &rings, new) {
            Some(ringing) => self.pick_up(new, ringing),
            None => self.fail(new, 404),
        }
    }

    /// An INVITE wants the place of somebody (RFC 3891 §3), who must be the same client or one of its pickup group: "the UA MUST
    /// verify that the initiator of the new INVITE is authorized".
    pub(crate) fn replace(&mut self, new: CallKey, replaces: &Replaces) {
        let facts = self.with(new, |_, call| {
            (call.facts.subject.domain.clone(), call.caller_client())
        });
        let Some((domain, client)) = facts else {
            return;
        };
        let replaced = self.replaced(&domain, replaces);
        let whose = match &replaced {
            Some(Replaced::Side(call, side)) => self.with(*call, |_, call| call.client_of(*side)),
            Some(Replaced::Ringing(call, leg)) => {
                self.with(*call, |_, call| call.client_of_leg(*leg))
            }
            Some(Replaced::Calling(_) | Replaced::Over) | None => None,
        };
        if let Some(whose) = whose {
            let config = std::sync::Arc::clone(&self.core.config);
            let domain = config.domains.get(&domain);
            let may = domain
                .zip(client.zip(whose))
                .is_some_and(|(domain, (client, whose))| {
                    domain.share_calls(&client.user, &whose.user)
                });
            if !may {
                return self.fail(new, 403);
            }
        }
        match replaced {
            // "If the … early-only flag … is present, … the UA … declines the request with a 486" once it is confirmed.
            Some(Replaced::Side(..)) if replaces.early_only => self.fail(new, 486),
            Some(Replaced::Side(call, side)) => {
                let may = self.with(call, |_, call| call.may_be_transferred());
                match may {
                    Some(true) => self.join(new, (call, side.other())),
                    _ => self.fail(new, 491),
                }
            }
            Some(Replaced::Ringing(call, _)) => self.pick_up(new, call),
            // "If the Replaces … matches an early dialog that was not initiated by this UA, it returns a 481."
            Some(Replaced::Calling(_)) | None => self.fail(new, 481),
            Some(Replaced::Over) => self.fail(new, 603),
        }
    }

    /// The caller of a call that rings is connected with who picks it up.
    fn pick_up(&mut self, new: CallKey, ringing: CallKey) {
        let state = self.with(ringing, |_, call| {
            // Of whom it hears, or that it hears us, it was told in a session description.
            (call.caller.state, !call.caller.said.last().is_empty())
        });
        match state {
            Some((CallerState::Waiting, false)) => {
                let picked = self.with_both((ringing, new), |core, ringing, new| {
                    new.pick_up(core, ringing)
                });
                if let Some(Err(status)) = picked {
                    self.fail(new, status);
                }
            }
            Some((CallerState::Waiting, true)) => {
                // It hears somebody already, so that its answer is said: the rest is another offer.
                self.with(ringing, |core, call| {
                    let said = (!call.caller.is_agreed()).then(|| call.caller.said.last());
                    call.answer_caller(core, said);
                });
                self.join(new, (ringing, Side::Caller));
            }
            Some((CallerState::Elsewhere, _)) => {
                self.adopt(ringing);
                self.join(new, (ringing, Side::Caller));
            }
            Some((CallerState::Answered, _)) => self.join(new, (ringing, Side::Caller)),
            _ => self.fail(new, 480),
        }
    }

    /// A client wants to take part in a call of another. The oldest one is taken.
    fn supervise(&mut self, new: CallKey, client: &AddressOfRecord, user: &str, how: Supervision) {
        let config = std::sync::Arc::clone(&self.core.config);
        let domain = config.domains.get(&client.domain);
        let clients = domain.and_then(|domain| {
            let supervisor = domain.client(&client.user)?;
            Some((supervisor, domain.client(user)?))
        });
        let Some((supervisor, supervised)) = clients else {
            return self.fail(new, 404);
        };
        if !supervisor.may_supervise(supervised, user) {
            return self.fail(new, 403);
        }
        let of_domain =
            |call: &&Call| call.key != new && call.facts.subject.domain == client.domain;
        let live = self.calls.iter().filter(of_domain);
        let live = live.filter_map(|call| call.as_supervised(user));
        // A key tells how many calls there were before.
        let oldest = live.min_by_key(|supervised| supervised.call.0 >> 32);
        let Some(oldest) = oldest else {
            return self.fail(new, 480);
        };
        let begun = self.with(new, |core, call| call.supervise(core, oldest, how));
        if let Some(Err(status)) = begun {
            self.fail(new, status);
        }
    }

    /// The call that rings longest at one of these clients.
    fn oldest_ringing(&self, domain: &str, clients: &[String], but: CallKey) -> Option<CallKey> {
        let rings = |call: &Call| {
            call.key != but
                && call.phase == Phase::Connecting
                && call.facts.subject.domain == domain
                && call.legs.iter().any(|leg| {
                    let client = leg.destination.client.as_ref();
                    leg.rang
                        && matches!(leg.state, LegState::Calling(_))
                        && client.is_some_and(|client| clients.contains(&client.user))
                })
        };
        let mut found = self.calls.find(rings);
        // A key tells how many calls there were before.
        found.sort_by_key(|key| key.0 >> 32);
        found.first().copied()
    }

    /// The clients whose calls this one may pick up without naming them.
    fn pickup_group(&self, client: &AddressOfRecord) -> Vec<String> {
        let Some(domain) = self.core.config.domains.get(&client.domain) else {
            return Vec::new();
        };
        let group = domain.client(&client.user);
        let Some(group) = group.and_then(|client| client.pickup_group.as_ref()) else {
            return Vec::new();
        };
        let members = domain.clients.values();
        let members = members.filter(|other| other.pickup_group.as_ref() == Some(group));
        members.map(|other| other.username.clone()).collect()
    }

    /// What the caller of a call wanted to take up is not there.
    fn fail(&mut self, call: CallKey, status: u16) {
        self.with(call, |core, call| {
            call.end(core, End::of(Disposition::Failed, status, Party::Switch));
        });
    }
}
