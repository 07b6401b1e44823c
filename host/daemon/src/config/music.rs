//! `music_on_hold` of a domain: one prompt or several, which are heard one after another and over and over.

use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{Announce, Verb};

use crate::config::section::{Section, deserialise};
use crate::config::verbs;

/// The key of the music.
const KEY: &str = "music_on_hold";

/// Reads what held and parked parties hear; empty: nothing.
pub fn music(domain: &Section<'_>) -> Vec<Prompt> {
    let Some(value) = domain.value(KEY) else {
        return Vec::new();
    };
    let problems = domain.problems();
    let prompts = match value.get_ref().is_array() {
        true => deserialise::<Vec<Prompt>>(value, problems),
        false => deserialise::<Prompt>(value, problems).map(|prompt| vec![prompt]),
    };
    let prompts = prompts.unwrap_or_default();
    if prompts.is_empty() {
        return prompts;
    }
    let announce = Verb::Announce(Announce {
        prompts: prompts.clone(),
        times: 1,
        stop_keys: String::new(),
        tag: None,
    });
    for mistake in verbs::mistakes(&announce) {
        problems.error(value.span().start, format!("`{KEY}`: {mistake}"));
    }
    prompts
}

#[cfg(test)]
mod tests {
    use switchhook_routing::prompt::Prompt;

    use crate::config::tests::{Folder, MINIMAL};

    fn with(music: &str) -> String {
        let head = "[domains.\"example.org\"]\n";
        assert!(MINIMAL.contains(head), "{MINIMAL}");
        MINIMAL.replace(head, &format!("{head}music_on_hold = {music}\n"))
    }

    #[test]
    fn music_is_a_prompt_or_several() {
        let folder = Folder::new("music");
        for (music, names) in [
            ("{ file = \"a.wav\" }", vec!["a.wav"]),
            (
                "[{ file = \"a.wav\" }, { file = \"b.mp3\" }]",
                vec!["a.wav", "b.mp3"],
            ),
            ("[]", vec![]),
        ] {
            let (settings, report) = folder.parse(&with(music)).unwrap();
            assert_eq!(report.to_string(), "");
            let files = names.into_iter().map(|name| Prompt::File(name.to_owned()));
            let expected: Vec<_> = files.collect();
            assert_eq!(settings.domains[0].music_on_hold, expected);
        }
        let (settings, _) = folder.parse(MINIMAL).unwrap();
        assert!(settings.domains[0].music_on_hold.is_empty());
    }

    #[test]
    fn what_cannot_be_music_is_told() {
        let folder = Folder::new("music-wrong");
        let findings = folder.findings(&with("{ file = \"../a.wav\" }"));
        assert!(
            findings.contains("leads out of the media folder"),
            "{findings}"
        );
        let findings = folder.findings(&with("{ song = \"a.wav\" }"));
        assert!(findings.contains("song"), "{findings}");
    }
}
