//! A server that is asked with GET: its URL with placeholders, header fields, and the [`Policy`] of its answers.

use switchhook_sdk::http::Response;
use switchhook_sdk::prelude::*;

use crate::lookup::{Fetched, Found, POLICY, Policy, lookup};
use crate::node::Node;
use crate::words::{Escape, Words};

/// A server.
#[derive(Debug, Clone)]
pub struct Server<'v> {
    url: &'v str,
    headers: Vec<(&'v str, String)>,
    policy: Policy,
    /// Tells copies of different settings apart.
    fingerprint: u64,
}

impl<'v> Server<'v> {
    /// Reads it from an object that may have these members besides.
    ///
    /// # Errors
    /// If there is a mistake in it.
    pub fn read(node: &Node<'v, '_>, besides: &[&str], usual: Policy) -> Result<Server<'v>, Error> {
        node.object(&[&["url", "headers"], besides, &POLICY].concat())?;
        let url = node.required("url")?.text()?;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(node.error("`url` must begin with https:// or http://"));
        }
        let mut headers = Vec::new();
        if let Some(fields) = node.member("headers") {
            for (name, value) in fields.members()? {
                headers.push((name, value.scalar()?));
            }
        }
        Ok(Server {
            url,
            headers,
            policy: Policy::read(node, usual)?,
            fingerprint: hash(&node.value.to_string()),
        })
    }

    /// Asks it, or takes a copy of an earlier answer. `digest` makes of a response what is kept.
    ///
    /// # Errors
    /// If there is neither an answer in time nor a copy.
    pub fn ask(
        &self,
        name: &str,
        words: &Words<'_>,
        digest: impl FnOnce(&Response) -> Result<Fetched, Error>,
    ) -> Result<Found, Error> {
        let url = words.text(self.url, Escape::Url);
        // What differs between questions begins at the first placeholder.
        let constant = self.url.find('{').unwrap_or(url.len());
        let subject = url.get(constant..).unwrap_or(&url).to_owned();
        let server = format!("{name}-{:08x}", self.fingerprint as u32);
        lookup(&server, &subject, &self.policy, || {
            let mut request = http::get(url).within(self.policy.budget());
            for (name, value) in &self.headers {
                request = request.header(*name, value);
            }
            digest(&request.send()?)
        })
    }
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(start, step)
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
