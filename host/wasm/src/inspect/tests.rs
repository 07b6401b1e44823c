//! What is said of a component without running it.

use super::*;

#[test]
fn a_plugin_says_what_it_imports_and_exports() {
    let inspection = inspect(&switchhook_guests::guest("busy")).unwrap();
    assert_eq!(inspection.exports, ["switchhook:plugin/router@0.1.0"]);
    assert!(
        inspection
            .imports
            .iter()
            .any(|import| import == "switchhook:plugin/log@0.1.0")
    );
    assert_eq!(inspection.contract.as_deref(), Some("0.1.0"));
    assert!(inspection.is_router() && inspection.uses_http());
    assert_eq!(inspection.version().len(), 12);
}

#[test]
fn a_plugin_for_another_version_of_the_contract_is_told_so() {
    let text =
        r#"(component (instance $i) (export "switchhook:plugin/router@0.7.0" (instance $i)))"#;
    let error = check_contract(&wat::parse_str(text).unwrap()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("version 0.7.0"), "{text}");
    for version in contract::VERSIONS {
        assert!(text.contains(version), "{text}");
    }
}

#[test]
fn a_component_that_is_no_plugin_is_told_what_it_exports() {
    let text = r#"(component (instance $i) (export "wasi:cli/run@0.2.0" (instance $i)))"#;
    let error = check_contract(&wat::parse_str(text).unwrap()).unwrap_err();
    assert!(error.to_string().contains("wasi:cli/run@0.2.0"), "{error}");
}

#[test]
fn inner_components_and_modules_do_not_count() {
    let text = r#"(component
        (component (instance $i) (export "switchhook:plugin/router@0.1.0" (instance $i)))
        (core module (func (export "x"))))"#;
    let inspection = inspect(&wat::parse_str(text).unwrap()).unwrap();
    assert!(inspection.exports.is_empty() && !inspection.is_router());
}

#[test]
fn documents_are_embedded_and_replaced() {
    let bare = switchhook_guests::guest("busy");
    let inspection = inspect(&bare).unwrap();
    assert_eq!((inspection.manifest, inspection.schema), (None, None));

    let manifest = r#"{"plugin":{"name":"busy"}}"#;
    let both = embed(&bare, manifest, Some(r#"{"type":"object"}"#)).unwrap();
    let inspection = inspect(&both).unwrap();
    assert_eq!(inspection.manifest.as_deref(), Some(manifest));
    assert_eq!(inspection.schema.as_deref(), Some(r#"{"type":"object"}"#));
    assert!(inspection.is_router());

    let other = embed(&both, "{}", None).unwrap();
    let inspection = inspect(&other).unwrap();
    assert_eq!(inspection.manifest.as_deref(), Some("{}"));
    assert_eq!(inspection.schema, None);
    assert_eq!(
        embed(&other, manifest, Some(r#"{"type":"object"}"#)),
        Ok(both)
    );
}

#[test]
fn what_is_no_json_or_no_component_is_not_embedded() {
    let component = switchhook_guests::guest("busy");
    assert!(embed(&component, "{", None).is_err());
    assert!(embed(&component, "{}", Some("no")).is_err());
    assert!(embed(b"\0asm\x01\0\0\0", "{}", None).is_err());
}
