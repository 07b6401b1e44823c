//! Calls for a client that go elsewhere: because it has set so, or is not to be disturbed (`forwarding.rs` has what it set).
//! It comes in where a `connect` calls a client, and where the client's last leg has failed. Where a number goes is decided by
//! the client's own dialplan, with the client as the caller: what it may not call, nobody reaches through it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::call::Origin;
use switchhook_routing::decision::Decided;
use switchhook_routing::event::ScriptSource;
use switchhook_routing::record::LegRecord;
use switchhook_routing::verb::{Endpoint, Script, Target, Verb};
use switchhook_sip::message::HeaderName;
use switchhook_sip::uri::Uri;

use crate::admission::named;
use crate::allowance::may_reach;
use crate::call::deadlines::Timer;
use crate::call::failure::Failure;
use crate::call::leg::Leg;
use crate::call::routing::Plan;
use crate::call::state::{Call, Phase};
use crate::codes::Occasion;
use crate::core::Core;
use crate::dialplan::{DEFAULT_DIALPLAN, Route};
use crate::forwarding::{ClientSettings, ForwardTo};
use crate::keys::{AddressOfRecord, Ticket};
use crate::limits;
use crate::output::{DecideRequest, Output};
use crate::trunks::diversion::{Cause, Diverted};

/// Why a call is forwarded, as other switches are told.
fn cause(why: Occasion) -> Cause {
    match why {
        Occasion::Always => Cause::Unconditional,
        Occasion::Busy => Cause::Busy,
        Occasion::NoAnswer => Cause::NoAnswer,
        Occasion::Unreachable => Cause::Unreachable,
    }
}

/// A number that routing code is asked about.
#[derive(Debug)]
pub(crate) struct Asked {
    serial: u32,
    place: u32,
    route: Arc<Route>,
    number: String,
    chain: Vec<Diverted>,
}

/// What diverts calls of one `connect`.
#[derive(Debug, Default)]
pub(crate) struct Diverting {
    /// How the targets came to be called that are being started.
    pub(crate) chain: Vec<Diverted>,
    asked: Vec<Asked>,
}

impl Diverting {
    /// Whether legs may come of what routing code is asked.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }
}

impl Call {
    /// What a client has set, looked at before its phones are called. `true`: they are not.
    pub(crate) fn divert_before(&mut self, core: &mut Core, place: u32, target: &Target) -> bool {
        let Some((client, settings)) = self.settings_for(core, target) else {
            return false;
        };
        let is_registered = !core.registrar.bindings(&client).is_empty();
        let (why, status) = if settings.always.is_some() {
            (Occasion::Always, 302)
        } else if settings.do_not_disturb {
            (Occasion::Busy, 486)
        } else if !is_registered && settings.unreachable.is_some() {
            (Occasion::Unreachable, 480)
        } else {
            return false;
        };
        let failure = match why {
            Occasion::Unreachable => Failure::Unreachable(status),
            _ => Failure::Status(status),
        };
        self.tell_unreachable(core, place, client.user.clone(), failure);
        self.record_unreached(core, client.user.clone(), status);
        if why != Occasion::Always {
            self.fail_with(failure);
        }
        self.go_elsewhere(core, place, &client, (why, &settings));
        true
    }

    /// How long the phones of a client ring before its calls go elsewhere.
    pub(crate) fn ring_seconds_of(&self, core: &Core, target: &Target) -> Option<u32> {
        let (_, settings) = self.settings_for(core, target)?;
        settings.no_answer.as_ref()?;
        // One second less than the whole `connect` may take, or it would be over at the same moment.
        let whole = self
            .connecting
            .as_ref()
            .map(|c| self.connect_seconds(&c.connect));
        let most = whole.map_or(limits::RING_SECONDS, |whole| whole.saturating_sub(1).max(1));
        let own = settings
            .seconds
            .unwrap_or(limits::FORWARD_SECONDS)
            .min(most);
        Some(target.ring_seconds.map_or(own, |given| given.min(own)))
    }

    /// A leg has failed; if it was the last one of a client that has its calls forwarded then, they are. `true`: something
    /// else is called now.
    pub(crate) fn divert_after(&mut self, core: &mut Core, index: usize, failure: Failure) -> bool {
        if self.phase != Phase::Connecting {
            return false;
        }
        let Some(leg) = self.legs.get(index) else {
            return false;
        };
        let Some(client) = leg.destination.client.clone() else {
            return false;
        };
        let Some(why) = occasion(leg, failure) else {
            return false;
        };
        let place = leg.place;
        let is_alike = |other: &Leg| {
            other.is_open()
                && other.place == place
                && other.destination.client.as_ref() == Some(&client)
        };
        let mut waiting = self.connecting.iter().flat_map(|c| &c.waiting);
        if self.legs.iter().any(is_alike) || waiting.any(|one| one.is_of(place, &client)) {
            return false;
        }
        let settings = core.settings_of(&client);
        if settings.forward(why).is_none() {
            return false;
        }
        let chain = leg.diverted.clone();
        let before = std::mem::replace(&mut self.diverting.chain, chain);
        self.go_elsewhere(core, place, &client, (why, &settings));
        self.diverting.chain = before;
        self.legs.iter().any(Leg::is_open) || self.diverting.is_waiting()
    }

