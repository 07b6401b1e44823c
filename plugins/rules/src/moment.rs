//! Conditions on the clock and the calendar.

use plugin_common::civil::weekdays;
use plugin_common::days::Days;
use plugin_common::local::Local;
use plugin_common::node::Node;
use plugin_common::periods::Period;
use switchhook_sdk::prelude::*;

/// Whether `time`, `weekday` or `date` holds.
///
/// # Errors
/// If the value is not one of these.
pub fn holds(name: &str, node: &Node<'_, '_>, local: Local) -> Result<bool, Error> {
    match name {
        "time" => {
            let periods = Period::read_all(node)?;
            let inside =
                |period: &Period| period.holds(local.minute) || period.holds_next_day(local.minute);
            Ok(periods.iter().any(inside))
        }
        "weekday" => {
            let mut any = false;
            for name in node.one_or_more() {
                let days = weekdays(name.text()?)
                    .ok_or_else(|| name.error("must be a weekday, such as monday or mon-fri"))?;
                any |= days[local.date.weekday()];
            }
            Ok(any)
        }
        _ => {
            let mut any = false;
            for days in node.one_or_more() {
                any |= Days::read(&days)?.contain(local.date);
            }
            Ok(any)
        }
    }
}
