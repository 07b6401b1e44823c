//! Who calls, as a destination is told: From, the identities beside it, Privacy (RFC 3323, RFC 3325). Whom we do not trust learns
//! nothing of a caller who wants to be hidden.

use switchhook_sip::message::HeaderName;

use crate::call::target::escaped;
use crate::config::trunks::Trunk;
use crate::names::bracketed;
use crate::trunks::identity::{CallerIdPolicy, IdentityHeader};
use crate::trunks::numbers::Which;

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calling<'a> {
    pub(crate) domain: &'a str,
    /// The number or username.
    pub(crate) number: &'a str,
    /// The display name, empty if there is none.
    pub(crate) name: &'a str,
    /// Whether it may be shown to nobody but whom we trust.
    pub(crate) hidden: bool,
}

/// What a destination is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The value of From without its tag.
    pub(crate) from: String,
    /// The other fields.
    pub(crate) headers: Vec<(HeaderName<'static>, String)>,
    /// Whether the caller stays hidden from it.
    pub(crate) hidden: bool,
}

/// What a destination is told that is no trunk: it is not trusted.
pub(crate) fn to_others(calling: Calling<'_>) -> Told {
    let Calling {
        domain,
        number,
        name,
        hidden,
    } = calling;
    if hidden {
        return Told {
            from: anonymous(None),
            headers: vec![(HeaderName::Privacy, "id".to_owned())],
            hidden,
        };
    }
    Told {
        from: address(name, number, domain),
        headers: Vec::new(),
        hidden,
    }
}

/// What a trunk is told.
pub(crate) fn to_trunk(trunk: &Trunk, calling: Calling<'_>) -> Told {
    let policy = &trunk.identity;
    let host = match policy.from_host.as_str() {
        "" => calling.domain.to_owned(),
        host => bracketed(host).into_owned(),
    };
    let own = trunk.numbers.outward(Which::Caller, calling.number);
    let number = match &policy.caller_id {
        CallerIdPolicy::Pass => Some(own.clone()),
        CallerIdPolicy::Fixed(number) => Some(number.clone()),
        CallerIdPolicy::Allowed { numbers, default } => {
            let allowed = numbers
                .iter()
                .any(|allowed| allowed.matches(&own).is_some());
            if allowed {
                Some(own.clone())
            } else {
                default.clone()
            }
        }
        CallerIdPolicy::Anonymous => None,
    };
    let hidden = calling.hidden || number.is_none();
    // A name goes with the number that it belongs to.
    let name = if number.as_deref() == Some(own.as_str()) {
        calling.name
    } else {
        ""
    };
    let number = number.unwrap_or(own);
    let from = match (hidden, policy.from_user.as_str()) {
        (true, "") => anonymous(None),
        (true, user) => anonymous(Some((user, &host))),
        (false, "") => address(name, &number, &host),
        (false, user) => address(name, user, &host),
    };
    let mut headers = Vec::new();
    let is_somebody = !number.is_empty() && !number.eq_ignore_ascii_case("anonymous");
    if is_somebody && (policy.trusted || !hidden) {
        let asserted = [IdentityHeader::Asserted];
        let wanted = match policy.headers.as_slice() {
            [] if policy.trusted => &asserted,
            wanted => wanted,
        };
        let value = address(if hidden { "" } else { name }, &number, &host);
        for header in wanted {
            headers.push(identity(*header, &value, hidden));
        }
    }
    if hidden {
        headers.push((HeaderName::Privacy, "id".to_owned()));
    }
    Told {
        from,
        headers,
        hidden,
    }
}

fn identity(header: IdentityHeader, value: &str, hidden: bool) -> (HeaderName<'static>, String) {
    match header {
        IdentityHeader::Asserted => (HeaderName::PAssertedIdentity, value.to_owned()),
        IdentityHeader::Preferred => (HeaderName::PPreferredIdentity, value.to_owned()),
        IdentityHeader::RemoteParty => {
            let privacy = if hidden { "full" } else { "off" };
            let value = format!("{value};party=calling;screen=yes;privacy={privacy}");
            (HeaderName::RemotePartyId, value)
        }
    }
}

/// "The user agent SHOULD include "Anonymous" … and a URI of sip:anonymous@anonymous.invalid" (RFC 3323 §4.1.1.3). `account`:
/// whom the trunk wants to see whoever calls.
fn anonymous(account: Option<(&str, &str)>) -> String {
    match account {
        None => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
        Some((user, host)) => format!("\"Anonymous\" <sip:{}@{host}>", escaped(user)),
    }
}

fn address(name: &str, user: &str, host: &str) -> String {
    let user = escaped(user);
    let at = if user.is_empty() { "" } else { "@" };
    let mut text = String::with_capacity(name.len() + user.len() + host.len() + 12);
    quote(&mut text, name);
    for part in ["<sip:", &user, at, host, ">"] {
        text.push_str(part);
    }
    text
}

/// A display name as a quoted string (RFC 3261 §25.1).
fn quote(text: &mut String, name: &str) {
    if name.is_empty() {
        return;
    }
    text.push('"');
    for character in name.chars().filter(|character| !character.is_control()) {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push_str("\" ");
}

#[cfg(test)]
mod tests;
