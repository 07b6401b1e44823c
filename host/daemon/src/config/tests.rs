//! What a configuration may say, and what is said about one that is wrong.

use std::fs;

use switchhook_call::dialog_rules::{DialogRules, Reliability};
use switchhook_routing::decision::Phase;
use switchhook_sip::digest::Hash;

use crate::config::components::Component;
use crate::config::settings::Step;

use super::*;

const EXAMPLE: &str = include_str!("../../switchhook.example.toml");

/// A folder that is removed with all that is in it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("switchhook-config-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("plugins")).unwrap();
        fs::create_dir_all(path.join("media")).unwrap();
        fs::write(path.join("plugins/table.wasm"), b"").unwrap();
        fs::write(path.join("plugins/webhook.wasm"), b"").unwrap();
        fs::write(
            path.join("routes.json"),
            br#"{"z": 1, "a": "${HOOK_SECRET}"}"#,
        )
        .unwrap();
        fs::write(path.join("carrier.secret"), b"carrier's\n").unwrap();
        Folder(path)
    }

    pub(super) fn parse(&self, text: &str) -> Result<(Settings, Report), Report> {
        let variable = |name: &str| match name {
            "HOOK_SECRET" => Some("whsec_1".to_owned()),
            "PASSWORD_1002" => Some("two".to_owned()),
            _ => None,
        };
        parse(&self.0.join("switchhook.toml"), text, &variable)
    }

    /// The findings, one a line, with the folder left out.
    pub(super) fn findings(&self, text: &str) -> String {
        let report = match self.parse(text) {
            Ok((_, report)) | Err(report) => report,
        };
        report
            .to_string()
            .replace(&format!("{}/", self.0.display()), "")
    }
}

impl Folder {
    /// As [`Folder::findings`], with components of which this is known.
    pub(super) fn findings_with(&self, text: &str, component: &Component) -> String {
        let components = Components {
            look_into: &|_| Some(Ok(component.clone())),
            broken: Severity::Warning,
            text,
        };
        let file = self.0.join("switchhook.toml");
        let report = match read(&file, &components, &|_| None) {
            Ok((_, report)) | Err(report) => report,
        };
        report
            .to_string()
            .replace(&format!("{}/", self.0.display()), "")
    }

    /// Writes a file.
    pub(super) fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) const MINIMAL: &str = r#"
[[listen]]
transport = "udp"
address = "127.0.0.1:0"

[plugins.table]
file = "plugins/table.wasm"

[domains."example.org"]
default_destination = ["client:1001"]

[[domains."example.org".clients]]
username = "1001"
password = "secret"

[domains."example.org".dialplans.default]
"*" = "table"
"#;

fn step(step: &Step) -> (&str, Phase, bool) {
    (&step.plugin, step.phase, step.fail_open)
}

#[test]
fn the_example_is_accepted_without_any_finding() {
    let folder = Folder::new("example");
    let (settings, report) = folder.parse(EXAMPLE).unwrap();
    assert_eq!(report.to_string(), "");
    assert_eq!(settings.listen.len(), 3);
    assert_eq!(
        settings.listen[0].advertised_host.as_deref(),
        Some("sip.example.org")
    );
    assert_eq!(settings.listen[0].advertised_port, None);
    assert_eq!(settings.listen[1].advertised_port, Some(5060));
    assert_eq!(settings.media.ports, 16384..=32767);
    assert_eq!(settings.domains[0].trunks[0].sources.len(), 2);
    let office = &settings.domains[0].dialplans[0].1;
    let chain: Vec<_> = office[1].chain.iter().map(step).collect();
    assert_eq!(
        chain,
        [
            ("webhook", Phase::Route, true),
            ("table", Phase::Route, false)
        ]
    );
}

#[test]
fn a_minimal_configuration_is_filled_with_defaults() {
    let folder = Folder::new("minimal");
    let (settings, report) = folder.parse(MINIMAL).unwrap();
    assert_eq!(report.to_string(), "");
    assert_eq!(
        settings.media.addresses,
        ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]
    );
    assert_eq!(settings.records_file, None);
    let config = exchange::config(&settings, &["127.0.0.1:5999".parse().unwrap()]);
    assert_eq!(config.listeners[0].advertised_port, 5999);
    assert!(
        config.domains["example.org"].dialplans["default"]
            .route("42")
            .is_some()
    );
}

#[test]
fn settings_keep_their_order_and_get_their_secrets() {
    let folder = Folder::new("secrets");
    let text = MINIMAL.replace(
        "[plugins.table]",
        "[plugins.webhook]\nfile = \"plugins/webhook.wasm\"\n\
         settings = { zeta = 1, alpha = { env = \"HOOK_SECRET\" }, mid = \"a ${PASSWORD_1002} $${x}\" }\n\
         [plugins.table]\nsettings_file = \"routes.json\"",
    );
    let (settings, _) = folder.parse(&text).unwrap();
    let settings: Vec<_> = settings
        .plugins
        .iter()
        .map(|p| p.spec.settings.as_str())
        .collect();
    assert_eq!(
        settings,
        [
            r#"{"zeta":1,"alpha":"whsec_1","mid":"a two ${x}"}"#,
            r#"{"z":1,"a":"whsec_1"}"#
        ]
    );
}

