//! What a trunk says about how far the network vouches for the caller's number. What clients say is not read.

use switchhook_routing::call::Attestation;
use switchhook_sip::message::{HeaderName, Request};

/// Reads `verstat` of the caller's identity (3GPP TS 24.229 §7.2A.20), then P-Attestation-Indicator (ATIS-1000074).
pub(crate) fn of(request: &Request) -> Attestation {
    let asserted = request.addresses(HeaderName::PAssertedIdentity).flatten();
    let asserted =
        asserted.map(|address| verstat(address.uri().as_str(), address.param("verstat")));
    let from = request.from();
    let from = verstat(from.uri().as_str(), from.param("verstat"));
    let mut stated = asserted.chain([from]).flatten();
    let indicator = request.header(HeaderName::Other("P-Attestation-Indicator"));
    let indicated = indicator.and_then(|value| level(value.trim()));
    match (stated.next(), indicated) {
        (Some(Verstat::Failed), _) => Attestation::Failed,
        (Some(Verstat::Passed(Some(level))), _) | (_, Some(level)) => level,
        // Passed without a level: what TS 24.229 knew before there were levels, the number is the caller's.
        (Some(Verstat::Passed(None)), None) => Attestation::Full,
        (None, None) => Attestation::Unknown,
    }
}

/// The verdict of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verstat {
    Passed(Option<Attestation>),
    Failed,
}

/// The parameter stands within the number (`+15550100;verstat=…@host`), rarely behind the address.
fn verstat(uri: &str, parameter: Option<std::borrow::Cow<'_, str>>) -> Option<Verstat> {
    let within = uri.split([';', '@', '?', '>']).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("verstat").then_some(value)
    });
    let value = within.or(parameter.as_deref())?;
    let is = |wanted: &str| {
        let (start, rest) = value.split_at_checked(wanted.len())?;
        start.eq_ignore_ascii_case(wanted).then_some(rest)
    };
    if let Some(rest) = is("TN-Validation-Failed") {
        let is_whole = rest.is_empty() || rest.starts_with('-');
        return is_whole.then_some(Verstat::Failed);
    }
    match is("TN-Validation-Passed")? {
        "" => Some(Verstat::Passed(None)),
        rest => rest
            .strip_prefix('-')
            .and_then(level)
            .map(|level| Verstat::Passed(Some(level))),
    }
}

fn level(letter: &str) -> Option<Attestation> {
    match letter {
        "A" | "a" => Some(Attestation::Full),
        "B" | "b" => Some(Attestation::Partial),
        "C" | "c" => Some(Attestation::Gateway),
        _ => None,
    }
}
