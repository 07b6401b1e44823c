//! The cases that `switchhook plugin test` runs as well, and the example of the README.

use switchhook_sdk::serde_json::Value;
use switchhook_sdk::{serde_json, testing};

use super::*;
use crate::Menus;

#[test]
fn it_decides_as_its_cases_say() {
    testing::Cases::new(include_str!("../cases.json"))
        .settings(include_str!("../settings.json"))
        .router::<Menus>()
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

#[test]
fn a_tag_says_menu_and_tries() {
    assert_eq!(read_tag("menu/2/a/b"), Some(("a/b", 2)));
    for other in ["", "menu", "menu/2", "menu/x/a", "menu/300/a", "other/2/a"] {
        assert_eq!(read_tag(other), None, "{other}");
    }
}
