//! Chains with phases, ring groups, gatekeepers, observers, scripts and plugins' settings in a configuration.

use switchhook_routing::decision::Phase;
use switchhook_routing::verb::{Endpoint, Strategy};
use switchhook_wasm::status::Roles;

use crate::config::components::{Component, Schema};
use crate::config::exchange;
use crate::config::settings::Credential;
use crate::config::tests::{Folder, MINIMAL};

fn with_route(route: &str) -> String {
    MINIMAL.replace("\"*\" = \"table\"", &format!("\"*\" = {route}"))
}

fn with_domain_key(line: &str) -> String {
    let key = "default_destination";
    MINIMAL.replace(key, &format!("{line}\n{key}"))
}

/// A component without a schema.
fn component(router: bool, gatekeeper: bool, observer: bool) -> Component {
    Component {
        roles: Roles {
            router,
            gatekeeper,
            observer,
        },
        schema: None,
    }
}

#[test]
fn a_chain_has_phases_and_each_fails_as_its_phase_does_unless_told_otherwise() {
    let folder = Folder::new("phases");
    let text = with_route(
        "{ chain = [{ plugin = \"table\", phase = \"screen\" }, { plugin = \"table\", phase = \"enrich\", on_failure = \"closed\" }, \
         \"table\", { plugin = \"table\", phase = \"veto\" }], variables = { number = 7, \"a.b\" = \"c\" } }",
    );
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let route = &settings.domains[0].dialplans[0].1[0];
    let chain: Vec<_> = route.chain.iter().map(|s| (s.phase, s.fail_open)).collect();
    assert_eq!(
        chain,
        [
            (Phase::Screen, true),
            (Phase::Enrich, false),
            (Phase::Route, false),
            (Phase::Veto, false)
        ]
    );
    let config = exchange::config(&settings, &[]);
    let route = config.domains["example.org"].dialplans["default"].route("1");
    let variables = route.unwrap().variables.iter();
    let variables: Vec<_> = variables
        .map(|v| (v.name.as_str(), v.value.as_str()))
        .collect();
    assert_eq!(variables, [("number", "7"), ("a.b", "c")]);
}

#[test]
fn mistakes_of_a_chain_are_told() {
    let folder = Folder::new("chain");
    let with = |chain: &str| folder.findings(&with_route(&format!("{{ chain = {chain} }}")));
    assert_eq!(
        with("[\"table\", { plugin = \"table\", phase = \"screen\" }]"),
        "switchhook.toml:17: \"table\" is asked in the phase screen after \"table\" in the phase route: the order is screen, enrich, route, veto"
    );
    assert_eq!(
        with("[{ plugin = \"tabel\" }]"),
        "switchhook.toml:17: there is no plugin \"tabel\"; did you mean \"table\"?"
    );
    assert!(
        with("[{ plugin = \"table\", phase = \"wait\" }]")
            .contains("\"wait\" is none of \"screen\"")
    );
    assert!(with("[{ plugin = \"table\", faze = \"veto\" }]").contains("unknown key `faze`"));
    assert!(
        with("[{ plugin = \"table\", phase = \"veto\" }]").starts_with(
            "switchhook.toml:17: warning: no plugin of this chain is asked in the phase route"
        )
    );
}

#[test]
fn a_client_may_be_a_pattern_if_a_gatekeeper_says_who_it_is() {
    let folder = Folder::new("gatekeeper");
    let with = |client: &str| {
        MINIMAL
            .replace("username = \"1001\"\npassword = \"secret\"", client)
            .replace("[\"client:1001\"]", "[\"client:1234\"]")
    };
    let text = with("username = \"1???\"\ngatekeeper = \"table\"");
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let client = &settings.domains[0].clients[0];
    assert!(matches!(&client.credential, Credential::Gatekeeper(name) if name == "table"));
    let config = exchange::config(&settings, &[]);
    let found = config.domains["example.org"].client("1999").unwrap();
    assert_eq!(found.gatekeeper.as_deref(), Some("table"));

    let findings = folder.findings(&with("username = \"1*\"\npassword = \"x\""));
    assert_eq!(
        findings,
        "switchhook.toml:13: the username \"1*\" is a pattern: only a `gatekeeper` can say who they are"
    );
    let both = with("username = \"1234\"\npassword = \"x\"\ngatekeeper = \"table\"");
    assert!(
        folder
            .findings(&both)
            .contains(":15: `gatekeeper` beside a password")
    );
    let unknown = with("username = \"1234\"\ngatekeeper = \"door\"");
    assert!(
        folder
            .findings(&unknown)
            .contains(":14: there is no plugin \"door\"")
    );
}

#[test]
fn ring_groups_have_members_that_exist() {
    let folder = Folder::new("groups");
    let with = |members: &str, used: &str| {
        let group = format!(
            "[[domains.\"example.org\".ring_groups]]\nname = \"sales\"\nmembers = {members}\nstrategy = \"round-robin\"\nring_seconds = 15\n"
        );
        let text = with_route(&format!("{{ fallback = [\"group:{used}\"] }}"));
        text.replace(
            "[domains.\"example.org\".dialplans",
            &format!("{group}[domains.\"example.org\".dialplans"),
        )
    };
    let text = with(
        "[\"client:1001\", { endpoint = { uri = \"sip:a@b\" }, ring_seconds = 5 }]",
        "sales",
    );
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let (name, group) = &settings.domains[0].ring_groups[0];
    assert_eq!(
        (name.as_str(), group.strategy, group.ring_seconds),
        ("sales", Strategy::RoundRobin, Some(15))
    );
    assert_eq!(
        group.members[1].endpoint,
        Endpoint::Uri("sip:a@b".to_owned())
    );
    assert_eq!(
        folder.findings(&with("[\"client:1002\", \"group:sales\"]", "sale")),
        "switchhook.toml:18: there is no client \"1002\" in example.org; did you mean \"1001\"?\n\
         switchhook.toml:18: a ring group cannot be a member of another\n\
         switchhook.toml:22: there is no ring group \"sale\" in example.org; did you mean \"sales\"?"
    );
}

