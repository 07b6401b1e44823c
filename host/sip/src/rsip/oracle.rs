//! What `rsip` accepts must mean the same to us: a second opinion for tests and fuzzing. Its known bugs are excepted, each
//! by the condition that provokes it.

use ::rsip::headers::ToTypedHeader;
use ::rsip::message::HeadersExt;

use crate::message::fields::Fields;
use crate::message::received::Message;
use crate::message::text::is_token;

/// A disagreement over `bytes` in words; `None` if `rsip` refuses them, agrees, or has a known bug there.
pub fn disagreement(bytes: &[u8]) -> Option<String> {
    if has_known_bug(bytes) {
        return None;
    }
    let theirs = facts(bytes)?;
    // It takes a lot as valid that the RFC does not; which files, is said in the tests.
    let message = Message::parse(bytes).ok()?;
    let fields = message.fields();
    let ours = our_facts(fields);
    (ours != theirs).then(|| format!("ours {ours:?}, rsip {theirs:?}"))
}

/// Whether `rsip` reads the message and all that every message needs.
pub fn accepts(bytes: &[u8]) -> bool {
    facts(bytes).is_some()
}

/// What both read of a message: Call-ID, CSeq number, tags, branch.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    call_id: String,
    cseq: u32,
    from_tag: Option<String>,
    to_tag: Option<String>,
    branch: Option<String>,
}

fn our_facts(fields: &Fields) -> Facts {
    Facts {
        call_id: fields.call_id().to_owned(),
        cseq: fields.cseq().number,
        from_tag: fields.from().tag().map(str::to_owned),
        to_tag: fields.to().tag().map(str::to_owned),
        branch: fields.via().branch().map(str::to_owned),
    }
}

fn facts(bytes: &[u8]) -> Option<Facts> {
    let message = ::rsip::SipMessage::try_from(bytes).ok()?;
    let from = message.from_header().ok()?.typed().ok()?;
    let to = message.to_header().ok()?.typed().ok()?;
    let via = message.via_header().ok()?.typed().ok()?;
    Some(Facts {
        call_id: message.call_id_header().ok()?.to_string_value(),
        cseq: message.cseq_header().ok()?.typed().ok()?.seq,
        from_tag: from.tag().map(|tag| tag.to_string()),
        to_tag: to.tag().map(|tag| tag.to_string()),
        branch: via.branch().map(|branch| branch.to_string()),
    })
}

trait ValueText {
    fn to_string_value(&self) -> String;
}

impl ValueText for ::rsip::headers::CallId {
    fn to_string_value(&self) -> String {
        use ::rsip::headers::UntypedHeader;
        self.value().trim().to_owned()
    }
}

/// Where `rsip` 0.4 is known to misread: folds and bare line ends, quoted strings and escapes, comma lists of Via, a field
/// that is there twice, compact names (it does not know them), values of parameters that are no tokens, such as base64
/// (it takes them as far as they are).
fn has_known_bug(bytes: &[u8]) -> bool {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(head) = head.and_then(|end| bytes.get(..end)) else {
        return true;
    };
    let Ok(text) = std::str::from_utf8(head) else {
        return true;
    };
    let lines: Vec<&str> = text.split("\r\n").collect();
    let is_odd = |line: &&str| {
        line.starts_with([' ', '\t'])
            || line.contains(['\r', '\n', '"', '\\', '%', '\0'])
            || (line.len() > 4 && line.as_bytes().get(1) == Some(&b':'))
            || (is_compared(line) && has_odd_params(line))
    };
    if lines.iter().any(is_odd) {
        return true;
    }
    let is_via = |line: &&&str| {
        line.get(..4)
            .is_some_and(|name| name.eq_ignore_ascii_case("via:"))
    };
    lines.iter().filter(is_via).any(|line| line.contains(','))
}

fn is_compared(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or("").trim();
    ["via", "from", "to"]
        .iter()
        .any(|compared| compared.eq_ignore_ascii_case(name))
}

/// Whether what follows the address or the sent-by is anything but tokens with equals signs and semicolons.
fn has_odd_params(line: &str) -> bool {
    let params = match line.rsplit_once('>') {
        Some((_, params)) => params,
        None => line.split_once(';').map_or("", |(_, params)| params),
    };
    params
        .split(';')
        .skip_while(|piece| piece.is_empty())
        .any(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, "x"));
            !is_token(name.as_bytes()) || !is_token(value.as_bytes())
        })
}
