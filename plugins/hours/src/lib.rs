//! The plugin `hours`: opening hours, holidays, shifts, on-call rotations and calendars. This is the glue; the logic is in [`hours`].

pub mod calendar;
pub mod event;
pub mod hours;
pub mod ical;
pub mod recurrence;
pub mod schedule;
pub mod team;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Hours;

impl Router for Hours {
    fn route(call: &Call) -> Result<Decision, Error> {
        hours::route(call)
    }
}

export_router!(Hours);
