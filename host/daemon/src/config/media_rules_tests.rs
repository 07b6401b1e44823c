//! What may be said of codecs and transcoding, and for whom it holds.

use switchhook_media::codec::Encoding::{Pcma, Pcmu};
use switchhook_media::sdp::Encodings;

use crate::config::tests::{Folder, MINIMAL};

const REST: &str = r#"
[[domains."example.org".clients]]
username = "1002"
password = "secret secret"
codecs = ["PCMA", "iLBC"]
media = "direct"
transcoding = ["pcma"]

[[domains."example.org".trunks]]
name = "carrier"
sources = ["192.0.2.7"]
codecs = ["DIRECT"]
transcoding = false
"#;

fn with(domain: &str) -> String {
    let head = "[domains.\"example.org\"]\n";
    let with = format!("{head}{domain}\n");
    assert!(MINIMAL.contains(head), "{MINIMAL}");
    MINIMAL.replacen(head, &with, 1) + REST
}

#[test]
fn what_a_domain_says_holds_for_those_who_say_nothing() {
    let folder = Folder::new("media-rules");
    let text = with("codecs = [\"opus\", \"PCMU\"]");
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let domain = &settings.domains[0];
    let of = |username: &str| {
        let mut clients = domain.clients.iter();
        let client = clients.find(|client| client.username == username);
        &client.unwrap().media
    };
    assert_eq!(domain.media.codecs, ["opus", "PCMU"]);
    assert_eq!(domain.media.transcoding, Encodings::available());
    assert_eq!(*of("1001"), domain.media);
    assert_eq!(of("1002").codecs, ["PCMA", "iLBC"]);
    assert_eq!(of("1002").transcoding, [Pcma].into_iter().collect());
    let trunk = &domain.trunks[0].media;
    assert!(trunk.codecs.is_empty() && trunk.transcoding.is_empty() && trunk.direct);
    assert!(of("1002").direct && !of("1001").direct);
}

#[test]
fn nobody_has_more_transcoded_than_the_domain_allows() {
    let folder = Folder::new("media-rules-less");
    let (settings, _) = folder.parse(&with("transcoding = [\"PCMU\"]")).unwrap();
    let domain = &settings.domains[0];
    let sets: Vec<_> = (domain.clients.iter())
        .filter(|client| client.username.starts_with("100"))
        .map(|client| client.media.transcoding)
        .collect();
    assert!(sets.contains(&[Pcmu].into_iter().collect()), "{sets:?}");
    assert!(sets.contains(&Encodings::NONE), "PCMA alone is not allowed");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let folder = Folder::new("media-rules-wrong");
    for (line, said) in [
        (
            "transcoding = [\"G723\"]",
            "`transcoding`: \"G723\" is none of",
        ),
        ("transcoding = 1", "`transcoding` must be true, false or"),
        ("codecs = [\"PCMU/8000\"]", "\"PCMU/8000\" is not the name"),
        ("media = \"straight\"", "\"straight\""),
        (
            "codecs = [\"PCMU\", \"pcmu\"]",
            "\"pcmu\" stands here twice",
        ),
    ] {
        let report = folder.parse(&with(line)).unwrap_err().to_string();
        assert!(report.contains(said), "{line}: {report}");
    }
    let (_, report) = folder.parse(&with("codecs = [\"PCMW\"]")).unwrap();
    let report = report.to_string();
    assert!(
        report.contains("\"PCMW\" is none that is known"),
        "{report}"
    );
}
