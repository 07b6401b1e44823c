//! What the log says about calls: one line each at INFO, without anybody's number; messages at DEBUG.

use switchhook_call::trunks::status::{HostState, RegistrationState, TrunkChange, TrunkNews};
use switchhook_routing::event::Event;
use switchhook_routing::record::{CallRecord, DecisionRecord};
use switchhook_sip::flow::Flow;

/// A message that was received or is being sent.
pub fn message(direction: &str, flow: &Flow, bytes: &[u8]) {
    if tracing::enabled!(tracing::Level::TRACE) {
        let text = String::from_utf8_lossy(bytes);
        tracing::trace!(transport = %flow.transport, peer = %flow.peer, "{direction}\n{text}");
    } else if tracing::enabled!(tracing::Level::DEBUG) {
        let line = bytes
            .split(|byte| *byte == b'\r')
            .next()
            .unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        tracing::debug!(transport = %flow.transport, peer = %flow.peer, "{direction} {line}");
    }
}

/// Something that happened to a call.
pub fn event(event: &Event) {
    tracing::debug!(call = event.subject.call_id, number = event.sequence, kind = ?event.kind, "event");
}

/// A call that is over.
pub fn record(record: &CallRecord) {
    let decision = record.decisions.last();
    tracing::info!(
        call = record.id,
        domain = record.domain,
        disposition = ?record.disposition,
        status = record.status,
        ended_by = ?record.ended_by,
        seconds = record.ended_at.saturating_sub(record.started_at) as f64 / 1000.0,
        decided_by = decision.map(decided_by),
        decision_us = decision.map(|decision| {
            decision.stages.iter().map(|stage| stage.nanoseconds).sum::<u64>() / 1000
        }),
        "call"
    );
}

/// Something about a trunk has changed.
pub fn trunk(news: &TrunkNews) {
    let TrunkNews { domain, trunk, .. } = news;
    match &news.change {
        TrunkChange::Registration { state, reason } => match state {
            RegistrationState::Failed => {
                tracing::warn!(domain, trunk, reason, "not registered at the trunk");
            }
            state => tracing::info!(domain, trunk, reason, "trunk: {}", state.as_str()),
        },
        TrunkChange::Host {
            host,
            state,
            reason,
        } => match state {
            HostState::Down => tracing::warn!(domain, trunk, host, reason, "trunk is down"),
            state => tracing::info!(domain, trunk, host, reason, "trunk is {}", state.as_str()),
        },
    }
}

/// The plugin and its version, or the step of the fallback ladder.
fn decided_by(decision: &DecisionRecord) -> String {
    use switchhook_routing::event::ScriptSource;
    match (decision.source, decision.stages.last()) {
        (ScriptSource::Plugin, Some(stage)) => format!("{}@{}", stage.plugin, stage.version),
        (ScriptSource::Plugin, None) => "plugin".to_owned(),
        (ScriptSource::RouteFallback, _) => "route fallback".to_owned(),
        (ScriptSource::DefaultDestination, _) => "default destination".to_owned(),
        (ScriptSource::None, _) => "nobody".to_owned(),
    }
}
