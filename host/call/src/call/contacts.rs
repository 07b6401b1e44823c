//! The contacts of a client as destinations: which of them ring together and which only after others have failed, and which of
//! its flows reach the same device.
//!
//! Of equal preference (q) all ring at once; those of the next lower one when all of the higher have failed (RFC 3261 §16.6),
//! or have rung for [`limits::CONTACT_SECONDS`] where the script sets no time. A device with several flows rings once: over the
//! flow that it refreshed last, and over the next if that fails (RFC 5626 §7).

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;

use switchhook_sip::uri::Uri;

use crate::call::failure::Failure;
use crate::call::leg::Leg;
use crate::call::state::Call;
use crate::call::target::{Destination, Way, media_of};
use crate::config::Domain;
use crate::core::Core;
use crate::gruu::{self, Device};
use crate::kept::Contact;
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::registrar::Binding;
use crate::registration;
use crate::trunks::diversion::Diverted;

/// What a destination that is a contact of a client has beside its URI.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    /// What was registered.
    pub(crate) contact: Arc<Contact>,
    /// The other flows of the same device, the one that was refreshed last first.
    pub(crate) others: VecDeque<Binding>,
}

/// Contacts of a target that ring when those before them have failed.
#[derive(Debug)]
pub(crate) struct Waiting {
    place: u32,
    ring_seconds: Option<u32>,
    destinations: Vec<Destination>,
    /// How the call came from client to client before it came here.
    chain: Vec<Diverted>,
}

impl Waiting {
    /// Whether these are contacts of this client.
    pub(crate) fn is_of(&self, place: u32, client: &AddressOfRecord) -> bool {
        let mut all = self.destinations.iter();
        self.place == place && all.any(|one| one.client.as_ref() == Some(client))
    }
}

/// The devices of a client, preferred first; with `device`, that one alone.
pub(crate) fn contacts(
    core: &Core,
    domain: &Domain,
    user: &str,
    device: Option<&Device>,
) -> Result<Vec<Destination>, u16> {
    let client = AddressOfRecord {
        domain: domain.name.clone(),
        user: user.to_owned(),
    };
    let is_wanted = |binding: &&Binding| {
        device.is_none_or(|device| *binding.contact.instance == *device.instance)
    };
    let mut flows: Vec<_> = core.registrar.bindings(&client).iter().collect();
    flows.retain(is_wanted);
    if flows.is_empty() {
        let is_known = domain.client(user).is_some();
        return Err(if is_known { 480 } else { 404 });
    }
    let media = media_of(core, domain, &client);
    let mut devices: Vec<Destination> = Vec::new();
    for binding in flows {
        let same = |other: &&mut Destination| {
            let reached = other.reached.as_ref();
            reached.is_some_and(|reached| {
                !binding.contact.instance.is_empty()
                    && reached.contact.instance == binding.contact.instance
            })
        };
        match devices.iter_mut().find(same) {
            Some(device) => add_flow(device, binding),
            None => devices.push(Destination {
                text: user.to_owned(),
                uri: request_uri(&binding.contact),
                way: Way::Flow(binding.flow),
                client: Some(client.clone()),
                media: media.clone(),
                trunk: None,
                host: 0,
                login: None,
                reached: Some(Reached {
                    contact: Arc::clone(&binding.contact),
                    others: VecDeque::from([binding.clone()]),
                }),
            }),
        }
    }
    for device in &mut devices {
        begin_with_latest(device);
    }
    Ok(devices)
}

/// The contacts that a URI of the domain comes down to.
pub(crate) fn by_uri(core: &Core, domain: &Domain, uri: &Uri<'_>) -> Result<Vec<Destination>, u16> {
    match gruu::device(core, &domain.name, uri) {
        Some(Some(device)) => contacts(core, domain, &device.user, Some(&device)),
        Some(None) => Err(404),
        None => contacts(core, domain, &uri.user().unwrap_or_default(), None),
    }
}

fn add_flow(device: &mut Destination, binding: &Binding) {
    if let Some(reached) = &mut device.reached {
        reached.others.push_back(binding.clone());
    }
}

