//! What the switch understands of SIP: the methods and the extensions, as Allow and Supported say it. The one place.

use std::borrow::Cow;

use switchhook_sip::message::{HeaderName, Request};

use crate::core::Reply;

/// The methods that are understood, as Allow says it.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, MESSAGE, NOTIFY";

/// The extensions that are understood, as Supported says it where no call decides about them.
pub(crate) const SUPPORTED: &str = "199";

/// Refuses a request that requires an extension which is not understood (RFC 3261 §8.2.2.3).
pub(crate) fn check_required(request: &Request) -> Result<(), Reply> {
    let unsupported: Vec<Cow<'_, str>> = request
        .headers(HeaderName::Require)
        .filter(|option| !is_supported(option))
        .collect();
    if unsupported.is_empty() {
        return Ok(());
    }
    Err(Reply::new(420).with("Unsupported", unsupported.join(", ")))
}

fn is_supported(option: &str) -> bool {
    SUPPORTED
        .split(", ")
        .any(|known| known.eq_ignore_ascii_case(option))
}
