//! The event packages that can be subscribed to, and what their names and types are in messages.

use switchhook_sip::message::{HeaderName, Request};

/// What Allow-Events says.
pub(crate) const ALLOW_EVENTS: &str = "dialog, message-summary, presence";

/// An event package (RFC 6665 §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Package {
    /// Which calls a client has (RFC 4235).
    Dialog,
    /// How many messages wait in a mailbox (RFC 3842).
    MessageSummary,
    /// Whether somebody can be reached (RFC 3856).
    Presence,
}

impl Package {
    /// All of them.
    pub const ALL: [Package; 3] = [Package::Dialog, Package::MessageSummary, Package::Presence];

    /// Its name in Event.
    pub fn as_str(self) -> &'static str {
        match self {
            Package::Dialog => "dialog",
            Package::MessageSummary => "message-summary",
            Package::Presence => "presence",
        }
    }

    /// The type of the documents that tell its state.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Package::Dialog => "application/dialog-info+xml",
            Package::MessageSummary => "application/simple-message-summary",
            Package::Presence => "application/pidf+xml",
        }
    }

    /// Whether a request takes documents of this package: without Accept it takes the usual ones (RFC 6665 §4.1.2).
    pub(crate) fn is_accepted_by(self, request: &Request) -> bool {
        let mut given = false;
        for accept in request.headers(HeaderName::Accept) {
            given = true;
            for range in accept.split(',') {
                let range = range.split(';').next().unwrap_or_default().trim();
                if range.eq_ignore_ascii_case(self.content_type())
                    || matches!(range, "*/*" | "application/*")
                {
                    return true;
                }
            }
        }
        !given
    }
}

/// The package that Event names, and the `id` beside it (RFC 6665 §8.2.1). `None`: there is none, or it is not known.
pub(crate) fn event_of(request: &Request) -> Option<(Package, Option<String>)> {
    let event = request.header(HeaderName::Event)?;
    let (name, params) = event.split_once(';').unwrap_or((&event, ""));
    let name = name.trim();
    let package = Package::ALL
        .into_iter()
        .find(|package| package.as_str().eq_ignore_ascii_case(name))?;
    let mut ids = params.split(';').filter_map(|param| {
        let (name, value) = param.split_once('=')?;
        let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
        let value = value.trim();
        let is_id = name.trim().eq_ignore_ascii_case("id");
        (is_id && !value.is_empty() && value.len() <= 64 && value.chars().all(token))
            .then(|| value.to_owned())
    });
    Some((package, ids.next()))
}