/// What was refreshed last expires last.
fn begin_with_latest(device: &mut Destination) {
    if let Some(reached) = &mut device.reached {
        let flows = reached.others.make_contiguous();
        flows.sort_by_key(|binding| Reverse(binding.expires_at));
    }
    take_next_flow(device);
}

/// Puts the next flow of a device in place; `false`: there is none.
fn take_next_flow(device: &mut Destination) -> bool {
    let Some(reached) = &mut device.reached else {
        return false;
    };
    let Some(next) = reached.others.pop_front() else {
        return false;
    };
    device.uri = request_uri(&next.contact);
    device.way = Way::Flow(next.flow);
    reached.contact = next.contact;
    true
}

/// A contact as a Request-URI: without header fields (RFC 3261 §19.1.1).
fn request_uri(contact: &Contact) -> String {
    let uri = contact.uri.split('?').next();
    uri.unwrap_or_default().to_owned()
}

impl Call {
    /// The device that the caller has dialled, if it has dialled a GRUU of this client.
    pub(crate) fn dialled_device(&self, core: &Core, user: &str) -> Option<Device> {
        let domain = &self.facts.subject.domain;
        let device = gruu::device(core, domain, &self.caller.request.uri())??;
        (device.user == user).then_some(device)
    }

    /// Calls the destinations of a target: those of the highest preference now, the others in turn.
    pub(crate) fn start_destinations(
        &mut self,
        core: &mut Core,
        place: u32,
        mut all: Vec<Destination>,
        ring_seconds: Option<u32>,
    ) {
        if (all.first()).is_some_and(|first| self.is_at_its_limit(core, first)) {
            let failure = Failure::Status(486);
            let name = all.swap_remove(0).text;
            self.tell_unreachable(core, place, name, failure);
            return self.fail_with(failure);
        }
        let best = all.iter().map(preference).max();
        let now: Vec<_> = all
            .extract_if(.., |destination| Some(preference(destination)) == best)
            .collect();
        let mut seconds = ring_seconds;
        if !all.is_empty()
            && let Some(connecting) = &mut self.connecting
        {
            seconds = seconds.or(Some(limits::CONTACT_SECONDS));
            connecting.waiting.push(Waiting {
                place,
                ring_seconds,
                destinations: all,
                chain: self.diverting.chain.clone(),
            });
        }
        for destination in now {
            self.start_leg(core, place, destination, seconds);
        }
    }

    /// Calls the contacts whose turn has come: none of their target's still rings. `false`: there are none.
    pub(crate) fn next_contacts(&mut self, core: &mut Core) -> bool {
        let Some(connecting) = &mut self.connecting else {
            return false;
        };
        let rings = |place: u32| {
            let mut legs = self.legs.iter();
            legs.any(|leg| leg.place == place && leg.is_open())
        };
        let mut waiting = connecting.waiting.iter();
        let Some(at) = waiting.position(|waiting| !rings(waiting.place)) else {
            return false;
        };
        let next = connecting.waiting.remove(at);
        let before = std::mem::replace(&mut self.diverting.chain, next.chain);
        self.start_destinations(core, next.place, next.destinations, next.ring_seconds);
        self.diverting.chain = before;
        true
    }

    /// Calls a device again over the next of its flows. `false`: there is none.
    pub(crate) fn try_next_flow(&mut self, core: &mut Core, index: usize) -> bool {
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        if !take_next_flow(&mut leg.destination) {
            return false;
        }
        let Way::Flow(flow) = leg.destination.way else {
            return false;
        };
        self.send_invite(core, index, flow);
        true
    }

    /// The proxy next to a device says that the flow to it has failed (430, RFC 5626 §5.3): nothing reaches it there any more.
    pub(crate) fn flow_is_gone(&mut self, core: &mut Core, index: usize) {
        let destination = self.legs.get(index).map(|leg: &Leg| &leg.destination);
        if let Some(destination) = destination
            && let (Some(client), Some(reached)) = (&destination.client, &destination.reached)
            && core.registrar.remove(client, &reached.contact)
        {
            registration::changed(core, client);
        }
    }
}

/// Destinations that are no contacts have none: they are all alike.
fn preference(destination: &Destination) -> u16 {
    let reached = destination.reached.as_ref();
    reached.map_or(1000, |reached| reached.contact.q)
}
