//! The grammar that challenges and credentials share: a scheme, then `name=value` pairs, values quoted or not.

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;

/// An iterator over the parameters of a `Digest` header value; `None` from [`digest_parameters`] for another scheme. A pair
/// that breaks the grammar comes as `Err`.
#[derive(Debug, Clone)]
pub(super) struct Parameters<'a> {
    rest: &'a str,
}

/// One parameter: its name as written, its value without the quotes (escapes are left in).
pub(super) type Parameter<'a> = (&'a str, &'a str);

/// The text breaks the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// The parameters after the scheme `Digest`; `None` if the scheme is another.
pub(super) fn digest_parameters(value: &str) -> Option<Parameters<'_>> {
    let value = value.trim_ascii_start();
    let (scheme, rest) = value.split_at_checked(6)?;
    let rest_is_apart = rest.starts_with([' ', '\t', '\r', '\n']);
    (scheme.eq_ignore_ascii_case("Digest") && rest_is_apart).then_some(Parameters { rest })
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        // Empty list elements are allowed (RFC 7230 §7).
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if self.rest.is_empty() {
            return None;
        }
        let pair = self.pair();
        if pair.is_none() {
            self.rest = "";
        }
        Some(pair.ok_or(Broken))
    }
}

impl<'a> Parameters<'a> {
    fn pair(&mut self) -> Option<Parameter<'a>> {
        let (name, rest) = self.rest.split_once('=')?;
        let name = name.trim_ascii_end();
        if name.is_empty() || name.contains(|c: char| c.is_ascii_whitespace() || "\",".contains(c))
        {
            return None;
        }
        let rest = rest.trim_ascii_start();
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = closing_quote(quoted)?;
                (quoted.get(..end)?, quoted.get(end + 1..)?)
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (value, rest) = rest.split_at_checked(end)?;
                // It may come to stand between quotes when it is returned.
                if value.contains(['"', '\\']) {
                    return None;
                }
                (value.trim_ascii_end(), rest)
            }
        };
        let rest = rest.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        self.rest = rest;
        Some((name, value))
    }
}

/// Where the quoted string ends that begins with `text`.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// The value with its escapes taken away (RFC 3261 §25.1, quoted-pair).
pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

/// The value with quotes and backslashes escaped, for a quoted string. Line ends are left out: they would end the header.
pub(super) fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\r' | '\n' => {}
            other => text.push(other),
        }
    }
    text
}
