//! What callers are played: `[media] folder`, `[prompts]`, `[speech]`, and of each domain `language` and `country`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use switchhook_media::sound::tone;
use switchhook_routing::prompt::Prompt;
use switchhook_wasm::spec::{Grants, HostGrant};

use crate::config::problem::Problems;
use crate::config::secret::Surroundings;
use crate::config::section::{Located, Section, deserialise};
use crate::prompts::folder;
use crate::prompts::settings::{Engine, Locale, PromptSettings, SpeechSettings};

/// Any public host, in `[prompts] hosts`.
const ANYWHERE: &str = "*";

/// Reads everything about prompts but `[media] folder` and the domains; `cache` is the folder for what can be made anew.
pub fn prompts(
    root: &Section<'_>,
    folder: Option<PathBuf>,
    cache: Option<PathBuf>,
    surroundings: &Surroundings<'_>,
) -> PromptSettings {
    let mut settings = PromptSettings {
        speech: speech(root, folder.as_deref()),
        folder,
        cache: cache.map(|cache| cache.join("prompts")),
        hosts: Grants {
            hosts: vec![HostGrant::anywhere()],
        },
        ..PromptSettings::default()
    };
    let Some(section) = root.section("prompts") else {
        return settings;
    };
    if let Some(folder) = section.string("cache") {
        settings.cache = Some(surroundings.path(&folder.value));
    }
    let bytes = |key| section.integer(key, 0..=1 << 20).map(|mib| mib << 20);
    settings.cache_bytes = bytes("cache_mib").unwrap_or(settings.cache_bytes);
    if let Some(bytes) = bytes("memory_mib") {
        settings.memory_bytes = bytes as usize;
    }
    if let Some(mib) = section.integer("largest_mib", 1..=1_024) {
        settings.limits.bytes = (mib << 20) as usize;
    }
    if let Some(seconds) = section.integer("longest_seconds", 1..=7_200) {
        settings.limits.seconds = seconds as u32;
    }
    if let Some(seconds) = section.integer("timeout_seconds", 1..=60) {
        settings.timeout = Duration::from_secs(seconds);
    }
    if section.value("hosts").is_some() {
        settings.hosts.hosts = hosts(&section);
    }
    section.finish();
    settings
}

fn hosts(section: &Section<'_>) -> Vec<HostGrant> {
    let mut hosts = Vec::new();
    for host in section.strings("hosts") {
        if host.value == ANYWHERE {
            hosts.push(HostGrant::anywhere());
            continue;
        }
        match HostGrant::parse(&host.value) {
            Ok(grant) => hosts.push(grant),
            Err(error) => section.problems().error(host.offset, error.to_string()),
        }
    }
    hosts
}

/// Reads `[media] folder`.
pub fn folder(media: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    let folder = media.string("folder")?;
    let path = surroundings.path(&folder.value);
    if !path.is_dir() {
        let message = format!("`folder`: {} is no folder", path.display());
        media.problems().error(folder.offset, message);
    }
    Some(path)
}

fn speech(root: &Section<'_>, folder: Option<&Path>) -> SpeechSettings {
    let mut settings = SpeechSettings::default();
    let Some(section) = root.section("speech") else {
        return settings;
    };
    let command = section.strings("command");
    let url = section.string("url");
    let authorization = section.string("authorization");
    match (command.first(), url) {
        (Some(first), Some(_)) => {
            let message = "speech comes from a `command` or a `url`, not from both";
            section.problems().error(first.offset, message);
        }
        (Some(first), None) => {
            if first.value.is_empty() || first.value.contains('{') {
                let message = "`command` begins with the name of a program";
                section.problems().error(first.offset, message);
            }
            check_placeholders(&section, &command);
            let command = command.into_iter().map(|part| part.value).collect();
            settings.engine = Engine::Program { command };
        }
        (None, Some(url)) => {
            if HostGrant::anywhere_of(&url.value).is_none() {
                let message = format!(
                    "`url`: \"{}\" does not begin with http:// or https:// and a host",
                    url.value
                );
                section.problems().error(url.offset, message);
            }
            settings.engine = Engine::Service {
                url: url.value,
                authorization: authorization.map(|value| value.value),
            };
        }
        (None, None) => {}
    }
    if let Some(seconds) = section.integer("timeout_seconds", 1..=60) {
        settings.timeout = Duration::from_secs(seconds);
    }
    if let Some(concurrent) = section.integer("concurrent", 1..=64) {
        settings.concurrent = concurrent as usize;
    }
    settings.voices = voices(&section);
    if let Some(value) = section.value("failed_prompt") {
        let prompt = deserialise::<Prompt>(value, section.problems());
        if matches!(prompt, Some(Prompt::Speech(_))) {
            let message = "`failed_prompt` is heard when speech fails: it cannot be speech";
            section.problems().error(value.span().start, message);
        }
        check_files(&prompt, folder, value.span().start, section.problems());
        settings.failed_prompt = prompt;
    }
    section.finish();
    settings
}

fn voices(section: &Section<'_>) -> HashMap<String, String> {
    let Some(table) = section.section("voices") else {
        return HashMap::new();
    };
    let mut voices = HashMap::new();
    for (language, _) in table.entries() {
        if let Some(voice) = table.string(&language.value) {
            voices.insert(language.value, voice.value);
        }
    }
    table.finish();
    voices
}

/// The text is no argument: it could be taken for an option, and everybody on the machine could read it.
fn check_placeholders(section: &Section<'_>, command: &[Located<String>]) {
    for part in command {
        let known = part.value.replace("{language}", "").replace("{voice}", "");
        let rest = known
            .split_once('{')
            .and_then(|(_, rest)| rest.split_once('}'));
        if let Some((name, _)) = rest {
            let message = format!(
                "`command`: {{{name}}} is none of {{language}} and {{voice}}; the text comes on standard input"
            );
            section.problems().error(part.offset, message);
        }
    }
}

/// Reads the `language` and `country` of a domain.
pub fn locale(domain: &Section<'_>) -> Locale {
    let mut locale = Locale::default();
    if let Some(language) = domain.string("language") {
        let subtag = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if !language.value.split('-').all(subtag) || language.value.len() > 35 {
            let message = format!(
                "`language`: \"{}\" is no tag such as \"de\" or \"en-GB\"",
                language.value
            );
            domain.problems().error(language.offset, message);
        }
        locale.language = language.value;
    }
    if let Some(country) = domain.string("country") {
        let code = country.value.to_ascii_lowercase();
        if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_lowercase()) {
            let message = format!(
                "`country`: \"{}\" is no code such as \"de\" or \"us\" (ISO 3166)",
                country.value
            );
            domain.problems().error(country.offset, message);
        } else if !tone::is_known(&code) {
            let message = format!(
                "`country`: the tones of \"{code}\" are not known: callers hear those that ITU-T E.180 recommends"
            );
            domain.problems().warning(country.offset, message);
        }
        locale.country = code;
    }
    locale
}

/// A mistake for each file of a script or a setting that is not there: that it cannot be played is found out now, and not by a caller.
pub fn check_files<'p>(
    prompts: impl IntoIterator<Item = &'p Prompt>,
    folder: Option<&Path>,
    at: usize,
    problems: &Problems,
) {
    for prompt in prompts {
        if let Prompt::File(path) = prompt
            && let Err(why) = folder::check(folder, path)
        {
            problems.error(at, why);
        }
    }
}
