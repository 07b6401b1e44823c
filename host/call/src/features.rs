//! What the switch understands of SIP: the methods and the extensions, as Allow and Supported say it. The one place.

use std::borrow::Cow;

use switchhook_sip::message::{Fields, HeaderName, Request};
use switchhook_sip::method::Method;

use crate::core::Reply;

/// The methods that are understood, as Allow says it.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, PRACK, UPDATE, MESSAGE, NOTIFY, REFER, \
     SUBSCRIBE, PUBLISH";

/// The extensions that are understood, as Supported says it where no call decides about them.
pub(crate) const SUPPORTED: &str = "100rel, timer, 199, norefersub, replaces";

/// The field that says which packages of INFO somebody wants (RFC 6086 §7).
pub(crate) const RECV_INFO: HeaderName<'static> = HeaderName::Other("Recv-Info");

/// Reliable provisional responses (RFC 3262).
pub(crate) const RELIABLE: &str = "100rel";

/// Session timers (RFC 4028).
pub(crate) const TIMER: &str = "timer";

/// The extensions that the registrar understands.
pub(crate) const REGISTRAR_SUPPORTED: &str = "path, outbound, gruu";

/// Refuses a request that requires an extension which is not understood (RFC 3261 §8.2.2.3).
pub(crate) fn check_required(request: &Request) -> Result<(), Reply> {
    check_required_of(request, SUPPORTED)
}

/// The same with a list of what is understood.
pub(crate) fn check_required_of(request: &Request, supported: &str) -> Result<(), Reply> {
    let unsupported: Vec<Cow<'_, str>> = request
        .headers(HeaderName::Require)
        .filter(|option| !is_among(option, supported))
        .collect();
    if unsupported.is_empty() {
        return Ok(());
    }
    Err(Reply::new(420).with("Unsupported", unsupported.join(", ")))
}

fn is_among(option: &str, supported: &str) -> bool {
    supported
        .split(", ")
        .any(|known| known.eq_ignore_ascii_case(option))
}

/// Whether a message says that its sender understands an extension.
pub(crate) fn offers(message: &Fields, option: &str) -> bool {
    message.has_option(HeaderName::Supported, option)
        || message.has_option(HeaderName::Require, option)
}

/// The methods that a peer allows, as far as it matters here. Who says nothing is believed to know none of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Allowed {
    /// UPDATE (RFC 3311).
    pub(crate) update: bool,
    /// Whether it has said which methods it allows, and INFO (RFC 6086) is none of them.
    pub(crate) no_info: bool,
    /// The packages of INFO that it wants, as Recv-Info says it (RFC 6086).
    pub(crate) packages: Option<Box<str>>,
}

impl Allowed {
    /// Takes note of what a message says; one without Allow changes nothing.
    pub(crate) fn learn(&mut self, message: &Fields) {
        if message.raw_header(HeaderName::Allow).is_some() {
            self.update = message.has_option(HeaderName::Allow, Method::Update.as_str());
            self.no_info = !message.has_option(HeaderName::Allow, Method::Info.as_str());
        }
        let packages: Vec<_> = message.headers(RECV_INFO).collect();
        if !packages.is_empty() {
            self.packages = Some(packages.join(", ").into());
        }
    }

    /// Whether it wants this package of INFO.
    pub(crate) fn takes_package(&self, package: &str) -> bool {
        let name = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
        let wanted = name(package);
        let packages = self.packages.as_deref().unwrap_or_default();
        packages
            .split(',')
            .any(|known| name(known).eq_ignore_ascii_case(&wanted))
    }
}
