//! That a call was forwarded, and by whom: Diversion (RFC 5806) and History-Info (RFC 7044), written. Those that a call brought are
//! kept and come after the new ones, or before, as the fields want it.

use switchhook_sip::message::{HeaderName, Request, Response};

use crate::call::target::escaped;

/// Why a call was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Always.
    Unconditional,
    /// The called one was in a call.
    Busy,
    /// It did not answer.
    NoAnswer,
    /// It was not registered.
    Unreachable,
    /// It said so itself (a 3xx).
    Deflection,
}

/// One forwarding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diverted {
    /// Who was called before: a username or number of the domain.
    pub(crate) by: String,
    /// Why.
    pub(crate) cause: Cause,
}

impl Cause {
    /// Why a destination redirects: as its own Diversion says, else it is taken to deflect this call.
    pub(crate) fn of_redirection(response: &Response) -> Cause {
        let mut diversions = response.addresses(HeaderName::Diversion).flatten();
        let reason = diversions.find_map(|diversion| diversion.param("reason"));
        let all = [
            Cause::Unconditional,
            Cause::Busy,
            Cause::NoAnswer,
            Cause::Unreachable,
        ];
        let named = |cause: &Cause| {
            let reason = reason.as_deref().unwrap_or_default();
            cause.reason().eq_ignore_ascii_case(reason)
        };
        all.into_iter().find(named).unwrap_or(Cause::Deflection)
    }

    /// The value of `reason` (RFC 5806 §4).
    fn reason(self) -> &'static str {
        match self {
            Cause::Unconditional => "unconditional",
            Cause::Busy => "user-busy",
            Cause::NoAnswer => "no-answer",
            Cause::Unreachable => "unavailable",
            Cause::Deflection => "deflection",
        }
    }

    /// The value of `cause` (RFC 4458 §2.1).
    fn code(self) -> u16 {
        match self {
            Cause::Unconditional => 302,
            Cause::Busy => 486,
            Cause::NoAnswer => 408,
            Cause::Unreachable => 503,
            Cause::Deflection => 480,
        }
    }
}

/// Our values of Diversion, to stand before those that the call brought: the last forwarding first. `number`: how the destination
/// writes a number of ours.
pub(crate) fn diversions<'d>(
    diverted: &'d [Diverted],
    host: &'d str,
    number: impl Fn(&str) -> String + 'd,
) -> impl Iterator<Item = String> + 'd {
    diverted.iter().rev().map(move |one| {
        let (by, reason) = (number(&one.by), one.cause.reason());
        let by = escaped(&by);
        format!("<sip:{by}@{host}>;reason={reason};counter=1;privacy=off;screen=yes")
    })
}

/// Our values of History-Info, to stand behind those that the call brought (RFC 7044 §10.3): whom the call went to, each forwarding
/// one step below the one before. `target`: the Request-URI.
pub(crate) fn history(
    request: &Request,
    diverted: &[Diverted],
    host: &str,
    target: &str,
    number: impl Fn(&str) -> String,
) -> Vec<String> {
    let Some(first) = diverted.first() else {
        return Vec::new();
    };
    let before = last_index(request);
    let mut entries = Vec::with_capacity(diverted.len() + 1);
    let mut index = match &before {
        Some(index) => index.clone(),
        None => {
            let by = number(&first.by);
            entries.push(format!("<sip:{}@{host}>;index=1", escaped(&by)));
            "1".to_owned()
        }
    };
    for (at, one) in diverted.iter().enumerate() {
        let above = index.clone();
        index.push_str(".1");
        let cause = one.cause.code();
        let uri = match diverted.get(at + 1) {
            Some(next) => format!("sip:{}@{host}", escaped(&number(&next.by))),
            None => target.to_owned(),
        };
        entries.push(format!("<{uri};cause={cause}>;index={index};mp={above}"));
    }
    entries
}

/// The index of the last entry that the call brought.
fn last_index(request: &Request) -> Option<String> {
    let entries = request.addresses(HeaderName::HistoryInfo).flatten();
    let index = entries.last()?.param("index")?;
    let is_index = index
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_index && !index.is_empty() && index.len() <= 64).then(|| index.into_owned())
}

#[cfg(test)]
mod tests;
