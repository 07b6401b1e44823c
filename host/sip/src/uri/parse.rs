//! Finds the parts of a URI. Lenient where phones are (`#` in a user, underscores in a host), strict where a slip would
//! change the meaning.

use crate::message::params::Params;
use crate::message::text::Span;
use crate::uri::host::split_host_port;

/// Where the parts of a URI lie in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spans {
    pub(crate) scheme_end: u16,
    pub(crate) user: Option<Span>,
    pub(crate) password: Option<Span>,
    pub(crate) host: Span,
    pub(crate) port: Option<u16>,
    pub(crate) host_port: Span,
    pub(crate) params: Span,
    pub(crate) headers: Span,
}

impl Spans {
    pub(crate) fn parse(text: &str) -> Option<Spans> {
        if text.len() > crate::limits::MESSAGE_BYTES || !text.bytes().all(is_uri_byte) {
            return None;
        }
        let (scheme, rest) = text.split_once(':')?;
        if !is_scheme(scheme) || rest.is_empty() {
            return None;
        }
        let mut spans = Spans {
            scheme_end: u16::try_from(scheme.len()).ok()?,
            ..Spans::default()
        };
        if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
            spans.parse_sip(text, rest)?;
        } else if scheme.eq_ignore_ascii_case("tel") {
            let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
            spans.user = Some(span(number, text));
            spans.params = span(params, text);
        }
        Some(spans)
    }

    fn parse_sip(&mut self, text: &str, rest: &str) -> Option<()> {
        let rest = match rest.split_once('@') {
            None => rest,
            Some((user, behind)) => {
                // The user may hold `;`, `?` and `/`, so the at sign is looked for before all of them.
                let (user, password) = match user.split_once(':') {
                    None => (user, None),
                    Some((user, password)) => (user, Some(password)),
                };
                if user.is_empty() {
                    return None;
                }
                self.user = Some(span(user, text));
                self.password = password.map(|password| span(password, text));
                behind
            }
        };
        let (rest, headers) = rest.split_once('?').unwrap_or((rest, ""));
        let (host_port, params) = rest.split_once(';').unwrap_or((rest, ""));
        Params::parse(params).or_else(|| is_sloppy(params).then(Params::default))?;
        let (host, port) = split_host_port(host_port)?;
        self.host = span(host, text);
        self.port = port;
        self.host_port = span(host_port, text);
        self.params = span(params, text);
        self.headers = span(headers, text);
        Some(())
    }
}

/// Parameter names of a URI may hold brackets, slashes, colons, `&` and `$`, which tokens may not (RFC 3261 §25.1).
fn is_sloppy(params: &str) -> bool {
    let mut pieces = params.split(';').peekable();
    while let Some(piece) = pieces.next() {
        let name = piece.split('=').next().unwrap_or("");
        if name.is_empty() && !(piece.is_empty() && pieces.peek().is_none()) {
            return false;
        }
    }
    !params.contains('@')
}

/// Visible characters but the delimiters of a URI; all of UTF-8 beyond ASCII.
const fn is_uri_byte(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f && !matches!(byte, b'<' | b'>' | b'"')
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn span(piece: &str, whole: &str) -> Span {
    Span::of(piece.as_bytes(), whole.as_bytes())
}
