//! Numbers and their branches.

use switchhook_sdk::serde_json::{Value, json};

use super::*;
use crate::Geo;

fn settings_of_a_company() -> Value {
    json!({
        "dialling": {"country_code": "49", "national_prefix": "0", "international_prefix": "00"},
        "prefixes": {"+49": "germany", "+4930": "berlin", "+43": "vienna", "8": "warehouse"},
        "branches": {
            "germany": [{"connect": {"targets": [{"endpoint": {"client": "central"}}]}}],
            "berlin": {"redial": "30{callee}"},
            "vienna": {"variables": {"language": "de-AT", "from": "{number}"}}
        },
        "default": "abroad"
    })
}

fn decided(settings: &Value, caller: &str, callee: &str) -> Result<Decision, Error> {
    testing::Host::new()
        .settings(settings.clone())
        .route::<Geo>(&testing::call(caller, callee))
}

#[test]
fn the_longest_prefix_decides_whatever_way_the_number_was_sent() {
    let settings = settings_of_a_company();
    for caller in ["+4930901820", "030 901820", "004930901820"] {
        let Ok(Decision::Script(script)) = decided(&settings, caller, "100") else {
            panic!("{caller}: no script");
        };
        assert_eq!(
            script.last(),
            redial("30100").into_script().last(),
            "{caller}"
        );
    }
    let Ok(Decision::Script(script)) = decided(&settings, "+498912345", "100") else {
        panic!("no script");
    };
    assert_eq!(script.last(), ring(["central"]).into_script().last());
}

#[test]
fn a_branch_may_be_variables_alone_or_no_more_than_its_name() {
    let settings = settings_of_a_company();
    assert_eq!(
        decided(&settings, "+43158858", "100"),
        Ok(next()
            .with("geo.number", "+43158858")
            .with("geo.prefix", "+43")
            .with("geo.branch", "vienna")
            .with("from", "+43158858")
            .with("language", "de-AT")
            .into())
    );
    assert_eq!(
        decided(&settings, "anonymous", "100"),
        Ok(next()
            .with("geo.number", "anonymous")
            .with("geo.branch", "abroad")
            .into())
    );
}

#[test]
fn the_called_number_can_be_the_one_that_counts() {
    let mut settings = settings_of_a_company();
    settings["match"] = json!("callee");
    assert_eq!(
        decided(&settings, "+4930", "815"),
        Ok(next()
            .with("geo.number", "815")
            .with("geo.prefix", "8")
            .with("geo.branch", "warehouse")
            .into())
    );
}

#[test]
fn settings_that_are_wrong_say_where() {
    let error = |settings: Value| {
        decided(&settings, "+4930", "1")
            .unwrap_err()
            .text()
            .to_owned()
    };
    assert_eq!(
        error(json!({"match": "both"})),
        "match: must be `caller` or `callee`"
    );
    assert_eq!(
        error(json!({"prefixes": {"+49": 5}})),
        "prefixes.+49: must be the name of a branch"
    );
    assert_eq!(
        error(json!({"dialling": {"country": "49"}}))[..41],
        "dialling: unknown key `country` (known: country_code"[..41]
    );
    assert!(
        error(json!({"prefixes": {"+49": "x"}, "branches": {"x": {"go": 1}}}))
            .starts_with("branches.x: unknown key `go`")
    );
}

#[test]
fn without_settings_the_next_plugin_decides() {
    assert_eq!(
        decided(&json!({}), "+4930", "100"),
        Ok(next().with("geo.number", "+4930").into())
    );
}
