//! What a client may still do: its limits on destinations, calls and minutes, and what it has used of them. Minutes are those of
//! answered calls that it made, and of those that come of them (transferred, parked, picked up); they count for the day and the month (UTC) in which a call ends.

use std::collections::HashMap;
use std::time::Duration;

use switchhook_routing::call::Origin;
use switchhook_routing::record::{CallRecord, Disposition, Party};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::Request;

use crate::config::Domain;
use crate::config::client_limits::ClientLimits;
use crate::core::{Core, Reply};
use crate::date::Day;
use crate::kept::{Kept, KeptUsage};
use crate::keys::AddressOfRecord;
use crate::output::Output;

const MINUTE_MS: u64 = 60_000;

/// What clients have used up that have a limit on it.
#[derive(Debug, Default)]
pub(crate) struct Usages {
    clients: HashMap<AddressOfRecord, Usage>,
}

/// What a client has used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Usage {
    /// The day that it is of.
    day: Day,
    /// Milliseconds on that day, and in its month until then.
    of_day: u64,
    of_month: u64,
}

impl Usage {
    /// What of it counts on another day.
    fn on(self, day: Day) -> Usage {
        let same_month = (self.day.year, self.day.month) == (day.year, day.month);
        Usage {
            day,
            of_day: if self.day == day { self.of_day } else { 0 },
            of_month: if same_month { self.of_month } else { 0 },
        }
    }
}

/// Why a client may not call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forbidden {
    /// Whom it wants to call.
    Destination,
    /// It has as many calls as it may.
    Calls,
    /// It has talked as long as it may, today or this month.
    Minutes,
}

impl Forbidden {
    /// The reason phrase of the 403.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Forbidden::Destination => "Destination Not Allowed",
            Forbidden::Calls => "Too Many Calls",
            Forbidden::Minutes => "No Minutes Left",
        }
    }

    /// What is answered.
    pub(crate) fn reply(self) -> Reply {
        Reply {
            reason: Some(self.reason().to_owned()),
            ..Reply::new(403)
        }
    }
}

/// Whether a client may call this number now. The call is not among its active ones yet.
pub(crate) fn may_call(
    core: &Core,
    domain: &Domain,
    client: &AddressOfRecord,
    number: &str,
) -> Result<(), Forbidden> {
    may_reach(core, domain, client, number)?;
    if is_busy(core, &domain.limits_of(&client.user), client) {
        return Err(Forbidden::Calls);
    }
    Ok(())
}

/// Whether a client may have this number called now, by itself or for somebody that it sends there.
pub(crate) fn may_reach(
    core: &Core,
    domain: &Domain,
    client: &AddressOfRecord,
    number: &str,
) -> Result<(), Forbidden> {
    let limits = domain.limits_of(&client.user);
    if let Some(destinations) = &limits.destinations
        && !destinations.allows(number)
    {
        return Err(Forbidden::Destination);
    }
    if left(core, &limits, client).is_some_and(|left| left.is_zero()) {
        return Err(Forbidden::Minutes);
    }
    Ok(())
}

/// Whether a client has as many calls as it may.
pub(crate) fn is_busy(core: &Core, limits: &ClientLimits, client: &AddressOfRecord) -> bool {
    (limits.calls).is_some_and(|calls| core.active_calls(client) >= calls)
}

/// How long a client may still talk; `None`: as long as it likes. Each of several calls at once may take all of it.
pub(crate) fn left(
    core: &Core,
    limits: &ClientLimits,
    client: &AddressOfRecord,
) -> Option<Duration> {
    let today = Day::of(core.epoch_ms(core.now));
    let used = core.usages.clients.get(client).map(|usage| usage.on(today));
    let (day, month) = used.map_or((0, 0), |usage| (usage.of_day, usage.of_month));
    let left = |minutes: Option<u32>, used: u64| {
        Some((u64::from(minutes?) * MINUTE_MS).saturating_sub(used))
    };
    let left = [
        left(limits.minutes_per_day, day),
        left(limits.minutes_per_month, month),
    ];
    left.into_iter().flatten().min().map(Duration::from_millis)
}

/// A call that a client made is over after so long.
pub(crate) fn charge(
    core: &mut Core,
    limits: &ClientLimits,
    client: &AddressOfRecord,
    milliseconds: u64,
) {
    if milliseconds == 0 || (limits.minutes_per_day, limits.minutes_per_month) == (None, None) {
        return;
    }
    let day = Day::of(core.epoch_ms(core.now));
    let nothing = Usage {
        day,
        of_day: 0,
        of_month: 0,
    };
    let before = core.usages.clients.get(client).copied();
    let mut usage = before.unwrap_or(nothing).on(day);
    usage.of_day = usage.of_day.saturating_add(milliseconds);
    usage.of_month = usage.of_month.saturating_add(milliseconds);
    core.usages.clients.insert(client.clone(), usage);
    let kept = KeptUsage {
        domain: client.domain.clone(),
        client: client.user.clone(),
        year: day.year,
        month: day.month,
        day: day.day,
        milliseconds_of_day: usage.of_day,
        milliseconds_of_month: usage.of_month,
    };
    core.outputs
        .push_back(Output::Keep(Box::new(Kept::Usage(kept))));
}

/// Takes back what a client had used up before a restart.
pub(crate) fn restore(core: &mut Core, kept: KeptUsage) {
    let client = AddressOfRecord {
        domain: kept.domain,
        user: kept.client,
    };
    let usage = Usage {
        day: Day {
            year: kept.year,
            month: kept.month,
            day: kept.day,
        },
        of_day: kept.milliseconds_of_day,
        of_month: kept.milliseconds_of_month,
    };
    core.usages.clients.insert(client, usage);
}

/// Refuses a call that its client may not make; it stands in the records, unlike those whose caller is not known.
pub(crate) fn refuse(
    core: &mut Core,
    client: AddressOfRecord,
    callee: &str,
    flow: Flow,
    request: &Request,
    forbidden: Forbidden,
) -> Reply {
    core.counters.limited += 1;
    let at = core.epoch_ms(core.now);
    let record = CallRecord {
        id: core.identifier(),
        sip_call_id: request.call_id().to_owned(),
        domain: client.domain,
        caller: client.user.clone(),
        callee: callee.to_owned(),
        origin: Origin::Client(client.user),
        source_address: flow.peer.to_string(),
        started_at: at,
        answered_at: None,
        ended_at: at,
        disposition: Disposition::Failed,
        status: 403,
        ended_by: Party::Switch,
        decisions: Vec::new(),
        legs: Vec::new(),
        media: None,
        recordings: Vec::new(),
        recording_failures: Vec::new(),
        transferred_from: None,
        transferred_to: None,
    };
    core.outputs.push_back(Output::Record(Box::new(record)));
    forbidden.reply()
}
