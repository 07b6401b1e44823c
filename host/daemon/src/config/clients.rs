//! The sections `[[domains.NAME.clients]]`: who may register and call, and how they prove who they are.

use std::collections::HashSet;

use switchhook_call::config::media_rules::MediaRules;
use switchhook_call::dialog_rules::Reliability;
use switchhook_call::dialplan::Pattern;
use switchhook_sip::digest::{Ha1, Hash};
use switchhook_wasm::status::Roles;

use crate::config::chains::check_role;
use crate::config::client_limits::client_limits;
use crate::config::client_settings;
use crate::config::components::KnownPlugin;
use crate::config::conference;
use crate::config::dialogs;
use crate::config::media_rules::media_rules;
use crate::config::secret::Surroundings;
use crate::config::section::{Located, Section};
use crate::config::settings::{Client, Credential, is_pattern};

/// A client and the dialplan that it names, to be looked up when all dialplans are known.
pub struct Read {
    /// The client.
    pub client: Option<Client>,
    /// Its dialplan.
    pub dialplan: Option<Located<String>>,
    /// Where its calls may go instead.
    pub forwards: Vec<client_settings::Wanted>,
    /// Whether its provisional responses are reliable, if its entry says.
    pub reliability: Option<(String, Reliability)>,
}

/// Reads every client of a domain.
pub fn clients(
    domain: &Section<'_>,
    general: &MediaRules,
    plugins: &[KnownPlugin],
    surroundings: &Surroundings<'_>,
) -> Vec<Read> {
    let mut clients = Vec::new();
    let mut seen = HashSet::new();
    for section in domain.sections("clients") {
        let username = section.required_string("username");
        let credential = credential(&section, plugins, surroundings);
        let dialplan = section.string("dialplan");
        let media = media_rules(&section, general);
        let limits = client_limits(&section, "limits");
        let pickup_group = section.string("pickup_group").map(|group| group.value);
        let supervises = conference::supervises(&section);
        let mut forwards = Vec::new();
        let settings = client_settings::settings(&section, &mut forwards);
        let mailbox = section.string("mailbox").map(|mailbox| mailbox.value);
        let mwi = client_settings::mwi(&section);
        if let Some(username) = &username {
            if !seen.insert(username.value.clone()) {
                let message = format!("the client \"{}\" stands here twice", username.value);
                section.problems().error(username.offset, message);
            }
            check_username(username, credential.as_ref(), &section);
        }
        let client = username
            .zip(credential)
            .map(|(username, credential)| Client {
                username: username.value,
                credential,
                dialplan: dialplan.as_ref().map(|dialplan| dialplan.value.clone()),
                media,
                limits,
                pickup_group,
                supervises,
                mailbox,
                mwi,
                settings,
            });
        let reliability = dialogs::reliability(&section);
        let named = client.as_ref().map(|client| client.username.clone());
        let reliability = named.zip(reliability);
        if reliability.is_some() && username_is_pattern(client.as_ref()) {
            section.error("`reliable_provisional` is of one client: a pattern cannot have it");
        }
        clients.push(Read {
            client,
            dialplan,
            forwards,
            reliability,
        });
        section.finish();
    }
    clients
}

fn username_is_pattern(client: Option<&Client>) -> bool {
    client.is_some_and(Client::is_pattern)
}

fn check_username(
    username: &Located<String>,
    credential: Option<&Credential>,
    section: &Section<'_>,
) {
    let problems = section.problems();
    let wrong = |c: char| c.is_whitespace() || "@\"<>:;".contains(c);
    if username.value.contains(wrong) {
        let message = "a username must not contain spaces or any of @ \" < > : ;";
        problems.error(username.offset, message);
    }
    if !is_pattern(&username.value) {
        return;
    }
    if let Err(error) = Pattern::new(&username.value) {
        problems.error(username.offset, format!("\"{}\": {error}", username.value));
    }
    if !matches!(credential, None | Some(Credential::Gatekeeper(_))) {
        let message = format!(
            "the username \"{}\" is a pattern: only a `gatekeeper` can say who they are",
            username.value
        );
        problems.error(username.offset, message);
    }
}

fn credential(
    section: &Section<'_>,
    plugins: &[KnownPlugin],
    surroundings: &Surroundings<'_>,
) -> Option<Credential> {
    let secret = password(section, surroundings);
    let ha1 = section.string("ha1");
    let gatekeeper = section.string("gatekeeper");
    if let Some(gatekeeper) = gatekeeper {
        let is = |roles: &Roles| roles.gatekeeper;
        let cannot = "exports no `gatekeeper`: it cannot say who may register";
        let (at, problems) = (gatekeeper.offset, section.problems());
        check_role(&gatekeeper.value, plugins, &is, cannot, at, problems);
        if ha1.is_some() || !matches!(secret, Ok(None)) {
            let message = "`gatekeeper` beside a password or `ha1`: the plugin says who may register, use one of them";
            problems.error(at, message);
        }
        return Some(Credential::Gatekeeper(gatekeeper.value));
    }
    match (secret, ha1) {
        (Ok(Some(_)), Some(ha1)) => {
            section
                .problems()
                .error(ha1.offset, "`ha1` beside a password: use one of them");
            None
        }
        (Ok(Some(password)), None) if password.value.is_empty() => {
            section
                .problems()
                .error(password.offset, "the password is empty");
            None
        }
        (Ok(Some(password)), None) => Some(Credential::Password(password.value)),
        (Ok(None), Some(ha1)) => {
            let digest = Ha1::from_hex(Hash::Md5, &ha1.value);
            if digest.is_none() {
                section
                    .problems()
                    .error(ha1.offset, "`ha1` must be 32 hexadecimal digits");
            }
            digest.map(Credential::Ha1)
        }
        (Ok(None), None) => {
            section.error(
                "a client needs `password`, `password_env`, `password_file`, `ha1` or `gatekeeper`: nobody calls without",
            );
            None
        }
        (Err(()), _) => None,
    }
}

/// The password given in one of three ways; `Err`: one was given and cannot be had.
pub(crate) fn password(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Option<Located<String>>, ()> {
    let plain = section.string("password");
    let given = [
        plain.map(|found| (found.offset, Ok(found.value))),
        section
            .string("password_env")
            .map(|found| (found.offset, surroundings.environment(&found.value))),
        section
            .string("password_file")
            .map(|found| (found.offset, surroundings.secret_file(&found.value))),
    ];
    let mut given = given.into_iter().flatten();
    let Some((offset, value)) = given.next() else {
        return Ok(None);
    };
    if let Some((offset, _)) = given.next() {
        section
            .problems()
            .error(offset, "the password is given twice");
        return Err(());
    }
    match value {
        Ok(value) => Ok(Some(Located { value, offset })),
        Err(message) => {
            section.problems().error(offset, message);
            Err(())
        }
    }
}