#[test]
fn every_mistake_is_reported_at_once_with_its_line() {
    let folder = Folder::new("mistakes");
    let text = r#"
[[listen]]
transport = "sctp"
adress = "127.0.0.1:5060"

[media]
ports = "9-3"

[plugins.tabel]
file = "plugins/missing.wasm"

[domains."example.org"]
ring_seconds = 0

[[domains."example.org".clients]]
username = "1001"
password_env = "NOT_SET"
dialplan = "ofice"

[[domains."example.org".trunks]]
name = "carrier"
sources = ["198.51.100.0/33"]

[domains."example.org".dialplans.office]
"1*" = "table"
"{1" = "tabel"
"#;
    assert_eq!(
        folder.findings(text),
        "switchhook.toml:2: [[listen]] needs `address`\n\
         switchhook.toml:3: `transport`: \"sctp\" is none of \"udp\", \"tcp\", \"tls\", \"ws\", \"wss\"\n\
         switchhook.toml:4: unknown key `adress` in [[listen]]; did you mean `address`?\n\
         switchhook.toml:7: `ports` must be a range of at least four ports such as \"16384-32767\"\n\
         switchhook.toml:10: there is no file plugins/missing.wasm\n\
         switchhook.toml:12: example.org has no `default_destination`: a call that no plugin can route must go somewhere\n\
         switchhook.toml:13: `ring_seconds` must be a whole number from 1 to 600\n\
         switchhook.toml:17: environment variable NOT_SET is not set\n\
         switchhook.toml:18: there is no dialplan \"ofice\"; did you mean \"office\"?\n\
         switchhook.toml:20: a trunk needs `sources`, `outbound` or both\n\
         switchhook.toml:22: `sources`: \"198.51.100.0/33\": the prefix length is out of range\n\
         switchhook.toml:25: there is no plugin \"table\"; did you mean \"tabel\"?\n\
         switchhook.toml:26: \"{1\": the braces of the pattern do not match"
    );
}

#[test]
fn a_default_destination_must_be_able_to_take_the_call() {
    let folder = Folder::new("default");
    let with =
        |destination: &str| folder.findings(&MINIMAL.replace("[\"client:1001\"]", destination));
    assert_eq!(with("[]"), "switchhook.toml:10: the script is empty");
    assert_eq!(
        with("{ respond = { status = 480 } }"),
        "switchhook.toml:10: a script is an array of verbs: [{ … }]"
    );
    assert_eq!(
        with("[\"client:1002\"]"),
        "switchhook.toml:10: there is no client \"1002\" in example.org; did you mean \"1001\"?"
    );
    assert_eq!(
        with("[\"trunk:carrier/112\"]"),
        "switchhook.toml:10: there is no trunk \"carrier\" in example.org"
    );
    assert_eq!(
        with("\"sip:@\""),
        "switchhook.toml:10: \"sip:@\" is not a SIP URI"
    );
    assert_eq!(
        with("[{ pause = { milliseconds = 10 } }]"),
        "switchhook.toml:10: the script never connects or answers the call"
    );
    assert_eq!(
        with("[{ delegate = { plugin = \"table\" } }]"),
        "switchhook.toml:10: a default destination must not depend on a plugin: `delegate` and `redial` cannot stand here"
    );
    assert!(
        with("[{ conect = { targets = [] } }]")
            .starts_with("switchhook.toml:10: unknown variant `conect`")
    );
}

#[test]
fn digest_is_a_list_of_known_hash_functions_that_every_client_can_answer() {
    let folder = Folder::new("digest");
    let with = |digest: &str, password: &str| {
        let text = MINIMAL.replace(
            "default_destination",
            &format!("digest = {digest}\ndefault_destination"),
        );
        text.replace("password = \"secret\"", password)
    };
    let (password, ha1) = (
        "password = \"secret\"",
        "ha1 = \"5f4dcc3b5aa765d61d8327deb882cf99\"",
    );
    let (settings, _) = (folder.parse(&with("[\"SHA-256\", \"MD5\"]", password))).expect("good");
    assert_eq!(settings.domains[0].digest, [Hash::Sha256, Hash::Md5]);
    assert_eq!(
        folder.findings(&with("[\"SHA1\"]", password)),
        "switchhook.toml:10: `digest` is a list of \"SHA-256\" and \"MD5\", not \"SHA1\""
    );
    assert!(folder.parse(&with("[\"MD5\"]", ha1)).is_ok());
    assert_eq!(
        folder.findings(&with("[\"SHA-256\"]", ha1)),
        "switchhook.toml:9: `digest` offers SHA-256, but the `ha1` of the client \"1001\" is MD5: give the password"
    );
}

