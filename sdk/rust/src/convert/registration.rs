//! Registrations, from the switch; grants and refusals, to it.

use crate::bindings::switchhook::plugin::types as wit;
use crate::convert::call::{headers, variables_out};
use crate::registration::{
    AssignedDialplan, Credentials, DialplanEntry, Grant, Proof, Refusal, Registration,
};

pub(super) fn registration(asked: wit::Registration) -> Registration {
    let credentials = asked.credentials;
    Registration {
        domain: asked.domain,
        username: asked.username,
        contacts: asked.contacts,
        expires_seconds: asked.expires_seconds,
        source_address: asked.source_address,
        received_at: asked.received_at,
        headers: headers(asked.headers),
        credentials: Credentials {
            username: credentials.username,
            realm: credentials.realm,
            nonce: credentials.nonce,
            uri: credentials.uri,
            response: credentials.response,
            method: credentials.method,
            algorithm: credentials.algorithm,
            qop: credentials.qop,
            nc: credentials.nc,
            cnonce: credentials.cnonce,
        },
    }
}

pub(super) fn grant(grant: Grant) -> wit::Grant {
    wit::Grant {
        proof: match grant.proof {
            Proof::Checked => wit::Proof::Checked,
            Proof::Password(password) => wit::Proof::Password(password),
            Proof::Ha1(hash) => wit::Proof::Ha1(hash),
        },
        expires_seconds: grant.expires_seconds,
        dialplan: grant.dialplan.map(dialplan),
        codecs: grant.codecs,
    }
}

fn dialplan(dialplan: AssignedDialplan) -> wit::AssignedDialplan {
    match dialplan {
        AssignedDialplan::Named(name) => wit::AssignedDialplan::Named(name),
        AssignedDialplan::Entries(entries) => {
            wit::AssignedDialplan::Entries(entries.into_iter().map(entry).collect())
        }
    }
}

fn entry(entry: DialplanEntry) -> wit::DialplanEntry {
    wit::DialplanEntry {
        pattern: entry.pattern,
        plugins: entry.plugins,
        variables: variables_out(entry.variables),
    }
}

pub(super) fn refusal(refusal: Refusal) -> wit::Refusal {
    wit::Refusal {
        status: refusal.status,
        reason: refusal.reason,
    }
}
