//! The schemas of the plugins stand alone, and say the same of what they share.

use std::collections::BTreeMap;

use switchhook_sdk::serde_json::{self, Value};

const SCHEMAS: [(&str, &str); 5] = [
    ("caller", include_str!("../../caller/settings.schema.json")),
    ("geo", include_str!("../../geo/settings.schema.json")),
    ("hours", include_str!("../../hours/settings.schema.json")),
    ("rules", include_str!("../../rules/settings.schema.json")),
    ("screen", include_str!("../../screen/settings.schema.json")),
];

fn schemas() -> Vec<(&'static str, Value)> {
    let read = |(name, text): (&'static str, &str)| {
        (name, serde_json::from_str(text).expect("a schema is JSON"))
    };
    SCHEMAS.map(read).to_vec()
}

#[test]
fn definitions_of_the_same_name_are_the_same() {
    let mut known: BTreeMap<String, (&str, Value)> = BTreeMap::new();
    for (plugin, schema) in schemas() {
        for (name, definition) in schema["$defs"].as_object().expect("definitions") {
            let (first, same) = known
                .entry(name.clone())
                .or_insert_with(|| (plugin, definition.clone()));
            assert_eq!(same, definition, "`{name}` of {first} and {plugin}");
        }
    }
    assert!(known.contains_key("action"));
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(plugin: &str, value: &Value, schema: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.trim_start_matches('#');
                    assert!(schema.pointer(pointer).is_some(), "{plugin}: {reference}");
                }
                members
                    .values()
                    .for_each(|member| check(plugin, member, schema));
            }
            Value::Array(items) => items.iter().for_each(|item| check(plugin, item, schema)),
            _ => {}
        }
    }
    for (plugin, schema) in schemas() {
        check(plugin, &schema, &schema);
    }
}
