//! Requests of our own outside of dialogs that are no INVITEs, begun.

use switchhook_sip::build::Builder;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::HeaderName;

use crate::call::target::Destination;
use crate::core::Core;
use crate::limits;

/// Whom a request is from and for: URIs.
#[derive(Debug, Clone)]
pub(crate) struct Parties {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// A request to a destination, begun: all it needs but Contact, what belongs to the method, and a body.
pub(crate) fn outgoing(
    core: &mut Core,
    method: &str,
    destination: &Destination,
    flow: Flow,
    parties: &Parties,
) -> Builder {
    let via = core.via(flow);
    let tag = core.tag();
    let host = core
        .listener(flow.listener)
        .map(|listener| listener.advertised_host.clone());
    let call_id = core.call_id(&host.unwrap_or_default());
    let mut builder = Builder::request(method, &destination.uri)
        .raw_header(HeaderName::Via, via.as_bytes())
        .number(HeaderName::MaxForwards, limits::MAX_FORWARDS)
        .header(
            HeaderName::From,
            format_args!("<{}>;tag={tag}", parties.from),
        )
        .header(HeaderName::To, format_args!("<{}>", parties.to))
        .raw_header(HeaderName::CallId, call_id.as_bytes())
        .cseq(1, method);
    if !core.config.user_agent.is_empty() {
        builder = builder.raw_header(HeaderName::UserAgent, core.config.user_agent.as_bytes());
    }
    builder
}
