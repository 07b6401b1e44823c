//! What is asked in the measurements: a call as desk phones make them, and the components that answer.

use std::path::{Path, PathBuf};
use std::process::Command;

use switchhook_routing::call::{Attestation, Call, Header, Origin};

/// A call with the 16 header fields of an ordinary INVITE.
#[must_use]
pub fn call() -> Call {
    let headers = [
        (
            "Via",
            "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK776asdhds;rport",
        ),
        ("Max-Forwards", "70"),
        ("From", "\"Alice\" <sip:alice@example.org>;tag=1928301774"),
        ("To", "<sip:1001@example.org>"),
        ("Call-ID", "a84b4c76e66710@192.0.2.7"),
        ("CSeq", "314159 INVITE"),
        (
            "Contact",
            "<sip:alice@192.0.2.7:5060>;+sip.instance=\"<urn:uuid:0c67446d>\"",
        ),
        (
            "Allow",
            "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, REFER, NOTIFY",
        ),
        ("Supported", "replaces, timer, 100rel, norefersub"),
        ("Session-Expires", "1800"),
        ("Min-SE", "90"),
        ("User-Agent", "Desk Phone 4.2.1"),
        ("P-Asserted-Identity", "<sip:alice@example.org>"),
        ("Date", "Fri, 20 Nov 2026 10:00:00 GMT"),
        ("Content-Type", "application/sdp"),
        ("Content-Length", "312"),
    ];
    let header = |(name, value): (&str, &str)| Header {
        name: name.into(),
        value: value.into(),
    };
    Call {
        id: "0000000000000001".into(),
        sip_call_id: "a84b4c76e66710@192.0.2.7".into(),
        domain: "example.org".into(),
        caller: "alice".into(),
        caller_name: "Alice".into(),
        callee: "1001".into(),
        origin: Origin::Client("alice".into()),
        source_address: "192.0.2.7:5060".into(),
        received_at: 1_795_000_000_000,
        attempt: 0,
        transferred: false,
        answered: false,
        headers: headers.into_iter().map(header).collect(),
        codecs: ["opus", "G722", "PCMA", "PCMU"].map(String::from).to_vec(),
        attestation: Attestation::Unknown,
        variables: Vec::new(),
        proposed: Vec::new(),
    }
}

/// The folder with the shipped plugins; those named are built if they are not there.
///
/// # Errors
/// They cannot be built.
pub fn plugins(names: &[&str]) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("target/plugins");
    let missing = |name: &&&str| !folder.join(format!("{name}.wasm")).exists();
    if names.iter().find(missing).is_none() {
        return Ok(folder);
    }
    if Command::new(root.join("plugins/build.sh"))
        .status()?
        .success()
    {
        Ok(folder)
    } else {
        Err("plugins/build.sh failed".into())
    }
}