#[test]
fn scripts_of_the_configuration_have_every_verb_but_no_tag() {
    let folder = Folder::new("verbs");
    folder.write("media/closed.wav", "");
    let with = |script: &str| {
        let text = with_route(&format!("{{ fallback = {script} }}"));
        folder.findings(&format!("{text}\n[media]\nfolder = \"media\"\n"))
    };
    assert_eq!(
        with(
            "[{ announce = { prompts = [{ file = \"closed.wav\" }, { tone = { kind = \"busy\", milliseconds = 500 } }] } }, \
             { gather = { max_digits = 1 } }, { set-variable = { name = \"a\", value = \"b\" } }, { voicemail = { mailbox = \"1001\" } }]"
        ),
        ""
    );
    assert!(
        with("[{ voicemail = { mailbox = \"1001\", tag = \"left\" } }]")
            .contains("a `tag` cannot stand here")
    );
    assert_eq!(
        with(
            "[{ announce = { prompts = [{ file = \"../key\" }], times = 0 } }, { respond = { status = 200 } }]"
        ),
        "switchhook.toml:17: `times` must be from 1 to 100, not 0\n\
         switchhook.toml:17: \"../key\" leads out of the media folder\n\
         switchhook.toml:17: `status` must be from 300 to 699, not 200"
    );
    assert_eq!(
        with("[\"answer\", { voicemail = { mailbox = \"1001\" } }]"),
        ""
    );
}

#[test]
fn a_plugin_is_used_only_for_what_it_exports() {
    let folder = Folder::new("roles");
    let text = with_domain_key("observers = [\"table\"]")
        .replace("password = \"secret\"", "gatekeeper = \"table\"");
    assert_eq!(
        folder.findings_with(&text, &component(false, false, false)),
        "switchhook.toml:10: the plugin \"table\" exports no `observer`: it cannot be told of events\n\
         switchhook.toml:15: the plugin \"table\" exports no `gatekeeper`: it cannot say who may register\n\
         switchhook.toml:18: the plugin \"table\" exports no `router`: it decides no calls"
    );
    assert_eq!(
        folder.findings_with(&text, &component(true, true, true)),
        ""
    );
}

#[test]
fn observers_of_the_top_level_are_told_of_every_domain() {
    let folder = Folder::new("observers");
    let text = with_domain_key("observers = [\"table\"]");
    let text = format!(
        "observers = [\"webhook\", \"table\"]\n{}",
        text.replace(
            "[plugins.table]",
            "[plugins.webhook]\nfile = \"plugins/webhook.wasm\"\n[plugins.table]"
        )
    );
    let (settings, _) = folder.parse(&text).unwrap();
    assert_eq!(settings.domains[0].observers, ["table", "webhook"]);
}

#[test]
fn settings_are_checked_against_the_schema_and_mistakes_named_where_they_stand() {
    let folder = Folder::new("schema");
    let mut component = component(true, false, false);
    component.schema = Some(Schema {
        file: "plugins/table.schema.json".into(),
        text: r#"{ "additionalProperties": false, "properties": { "size": { "maximum": 3 }, "names": { "items": { "type": "string" } } } }"#.to_owned(),
    });
    let with = |settings: &str| {
        let text = MINIMAL.replace(
            "file = \"plugins/table.wasm\"",
            &format!("file = \"plugins/table.wasm\"\n{settings}"),
        );
        folder.findings_with(&text, &component)
    };
    assert_eq!(with(""), "");
    assert_eq!(with("settings = { size = 3, names = [\"a\"] }"), "");
    assert_eq!(
        with("[plugins.table.settings]\nsize = 4\nnames = [\"a\",\n  7]\nsise = 1"),
        "switchhook.toml:9: settings of the plugin \"table\": /size: the value is greater than the maximum of 3\n\
         switchhook.toml:11: settings of the plugin \"table\": /names/1: the value is not of type \"string\"\n\
         switchhook.toml:12: settings of the plugin \"table\": /sise: unknown key"
    );
    folder.write("table.json", "{\n  \"names\": [],\n  \"size\": 9\n}");
    assert_eq!(
        with("settings_file = \"table.json\""),
        "table.json:3: settings of the plugin \"table\": /size: the value is greater than the maximum of 3"
    );
}

#[test]
fn a_plugin_may_have_a_warm_pool() {
    let folder = Folder::new("pool");
    let with = |pool: &str| {
        MINIMAL.replace(
            "[domains.\"example.org\"]",
            &format!("[plugins.table.pool]\n{pool}\n[domains.\"example.org\"]"),
        )
    };
    let (settings, _) = folder.parse(&with("size = 4")).unwrap();
    let pool = settings.plugins[0].spec.pool.unwrap();
    assert_eq!((pool.size, pool.uses), (4, 1_000));
    assert!(
        folder
            .findings(&with("uses = 4"))
            .contains("`pool` needs `size`")
    );
}