    /// Routing code has said where a number goes. `None`: it was not asked for that.
    pub(crate) fn diverted_by_number(
        &mut self,
        core: &mut Core,
        serial: u32,
        decided: Decided,
    ) -> Option<Decided> {
        let asked = &mut self.diverting.asked;
        let Some(at) = asked.iter().position(|asked| asked.serial == serial) else {
            return Some(decided);
        };
        let asked = asked.swap_remove(at);
        core.decisions = core.decisions.saturating_sub(1);
        let decision = (
            self.routing.attempt,
            match decided.script {
                Some(_) => ScriptSource::Plugin,
                None => ScriptSource::RouteFallback,
            },
        );
        self.journal
            .resumed(&asked.number, decision, decided.stages);
        if self.phase == Phase::Connecting {
            let script = decided.script.or_else(|| asked.route.fallback.clone());
            let before = std::mem::replace(&mut self.diverting.chain, asked.chain);
            self.start_script(core, asked.place, &script.unwrap_or_default());
            self.diverting.chain = before;
            self.after_leg(core);
        }
        None
    }

    /// Nobody waits any more for what routing code says about numbers.
    pub(crate) fn forget_asked(&mut self, core: &mut Core) {
        let asked = std::mem::take(&mut self.diverting.asked);
        core.decisions = core.decisions.saturating_sub(asked.len());
    }

    /// The client that a target comes down to, by its name or by a URI of its domain, if it may have set anything.
    fn settings_for(
        &self,
        core: &Core,
        target: &Target,
    ) -> Option<(AddressOfRecord, ClientSettings)> {
        let domain = self.domain()?;
        let user = match &target.endpoint {
            Endpoint::Client(user) => Cow::Borrowed(user.as_str()),
            Endpoint::Uri(uri) => {
                let uri = Uri::parse(uri).ok()?;
                let own = named(&self.config, &uri)?.name == domain.name
                    && uri.port().is_none()
                    // The device itself is meant (RFC 5627).
                    && uri.param("gr").is_none();
                uri.user().filter(|_| own)?
            }
            Endpoint::Trunk(_) | Endpoint::RingGroup(_) => return None,
        };
        if !core.has_settings(domain, &user) {
            return None;
        }
        let client = AddressOfRecord {
            domain: domain.name.clone(),
            user: user.into_owned(),
        };
        let settings = core.settings_of(&client);
        Some((client, settings))
    }

    fn go_elsewhere(
        &mut self,
        core: &mut Core,
        place: u32,
        client: &AddressOfRecord,
        (why, settings): (Occasion, &ClientSettings),
    ) {
        let Some(to) = settings.forward(why) else {
            return;
        };
        let chain = &self.diverting.chain;
        let again = chain.iter().any(|before| before.by == client.user);
        if again || chain.len() + self.diverted.len() + self.diverted_before() >= limits::DIVERSIONS
        {
            let failure = Failure::Status(482);
            self.tell_unreachable(core, place, client.user.clone(), failure);
            return self.fail_with(failure);
        }
        let mut chain = chain.clone();
        chain.push(Diverted {
            by: client.user.clone(),
            cause: cause(why),
        });
        self.allow_more_time(core);
        let before = std::mem::replace(&mut self.diverting.chain, chain);
        match to {
            ForwardTo::Endpoint(endpoint) => self.start_endpoint(core, place, endpoint),
            ForwardTo::Number(number) => self.divert_to_number(core, place, client, number),
        }
        self.diverting.chain = before;
    }

    /// Who is called in a client's stead gets as much time as anybody.
    fn allow_more_time(&mut self, core: &Core) {
        let Some(connecting) = &self.connecting else {
            return;
        };
        let seconds = self.connect_seconds(&connecting.connect);
        let at = core.now + Duration::from_secs(seconds.into());
        self.deadlines.set(Timer::Connect, at);
    }

