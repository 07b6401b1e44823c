//! The INVITE of a leg, as text: what of the caller's goes over to the called side and what does not.

use bytes::Bytes;
use switchhook_routing::call::Header;
use switchhook_routing::verb::Connect;
use switchhook_sip::build::Builder;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};

use crate::admission::CHAIN_HEADER;
use crate::call::hiding;
use crate::call::journal::Facts;
use crate::call::leg::Leg;
use crate::config::trunks::Trunk;
use crate::core::Core;
use crate::features::ALLOW;
use crate::limits;
use crate::trunks::departure::{Calling, Told, to_others, to_trunk};
use crate::trunks::diversion::{Diverted, diversions, history};
use crate::trunks::numbers::Which;

/// The fields of the caller's INVITE that the called side gets as they are. All others belong to the caller's leg.
const CARRIED: [HeaderName<'static>; 9] = [
    HeaderName::Other("Recv-Info"),
    HeaderName::AcceptLanguage,
    HeaderName::AlertInfo,
    HeaderName::CallInfo,
    HeaderName::Date,
    HeaderName::Organization,
    HeaderName::Priority,
    HeaderName::ReferredBy,
    HeaderName::Subject,
];

/// Those of them that may tell who calls (RFC 3323 §4.1).
const TELLING: [HeaderName<'static>; 3] = [
    HeaderName::CallInfo,
    HeaderName::Organization,
    HeaderName::Subject,
];

/// The fields that a script may not set: they carry the dialog, the transaction, the body or credentials.
const RESERVED: [&str; 19] = [
    "Via",
    "v",
    "From",
    "f",
    "To",
    "t",
    "Call-ID",
    "i",
    "CSeq",
    "Contact",
    "m",
    "Max-Forwards",
    "Route",
    "Record-Route",
    "Content-Length",
    "l",
    "Content-Type",
    "c",
    "Content-Encoding",
];

/// What the INVITEs of one call have in common.
pub(crate) struct Common<'a> {
    pub(crate) facts: &'a Facts,
    /// The caller's INVITE.
    pub(crate) caller: &'a Request,
    /// How often the call has passed through a switch.
    pub(crate) chain: u32,
    pub(crate) connect: &'a Connect,
    /// Whether the caller can answer an offer before the call is answered.
    pub(crate) answers_early: bool,
    /// The dialog that it is to take the place of there (RFC 3891).
    pub(crate) replaces: Option<&'a str>,
    /// The trunk that the leg goes to, if it is one.
    pub(crate) trunk: Option<&'a Trunk>,
    /// By whom the call was forwarded.
    pub(crate) diverted: &'a [Diverted],
}

/// Writes the INVITE of a leg.
pub(crate) fn write(
    core: &mut Core,
    common: &Common<'_>,
    leg: &Leg,
    flow: Flow,
    body: Option<&Bytes>,
) -> Bytes {
    let via = core.via(flow);
    let uri = leg.destination.uri.as_str();
    let hops = common.caller.max_forwards();
    let max_forwards = hops.unwrap_or(limits::MAX_FORWARDS);
    let mut builder = Builder::request("INVITE", uri)
        .raw_header(HeaderName::Via, via.as_bytes())
        .number(HeaderName::MaxForwards, max_forwards.saturating_sub(1))
        .raw_header(HeaderName::From, leg.from.as_bytes())
        .header(HeaderName::To, format_args!("<{}>", without_transport(uri)))
        .raw_header(HeaderName::CallId, leg.call_id.as_bytes())
        .cseq(leg.cseq, "INVITE")
        .raw_header(HeaderName::Contact, core.contact(flow).as_bytes())
        .raw_header(HeaderName::Allow, ALLOW.as_bytes())
        .number(HeaderName::Other(CHAIN_HEADER), common.chain + 1);
    builder = leg
        .extensions
        .write(builder, common.answers_early || body.is_some());
    let reached = leg.destination.reached.as_ref();
    for proxy in reached.iter().flat_map(|reached| &reached.contact.path) {
        builder = builder.raw_header(HeaderName::Route, proxy.as_bytes());
    }
    if !core.config.user_agent.is_empty() {
        builder = builder.raw_header(HeaderName::UserAgent, core.config.user_agent.as_bytes());
    }
    for name in CARRIED {
        if !leg.told.hidden || !TELLING.contains(&name) {
            builder = hiding::copy(core, builder, common.caller, name, Some(flow));
        }
    }
    builder = forwarded(builder, common, leg);
    for (name, value) in &leg.told.headers {
        let mut set = common.connect.headers.iter();
        if !set.any(|header| header.name.eq_ignore_ascii_case(name.as_str())) {
            builder = builder.header(*name, value);
        }
    }
    for header in common
        .connect
        .headers
        .iter()
        .filter(|header| may_be_set(header))
    {
        builder = builder.header(&header.name, &header.value);
    }
    if let Some(replaces) = common.replaces {
        builder = builder.header(HeaderName::Replaces, replaces);
    }
    if let Some((name, value)) = &leg.credentials {
        builder = builder.header(*name, value);
    }
    match body {
        Some(body) => builder.body("application/sdp", body).finish(),
        None => builder.finish(),
    }
}

