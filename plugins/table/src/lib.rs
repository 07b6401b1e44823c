//! The plugin `table`: routes calls by a table in its settings. This is the glue; the logic is in [`table`].

pub mod fill;
pub mod table;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Table;

impl Router for Table {
    fn route(call: &Call) -> Result<Decision, Error> {
        table::route(call)
    }
}

export_router!(Table);