    fn start_endpoint(&mut self, core: &mut Core, place: u32, endpoint: &Endpoint) {
        let members = match endpoint {
            Endpoint::RingGroup(name) => {
                let group = self
                    .domain()
                    .and_then(|domain| domain.ring_groups.get(name));
                group.map(|group| group.members.clone()).unwrap_or_default()
            }
            other => vec![Target {
                endpoint: other.clone(),
                ring_seconds: None,
            }],
        };
        for member in members.iter().take(limits::TARGETS) {
            self.start_target(core, place, member);
        }
    }

    /// Whom a script calls first; what else it wants is not for a call that is forwarded.
    fn start_script(&mut self, core: &mut Core, place: u32, script: &Script) {
        let connect = script.iter().find_map(|verb| match verb {
            Verb::Connect(connect) => Some(connect),
            _ => None,
        });
        let refused = script.iter().find_map(|verb| match verb {
            Verb::Respond(respond) => Some(respond.status),
            _ => None,
        });
        match connect {
            Some(connect) => {
                for target in connect.targets.iter().take(limits::TARGETS) {
                    self.start_endpoint(core, place, &target.endpoint);
                }
            }
            None => self.fail_with(Failure::Status(
                refused
                    .filter(|status| (400..700).contains(status))
                    .unwrap_or(480),
            )),
        }
    }

    fn divert_to_number(
        &mut self,
        core: &mut Core,
        place: u32,
        client: &AddressOfRecord,
        number: &str,
    ) {
        let Some(route) = self.route_for(core, client, number) else {
            let failure = Failure::Unreachable(404);
            self.tell_unreachable(core, place, number.to_owned(), failure);
            return self.fail_with(failure);
        };
        let domain = self.domain();
        if domain.is_some_and(|domain| may_reach(core, domain, client, number).is_err()) {
            let failure = Failure::Status(403);
            self.tell_unreachable(core, place, number.to_owned(), failure);
            return self.fail_with(failure);
        }
        if route.plugins.is_empty() {
            let script = route.fallback.clone().unwrap_or_default();
            return self.start_script(core, place, &script);
        }
        self.routing.serial += 1;
        core.decisions += 1;
        core.counters.decisions += 1;
        let mut call = self.question();
        number.clone_into(&mut call.callee);
        call.origin = Origin::Client(client.user.clone());
        call.variables.extend(route.variables.iter().cloned());
        core.outputs
            .push_back(Output::Decide(Box::new(DecideRequest {
                ticket: Ticket {
                    call: self.key,
                    serial: self.routing.serial,
                },
                call,
                plugins: Arc::clone(&route.plugins),
            })));
        self.diverting.asked.push(Asked {
            serial: self.routing.serial,
            place,
            route,
            number: number.to_owned(),
            chain: self.diverting.chain.clone(),
        });
    }

    /// The route of a number in the dialplan of the client that forwards.
    fn route_for(&self, core: &Core, client: &AddressOfRecord, number: &str) -> Option<Arc<Route>> {
        let domain = self.domain()?;
        let assigned = core.registrar.assignment(client);
        if let Some(Plan::Assigned(plan)) = assigned.and_then(|given| given.plan.as_ref()) {
            return plan.route(number).map(Arc::clone);
        }
        let name = match assigned.and_then(|given| given.plan.as_ref()) {
            Some(Plan::Named(name)) => name.as_str(),
            _ => {
                let settings = domain.client(&client.user)?;
                settings.dialplan.as_deref().unwrap_or(DEFAULT_DIALPLAN)
            }
        };
        domain.dialplans.get(name)?.route(number).map(Arc::clone)
    }

    /// How often the call was diverted before it came here, as it says itself.
    fn diverted_before(&self) -> usize {
        let request = &self.caller.request;
        let of = |name| request.headers(name).count();
        of(HeaderName::Diversion).max(of(HeaderName::HistoryInfo).saturating_sub(1))
    }

    /// The record names those too who were not called.
    pub(crate) fn record_unreached(&mut self, core: &Core, target: String, status: u16) {
        if self.journal.legs.len() < limits::LEGS {
            self.journal.legs.push(LegRecord {
                target,
                status: Some(status),
                started_at: core.epoch_ms(core.now),
                answered_at: None,
            });
        }
    }
}

/// On which occasion calls go elsewhere when a leg fails like this.
fn occasion(leg: &Leg, failure: Failure) -> Option<Occasion> {
    match failure {
        Failure::Timeout => Some(Occasion::NoAnswer),
        Failure::Status(486 | 600 | 603) => Some(Occasion::Busy),
        Failure::Status(408 | 480) | Failure::Unreachable(408) if leg.rang => {
            Some(Occasion::NoAnswer)
        }
        Failure::Status(404 | 408 | 410 | 480 | 500..=599) | Failure::Unreachable(_) => {
            Some(Occasion::Unreachable)
        }
        Failure::Status(_) => None,
    }
}
