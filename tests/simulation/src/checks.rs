//! The rules that every world obeys to its end, whatever the seed. Each check says in words what is broken.

use std::collections::{BTreeMap, BTreeSet};

use switchhook_routing::event::{EventKind, ScriptSource, VerbEnd};
use switchhook_routing::record::{CallRecord, Disposition, Party};

use crate::world::World;

/// What may be expected of a world besides that it ends.
#[derive(Debug, Clone, Copy)]
pub struct Expectations {
    /// The network lost nothing.
    pub lossless: bool,
    /// Nobody misbehaved, and the operator left the calls alone.
    pub undisturbed: bool,
}

/// No phone is in a call after everybody hung up: what one side ended, the other side's phone knows to be over. A phone
/// whose every answer was lost may still ring: the switch cannot cancel a call that it never heard to ring.
#[must_use]
pub fn nobody_talks_to_himself(world: &World) -> Vec<String> {
    let lossy = world.network.traffic.lost > 0;
    let mut broken = Vec::new();
    for handset in &world.phones {
        for call in handset.live_calls() {
            let view = &handset.calls[&call];
            if view.answered.is_some() || view.outgoing || !lossy {
                broken.push(format!("{} is still in {call:?}: {view:?}", handset.name));
            }
        }
    }
    broken
}

/// Everything is idle, and each call of each phone ended exactly once.
#[must_use]
pub fn everything_ends(world: &World, rested: bool) -> Vec<String> {
    let mut broken = Vec::new();
    if !rested {
        broken.push("the world does not come to rest".to_owned());
    }
    if !world.exchange.is_idle() {
        broken.push("the exchange is not idle".to_owned());
    }
    let owned = world.exchange.owned();
    if owned > 0 {
        broken.push(format!("the exchange still keeps {owned} owners"));
    }
    for handset in &world.phones {
        if !handset.phone.is_idle() {
            broken.push(format!("{} is not idle", handset.name));
        }
        for (call, view) in &handset.calls {
            if view.ends.len() != 1 {
                broken.push(format!(
                    "{}: {call:?} ended {} times",
                    handset.name,
                    view.ends.len()
                ));
            }
        }
    }
    broken
}

/// One record and one end for each call, events numbered without a gap, media opened and closed alike.
#[must_use]
pub fn accounts_balance(world: &World) -> Vec<String> {
    let mut broken = world.media.complaints.clone();
    broken.extend(world.seen.lost_in_restart.iter().cloned());
    let told = world.phones.iter().flat_map(|phone| &phone.complaints);
    broken.extend(told.cloned());
    if world.media.open_sessions() > 0 {
        broken.push(format!(
            "{} media sessions are still open",
            world.media.open_sessions()
        ));
    }
    broken.extend(one_record_a_call(world));
    broken.extend(one_end_a_call(world));
    broken.extend(events_are_in_order(world));
    broken.extend(stories_are_whole(world));
    broken
}

/// Whom the switch takes, it connects: to whom routing code says, or to the default destination. Only a caller who
/// gives up and a script that refuses end a call otherwise.
#[must_use]
pub fn no_call_is_lost(world: &World, expectations: Expectations) -> Vec<String> {
    let mut broken = Vec::new();
    if !expectations.lossless || !expectations.undisturbed {
        return broken;
    }
    for record in &world.seen.records {
        let connected = [Disposition::Answered, Disposition::Cancelled];
        let refused = world.seen.refused_by_script.contains(&record.id);
        if !refused && !connected.contains(&record.disposition) {
            broken.push(format!("call {} was lost: {}", record.id, in_short(record)));
        }
        broken.extend(failed_decisions_fall_back(world, record));
    }
    broken
}

fn failed_decisions_fall_back(world: &World, record: &CallRecord) -> Option<String> {
    let failed = world.seen.failed_decisions.contains(&record.id);
    let fell_back = record
        .decisions
        .iter()
        .any(|decision| decision.source != ScriptSource::Plugin);
    // Before an answer, or after it: a caller who stays may hang up while somebody is asked what follows.
    let left = record.ended_by == Party::Caller;
    (failed && !fell_back && !left).then(|| {
        format!(
            "call {} had a failed decision and no fallback: {}",
            record.id,
            in_short(record)
        )
    })
}

