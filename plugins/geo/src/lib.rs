//! The plugin `geo`: leads calls to the branch of their region. This is the glue; the logic is in [`geo`].

pub mod geo;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Geo;

impl Router for Geo {
    fn route(call: &Call) -> Result<Decision, Error> {
        geo::route(call)
    }
}

export_router!(Geo);

#[cfg(test)]
mod tests {
    use switchhook_sdk::prelude::*;

    #[test]
    fn it_decides_as_its_cases_say() {
        testing::Cases::new(include_str!("../cases.json"))
            .settings(include_str!("../settings.json"))
            .router::<super::Geo>()
            .run();
    }
}
