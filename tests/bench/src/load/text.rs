//! Just enough reading of SIP messages for a load generator that knows what its peer sends. Not a parser.

/// The value of the first header field of this name, trimmed.
pub fn header<'a>(message: &'a str, name: &'a str) -> Option<&'a str> {
    headers(message, name).next()
}

/// The values of all header fields of this name, trimmed.
pub(super) fn headers<'a>(message: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    message
        .split("\r\n")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(move |line| {
            let (field, value) = line.split_once(':')?;
            field
                .trim_end()
                .eq_ignore_ascii_case(name)
                .then_some(value.trim())
        })
}

/// The status code of a response.
pub(super) fn status(message: &str) -> Option<u16> {
    message.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

/// The URI of a Contact.
pub(super) fn contact_uri(message: &str) -> Option<&str> {
    let value = header(message, "Contact").or_else(|| header(message, "m"))?;
    let start = value.find('<').map_or(0, |at| at + 1);
    let rest = &value[start..];
    Some(
        &rest[..rest
            .find(['>', ';'])
            .filter(|_| start == 0)
            .or_else(|| rest.find('>'))
            .unwrap_or(rest.len())],
    )
}