fn one_record_a_call(world: &World) -> Vec<String> {
    let mut initiated: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for event in &world.seen.events {
        if matches!(event.kind, EventKind::Initiated) {
            initiated.entry(&event.subject.call_id).or_default().0 += 1;
        }
    }
    for record in &world.seen.records {
        initiated.entry(&record.id).or_default().1 += 1;
    }
    initiated
        .iter()
        .filter(|(_, counts)| **counts != (1, 1))
        .map(|(id, (calls, records))| {
            format!("call {id}: initiated {calls} times, {records} records")
        })
        .collect()
}

fn one_end_a_call(world: &World) -> Vec<String> {
    let mut broken = Vec::new();
    let ended: BTreeSet<_> = world.seen.ended.iter().collect();
    if ended.len() != world.seen.ended.len() {
        broken.push("a call ended twice".to_owned());
    }
    let decided: BTreeSet<_> = world
        .seen
        .decided
        .iter()
        .map(|ticket| ticket.call)
        .collect();
    for call in decided {
        if !ended.contains(&call) {
            broken.push(format!("{call:?} was decided but never ended"));
        }
    }
    let ended = world.seen.ended_before + world.seen.ended.len();
    let records = world.seen.records.len();
    if ended != records {
        broken.push(format!(
            "{ended} calls ended, but there are {records} records"
        ));
    }
    broken
}

fn events_are_in_order(world: &World) -> Vec<String> {
    let mut broken = Vec::new();
    let mut next: BTreeMap<&str, u32> = BTreeMap::new();
    let mut completed: BTreeSet<&str> = BTreeSet::new();
    for event in &world.seen.events {
        let id = event.subject.call_id.as_str();
        let expected = next.entry(id).or_default();
        if event.sequence != *expected {
            broken.push(format!(
                "call {id}: event {} instead of {expected}",
                event.sequence
            ));
        }
        *expected += 1;
        if completed.contains(id) {
            broken.push(format!("call {id}: {:?} after its completion", event.kind));
        }
        if matches!(event.kind, EventKind::Completed { .. }) {
            completed.insert(id);
        }
    }
    let open = next.keys().filter(|id| !completed.contains(*id));
    broken.extend(open.map(|id| format!("call {id} was never completed")));
    broken
}

/// What of a call's events has begun and not ended.
#[derive(Debug, Default)]
struct Story {
    verbs: BTreeMap<String, i64>,
    legs: i64,
    connected: i64,
}

/// Every verb that begins ends, every destination that is called answers or fails, whoever is connected hangs up.
fn stories_are_whole(world: &World) -> Vec<String> {
    let mut stories: BTreeMap<&str, Story> = BTreeMap::new();
    for event in &world.seen.events {
        let story = stories.entry(&event.subject.call_id).or_default();
        match &event.kind {
            EventKind::VerbStarted { verb, .. } => {
                *story.verbs.entry(format!("{verb:?}")).or_default() += 1;
            }
            EventKind::VerbEnded { end, .. } if *end == VerbEnd::Skipped => {}
            EventKind::VerbEnded { verb, .. } => {
                *story.verbs.entry(format!("{verb:?}")).or_default() -= 1;
            }
            EventKind::Trying(_) => story.legs += 1,
            EventKind::LegFailed { .. } => story.legs -= 1,
            EventKind::Answered(_) => {
                story.legs -= 1;
                story.connected += 1;
            }
            EventKind::HungUp { .. } => story.connected -= 1,
            _ => {}
        }
    }
    let is_broken = |story: &Story| {
        // A destination that cannot be called at all fails without having been tried.
        story.verbs.values().any(|open| *open != 0) || story.legs > 0 || story.connected != 0
    };
    let broken = stories.iter().filter(|(_, story)| is_broken(story));
    broken
        .map(|(id, story)| format!("call {id}: its events do not add up: {story:?}"))
        .collect()
}

fn in_short(record: &CallRecord) -> String {
    let sources: Vec<_> = record
        .decisions
        .iter()
        .map(|decision| decision.source)
        .collect();
    let legs: Vec<_> = record
        .legs
        .iter()
        .map(|leg| (&leg.target, leg.status))
        .collect();
    format!(
        "{:?} {} {sources:?} {legs:?}",
        record.disposition, record.status
    )
}