/// Who calls, as a destination is told.
pub(crate) fn told(common: &Common<'_>) -> Told {
    let facts = common.facts;
    let own = facts.subject.caller.as_str();
    let number = common.connect.caller_id.as_deref().unwrap_or(own);
    let calling = Calling {
        domain: &facts.subject.domain,
        number,
        name: (common.connect.caller_name.as_ref()).unwrap_or(&facts.caller_name),
        // Who calls in another's name shows nothing of the caller.
        hidden: facts.presentation.hidden && number == own,
    };
    match common.trunk {
        Some(trunk) => to_trunk(trunk, calling),
        None => to_others(calling),
    }
}

/// That the call was forwarded: what it brought, where the destination wants it, and what happened here.
fn forwarded(mut builder: Builder, common: &Common<'_>, leg: &Leg) -> Builder {
    let policy = common.trunk.map(|trunk| &trunk.identity);
    let host = policy
        .map(|policy| policy.from_host.as_str())
        .filter(|host| !host.is_empty());
    let host = host.unwrap_or(&common.facts.subject.domain);
    let number = |number: &str| match common.trunk {
        Some(trunk) => trunk.numbers.outward(Which::Caller, number),
        None => number.to_owned(),
    };
    let is_trusted = policy.is_some_and(|policy| policy.trusted);
    // Who forwarded the call is history too (RFC 7044 §10.1).
    let hides = common.facts.presentation.hides_history && !is_trusted;
    if !hides && policy.is_none_or(|policy| policy.diversion) {
        for value in diversions(common.diverted, host, number) {
            builder = builder.header(HeaderName::Diversion, value);
        }
        builder = builder.copy(common.caller, HeaderName::Diversion);
    }
    if !hides && policy.is_none_or(|policy| policy.history_info) {
        builder = builder.copy(common.caller, HeaderName::HistoryInfo);
        let uri = &leg.destination.uri;
        for value in history(common.caller, common.diverted, host, uri, number) {
            builder = builder.header(HeaderName::HistoryInfo, value);
        }
    }
    builder
}

/// Whether a script may set this field: its name is a token, and it is not one that the switch sets itself.
pub(crate) fn may_be_set(header: &Header) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    !header.name.is_empty()
        && header.name.bytes().all(token)
        && !RESERVED
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&header.name))
}

/// A To is a logical name: no transport belongs in it (RFC 3261 §19.1.1, table 1).
fn without_transport(uri: &str) -> &str {
    let host = uri.rfind('@').unwrap_or(0);
    let end = uri.get(host..).and_then(|rest| rest.find(';'));
    end.and_then(|end| uri.get(..host + end)).unwrap_or(uri)
}
