//! Just enough reading of SIP messages for a load generator that knows what its peer sends. Not a parser.

use std::net::SocketAddr;

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

/// A response to a request, with a session description or without. `tag` is for a To that has none; `contact` is this side's.
pub(super) fn response(
    request: &str,
    status: &str,
    tag: &str,
    contact: SocketAddr,
    body: &str,
) -> String {
    let mut text = String::with_capacity(1024);
    text.push_str("SIP/2.0 ");
    text.push_str(status);
    for name in ["Via", "Record-Route", "From", "Call-ID", "CSeq"] {
        for value in headers(request, name) {
            text.extend(["\r\n", name, ": ", value]);
        }
    }
    let to = header(request, "To").unwrap_or_default();
    text.extend(["\r\nTo: ", to]);
    if !to.contains(";tag=") {
        text.extend([";tag=", tag]);
    }
    text.push_str(&format!("\r\nContact: <sip:callee@{contact}>\r\n"));
    if !body.is_empty() {
        text.push_str("Content-Type: application/sdp\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text
}

/// The user part of the Request-URI.
pub(super) fn dialled(request: &str) -> Option<&str> {
    let uri = request.split(' ').nth(1)?;
    let (user, _) = uri.split_once(':')?.1.split_once('@')?;
    Some(user)
}

/// What follows the header fields.
pub(super) fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