#[test]
fn how_calls_are_conducted_is_said_by_the_domain_and_by_clients_and_trunks() {
    let folder = Folder::new("dialogs");
    let with = |keys: &str, client: &str| {
        let text = MINIMAL.replace(
            "default_destination",
            &format!("{keys}\ndefault_destination"),
        );
        text.replace(
            "password = \"secret\"",
            &format!("password = \"secret\"\n{client}"),
        )
    };
    let rules = |text: &str| {
        let (settings, _) = folder.parse(text).expect("good");
        settings.domains[0].dialogs.clone()
    };
    assert_eq!(rules(MINIMAL), DialogRules::default());
    let keys = "reliable_provisional = \"required\"\nsession_timer = { seconds = 600 }";
    let own = rules(&with(keys, "reliable_provisional = \"off\""));
    assert_eq!(own.reliability, Reliability::Required);
    assert_eq!(own.clients["1001"], Reliability::Off);
    let terms = own.session_timer.expect("there is one");
    assert_eq!((terms.seconds, terms.min_seconds), (600, 90));
    assert_eq!(
        rules(&with("session_timer = \"off\"", "")).session_timer,
        None
    );
    assert_eq!(
        folder.findings(&with("reliable_provisional = \"maybe\"", "")),
        "switchhook.toml:10: `reliable_provisional`: \"maybe\" is none of \"off\", \"supported\", \"required\""
    );
    assert_eq!(
        folder.findings(&with("session_timer = { seconds = 60 }", "")),
        "switchhook.toml:10: `seconds` must be a whole number from 90 to 86400"
    );
    assert_eq!(
        folder.findings(&with(
            "session_timer = { seconds = 90, min_seconds = 600 }",
            ""
        )),
        "switchhook.toml:10: `session_timer` must keep min_seconds ≤ seconds"
    );
}

#[test]
fn patterns_that_are_never_reached_and_orders_that_differ_elsewhere_are_warned_about() {
    let folder = Folder::new("patterns");
    let text = MINIMAL.replace(
        "\"*\" = \"table\"",
        "\"1*\" = \"table\"\n\"1??\" = \"table\"\n\"*\" = \"table\"",
    );
    let findings = folder.findings(&text);
    let lines: Vec<_> = findings.lines().collect();
    assert_eq!(lines.len(), 2, "{findings}");
    assert!(
        lines[0].contains(":17: warning: numbers that match both \"1*\" and the later \"1??\"")
    );
    assert!(lines[1].contains(":18: warning: \"1??\" is never reached: \"1*\" (line 17)"));
    assert!(folder.parse(&text).is_ok());
}

#[test]
fn a_file_that_is_no_toml_is_reported_with_its_line() {
    let folder = Folder::new("toml");
    assert!(
        folder
            .findings("[[listen]]\ntransport = udp\n")
            .starts_with("switchhook.toml:2: ")
    );
}

#[test]
fn a_mistake_in_one_key_does_not_make_the_others_unknown() {
    let folder = Folder::new("others");
    let text = MINIMAL.replace(
        "file = \"plugins/table.wasm\"",
        "settings_file = \"missing.json\"\nfile = \"plugins/table.wasm\"\nbudget = { cpu_ms = 5 }",
    );
    let findings = folder.findings(&text);
    assert_eq!(findings.lines().count(), 1, "{findings}");
    assert!(
        findings.starts_with("switchhook.toml:7: missing.json: "),
        "{findings}"
    );
}

#[test]
fn the_control_socket_is_known_whatever_else_is_wrong() {
    let folder = Folder::new("socket");
    folder.write(
        "switchhook.toml",
        "[control]\nsocket = \"a.sock\"\n[plugins.x]\n",
    );
    let file = folder.0.join("switchhook.toml");
    assert!(load(&file).is_err());
    assert_eq!(control_socket(&file), Some(folder.0.join("a.sock")));
    assert_eq!(control_socket(&folder.0.join("none.toml")), None);
}

#[test]
fn a_listener_with_tls_needs_a_certificate_that_can_be_used() {
    let text = "[[listen]]\ntransport = \"tls\"\naddress = \"127.0.0.1:5061\"\n\n[[listen]]\ntransport = \"wss\"\n\
                address = \"127.0.0.1:5443\"\ncertificate = \"none.pem\"\nkey = \"none.key\"\n";
    let report = super::parse(Path::new("switchhook.toml"), text, &|_| None).unwrap_err();
    let report = report.to_string();
    assert!(
        report.contains("switchhook.toml:1: [[listen]] needs `certificate`"),
        "{report}"
    );
    assert!(report.contains("switchhook.toml:8: none.pem: "), "{report}");
}
