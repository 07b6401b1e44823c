//! One value of Via: where a request came through, and where its responses go (RFC 3261 §20.42).

use std::borrow::Cow;
use std::net::IpAddr;

use crate::identifiers::BRANCH_COOKIE;
use crate::message::error::InvalidValue;
use crate::message::params::{self, Params};
use crate::message::text::{Span, is_token, is_white, split_at_byte, text, trim};
use crate::uri::host::{host_ip, split_host_port};

/// One value of Via.
#[derive(Debug, Clone, Copy)]
pub struct Via<'a> {
    value: &'a [u8],
    at: Spans,
}

/// Where the parts of a Via lie in its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spans {
    transport: Span,
    host: Span,
    port: Option<u16>,
    sent_by: Span,
    params: Span,
    /// The value of the parameter `branch`: the key of every transaction.
    branch: Option<Span>,
}

impl Spans {
    pub(crate) fn parse(value: &[u8]) -> Option<Spans> {
        if !value.is_ascii() && std::str::from_utf8(value).is_err() {
            return None;
        }
        let (name, rest) = split_at_byte(value, b'/')?;
        let (version, rest) = split_at_byte(rest, b'/')?;
        if !is_token(trim(name)) || !is_token(trim(version)) {
            return None;
        }
        let rest = trim(rest);
        let gap = rest.iter().position(|byte| is_white(*byte))?;
        let (transport, rest) = rest.split_at_checked(gap)?;
        if !is_token(transport) {
            return None;
        }
        let (sent_by, params) = split_at_byte(rest, b';').unwrap_or((rest, &[]));
        let sent_by = trim(sent_by);
        let (host, port) = split_host_port(sent_by)?;
        let mut branch = None;
        let see = |name: &[u8], value| {
            if branch.is_none() && name.eq_ignore_ascii_case(b"branch") {
                branch = Some(value);
            }
        };
        if !params.is_empty() && !params::check(params, see) {
            return None;
        }
        Some(Spans {
            branch: branch.flatten().map(|branch| Span::of(branch, value)),
            transport: Span::of(transport, value),
            host: Span::of(host, value),
            port,
            sent_by: Span::of(sent_by, value),
            params: match params {
                [] => Span::default(),
                params => Span::of(params, value),
            },
        })
    }
}

impl<'a> Via<'a> {
    /// A Via from one value. The transport may be any token.
    pub fn parse(value: &'a [u8]) -> Result<Via<'a>, InvalidValue> {
        let at = Spans::parse(value).ok_or(InvalidValue)?;
        Ok(Via::trusted(value, at))
    }

    /// From spans that were found in this same value.
    pub(crate) fn trusted(value: &'a [u8], at: Spans) -> Via<'a> {
        Via { value, at }
    }

    /// The transport as it was written, such as `UDP`.
    pub fn transport(&self) -> &'a str {
        text(self.at.transport.bytes(self.value))
    }

    /// The host of sent-by; IPv6 addresses in brackets.
    pub fn host(&self) -> &'a str {
        text(self.at.host.bytes(self.value))
    }

    /// The port of sent-by, if one is named.
    pub fn port(&self) -> Option<u16> {
        self.at.port
    }

    /// Host and port as they were written: with the branch they are the key of a server transaction (§17.2.3).
    pub fn sent_by(&self) -> &'a str {
        text(self.at.sent_by.bytes(self.value))
    }

    /// The parameters.
    pub fn params(&self) -> Params<'a> {
        Params::trusted(self.at.params.bytes(self.value))
    }

    /// The value of a parameter, unquoted; empty if it has none, `None` if it is not there.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        self.params().get(name)
    }

    /// The branch as it was written, of RFC 2543 too.
    pub fn branch(&self) -> Option<&'a str> {
        Some(text(self.at.branch?.bytes(self.value)))
    }

    /// The branch, if it is one of RFC 3261: the magic cookie (whose case does not count) and something behind it.
    pub fn unique_branch(&self) -> Option<&'a str> {
        let branch = self.branch()?;
        let (cookie, rest) = branch.split_at_checked(BRANCH_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(BRANCH_COOKIE) && !rest.is_empty()).then_some(branch)
    }

    /// The `received` address, if it is one.
    pub fn received(&self) -> Option<IpAddr> {
        host_ip(self.params().find("received")?.raw_value?)
    }

    /// `None`: no `rport` (RFC 3581); `Some(None)`: it asks for one; `Some(Some(port))`: it was filled in.
    pub fn rport(&self) -> Option<Option<u16>> {
        let param = self.params().find("rport")?;
        Some(param.raw_value.and_then(|port| port.parse().ok()))
    }

    /// What stands before the parameters.
    pub(crate) fn before_params(&self) -> &'a [u8] {
        let end = usize::from(self.at.sent_by.end);
        self.value.get(..end).unwrap_or(&[])
    }

    /// The whole value as it was written.
    pub fn as_str(&self) -> &'a str {
        text(self.value)
    }

    pub(crate) fn as_bytes(&self) -> &'a [u8] {
        self.value
    }
}

#[cfg(test)]
mod tests;
