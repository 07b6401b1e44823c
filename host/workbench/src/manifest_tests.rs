//! Tests of `plugin.toml`.

use super::*;

const WHOLE: &str = r#"
[plugin]
name = "reception"
version = "0.1.0"
language = "python"
description = "Says who is there"
[build]
command = "sh sdk/build.sh . build/reception.wasm"
component = "build/reception.wasm"
watch = ["src", "settings.json", "cases.json"]
[test]
cases = ["cases.json"]
settings = "settings.json"
[needs]
http = ["crm.example.com:443"]
[pool]
size = 4
uses = 1000
"#;

#[test]
fn a_whole_manifest_is_read() {
    let manifest = Manifest::parse(WHOLE).expect("it is right");
    assert_eq!(manifest.plugin.name, "reception");
    assert_eq!(manifest.test.settings, Some("settings.json".into()));
    let pool = manifest.pool.expect("it has one");
    assert_eq!((pool.size, pool.uses), (4, 1000));
}

#[test]
fn name_and_component_are_enough() {
    let manifest = Manifest::parse("[plugin]\nname = \"a\"\n[build]\ncomponent = \"a.wasm\"\n");
    assert!(manifest.is_ok_and(|m| m.build.command.is_empty() && m.pool.is_none()));
}

#[test]
fn a_mistake_is_told_with_its_line() {
    let text = "[plugin]\nname = \"a\"\n[build]\ncomponnet = \"a.wasm\"\n";
    let error = Manifest::parse(text).expect_err("there is no such key");
    assert!(error.0.starts_with("line 4:"), "{error}");
    assert!(error.0.contains("componnet"), "{error}");
}

#[test]
fn a_manifest_without_a_component_says_what_to_write() {
    let error = Manifest::parse("[plugin]\nname = \"a\"\n").expect_err("no component");
    assert!(error.0.contains("needs `component`"), "{error}");
}

#[test]
fn names_are_what_every_language_takes() {
    for good in ["reception", "front-desk", "crm2"] {
        assert_eq!(check_name(good), Ok(()));
    }
    for bad in [
        "", "Desk", "2crm", "a_b", "a--b", "a-", "größe", "../x", "sdk",
    ] {
        let error = check_name(bad).expect_err(bad);
        assert!(error.0.contains("front-desk"), "{error}");
    }
}

#[test]
fn languages_have_the_names_that_people_type() {
    assert_eq!(Language::parse("TypeScript"), Ok(Language::Ts));
    assert_eq!(Language::parse("c++"), Ok(Language::Cpp));
    for language in Language::ALL {
        assert_eq!(Language::parse(language.name()), Ok(language));
    }
    let error = Language::parse("pythn").expect_err("no such language");
    assert!(error.0.contains("did you mean `python`"), "{error}");
}
