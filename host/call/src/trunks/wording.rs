//! What is sent to trunks outside of calls: REGISTER and OPTIONS, as text.

use bytes::Bytes;
use switchhook_sip::build::Builder;
use switchhook_sip::digest::{self, answer_one};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::HeaderName;

use crate::call::target::escaped;
use crate::config::trunks::{Registration, Trunk};
use crate::core::Core;
use crate::features::ALLOW;
use crate::limits;
use crate::names::bracketed;
use crate::trunks::enrolment::Enrolment;
use crate::trunks::recognise::{LINE, contact_user};

/// A REGISTER (RFC 3261 §10.2).
pub(crate) fn register(
    core: &mut Core,
    trunk: &Trunk,
    registration: &Registration,
    enrolment: &mut Enrolment,
    flow: Flow,
) -> Bytes {
    let outbound = trunk.outbound.clone().unwrap_or_default();
    let domain = match registration.domain.as_str() {
        "" => bracketed(&outbound.host),
        named => bracketed(named),
    };
    let uri = format!("sip:{domain}");
    let user = match registration.user.as_str() {
        "" => &outbound.username,
        named => named,
    };
    let address = format!("<sip:{}@{domain}>", escaped(user));
    enrolment.cseq += 1;
    let via = core.via(flow);
    let mut builder = Builder::request("REGISTER", &uri)
        .raw_header(HeaderName::Via, via.as_bytes())
        .number(HeaderName::MaxForwards, limits::MAX_FORWARDS)
        .header(
            HeaderName::From,
            format_args!("{address};tag={}", enrolment.tag),
        )
        .header(HeaderName::To, &address)
        .raw_header(HeaderName::CallId, enrolment.call_id.as_bytes())
        .cseq(enrolment.cseq, "REGISTER")
        .header(
            HeaderName::Contact,
            contact(core, trunk, registration, flow),
        )
        .number(HeaderName::Expires, enrolment.expires_seconds())
        .raw_header(HeaderName::Allow, ALLOW.as_bytes());
    if !core.config.user_agent.is_empty() {
        builder = builder.raw_header(HeaderName::UserAgent, core.config.user_agent.as_bytes());
    }
    if let Some((side, challenge)) = &enrolment.challenge {
        let username = match registration.auth_username.as_str() {
            "" => &outbound.username,
            named => named,
        };
        let login = digest::Login {
            username,
            password: &outbound.password,
        };
        let signed = digest::Signed {
            method: "REGISTER",
            uri: &uri,
            body: &[],
        };
        let cnonce = core.tag();
        let count = &mut enrolment.nonce_count;
        let value = answer_one(challenge, login, signed, &cnonce, count);
        builder = builder.header(side.credentials_header(), value);
    }
    builder.finish()
}

/// An OPTIONS that asks a host whether it is there (RFC 3261 §11.1).
pub(crate) fn options(core: &mut Core, host: &str, from_host: &str, flow: Flow) -> Bytes {
    let uri = format!("sip:{host}");
    let (via, tag) = (core.via(flow), core.tag());
    let own = core
        .listener(flow.listener)
        .map(|l| l.advertised_host.clone());
    let call_id = core.call_id(&own.unwrap_or_default());
    let mut builder = Builder::request("OPTIONS", &uri)
        .raw_header(HeaderName::Via, via.as_bytes())
        .number(HeaderName::MaxForwards, limits::MAX_FORWARDS)
        .header(
            HeaderName::From,
            format_args!("<sip:{}>;tag={tag}", bracketed(from_host)),
        )
        .header(HeaderName::To, format_args!("<{uri}>"))
        .raw_header(HeaderName::CallId, call_id.as_bytes())
        .cseq(1, "OPTIONS")
        .raw_header(HeaderName::Contact, core.contact(flow).as_bytes())
        .raw_header(HeaderName::Accept, b"application/sdp");
    if !core.config.user_agent.is_empty() {
        builder = builder.raw_header(HeaderName::UserAgent, core.config.user_agent.as_bytes());
    }
    builder.finish()
}

/// Our contact there: who calls it shows that it is the trunk.
fn contact(core: &Core, trunk: &Trunk, registration: &Registration, flow: Flow) -> String {
    let ours = core.contact(flow);
    let ours = ours.trim_start_matches("<sip:").trim_end_matches('>');
    let user = escaped(contact_user(trunk, registration));
    let at = if user.is_empty() { "" } else { "@" };
    match registration.token.as_str() {
        "" => format!("<sip:{user}{at}{ours}>"),
        token => format!("<sip:{user}{at}{ours};{LINE}={token}>"),
    }
}
