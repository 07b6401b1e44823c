//! Cuts bytes into start line, header fields and body, by offsets. It knows no field's meaning.

use memchr::memchr;
use smallvec::SmallVec;

use crate::limits::{HEADER_FIELDS, INLINE_HEADER_FIELDS};
use crate::message::header_name::lookup;
use crate::message::text::{Span, is_token_byte, trim};

/// Where a header field lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Field {
    /// The number of the name, [`crate::message::header_name::OTHER`] if it is not known.
    pub(crate) name: u8,
    /// The length of the name as it was written.
    pub(crate) name_length: u8,
    /// Where the name as it was written begins.
    pub(crate) name_start: u16,
    /// The value, trimmed, folds in it.
    pub(crate) value: Span,
}

/// The fields of a message, in order.
pub(crate) type Index = SmallVec<[Field; INLINE_HEADER_FIELDS]>;

/// What is wrong with the header section as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// A line that is no header field.
    Line,
    /// The section does not end.
    Endless,
    /// More fields than the limit.
    TooMany,
}

/// Where the first line begins, behind the line ends that may precede a message (RFC 3261 §7.5).
pub(crate) fn skip_line_ends(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(bytes.len())
}

/// The line that begins at `start`, without its end, and where the next one begins. Lines end with CRLF or LF.
pub(crate) fn line(bytes: &[u8], start: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(start..)?;
    let end = memchr(b'\n', rest)?;
    let line = rest.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), start + end + 1))
}

/// One header field with its folds, beginning at `start`.
enum Step {
    Field(Field),
    /// The empty line; the body begins at the offset.
    End(usize),
}

/// The fields from `start` on, and where the body begins.
pub(crate) fn fields(bytes: &[u8], start: usize) -> Result<(Index, usize), ScanError> {
    let mut index = Index::new();
    let mut at = start;
    loop {
        match step(bytes, &mut at)? {
            Step::End(body) => return Ok((index, body)),
            Step::Field(_) if index.len() >= HEADER_FIELDS => return Err(ScanError::TooMany),
            Step::Field(field) => index.push(field),
        }
    }
}

/// As many fields as can be found, for an answer to a malformed request: lines that are none are left out.
pub(crate) fn fields_leniently(bytes: &[u8], start: usize) -> Index {
    let mut index = Index::new();
    let mut at = start;
    while index.len() < HEADER_FIELDS {
        match step(bytes, &mut at) {
            Ok(Step::Field(field)) => index.push(field),
            Ok(Step::End(_)) | Err(ScanError::Endless | ScanError::TooMany) => break,
            Err(ScanError::Line) => {}
        }
    }
    index
}

/// One step; `at` moves behind what was read, whether it was well formed or not.
fn step(bytes: &[u8], at: &mut usize) -> Result<Step, ScanError> {
    let start = *at;
    let (first, mut next) = line(bytes, start).ok_or(ScanError::Endless)?;
    if first.is_empty() {
        return Ok(Step::End(next));
    }
    let mut end = start + first.len();
    // RFC 3261 §7.3.1: a line that begins with white space continues the one before.
    while let Some(b' ' | b'\t') = bytes.get(next) {
        let (folded, behind) = line(bytes, next).ok_or(ScanError::Endless)?;
        end = next + folded.len();
        next = behind;
    }
    *at = next;
    field(bytes, start, end)
        .map(Step::Field)
        .ok_or(ScanError::Line)
}

fn field(bytes: &[u8], start: usize, end: usize) -> Option<Field> {
    let whole = bytes.get(start..end)?;
    let length = whole.iter().position(|byte| !is_token_byte(*byte))?;
    let (name, behind) = whole.split_at_checked(length)?;
    // RFC 3261 §7.3.1: white space may precede the colon.
    let value = match behind {
        [b':', value @ ..] => value,
        _ => trim(behind).strip_prefix(b":")?,
    };
    Some(Field {
        name: lookup(name),
        name_length: u8::try_from(name.len()).ok().filter(|length| *length > 0)?,
        name_start: u16::try_from(start).ok()?,
        value: Span::of(trim(value), bytes),
    })
}
