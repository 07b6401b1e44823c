//! The cases that `switchhook plugin test` runs as well, and the example of the README.

use switchhook_sdk::serde_json::{self, Value};
use switchhook_sdk::testing;

use crate::Availability;

#[test]
fn it_decides_as_its_cases_say() {
    testing::Cases::new(include_str!("../cases.json"))
        .settings(include_str!("../settings.json"))
        .router::<Availability>()
        .run();
}

#[test]
fn the_example_of_the_readme_is_what_the_cases_run_with() {
    let example = include_str!("../README.md")
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    let settings: Value = serde_json::from_str(include_str!("../settings.json")).unwrap();
    assert_eq!(example, settings);
}
