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

#[cfg(test)]
mod tests {
    use switchhook_sdk::prelude::*;

    #[test]
    fn it_decides_as_its_cases_say() {
        testing::Cases::new(include_str!("../cases.json"))
            .settings(include_str!("../settings.json"))
            .router::<super::Hours>()
            .run();
    }
}
