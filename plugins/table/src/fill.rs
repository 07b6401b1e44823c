//! Puts words of the call into a script: `{callee}`, `{caller}` and `{rest}`, what follows the literal prefix of the pattern.

use std::fmt::Write;

use switchhook_sdk::prelude::*;

/// What the placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The dialled number.
    pub callee: &'a str,
    /// The calling number.
    pub caller: &'a str,
    /// What follows the literal prefix of the pattern in the dialled number.
    pub rest: &'a str,
}

/// Fills the placeholders in every place of a script where a number can stand.
pub fn script(script: &mut Script, words: &Words<'_>) {
    for verb in script {
        match verb {
            Verb::Connect(connect) => {
                for target in &mut connect.targets {
                    endpoint(&mut target.endpoint, words);
                }
                let shown = [&mut connect.caller_id, &mut connect.caller_name];
                for shown in shown.into_iter().flatten() {
                    text(shown, words, as_is);
                }
                headers(&mut connect.headers, words);
            }
            Verb::Voicemail(voicemail) => text(&mut voicemail.mailbox, words, as_is),
            Verb::Conference(conference) => text(&mut conference.room, words, as_is),
            Verb::Stream(stream) => variables(&mut stream.parameters, words),
            Verb::SetVariable(variable) => text(&mut variable.value, words, as_is),
            Verb::Respond(respond) => headers(&mut respond.headers, words),
            Verb::Redial(redial) => text(&mut redial.callee, words, as_is),
            Verb::Answer
            | Verb::Announce(_)
            | Verb::Gather(_)
            | Verb::Enqueue(_)
            | Verb::Record(_)
            | Verb::Pause(_)
            | Verb::SendDigits(_)
            | Verb::Delegate(_) => {}
        }
    }
}

fn endpoint(endpoint: &mut Endpoint, words: &Words<'_>) {
    match endpoint {
        Endpoint::Client(username) => text(username, words, as_is),
        Endpoint::Trunk(trunk) => text(&mut trunk.number, words, as_is),
        Endpoint::Uri(uri) => text(uri, words, escaped),
        Endpoint::RingGroup(name) => text(name, words, as_is),
    }
}

fn headers(headers: &mut [Header], words: &Words<'_>) {
    for header in headers {
        text(&mut header.value, words, as_is);
    }
}

fn variables(variables: &mut [Variable], words: &Words<'_>) {
    for variable in variables {
        text(&mut variable.value, words, as_is);
    }
}

fn text(text: &mut String, words: &Words<'_>, write: fn(&str, &mut String)) {
    if !text.contains('{') {
        return;
    }
    let mut filled = String::with_capacity(text.len() + 16);
    let mut left = text.as_str();
    while let Some(at) = left.find('{') {
        let (before, placeholder) = left.split_at(at);
        filled.push_str(before);
        let known = [
            ("{callee}", words.callee),
            ("{caller}", words.caller),
            ("{rest}", words.rest),
        ];
        let found = known
            .iter()
            .find_map(|(name, word)| Some((word, placeholder.strip_prefix(name)?)));
        left = match found {
            Some((word, after)) => {
                write(word, &mut filled);
                after
            }
            None => {
                filled.push('{');
                &placeholder[1..]
            }
        };
    }
    filled.push_str(left);
    *text = filled;
}

fn as_is(word: &str, out: &mut String) {
    out.push_str(word);
}

/// The caller chose these words: in a URI nothing of them may end the user part (RFC 3261 §25.1, `user`).
fn escaped(word: &str, out: &mut String) {
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
#[path = "fill_tests.rs"]
mod tests;
