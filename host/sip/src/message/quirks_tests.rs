//! Messages as everyday devices send them, each as a file in `quirks/`, with what must be read from it. A parser bug in
//! the field becomes a file here.

use crate::message::fields::Fields;
use crate::message::header_name::HeaderName;
use crate::message::name_addr::NameAddr;
use crate::message::received::Message;
use crate::uri::view::Uri;

const QUIRKS: &[(&str, &[(&str, &str)])] = &[
    (
        "dotted-user",
        &[
            ("uri", "sip john.doe example.com"),
            ("from", "sip jane.q.doe example.com"),
        ],
    ),
    (
        "ipv6-hosts",
        &[
            ("uri", "sip bob [2001:db8::9]:5070"),
            ("vias", "UDP [2001:db8::10]:5062 z9hG4bK7"),
            ("contacts", "sip alice [2001:db8::10]:5062;transport=udp"),
        ],
    ),
    (
        "tel-uri",
        &[
            ("uri", "tel +1-201-555-0123;phone-context=example.com"),
            ("to", "tel +1-201-555-0123"),
            ("from", "tel +12015550100"),
            ("from-tag", "17"),
        ],
    ),
    (
        "urn-uri",
        &[("uri", "urn service:sos"), ("to", "urn service:sos")],
    ),
    (
        "compact-names",
        &[
            ("from-tag", "9"),
            ("call-id", "1@192.0.2.10"),
            ("contacts", "sip alice 192.0.2.10"),
            ("Supported", "100rel|timer"),
            ("Subject", "hi"),
            ("Session-Expires", "1800;refresher=uac"),
            ("Refer-To", "<sip:carol@example.com>"),
            ("Referred-By", "<sip:dave@example.com>"),
            ("Event", "dialog"),
            ("Allow-Events", "presence"),
            ("Content-Type", "text/plain"),
            ("body", "ok"),
        ],
    ),
    (
        "folding",
        &[
            ("from-name", "Alice Anders"),
            ("from-tag", "9fxced76sl"),
            ("cseq", "2 INVITE"),
            ("Subject", "one two three"),
            ("contacts", "sip alice 192.0.2.10|sip alice 192.0.2.11"),
        ],
    ),
    (
        "display-comma",
        &[
            ("from-name", "Anders, Alice <home>; \"A\""),
            ("contacts", "sip a 192.0.2.1|sip c 192.0.2.2"),
            (
                "Contact",
                "\"A, <b>\" <sip:a@192.0.2.1>|\"C\" <sip:c@192.0.2.2>",
            ),
        ],
    ),
    (
        "display-utf8",
        &[("from-name", "Jürgen Müller"), ("to-name", "张三")],
    ),
    (
        "display-latin1",
        &[
            ("from-name", "J\u{fffd}rgen"),
            ("from", "sip jm example.com"),
        ],
    ),
    (
        "display-unquoted-dots",
        &[("from-name", "Dr. A. Anders (home)")],
    ),
    (
        "display-empty",
        &[("from-name", ""), ("from", "sip alice example.com")],
    ),
    (
        "sip-instance",
        &[
            ("contacts", "sip alice 192.0.2.10;transport=tcp"),
            (
                "contact +sip.instance",
                "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>",
            ),
            ("contact expires", "3600"),
        ],
    ),
    (
        "via-list",
        &[(
            "vias",
            "UDP 192.0.2.1 z9hG4bKa|TCP 192.0.2.2 z9hG4bKb|TLS 192.0.2.3 z9hG4bKc",
        )],
    ),
    (
        "contact-list",
        &[
            (
                "contacts",
                "sip a 192.0.2.1;x=1,2|sip a 192.0.2.2|sip a 192.0.2.3",
            ),
            ("contact q", "0.5"),
        ],
    ),
    (
        "route-list",
        &[
            (
                "Route",
                "<sip:p1.example.com;lr>|<sip:p2.example.com;lr>|<sip:p3.example.com;lr>",
            ),
            (
                "Record-Route",
                "<sip:p1.example.com;lr>|<sip:p2.example.com;lr>",
            ),
        ],
    ),
    ("body-longer-than-content-length", &[("body", "hello")]),
    ("no-content-length", &[("body", "v=0\r\n")]),
    (
        "body-with-empty-lines",
        &[("body", "\r\n\r\nINVITE x SIP/2.0\r\n\r\n")],
    ),
    ("unknown-method", &[("method", "FLY"), ("cseq", "2 FLY")]),
    ("lower-case-method", &[("method", "invite")]),
    (
        "unknown-transport",
        &[("vias", "CARRIER-PIGEON loft.example.com z9hG4bK1")],
    ),
    (
        "websocket",
        &[
            ("vias", "WSS df7jal23ls0d.invalid z9hG4bK56sdasks"),
            ("contacts", "sip alice df7jal23ls0d.invalid;transport=ws;ob"),
        ],
    ),
    (
        "digest-sha256",
        &[(
            "Authorization",
            "Digest username=\"alice\", realm=\"example.com\", nonce=\"a,b=c\", uri=\"sip:example.com\", \
             response=\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", \
             algorithm=SHA-256, cnonce=\"0a4f113b\", qop=auth, nc=0000000a",
        )],
    ),
    (
        "digest-qop-list",
        &[(
            "WWW-Authenticate",
            "Digest realm=\"example.com\", qop=\"auth,auth-int\", nonce=\"x\", algorithm=SHA-256|\
             Digest realm=\"example.com\", qop=\"auth\", nonce=\"x\", algorithm=MD5",
        )],
    ),
    ("lf-only", &[("from-tag", "9fxced76sl"), ("body", "v=0\n")]),
    (
        "leading-line-ends",
        &[
            ("method", "INVITE"),
            ("call-id", "3848276298220188511@192.0.2.10"),
        ],
    ),
    (
        "space-before-colon",
        &[
            ("from-tag", "9"),
            ("to", "sip bob example.com"),
            ("call-id", "abc"),
        ],
    ),
    (
        "no-space-after-colon",
        &[("from-tag", "9"), ("call-id", "abc"), ("cseq", "2 INVITE")],
    ),
    (
        "no-brackets",
        &[
            ("from", "sip alice example.com"),
            ("from-tag", "9"),
            ("contacts", "sip alice 192.0.2.10:5062"),
            ("contact expires", "60"),
        ],
    ),
    (
        "trailing-semicolon",
        &[
            ("vias", "UDP 192.0.2.10 z9hG4bK74bf9"),
            ("contacts", "sip alice 192.0.2.10;"),
        ],
    ),
    (
        "rport",
        &[
            ("via rport", ""),
            ("vias", "UDP 10.0.0.5:5060 z9hG4bK74bf9"),
        ],
    ),
    (
        "via-spaces",
        &[
            ("via rport", ""),
            ("vias", "UDP 192.0.2.10:5062 z9hG4bK74bf9"),
        ],
    ),
    ("hash-in-user", &[("uri", "sip *72#5551234 example.com")]),
    ("escaped-user", &[("uri", "sip #72@work example.com")]),
    (
        "user-with-params",
        &[(
            "uri",
            "sip +12015550123;npdi;rn=+12015550100 example.com;user=phone",
        )],
    ),
    (
        "underscore-host",
        &[
            ("uri", "sip bob pbx_1.example.com"),
            ("vias", "UDP my_phone z9hG4bK1"),
        ],
    ),
    ("password", &[("from", "sip alice:se%cret example.com")]),
    (
        "upper-case-names",
        &[
            ("vias", "udp 192.0.2.10 z9hG4bK1"),
            ("from", "SIP alice EXAMPLE.com"),
            ("from-tag", "9"),
            ("to", "SIPS bob example.com"),
        ],
    ),
    (
        "many-headers",
        &[
            ("X-0", "0"),
            ("x-99", "99"),
            ("call-id", "3848276298220188511@192.0.2.10"),
        ],
    ),
    (
        "empty-values",
        &[("Subject", ""), ("Supported", ""), ("from-name", "Alice")],
    ),
    (
        "star-contact",
        &[("contacts", ""), ("Contact", "*"), ("Expires", "0")],
    ),
    ("header-latin1", &[("Subject", "caf\u{fffd}")]),
    (
        "refer-replaces",
        &[(
            "Refer-To",
            "<sip:carol@example.com?Replaces=1%40a%3Bto-tag%3Dx%3Bfrom-tag%3Dy&Require=replaces>",
        )],
    ),
    (
        "session-timer",
        &[("Session-Expires", "1800;refresher=uas"), ("Min-SE", "90")],
    ),
    ("response-no-reason", &[("status", "180 ")]),
    (
        "multipart",
        &[("Content-Type", "multipart/mixed; boundary=\"a;b\"")],
    ),
    (
        "asserted-identity",
        &[(
            "P-Asserted-Identity",
            "\"Alice\" <sip:+12015550100@example.com>|<tel:+12015550100>",
        )],
    ),
    (
        "unknown-uri-params",
        &[(
            "contacts",
            "sip alice 192.0.2.10;rinstance=0f2a;[x]=/y:&$;gr",
        )],
    ),
];

