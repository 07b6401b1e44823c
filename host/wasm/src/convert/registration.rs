//! A registration on its way to a gatekeeper, and its answer on the way back.

use switchhook_routing::call::Header;
use switchhook_routing::registration::{
    AssignedDialplan, DialplanEntry, Grant, Proof, Refusal, Registration,
};

use crate::contract::v0_2::types as wit;
use crate::convert::call::headers;
use crate::convert::fields::variables;
use crate::convert::rules::{Broken, at_most, reason, sized, text};
use crate::limits;

/// The lists of a registration.
pub(crate) struct RegistrationLists<'a> {
    contacts: Vec<&'a str>,
    headers: Vec<wit::HeaderParam<'a>>,
}

impl<'a> RegistrationLists<'a> {
    pub(crate) fn of(registration: &'a Registration) -> RegistrationLists<'a> {
        let sent: &[Header] = &registration.headers;
        RegistrationLists {
            contacts: registration.contacts.iter().map(String::as_str).collect(),
            headers: headers(sent),
        }
    }

    /// The registration as the guest gets it.
    pub(crate) fn with(&'a self, registration: &'a Registration) -> wit::Registration<'a> {
        let credentials = &registration.credentials;
        wit::Registration {
            domain: &registration.domain,
            username: &registration.username,
            contacts: &self.contacts,
            expires_seconds: registration.expires_seconds,
            source_address: &registration.source_address,
            received_at: registration.received_at,
            headers: &self.headers,
            credentials: wit::Credentials {
                username: &credentials.username,
                realm: &credentials.realm,
                nonce: &credentials.nonce,
                uri: &credentials.uri,
                response: &credentials.response,
                method: &credentials.method,
                algorithm: credentials.algorithm.as_deref(),
                qop: credentials.qop.as_deref(),
                nc: credentials.nc.as_deref(),
                cnonce: credentials.cnonce.as_deref(),
            },
        }
    }
}

/// A grant, if it keeps every rule.
pub(crate) fn grant(grant: wit::Grant) -> Result<Grant, Broken> {
    at_most("codecs", grant.codecs.len(), limits::CODECS)?;
    let codec = |codec| text("a codec", codec, limits::NAME_BYTES);
    Ok(Grant {
        proof: proof(grant.proof)?,
        expires_seconds: grant.expires_seconds,
        dialplan: grant.dialplan.map(dialplan).transpose()?,
        codecs: grant
            .codecs
            .into_iter()
            .map(codec)
            .collect::<Result<_, _>>()?,
    })
}

/// A refusal, if it keeps every rule.
pub(crate) fn refusal(refusal: wit::Refusal) -> Result<Refusal, Broken> {
    if !(400..=699).contains(&refusal.status) {
        return Err(format!(
            "the status {} is not between 400 and 699",
            refusal.status
        ));
    }
    Ok(Refusal {
        status: refusal.status,
        reason: reason(refusal.reason)?,
    })
}

fn proof(proof: wit::Proof) -> Result<Proof, Broken> {
    Ok(match proof {
        wit::Proof::Checked => Proof::Checked,
        wit::Proof::Password(password) => {
            Proof::Password(sized("the password", password, limits::NUMBER_BYTES)?)
        }
        wit::Proof::Ha1(hash) => {
            // MD5 has 32 digits, SHA-256 and SHA-512/256 have 64 (RFC 8760 §2.4).
            let is_hash =
                matches!(hash.len(), 32 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_hash {
                return Err("the hash is not 32 or 64 hexadecimal digits".into());
            }
            Proof::Ha1(hash)
        }
    })
}

fn dialplan(dialplan: wit::AssignedDialplan) -> Result<AssignedDialplan, Broken> {
    Ok(match dialplan {
        wit::AssignedDialplan::Named(name) => {
            AssignedDialplan::Named(text("the dialplan's name", name, limits::NAME_BYTES)?)
        }
        wit::AssignedDialplan::Entries(entries) => {
            if entries.is_empty() {
                return Err("the dialplan has no entry".into());
            }
            at_most(
                "entries of the dialplan",
                entries.len(),
                limits::DIALPLAN_ENTRIES,
            )?;
            let entries = entries.into_iter().map(entry).collect::<Result<_, _>>()?;
            AssignedDialplan::Entries(entries)
        }
    })
}

fn entry(entry: wit::DialplanEntry) -> Result<DialplanEntry, Broken> {
    at_most(
        "plugins of a dialplan entry",
        entry.plugins.len(),
        limits::DIALPLAN_PLUGINS,
    )?;
    let plugin = |name| text("a plugin's name", name, limits::NAME_BYTES);
    Ok(DialplanEntry {
        pattern: text("a pattern", entry.pattern, limits::NUMBER_BYTES)?,
        plugins: entry
            .plugins
            .into_iter()
            .map(plugin)
            .collect::<Result<_, _>>()?,
        variables: variables(
            "variables of a dialplan entry",
            entry.variables,
            limits::DIALPLAN_VARIABLES,
        )?,
    })
}
