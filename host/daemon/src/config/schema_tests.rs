//! What is said about settings that a schema does not allow.

use super::*;

const SCHEMA: &str = r##"{
    "type": "object",
    "required": ["url"],
    "additionalProperties": false,
    "properties": {
        "url": { "type": "string", "pattern": "^https?://" },
        "retries": { "type": "integer", "maximum": 3 },
        "routes": { "additionalProperties": { "anyOf": [
            { "type": "array", "items": { "$ref": "#/$defs/verb" } },
            { "type": "object", "additionalProperties": { "type": "array" } }
        ] } }
    },
    "$defs": { "verb": { "type": "object", "additionalProperties": false, "properties": { "connect": { "type": "object" } } } }
}"##;

fn found(settings: &str) -> Vec<String> {
    let violations = violations(SCHEMA, settings).expect("a schema");
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn settings_that_fit_give_no_violation() {
    assert_eq!(found(r#"{"url": "https://example.org"}"#), [""; 0]);
}

#[test]
fn every_violation_names_its_place_and_not_the_value() {
    assert_eq!(
        found(r#"{"url": "a secret", "retries": 4, "retreis": 4}"#),
        [
            "/retreis: unknown key",
            "/retries: the value is greater than the maximum of 3",
            "/url: the value does not match \"^https?://\"",
        ]
    );
    assert_eq!(found(""), ["/: \"url\" is a required property"]);
}

#[test]
fn of_alternatives_the_one_that_was_followed_farthest_is_told() {
    assert_eq!(
        found(r#"{"url": "http://a", "routes": {"1": [{"conect": {}}]}}"#),
        ["/routes/1/0/conect: unknown key"]
    );
}

#[test]
fn a_schema_that_is_none_or_refers_elsewhere_is_an_error_and_nothing_is_fetched() {
    assert!(violations("{", "{}").is_err());
    assert!(violations(r#"{"type": "objekt"}"#, "{}").is_err());
    assert!(violations(r#"{"$ref": "http://127.0.0.1:1/x.json"}"#, "{}").is_err());
}
