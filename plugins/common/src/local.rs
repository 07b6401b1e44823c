//! What the clocks of a time zone show, asked of the switch, and the way back to the moment.

use switchhook_sdk::prelude::*;

use crate::civil::{DAY, Date};

/// Date and time of day in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    /// The date.
    pub date: Date,
    /// Minutes since midnight.
    pub minute: u32,
}

/// Asks what the clocks of a zone show at a moment (milliseconds since the Unix epoch).
pub type Zones<'a> = &'a dyn Fn(&str, u64) -> Result<Local, Error>;

/// Milliseconds in a minute.
pub const MINUTE: i64 = 60_000;

impl Local {
    /// The moment as if the clock were UTC: minutes since the Unix epoch.
    pub fn as_minutes(self) -> i64 {
        i64::from(self.date.0) * i64::from(DAY) + i64::from(self.minute)
    }

    /// The inverse of [`Local::as_minutes`].
    pub fn from_minutes(minutes: i64) -> Local {
        let day = i64::from(DAY);
        Local {
            date: Date(minutes.div_euclid(day) as i32),
            minute: minutes.rem_euclid(day) as u32,
        }
    }

    /// When the clocks of a zone show this: milliseconds since the Unix epoch. Of two moments, as clocks are put back, one of
    /// them; of none, as they are put forward, one nearby.
    ///
    /// # Errors
    /// If the zone is unknown.
    pub fn in_zone(self, zone: &str, zones: Zones<'_>) -> Result<i64, Error> {
        let shown = self.as_minutes();
        let mut guess = shown;
        // The second step has the offset of the right side of a change of the clocks.
        for _ in 0..2 {
            let there = zones(zone, to_unsigned(guess * MINUTE))?;
            guess = shown - (there.as_minutes() - guess);
        }
        Ok(guess * MINUTE)
    }
}

/// What the clocks of a zone show, as the switch says.
///
/// # Errors
/// If the zone is unknown.
pub fn local(zone: &str, at: u64) -> Result<Local, Error> {
    let shown = time::local(zone, at)?;
    let date = Date::new(i32::from(shown.year), shown.month.into(), shown.day.into());
    Ok(Local {
        date: date.ok_or_else(|| Error::new("the switch told a date that there is not"))?,
        minute: u32::from(shown.hour) * 60 + u32::from(shown.minute),
    })
}

fn to_unsigned(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).unwrap_or(0)
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
