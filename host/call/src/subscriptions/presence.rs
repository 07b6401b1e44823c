//! Documents that tell whether somebody can be reached (RFC 3863, with the activities of RFC 4480), for those who publish
//! none themselves.

use crate::subscriptions::xml::push_escaped;

/// What is known of somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Presence {
    /// Whether it has a phone registered.
    pub(crate) is_registered: bool,
    /// Whether it is in a call.
    pub(crate) is_calling: bool,
    /// Whether it does not want to be disturbed.
    pub(crate) do_not_disturb: bool,
}

/// Writes the document.
pub(crate) fn write(entity: &str, presence: Presence) -> String {
    let mut out = String::with_capacity(768);
    out.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
         xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"",
    );
    push_escaped(&mut out, entity);
    let basic = if presence.is_registered {
        "open"
    } else {
        "closed"
    };
    out.push_str("\">\r\n<tuple id=\"switch\"><status><basic>");
    out.push_str(basic);
    out.push_str("</basic></status><contact>");
    push_escaped(&mut out, entity);
    out.push_str("</contact>");
    let (activity, note) = match presence {
        Presence {
            is_registered: false,
            ..
        } => ("", "Offline"),
        Presence {
            do_not_disturb: true,
            ..
        } => ("<rpid:busy/>", "Do not disturb"),
        Presence {
            is_calling: true, ..
        } => ("<rpid:on-the-phone/>", "On the phone"),
        _ => ("", "Available"),
    };
    out.push_str("<note>");
    out.push_str(note);
    out.push_str("</note></tuple>\r\n<dm:person id=\"person\">");
    if !activity.is_empty() {
        out.push_str("<rpid:activities>");
        out.push_str(activity);
        out.push_str("</rpid:activities>");
    }
    out.push_str("<dm:note>");
    out.push_str(note);
    out.push_str("</dm:note></dm:person>\r\n</presence>\r\n");
    out
}
