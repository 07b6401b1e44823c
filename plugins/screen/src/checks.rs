//! The checks that look at who vouches for the number, and at the score that a server gives it.

use plugin_common::lookup::{Fetched, Policy};
use plugin_common::node::{Node, scalar, setting};
use plugin_common::number::is_anonymous;
use plugin_common::server::Server;
use plugin_common::words::Words;
use switchhook_sdk::http::Response;
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::Value;

use crate::screen::Verdict;

/// What is usual of a server of scores if the settings say nothing.
const USUAL: Policy = Policy {
    budget_ms: 200,
    cache_seconds: 3_600,
    negative_cache_seconds: 3_600,
    stale_seconds: 86_400,
    pause_after_failures: 5,
    pause_seconds: 10,
};

/// Whether the network vouches for the number as much as the trunk is told to.
///
/// # Errors
/// If there is no such level.
pub fn attestation(call: &Call) -> Result<Option<Verdict>, Error> {
    let Some(trunk) = call.trunk() else {
        return Ok(None);
    };
    let own = setting(&settings::child("/attestation", trunk))?;
    let Some(least) = own.map_or_else(|| setting("/attestation/*"), |value| Ok(Some(value)))?
    else {
        return Ok(None);
    };
    let least = match least.as_str() {
        Some("failed") => Attestation::Failed,
        Some("unknown") => Attestation::Unknown,
        Some("gateway") => Attestation::Gateway,
        Some("partial") => Attestation::Partial,
        Some("full") => Attestation::Full,
        _ => {
            return Err(Error::new(format_args!(
                "attestation.{trunk}: must be `full`, `partial`, `gateway`, `unknown` or `failed`"
            )));
        }
    };
    Ok((rank(call.attestation) < rank(least)).then_some(Verdict::Unattested))
}

/// What a server thinks of the number. Without an answer in time nothing is wrong with the call.
///
/// # Errors
/// If the settings of it are wrong.
pub fn score(call: &Call, words: &mut Words<'_>) -> Result<Option<Verdict>, Error> {
    let Some(settings) = setting("/score")? else {
        return Ok(None);
    };
    let node = Node::root(&settings, "score");
    let server = Server::read(&node, &["field", "spam_from", "suspicious_from"], USUAL)?;
    let field = node.text_at("field")?.unwrap_or("/score");
    let limit = |name: &str| node.member(name).map(|node| node.number()).transpose();
    let (spam, suspicious) = (limit("spam_from")?, limit("suspicious_from")?);
    if is_anonymous(call) {
        return Ok(None);
    }
    let asked = server.ask("score", words, |response| digest(response, field));
    let score = match asked {
        Ok(found) => found.text,
        Err(error) => {
            log::warn(format!("no score: {error}"));
            return Ok(None);
        }
    };
    let Ok(value) = score.parse::<f64>() else {
        return Ok(None);
    };
    words.add("score", score);
    Ok(if spam.is_some_and(|from| value >= from) {
        Some(Verdict::Spam)
    } else if suspicious.is_some_and(|from| value >= from) {
        Some(Verdict::Suspicious)
    } else {
        None
    })
}

/// The score of a response, as text; empty if the server does not know the number.
fn digest(response: &Response, field: &str) -> Result<Fetched, Error> {
    let text = match response.status {
        204 | 404 => String::new(),
        200..=299 => {
            let body: Value = response
                .json()
                .map_err(|error| Error::from(error).context("the answer is no JSON"))?;
            let score = body.pointer(field).and_then(scalar);
            score
                .filter(|score| score.parse::<f64>().is_ok())
                .ok_or_else(|| Error::new(format_args!("no number at {field}")))?
        }
        status => return Err(Error::new(format_args!("status {status}"))),
    };
    Ok(Fetched {
        negative: text.is_empty(),
        text,
    })
}

fn rank(attestation: Attestation) -> u8 {
    match attestation {
        Attestation::Failed => 0,
        Attestation::Unknown => 1,
        Attestation::Gateway => 2,
        Attestation::Partial => 3,
        Attestation::Full => 4,
    }
}
