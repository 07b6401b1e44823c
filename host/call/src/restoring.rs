//! Contacts over a restart: what is kept of them, and what an exchange makes of it when it begins.

use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::registration::Grant;
use switchhook_sip::flow::Flow;

use crate::assignment::Assignment;
use crate::core::Core;
use crate::keep_alive;
use crate::kept::{Kept, KeptBinding, KeptBindings};
use crate::keys::AddressOfRecord;
use crate::output::Output;
use crate::registrar::Binding;

/// Puts out what is to be kept of a client's contacts: those that a restart leaves.
pub(crate) fn keep(core: &mut Core, client: &AddressOfRecord) {
    let bindings = core.registrar.bindings(client).iter();
    let kept = bindings.filter_map(|binding| {
        let binding = binding.without_connection()?;
        Some(KeptBinding {
            transport: binding.flow.transport.as_str().to_owned(),
            bound: core.listener(binding.flow.listener)?.bound,
            peer: binding.flow.peer,
            expires_at: core.epoch_ms(binding.expires_at),
            cseq: binding.cseq,
            contact: binding.contact,
        })
    });
    let kept = KeptBindings {
        domain: client.domain.clone(),
        client: client.user.clone(),
        bindings: kept.collect(),
        grant: core
            .registrar
            .assignment(client)
            .map(|a| Arc::clone(&a.grant)),
    };
    core.outputs
        .push_back(Output::Keep(Box::new(Kept::Bindings(kept))));
}

/// Takes back the contacts of a client that have not expired meanwhile.
pub(crate) fn restore(core: &mut Core, kept: KeptBindings) {
    let client = AddressOfRecord {
        domain: kept.domain,
        user: kept.client,
    };
    let now = core.epoch_ms(core.now);
    let binding = |kept: KeptBinding| {
        let left = kept.expires_at.checked_sub(now).filter(|left| *left > 0)?;
        let transport = kept.transport()?;
        let listeners = core.config.listeners.iter();
        let mut same = listeners.filter(|l| l.transport == transport && l.bound == kept.bound);
        let other = || core.listener_for(transport, kept.peer.is_ipv6());
        let binding = Binding {
            flow: Flow {
                transport,
                listener: same.next().or_else(other)?.id,
                peer: kept.peer,
                connection: None,
            },
            contact: kept.contact,
            expires_at: core.now + Duration::from_millis(left),
            cseq: kept.cseq,
        };
        binding.without_connection()
    };
    let bindings: Vec<_> = kept.bindings.into_iter().filter_map(binding).collect();
    let config = Arc::clone(&core.config);
    let Some(domain) = config.domains.get(&client.domain) else {
        return;
    };
    let settings = domain.client(&client.user);
    let assignment = match settings.and_then(|settings| settings.gatekeeper.as_deref()) {
        None => None,
        // Without what it was granted, a contact would vouch for more than it did.
        Some(gatekeeper) => {
            let again = |grant: &Grant| Assignment::again(domain, &client, gatekeeper, grant);
            let Some(Ok(assignment)) = kept.grant.as_deref().map(again) else {
                return;
            };
            Some(assignment)
        }
    };
    let room = config.limits.registrations;
    if bindings.is_empty() || !core.registrar.restore(&client, bindings, room) {
        return;
    }
    if let Some(assignment) = assignment {
        core.registrar.assign(&client, assignment);
    }
    core.show_contacts(&client);
    keep_alive::watch(core, &client);
}
