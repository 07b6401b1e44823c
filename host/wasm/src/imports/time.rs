//! What time it is, and what the clocks on the wall show: the zones are those of the IANA database that the switch brings, so that
//! a plugin sees the same on every machine.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::contract::v0_2::time as wit;
use crate::recording::shown;
use crate::store::Host;

const INTERFACE: &str = "time";

impl wit::Host for Host {
    fn now(&mut self) -> u64 {
        let noting = self.note(INTERFACE, "now", String::new);
        let now = self.core.shared.clock.now().as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        self.noted(noting, || now.to_string());
        now
    }

    fn local(&mut self, zone: String, at: u64) -> Result<wit::LocalTime, String> {
        let noting = self.note(INTERFACE, "local", || format!("{}, {at}", shown(&zone)));
        let local = local(&zone, at);
        self.noted(noting, || format!("{local:?}"));
        local
    }
}

fn local(zone: &str, at: u64) -> Result<wit::LocalTime, String> {
    let zone = time_zone(zone)?;
    let at = i64::try_from(at)
        .ok()
        .and_then(|at| Timestamp::from_millisecond(at).ok())
        .ok_or("the moment is beyond the year 9999")?;
    let offset = zone.to_offset(at);
    let local = offset.to_datetime(at);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    Ok(wit::LocalTime {
        year: local.year(),
        month: small(local.month()),
        day: small(local.day()),
        weekday: small(local.weekday().to_monday_one_offset()),
        hour: small(local.hour()),
        minute: small(local.minute()),
        second: small(local.second()),
        offset_minutes: i16::try_from(offset.seconds() / 60).unwrap_or_default(),
    })
}

/// A zone by its name. Zones that were found are kept, under each of their spellings that was used; there are a few hundred.
fn time_zone(name: &str) -> Result<TimeZone, String> {
    const KEPT: usize = 1_000;
    static ZONES: OnceLock<RwLock<HashMap<String, TimeZone>>> = OnceLock::new();
    let zones = ZONES.get_or_init(RwLock::default);
    let kept = zones.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(zone) = kept.get(name) {
        return Ok(zone.clone());
    }
    drop(kept);
    let zone = TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| format!("there is no time zone named `{}`", shown(name)))?;
    let mut kept = zones.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() < KEPT {
        kept.insert(name.to_owned(), zone.clone());
    }
    Ok(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, moment: &str) -> (i16, [u8; 6], i16) {
        let moment: Timestamp = moment.parse().unwrap();
        let at = u64::try_from(moment.as_millisecond()).unwrap();
        let local = local(zone, at).unwrap();
        let rest = [
            local.month,
            local.day,
            local.weekday,
            local.hour,
            local.minute,
            local.second,
        ];
        (local.year, rest, local.offset_minutes)
    }

    #[test]
    fn summer_begins_and_ends_where_the_zone_says() {
        let berlin = "Europe/Berlin";
        assert_eq!(
            at(berlin, "2026-03-29T00:59:59Z"),
            (2026, [3, 29, 7, 1, 59, 59], 60)
        );
        assert_eq!(
            at(berlin, "2026-03-29T01:00:00Z"),
            (2026, [3, 29, 7, 3, 0, 0], 120)
        );
        assert_eq!(
            at(berlin, "2026-10-25T00:59:59Z"),
            (2026, [10, 25, 7, 2, 59, 59], 120)
        );
        assert_eq!(
            at(berlin, "2026-10-25T01:00:00Z"),
            (2026, [10, 25, 7, 2, 0, 0], 60)
        );
        // The other hemisphere, and half an hour of summer.
        assert_eq!(
            at("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
            (2026, [4, 5, 7, 1, 30, 0], 630)
        );
    }

    #[test]
    fn zones_lie_on_both_sides_of_utc() {
        let moment = "2026-01-01T00:30:00Z";
        assert_eq!(at("UTC", moment), (2026, [1, 1, 4, 0, 30, 0], 0));
        assert_eq!(
            at("America/New_York", moment),
            (2025, [12, 31, 3, 19, 30, 0], -300)
        );
        assert_eq!(
            at("Asia/Kathmandu", moment),
            (2026, [1, 1, 4, 6, 15, 0], 345)
        );
    }

    #[test]
    fn a_zone_that_is_not_there_is_named() {
        let text = local("Middle/Earth", 0).unwrap_err();
        assert!(text.contains("`Middle/Earth`"), "{text}");
        assert!(local("UTC", u64::MAX).is_err());
    }
}
