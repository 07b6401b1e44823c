//! What becomes of configurations of Dragon PBX.

use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::config;
use crate::config::settings::{Credential, Settings};

const OBJECT: &str = r#"{
    "port": 5060,
    "domains": {
        "example.org": {
            "domain_id": 7,
            "clients": [
                { "id": 1, "username": "1???", "reghook": "https://hooks.example.org/register" },
                { "id": 2, "username": "2001", "password": "pass-2001", "codecs": ["G722", "PCMA"],
                  "dialplan": { "*": "http://app.example.org:8080/call",
                                "0*": { "callHook": "https://hooks.example.org/out", "statusHook": "https://status.example.org/s" } } },
                { "id": 3, "username": "2002", "password": "pass-2002",
                  "dialplan": { "*": "http://app.example.org:8080/call",
                                "0*": { "callHook": "https://hooks.example.org/out", "statusHook": "https://status.example.org/s" } } },
                { "id": 4, "username": "3*", "password": "pass-3" }
            ],
            "trunks": [
                { "id": 9, "name": "carrier", "inbound": ["198.51.100.0/24"], "codecs": ["PCMA"],
                  "outbound": { "host": "sip.carrier.example:5080", "username": "me", "password": "pass-carrier" },
                  "dialplan": { "7*": "http://gone.example.org/", "*": "file:/missing.json", "1*": "file:/night.json" } }
            ]
        }
    }
}"#;

fn imported(text: &str) -> Imported {
    let read = |path: &Path| {
        let night = path == Path::new("night.json");
        night.then(|| r#"[{"verb": "response", "code": 480, "x": null}]"#.to_owned())
    };
    let surroundings = Surroundings {
        address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        component: "webhook.wasm",
        secrets: "secrets",
        read: &read,
    };
    import(text, surroundings).expect("a configuration")
}

/// What our own reader makes of it. The folder holds what the configuration refers to.
fn settings(imported: &Imported, name: &str) -> Settings {
    let folder =
        std::env::temp_dir().join(format!("switchhook-import-{name}-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("secrets")).unwrap();
    std::fs::write(folder.join("webhook.wasm"), b"").unwrap();
    for (file, secret) in &imported.secrets {
        std::fs::write(folder.join("secrets").join(file), secret).unwrap();
    }
    let read = config::parse(&folder.join("switchhook.toml"), &imported.text, &|_| None);
    let _ = std::fs::remove_dir_all(&folder);
    let (settings, _) = read.unwrap_or_else(|report| panic!("{report}\n{}", imported.text));
    settings
}

#[test]
fn clients_trunks_and_dialplans_become_ours() {
    let settings = settings(&imported(OBJECT), "object");
    let domain = &settings.domains[0];
    assert_eq!(
        (domain.name.as_str(), &domain.observers[..]),
        ("example.org", &["webhook".to_owned()][..])
    );
    let names: Vec<_> = domain.clients.iter().map(|c| c.username.as_str()).collect();
    assert_eq!(names, ["1???", "2001", "2002"]);
    assert!(
        matches!(&domain.clients[0].credential, Credential::Gatekeeper(name) if name == "webhook")
    );
    assert!(
        matches!(&domain.clients[1].credential, Credential::Password(secret) if secret == "pass-2001")
    );
    assert_eq!(domain.clients[1].media.codecs, ["G722", "PCMA"]);
    assert_eq!(domain.clients[1].dialplan, domain.clients[2].dialplan);

    let (name, routes) = &domain.dialplans[0];
    assert_eq!(name, "client-2001");
    assert_eq!(routes[1].pattern, "0*");
    assert_eq!(routes[1].chain[0].plugin, "webhook");
    let variables = routes[1].variables.iter();
    let variables: Vec<_> = variables
        .map(|v| (v.name.as_str(), v.value.as_str()))
        .collect();
    assert_eq!(
        variables,
        [
            ("webhook.call-hook", "https://hooks.example.org/out"),
            ("webhook.status-hook", "https://status.example.org/s")
        ]
    );

    let trunk = &domain.trunks[0];
    let outbound = trunk.outbound.as_ref().unwrap();
    assert_eq!(
        (outbound.host.as_str(), outbound.port),
        ("sip.carrier.example", Some(5080))
    );
    assert_eq!(outbound.password, "pass-carrier");
    assert_eq!(trunk.dialplan, "trunk-carrier");
}

#[test]
fn the_plugin_is_granted_every_host_that_appears_and_knows_the_hooks() {
    let settings = settings(&imported(OBJECT), "plugin");
    let spec = &settings.plugins[0].spec;
    let hosts: Vec<_> = spec.grants.hosts.iter().map(ToString::to_string).collect();
    assert_eq!(
        hosts,
        [
            "app.example.org:8080",
            "hooks.example.org",
            "status.example.org"
        ]
    );
    let settings: Value = serde_json::from_str(&spec.settings).unwrap();
    assert_eq!(
        settings["register_url"]["1???@example.org"],
        "https://hooks.example.org/register"
    );
    assert_eq!(settings["trunk_ids"]["9"], "carrier");
    assert_eq!(
        settings["files"]["night.json"],
        serde_json::json!([{ "verb": "response", "code": 480 }])
    );
}

#[test]
fn the_form_with_an_array_of_domains_means_the_same() {
    let object = imported(OBJECT);
    let array = OBJECT
        .replacen(
            "\"domains\": {\n        \"example.org\": {",
            "\"domains\": [ { \"domain\": \"example.org\",",
            1,
        )
        .replacen(
            "            ]\n        }\n    }\n}",
            "            ]\n        } ] }",
            1,
        );
    assert_ne!(array, OBJECT);
    assert_eq!(imported(&array), object);
}

#[test]
fn what_is_left_out_is_said_and_no_password_stands_in_the_text_or_the_notes() {
    let imported = imported(OBJECT);
    let told = imported.notes.join("\n");
    for said in [
        "the file: `port` is not converted",
        "example.org, client 3* is left out",
        "example.org, trunk carrier: `codecs` of a trunk",
        "example.org, trunk carrier: the switch does not register",
        "\"7*\" is left out: the later \"*\" took all its numbers",
        "there is no script missing.json",
    ] {
        assert!(told.contains(said), "{said}\n{told}");
    }
    for secret in ["pass-2001", "pass-2002", "pass-3", "pass-carrier"] {
        assert!(
            !imported.text.contains(secret) && !told.contains(secret),
            "{secret}"
        );
    }
    let files: Vec<_> = imported
        .secrets
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        files,
        [
            "example.org-client-2001",
            "example.org-client-2002",
            "example.org-trunk-carrier"
        ]
    );
}

#[test]
fn what_is_no_such_configuration_is_refused() {
    let surroundings = Surroundings {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        component: "webhook.wasm",
        secrets: "secrets",
        read: &|_| None,
    };
    assert!(import("{\"domains\": 7}", surroundings).is_err());
    assert!(import("{}", surroundings).is_err());
}
