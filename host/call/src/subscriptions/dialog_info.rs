//! Documents that tell which calls somebody has (RFC 4235 §4): all of them in each document, so that one that is lost takes
//! nothing with it.

use std::fmt::Write;

use crate::subscriptions::xml::push_escaped;

/// Where a dialog stands (RFC 4235 §3.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DialogState {
    Trying,
    Early,
    Confirmed,
}

/// A side of a dialog as it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) display: String,
    pub(crate) uri: String,
}

/// A dialog as it is told, from where the watched one stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Names it among the dialogs of this one, for as long as it lasts.
    pub(crate) id: String,
    pub(crate) call_id: String,
    /// The tag of the watched one, if it has given one yet.
    pub(crate) local_tag: String,
    /// Our tag.
    pub(crate) remote_tag: String,
    /// Whether the watched one calls.
    pub(crate) calls: bool,
    pub(crate) state: DialogState,
    pub(crate) local: Identity,
    pub(crate) remote: Identity,
}

impl Watched {
    /// Leaves out what a call could be taken up by; the document need not have it (RFC 4235 §4.1.1).
    pub(crate) fn hide_identifiers(&mut self) {
        self.call_id.clear();
        self.local_tag.clear();
        self.remote_tag.clear();
    }
}

/// Writes the document. `ended` are the dialogs that were told before and are no more.
pub(crate) fn write(entity: &str, version: u32, dialogs: &[Watched], ended: &[String]) -> String {
    let mut out = String::with_capacity(256 + 640 * dialogs.len() + 64 * ended.len());
    out.push_str(
        "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\"",
    );
    let _ = write!(out, " version=\"{version}\" state=\"full\"");
    attribute(&mut out, "entity", entity);
    out.push_str(">\r\n");
    out.push_str(&list(dialogs));
    for id in ended {
        out.push_str("<dialog");
        attribute(&mut out, "id", id);
        out.push_str("><state>terminated</state></dialog>\r\n");
    }
    out.push_str("</dialog-info>\r\n");
    out
}

/// The dialogs alone: what two documents are compared by.
pub(crate) fn list(dialogs: &[Watched]) -> String {
    let mut out = String::with_capacity(640 * dialogs.len());
    for dialog in dialogs {
        one(&mut out, dialog);
    }
    out
}

fn one(out: &mut String, dialog: &Watched) {
    out.push_str("<dialog");
    attribute(out, "id", &dialog.id);
    let identifiers = [
        ("call-id", &dialog.call_id),
        ("local-tag", &dialog.local_tag),
        ("remote-tag", &dialog.remote_tag),
    ];
    for (name, value) in identifiers {
        if !value.is_empty() {
            attribute(out, name, value);
        }
    }
    let direction = if dialog.calls {
        "initiator"
    } else {
        "recipient"
    };
    attribute(out, "direction", direction);
    let state = match dialog.state {
        DialogState::Trying => "trying",
        DialogState::Early => "early",
        DialogState::Confirmed => "confirmed",
    };
    let _ = write!(out, "><state>{state}</state>");
    side(out, "local", &dialog.local);
    side(out, "remote", &dialog.remote);
    out.push_str("</dialog>\r\n");
}

fn side(out: &mut String, name: &str, identity: &Identity) {
    let _ = write!(out, "<{name}><identity");
    if !identity.display.is_empty() {
        attribute(out, "display", &identity.display);
    }
    out.push('>');
    push_escaped(out, &identity.uri);
    out.push_str("</identity><target");
    attribute(out, "uri", &identity.uri);
    let _ = write!(out, "/></{name}>");
}

fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    push_escaped(out, value);
    out.push('"');
}
