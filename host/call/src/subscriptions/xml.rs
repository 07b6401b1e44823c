//! The little XML that is needed: text made safe to be put between tags, and whether a document of somebody else is well
//! formed. It is no parser: nothing is read out of a document.

/// How deep the elements of a document may be nested.
const DEPTH: usize = 32;

/// Text as it may stand between tags and in quoted attributes: what XML cannot hold is left out.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

/// Whether a document is well formed, has `root` (without its prefix) as its outermost element, and declares nothing: a
/// document type could define entities that blow up whoever reads them.
pub(crate) fn is_well_formed(document: &[u8], root: &str) -> bool {
    let Ok(text) = std::str::from_utf8(document) else {
        return false;
    };
    check(text.trim_start_matches('\u{feff}').trim(), root).is_some()
}

fn check(mut rest: &str, root: &str) -> Option<()> {
    let mut open: Vec<&str> = Vec::new();
    let mut seen_root = false;
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (text, after) = rest.split_at_checked(end)?;
            if open.is_empty() && !text.trim().is_empty() || !is_text(text) {
                return None;
            }
            rest = after;
            continue;
        };
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if let Some(section) = tag.strip_prefix("![CDATA[").filter(|_| !open.is_empty()) {
            rest = section.split_once("]]>")?.1;
        } else if let Some(instruction) = tag.strip_prefix('?') {
            rest = instruction.split_once("?>")?.1;
        } else if let Some(end) = tag.strip_prefix('/') {
            let (name, after) = end.split_once('>')?;
            if open.pop() != Some(name.trim_end()) {
                return None;
            }
            rest = after;
        } else {
            let (name, closed, after) = start_tag(tag)?;
            if open.is_empty() && (seen_root || local(name) != root) || open.len() >= DEPTH {
                return None;
            }
            seen_root = true;
            if !closed {
                open.push(name);
            }
            rest = after;
        }
    }
    (open.is_empty() && seen_root).then_some(())
}

/// The name of a start tag, whether the element is closed by it, and what comes after.
fn start_tag(tag: &str) -> Option<(&str, bool, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || "-._:".contains(c);
    let end = tag.find(|c: char| !is_name(c))?;
    let (name, mut rest) = tag.split_at_checked(end)?;
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    loop {
        let trimmed = rest.trim_start();
        if let Some(after) = trimmed.strip_prefix("/>") {
            return Some((name, true, after));
        }
        if let Some(after) = trimmed.strip_prefix('>') {
            return Some((name, false, after));
        }
        if trimmed.len() == rest.len() {
            return None;
        }
        let (attribute, value) = trimmed.split_once('=')?;
        let attribute = attribute.trim_end();
        if attribute.is_empty() || !attribute.chars().all(is_name) {
            return None;
        }
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = value.get(1..)?.split_once(quote)?;
        if value.contains('<') || !is_text(value) {
            return None;
        }
        rest = after;
    }
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Whether every `&` begins a reference to a character, or to one of the five entities that need no declaration.
fn is_text(text: &str) -> bool {
    let mut parts = text.split('&');
    parts.next();
    parts.all(|part| {
        let Some((name, _)) = part.split_once(';') else {
            return false;
        };
        match name.strip_prefix('#') {
            Some(number) => match number.strip_prefix('x') {
                Some(hex) => !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()),
                None => !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()),
            },
            None => matches!(name, "amp" | "lt" | "gt" | "quot" | "apos"),
        }
    })
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
