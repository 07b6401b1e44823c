//! Mailboxes as phones see them: how many messages wait (RFC 3842 §5). The messages themselves are elsewhere.

use std::fmt::Write;

/// How many messages of a kind wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Messages that nobody has heard.
    pub new: u32,
    /// Messages that somebody has heard.
    pub old: u32,
    /// How many of the new ones are urgent.
    pub urgent_new: u32,
    /// How many of the old ones are urgent.
    pub urgent_old: u32,
}

/// Writes the document. `account` is the mailbox's own address.
pub(crate) fn write(account: &str, mailbox: Mailbox) -> String {
    let waiting = if mailbox.new > 0 { "yes" } else { "no" };
    let Mailbox {
        new,
        old,
        urgent_new,
        urgent_old,
    } = mailbox;
    let mut out = String::with_capacity(128);
    let _ = write!(
        out,
        "Messages-Waiting: {waiting}\r\nMessage-Account: {account}\r\n\
         Voice-Message: {new}/{old} ({urgent_new}/{urgent_old})\r\n"
    );
    out
}

/// Reads a document that somebody published. `None`: it does not say whether messages wait.
pub(crate) fn read(document: &[u8]) -> Option<Mailbox> {
    let text = std::str::from_utf8(document).ok()?;
    let field = |name: &str| {
        let mut fields = text.lines().filter_map(|line| line.split_once(':'));
        let found = fields.find(|(given, _)| given.trim().eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    let waiting = field("Messages-Waiting")?;
    let is_waiting = waiting.eq_ignore_ascii_case("yes");
    if !is_waiting && !waiting.eq_ignore_ascii_case("no") {
        return None;
    }
    let Some(counts) = field("Voice-Message") else {
        return Some(Mailbox {
            new: is_waiting.into(),
            ..Mailbox::default()
        });
    };
    let (messages, urgent) = counts.split_once('(').unwrap_or((counts, "0/0"));
    let (new, old) = pair(messages)?;
    let (urgent_new, urgent_old) = pair(urgent.trim_end_matches([')', ' ']))?;
    Some(Mailbox {
        new,
        old,
        urgent_new,
        urgent_old,
    })
}

fn pair(text: &str) -> Option<(u32, u32)> {
    let (new, old) = text.split_once('/')?;
    Some((new.trim().parse().ok()?, old.trim().parse().ok()?))
}

#[cfg(test)]
#[path = "mailbox_tests.rs"]
mod tests;
