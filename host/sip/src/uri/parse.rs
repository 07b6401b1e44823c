//! Finds the parts of a URI. Lenient where phones are (`#` in a user, underscores in a host), strict where a slip would
//! change the meaning.

use crate::limits::MESSAGE_BYTES;
use crate::message::text::{Span, split_at_byte};
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
    pub(crate) fn parse(text: &[u8]) -> Option<Spans> {
        if text.len() > MESSAGE_BYTES {
            return None;
        }
        let (scheme, rest) = split_at_byte(text, b':')?;
        if !is_scheme(scheme) || rest.is_empty() {
            return None;
        }
        let marks = Marks::find(rest)?;
        if marks.beyond_ascii && std::str::from_utf8(rest).is_err() {
            return None;
        }
        let mut spans = Spans {
            scheme_end: u16::try_from(scheme.len()).ok()?,
            ..Spans::default()
        };
        if scheme.eq_ignore_ascii_case(b"sip") || scheme.eq_ignore_ascii_case(b"sips") {
            spans.parse_sip(text, rest, marks)?;
        } else if scheme.eq_ignore_ascii_case(b"tel") {
            let (number, params) = split_at_byte(rest, b';').unwrap_or((rest, &[]));
            spans.user = Some(Span::of(number, text));
            spans.params = span(params, text);
        }
        Some(spans)
    }

    fn parse_sip(&mut self, text: &[u8], rest: &[u8], marks: Marks) -> Option<()> {
        let mut host_start = 0;
        if let Some(at) = marks.at {
            let user_end = marks.user_colon.unwrap_or(at);
            if user_end == 0 {
                return None;
            }
            self.user = Some(Span::of(rest.get(..user_end)?, text));
            self.password = match marks.user_colon {
                Some(colon) => Some(Span::of(rest.get(colon + 1..at)?, text)),
                None => None,
            };
            host_start = at + 1;
        }
        let end = marks.question.unwrap_or(rest.len());
        let host_end = marks.semicolon.unwrap_or(end);
        let host_port = rest.get(host_start..host_end)?;
        let (host, port) = split_host_port(host_port)?;
        self.host = Span::of(host, text);
        self.port = port;
        self.host_port = Span::of(host_port, text);
        if marks.semicolon.is_some() {
            let params = rest.get(host_end + 1..end)?;
            if !are_params(params) {
                return None;
            }
            self.params = span(params, text);
        }
        if marks.question.is_some() {
            self.headers = span(rest.get(end + 1..)?, text);
        }
        Some(())
    }
}

/// Where the delimiters behind the scheme are, found in one pass. The user may hold `;`, `?` and `/`, so an at sign
/// makes all that came before it part of the user.
#[derive(Default)]
struct Marks {
    at: Option<usize>,
    user_colon: Option<usize>,
    semicolon: Option<usize>,
    question: Option<usize>,
    beyond_ascii: bool,
}

impl Marks {
    /// `None` if there is a character that no URI has.
    fn find(text: &[u8]) -> Option<Marks> {
        let mut marks = Marks::default();
        let mut colon = None;
        let mut from = 0;
        while let Some(plain) = text.get(from..)?.iter().position(|byte| !is_plain(*byte)) {
            let place = from + plain;
            match *text.get(place)? {
                b':' => colon = colon.or(Some(place)),
                b'@' if marks.at.is_none() => {
                    marks.at = Some(place);
                    marks.user_colon = colon;
                    marks.semicolon = None;
                    marks.question = None;
                }
                b'@' if marks.question.is_some() => {}
                b';' if marks.semicolon.or(marks.question).is_none() => {
                    marks.semicolon = Some(place);
                }
                b';' => {}
                b'?' => marks.question = marks.question.or(Some(place)),
                0x80.. => marks.beyond_ascii = true,
                _ => return None,
            }
            from = place + 1;
        }
        Some(marks)
    }
}

/// Whether a byte is neither a delimiter inside a URI, nor one from outside, white space or a control, nor beyond ASCII.
fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)) == Some(&true)
}

#[allow(clippy::indexing_slicing)] // The compiler runs it: a slip is an error there, no panic.
const PLAIN: [bool; 256] = {
    let mut table = [true; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = !matches!(
            byte as u8,
            0..=b' ' | 0x7f.. | b'<' | b'>' | b'"' | b':' | b'@' | b';' | b'?'
        );
        byte += 1;
    }
    table
};

/// Parameters of a URI may hold brackets, slashes, colons, `&` and `$` (RFC 3261 §25.1), but their names are not empty; a
/// semicolon at the end is forgiven. An at sign there is one too many.
fn are_params(params: &[u8]) -> bool {
    let mut at_start = true;
    for byte in params {
        match byte {
            b';' | b'=' if at_start => return false,
            b';' => at_start = true,
            _ => at_start = false,
        }
    }
    true
}

fn is_scheme(scheme: &[u8]) -> bool {
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The span of a piece; of an empty one, which may lie nowhere, the empty span.
fn span(piece: &[u8], whole: &[u8]) -> Span {
    match piece {
        [] => Span::default(),
        piece => Span::of(piece, whole),
    }
}
