//! Whether a caller wants to be shown (RFC 3323, RFC 3325 §7), as its INVITE says it.

use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::uri::Uri;

/// Whether a caller may be shown to those whom we do not trust.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Presentation {
    /// Its number and name may not.
    pub(crate) hidden: bool,
    /// How the call came here may not (RFC 7044 §10.1).
    pub(crate) hides_history: bool,
}

/// What an INVITE asks for. Who sends an anonymous From wants to be anonymous, whatever the rest says.
pub(crate) fn of(request: &Request) -> Presentation {
    let mut asked = Presentation {
        hidden: is_anonymous(&request.from().uri()),
        hides_history: false,
    };
    let value = request.header(HeaderName::Privacy).unwrap_or_default();
    // "Privacy-hdr = "Privacy" HCOLON priv-value *(";" priv-value)"; some send commas.
    for word in value.split([';', ',']).map(str::trim) {
        match word.to_ascii_lowercase().as_str() {
            "id" | "user" => asked.hidden = true,
            "history" => asked.hides_history = true,
            "header" | "session" => asked.hides_history = true,
            _ => {}
        }
    }
    // draft-ietf-sip-privacy-04 §5.1: "privacy=full", "privacy=name", "privacy=uri".
    let mut parties = request.addresses(HeaderName::RemotePartyId).flatten();
    let full = |value: &str| {
        let mut words = value.split([';', ',']);
        words.any(|word| matches!(word.trim(), "full" | "uri"))
    };
    asked.hidden |= parties.any(|party| party.param("privacy").is_some_and(|v| full(&v)));
    asked
}

/// Whether a URI names nobody: `sip:anonymous@anonymous.invalid` (RFC 3323 §4.1.1.3), or an anonymous user or host.
pub(crate) fn is_anonymous(uri: &Uri<'_>) -> bool {
    let user = uri.user().unwrap_or_default();
    user.eq_ignore_ascii_case("anonymous") || uri.host().eq_ignore_ascii_case("anonymous.invalid")
}
