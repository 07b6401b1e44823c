//! Prompts in a configuration.

use std::time::Duration;

use switchhook_routing::prompt::Prompt;

use crate::config::tests::{Folder, MINIMAL};
use crate::prompts::settings::Engine;

#[test]
fn everything_about_prompts_is_read() {
    let folder = Folder::new("prompts");
    folder.write("sorry.wav", "");
    let text = MINIMAL.replace(
        "[domains.\"example.org\"]",
        "[domains.\"example.org\"]\nlanguage = \"de-AT\"\ncountry = \"AT\"",
    );
    let text = format!(
        "{text}\n[media]\nfolder = \".\"\n[prompts]\ncache = \"kept\"\ncache_mib = 1\nmemory_mib = 2\nlargest_mib = 3\n\
         longest_seconds = 4\ntimeout_seconds = 5\nhosts = [\"*\", \"127.0.0.1:9000\"]\n[speech]\n\
         command = [\"speak\", \"-v{{voice}}\"]\ntimeout_seconds = 6\nconcurrent = 7\nvoices = {{ de = \"anna\" }}\n\
         failed_prompt = {{ file = \"sorry.wav\" }}\n"
    );
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let prompts = settings.prompts();
    assert_eq!(prompts.cache_bytes, 1 << 20);
    assert_eq!(prompts.memory_bytes, 2 << 20);
    assert_eq!((prompts.limits.bytes, prompts.limits.seconds), (3 << 20, 4));
    assert_eq!(prompts.timeout, Duration::from_secs(5));
    let hosts: Vec<_> = prompts
        .hosts
        .hosts
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(hosts, ["*", "127.0.0.1:9000"]);
    let command = ["speak", "-v{voice}"].map(str::to_owned).to_vec();
    assert_eq!(prompts.speech.engine, Engine::Program { command });
    assert_eq!(prompts.speech.timeout, Duration::from_secs(6));
    assert_eq!(prompts.speech.concurrent, 7);
    assert_eq!(prompts.speech.voices["de"], "anna");
    let sorry = Prompt::File("sorry.wav".to_owned());
    assert_eq!(prompts.speech.failed_prompt, Some(sorry));
    let locale = &prompts.domains["example.org"];
    assert_eq!((&*locale.language, &*locale.country), ("de-AT", "at"));
}

#[test]
fn mistakes_are_told_with_their_place() {
    let folder = Folder::new("prompts-wrong");
    for (section, message) in [
        ("[media]\nfolder = \"nowhere\"", "is no folder"),
        ("[prompts]\nhosts = [\"a b\"]", "no host name"),
        ("[prompts]\ncach = \"x\"", "did you mean `cache`?"),
        (
            "[speech]\ncommand = [\"a\"]\nurl = \"http://a/\"",
            "not from both",
        ),
        ("[speech]\nurl = \"ftp://a/\"", "does not begin with http"),
        ("[speech]\ncommand = [\"a\", \"{text}\"]", "standard input"),
        ("[speech]\ncommand = [\"{voice}\"]", "name of a program"),
        (
            "[speech]\nfailed_prompt = { speech = { text = \"a\" } }",
            "cannot be speech",
        ),
        (
            "[speech]\nfailed_prompt = { file = \"a.wav\" }",
            "no `[media] folder`",
        ),
        (
            "[media]\nfolder = \".\"\n[speech]\nfailed_prompt = { file = \"a.wav\" }",
            "a.wav: No such file",
        ),
    ] {
        let findings = folder.findings(&format!("{MINIMAL}\n{section}\n"));
        assert!(findings.contains(message), "{section}: {findings}");
    }
    for (domain, message) in [
        ("language = \"de_AT\"", "is no tag"),
        ("country = \"austria\"", "is no code"),
        (
            "country = \"xx\"",
            "warning: `country`: the tones of \"xx\" are not known",
        ),
    ] {
        let with = format!("[domains.\"example.org\"]\n{domain}");
        let findings = folder.findings(&MINIMAL.replace("[domains.\"example.org\"]", &with));
        assert!(findings.contains(message), "{domain}: {findings}");
    }
}

#[test]
fn a_script_that_plays_a_file_needs_it() {
    let folder = Folder::new("prompts-files");
    folder.write("closed.wav", "");
    let with = |file: &str| {
        let script = format!(
            "default_destination = [{{ announce = {{ prompts = [{{ file = \"{file}\" }}] }} }}, {{ respond = {{ status = 486 }} }}]"
        );
        let lines: Vec<&str> = MINIMAL
            .lines()
            .map(|line| {
                if line.starts_with("default_destination") {
                    &*script
                } else {
                    line
                }
            })
            .collect();
        folder.findings(&format!("{}\n[media]\nfolder = \".\"\n", lines.join("\n")))
    };
    assert_eq!(with("closed.wav"), "");
    assert!(
        with("open.wav").contains("open.wav: No such file"),
        "{}",
        with("open.wav")
    );
}
