//! Tests of simulated calls: a configuration with the plugin `table`, and what comes of calls in it.

use std::path::{Path, PathBuf};

use serde_json::json;
use switchhook_routing::event::ScriptSource;
use switchhook_routing::verb::Verb;

use super::*;

/// A configuration in a folder of its own. `routes`: the table of the plugin.
struct Switch {
    folder: PathBuf,
}

impl Switch {
    fn new(name: &str, routes: &Value) -> Switch {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let table = root.join("target/plugins/table.wasm");
        assert!(
            table.is_file(),
            "plugins/build.sh builds {}",
            table.display()
        );
        let table = table.canonicalize().expect("it is there");
        let folder =
            std::env::temp_dir().join(format!("switchhook-sim-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let configuration = format!(
            r#"
[[listen]]
transport = "udp"
address = "127.0.0.1:0"

[plugins.main]
file = "{table}"
settings_file = "routes.json"

[plugins.other]
file = "{table}"
[plugins.other.settings]
default = [{{ respond = {{ status = 486 }} }}]

[domains."example.com"]
default_destination = [{{ respond = {{ status = 404 }} }}]

[[domains."example.com".clients]]
username = "1001"
password = "secret"

[domains."example.com".dialplans.default]
"*" = "main"
"1??" = {{ chain = ["main"], fallback = [{{ respond = {{ status = 503 }} }}] }}
"10?" = "main"
"#,
            table = table.display()
        );
        let write =
            |file: &str, text: String| std::fs::write(folder.join(file), text).expect("a file");
        write("switchhook.toml", configuration);
        write("routes.json", json!({ "routes": routes }).to_string());
        Switch { folder }
    }

    /// What comes of a call.
    fn simulate(&self, call: Value, assumed: &Assumptions) -> Simulated {
        let file = self.folder.join("switchhook.toml");
        let outcome = block_on(async {
            let world = World::load(&file).await?;
            let session = Session {
                world: &world,
                assumed,
                recorded: true,
            };
            let document = json!({ "cases": [{ "call": call }] });
            let cases = CaseFile::of(&file, document, &Usual::default())?;
            session.decide(&cases.cases[0]).await
        });
        outcome.expect("it can be simulated").1
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn ring(client: &str) -> Value {
    json!({"connect": {"targets": [{"endpoint": {"client": client}}]}})
}

fn whys(simulated: &Simulated) -> Vec<&str> {
    let chapters = simulated.chapters.iter();
    chapters.map(|chapter| chapter.why.as_str()).collect()
}

#[test]
fn the_pattern_that_matched_is_told_with_those_that_lost() {
    let switch = Switch::new("pattern", &json!({"100": [ring("alice")]}));
    let simulated = switch.simulate(json!({"callee": "100"}), &Assumptions::default());
    assert_eq!(simulated.place.source, "client 1001");
    assert_eq!(simulated.place.dialplan, "default");
    let found = simulated.chapters[0].found.as_ref().expect("a pattern");
    assert_eq!(found.pattern.as_deref(), Some("10?"));
    let lost: Vec<_> = found
        .lost
        .iter()
        .map(|(pattern, _)| pattern.as_str())
        .collect();
    assert_eq!(lost, ["*", "1??"]);
    let (source, script) = simulated.outcome();
    assert_eq!(source, ScriptSource::Plugin);
    assert!(matches!(script, [Verb::Connect(_)]));
    assert!(simulated.end.contains("it rings"), "{}", simulated.end);
}

#[test]
fn redial_and_delegate_are_followed() {
    let routes =
        json!({"100": [{"redial": {"callee": "200"}}], "200": [{"delegate": {"plugin": "other"}}]});
    let switch = Switch::new("follow", &routes);
    let simulated = switch.simulate(json!({"callee": "100"}), &Assumptions::default());
    let wanted = [
        "the number is routed",
        "200 is routed (redial)",
        "`other` is to decide (delegate)",
    ];
    assert_eq!(whys(&simulated), wanted);
    assert_eq!(simulated.end, "the caller gets 486");
}

#[test]
fn where_nobody_answers_the_ladder_goes_down_to_the_default_destination() {
    let switch = Switch::new("ladder", &json!({"900": [ring("alice")]}));
    let assumed = Assumptions {
        unanswered: true,
        ..Assumptions::default()
    };
    let simulated = switch.simulate(json!({"callee": "900"}), &assumed);
    let (source, _) = simulated.outcome();
    assert_eq!(source, ScriptSource::DefaultDestination);
    assert!(
        whys(&simulated)[1].contains("attempt 1"),
        "{:?}",
        whys(&simulated)
    );
    assert_eq!(simulated.end, "the caller gets 404");
}

#[test]
fn a_route_falls_back_where_no_plugin_decides() {
    let switch = Switch::new("fallback", &json!({}));
    let simulated = switch.simulate(json!({"callee": "150"}), &Assumptions::default());
    assert_eq!(simulated.outcome().0, ScriptSource::RouteFallback);
    assert_eq!(simulated.end, "the caller gets 503");
}

#[test]
fn another_script_than_expected_is_a_difference() {
    let switch = Switch::new("expect", &json!({"900": [{"respond": {"status": 486}}]}));
    let simulated = switch.simulate(json!({"callee": "900"}), &Assumptions::default());
    let call = CaseFile::of(
        Path::new("x"),
        json!({"cases": [{"call": {"callee": "900"}, "expect": {"script": [{"respond": {"status": 603}}]}}]}),
        &Usual::default(),
    );
    let case = call.expect("it is right").cases.remove(0);
    assert!(!differences(case.expect.as_ref(), &simulated).is_empty());
    assert!(differences(None, &simulated).is_empty());
}

#[test]
fn an_assumption_is_a_tag_with_an_outcome() {
    assert_eq!(
        assumption("menu=no-input"),
        Ok(("menu".into(), Outcome::NoInput))
    );
    let (tag, outcome) = assumption(r#"menu={"digits":{"digits":"1"}}"#).expect("it is one");
    assert_eq!(
        (tag.as_str(), story::words(&outcome).as_str()),
        ("menu", "digits \"1\"")
    );
    assert!(assumption("menu").is_err());
    let error = assumption("menu=maybe")
        .expect_err("no outcome")
        .to_string();
    assert!(error.contains("\"maybe\" is no outcome"), "{error}");
}

#[test]
fn a_caller_whom_nobody_knows_is_told_with_what_to_write() {
    let switch = Switch::new("unknown", &json!({}));
    let file = switch.folder.join("switchhook.toml");
    let error = block_on(async {
        let world = World::load(&file).await?;
        let session = Session {
            world: &world,
            assumed: &Assumptions::default(),
            recorded: true,
        };
        let document = json!({ "cases": [{ "call": {"caller": "9999", "callee": "1"} }] });
        let cases = CaseFile::of(&file, document, &Usual::default())?;
        session.decide(&cases.cases[0]).await
    });
    let text = error.expect_err("no such client").to_string();
    assert!(
        text.contains("no client \"9999\"") && text.contains("\"origin\""),
        "{text}"
    );
}

#[test]
fn what_the_caller_would_hear_is_told_and_an_answered_caller_is_hung_up_in_the_end() {
    let script = json!([
        "answer",
        {"announce": {"prompts": [{"file": "hello.wav"}, {"tone": {"kind": "beep", "milliseconds": 200}}],
                      "times": 2, "stop_keys": "#"}},
        {"gather": {"prompts": [{"speech": {"text": "Which one?", "language": "en"}}], "max_digits": 3,
                    "finish_keys": "*"}},
        {"send-digits": {"digits": "12"}},
    ]);
    let switch = Switch::new("heard", &json!({"300": script}));
    let told = switch.simulate(json!({"callee": "300"}), &Assumptions::default());
    assert_eq!(told.end, "the script is over: the caller is hung up");
    let notes: Vec<_> = (told.chapters.iter())
        .flat_map(|chapter| chapter.carried.iter())
        .map(|(_, note)| note.as_str())
        .collect();
    assert_eq!(
        notes,
        [
            "the caller is answered",
            "the caller hears the file hello.wav, a beep for 0.2 s, 2 times; a key of # ends it",
            "the caller hears \"Which one?\" (en); up to 3 keys, or until a key of *; 5 s for the first, 3 s for each further one",
            "12 is sent to the caller in keys",
        ]
    );
}