pub(super) fn folder() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/src/message/quirks")
}

fn quirk(name: &str) -> Message {
    let bytes = std::fs::read(format!("{}/{name}.sip", folder())).unwrap();
    Message::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What the views say about one aspect of a message, as text.
fn fact(message: &Message, aspect: &str) -> String {
    let fields = message.fields();
    match (aspect, message) {
        ("method", Message::Request(request)) => request.method().to_string(),
        ("uri", Message::Request(request)) => uri_fact(request.uri()),
        ("status", Message::Response(response)) => {
            format!("{} {}", response.status(), response.reason())
        }
        ("from", _) => uri_fact(fields.from().uri()),
        ("from-name", _) => fields.from().display_name().unwrap().into_owned(),
        ("from-tag", _) => fields.from().tag().unwrap().to_owned(),
        ("to", _) => uri_fact(fields.to().uri()),
        ("to-name", _) => fields.to().display_name().unwrap().into_owned(),
        ("call-id", _) => fields.call_id().to_owned(),
        ("cseq", _) => fields.cseq().to_string(),
        ("vias", _) => vias_fact(fields),
        ("via rport", _) => fields.via().param("rport").unwrap().into_owned(),
        ("contacts", _) => joined(
            fields
                .contacts()
                .map(|contact| uri_fact(contact.unwrap().uri())),
        ),
        ("body", _) => String::from_utf8(fields.body().to_vec()).unwrap(),
        _ => match aspect.strip_prefix("contact ") {
            Some(param) => fields.contact().unwrap().param(param).unwrap().into_owned(),
            None => {
                assert!(fields.header(aspect).is_some(), "{aspect}");
                joined(fields.headers(aspect).map(|value| value.into_owned()))
            }
        },
    }
}

fn vias_fact(fields: &Fields) -> String {
    joined(fields.vias().map(|via| {
        let via = via.unwrap();
        let port = via.port().map_or(String::new(), |port| format!(":{port}"));
        format!(
            "{} {}{port} {}",
            via.transport(),
            via.host(),
            via.branch().unwrap()
        )
    }))
}

fn uri_fact(uri: Uri<'_>) -> String {
    let mut fact = uri.scheme().to_owned();
    if let Some(user) = uri.user() {
        fact.push_str(&format!(" {user}"));
    }
    if let Some(password) = uri.password() {
        fact.push_str(&format!(":{password}"));
    }
    match uri.is_sip() {
        true => fact.push_str(&format!(" {}", uri.host())),
        false if !uri.is_tel() => fact.push_str(&format!(" {}", uri.opaque())),
        false => {}
    }
    if let Some(port) = uri.port() {
        fact.push_str(&format!(":{port}"));
    }
    if !uri.params().as_str().is_empty() || uri.as_str().ends_with(';') {
        fact.push_str(&format!(";{}", uri.params().as_str()));
    }
    fact
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join("|")
}

#[test]
fn every_quirk_is_read_as_it_is_meant() {
    for (name, facts) in QUIRKS {
        let message = quirk(name);
        for (aspect, expected) in *facts {
            assert_eq!(fact(&message, aspect), *expected, "{name}: {aspect}");
        }
    }
}

#[test]
fn every_file_of_quirks_is_in_the_table_or_has_a_test_of_its_own() {
    let own = ["binary-body"];
    for file in std::fs::read_dir(folder()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".sip");
        let known = QUIRKS.iter().any(|(quirk, _)| *quirk == name) || own.contains(&name);
        assert!(known, "{name}");
    }
}

#[test]
fn a_binary_body_survives_byte_by_byte() {
    let expected: Vec<u8> = (0..=255).collect();
    let message = quirk("binary-body");
    assert_eq!(message.fields().body(), expected);
    assert_eq!(message.fields().body_bytes(), expected);
}

#[test]
fn bytes_that_are_no_utf_8_survive_in_raw_values() {
    let message = quirk("header-latin1");
    assert_eq!(message.fields().raw_header("Subject").unwrap(), b"caf\xe9");
    let message = quirk("display-latin1");
    let raw = message.fields().from().raw_display_name();
    assert_eq!(raw.unwrap(), b"\"J\xfcrgen\"");
}

#[test]
fn numbers_beyond_their_range_saturate() {
    let message = quirk("session-timer");
    assert_eq!(message.fields().expires(), Some(u32::MAX));
    assert_eq!(
        message.fields().seconds(HeaderName::SessionExpires),
        Some(1800)
    );
}

#[test]
fn a_refer_target_carries_header_fields() {
    let message = quirk("refer-replaces");
    let value = message.fields().raw_header(HeaderName::ReferTo).unwrap();
    let target = NameAddr::parse(value).unwrap();
    let headers: Vec<_> = target.uri().headers().collect();
    assert_eq!(
        headers,
        [
            ("Replaces".into(), "1@a;to-tag=x;from-tag=y".into()),
            ("Require".into(), "replaces".into()),
        ]
    );
}
