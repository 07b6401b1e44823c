//! Header field names: the known ones with their compact forms, all others as text.

use std::fmt;

macro_rules! header_names {
    ($($variant:ident $name:literal $kind:ident,)*) => {
        /// The name of a header field. Names are compared without case; a compact form is the name it stands for.
        #[derive(Debug, Clone, Copy)]
        #[allow(missing_docs)] // The variants are the names of the fields.
        pub enum HeaderName<'a> {
            $($variant,)*
            /// A name that this crate does not know, as it was written.
            Other(&'a str),
        }

        /// The known names in the order of their numbers.
        const KNOWN: &[(HeaderName<'static>, &str, Kind)] =
            &[$((HeaderName::$variant, $name, Kind::$kind),)*];

        #[repr(u8)]
        #[allow(dead_code)]
        enum Number {
            $($variant,)*
        }

        impl<'a> HeaderName<'a> {
            /// The place in the list of known names; [`OTHER`] for all others.
            pub(crate) const fn number(self) -> u8 {
                match self {
                    $(HeaderName::$variant => Number::$variant as u8,)*
                    HeaderName::Other(_) => OTHER,
                }
            }

            /// The name as it is written in a message, long form.
            pub const fn as_str(self) -> &'a str {
                match self {
                    $(HeaderName::$variant => $name,)*
                    HeaderName::Other(name) => name,
                }
            }
        }
    };
}

/// Whether the grammar of a field is a comma list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    One,
    List,
}

/// The number of every name that is not known.
pub(crate) const OTHER: u8 = u8::MAX;

header_names! {
    Accept "Accept" List,
    AcceptContact "Accept-Contact" List,
    AcceptEncoding "Accept-Encoding" List,
    AcceptLanguage "Accept-Language" List,
    AlertInfo "Alert-Info" List,
    Allow "Allow" List,
    AllowEvents "Allow-Events" List,
    AuthenticationInfo "Authentication-Info" One,
    Authorization "Authorization" One,
    CallId "Call-ID" One,
    CallInfo "Call-Info" List,
    Contact "Contact" List,
    ContentDisposition "Content-Disposition" One,
    ContentEncoding "Content-Encoding" List,
    ContentLanguage "Content-Language" List,
    ContentLength "Content-Length" One,
    ContentType "Content-Type" One,
    CSeq "CSeq" One,
    Date "Date" One,
    Diversion "Diversion" List,
    ErrorInfo "Error-Info" List,
    Event "Event" One,
    Expires "Expires" One,
    From "From" One,
    HistoryInfo "History-Info" List,
    Identity "Identity" One,
    IdentityInfo "Identity-Info" One,
    InReplyTo "In-Reply-To" List,
    MaxForwards "Max-Forwards" One,
    MimeVersion "MIME-Version" One,
    MinExpires "Min-Expires" One,
    MinSe "Min-SE" One,
    Organization "Organization" One,
    PAssertedIdentity "P-Asserted-Identity" List,
    PPreferredIdentity "P-Preferred-Identity" List,
    Path "Path" List,
    Priority "Priority" One,
    Privacy "Privacy" One,
    ProxyAuthenticate "Proxy-Authenticate" One,
    ProxyAuthorization "Proxy-Authorization" One,
    ProxyRequire "Proxy-Require" List,
    RAck "RAck" One,
    Reason "Reason" List,
    RecordRoute "Record-Route" List,
    ReferSub "Refer-Sub" One,
    ReferTo "Refer-To" One,
    ReferredBy "Referred-By" One,
    RejectContact "Reject-Contact" List,
    RemotePartyId "Remote-Party-ID" List,
    Replaces "Replaces" One,
    ReplyTo "Reply-To" One,
    RequestDisposition "Request-Disposition" List,
    Require "Require" List,
    RetryAfter "Retry-After" One,
    Route "Route" List,
    RSeq "RSeq" One,
    Server "Server" One,
    ServiceRoute "Service-Route" List,
    SessionExpires "Session-Expires" One,
    SipEtag "SIP-ETag" One,
    SipIfMatch "SIP-If-Match" One,
    Subject "Subject" One,
    SubscriptionState "Subscription-State" One,
    Supported "Supported" List,
    TargetDialog "Target-Dialog" One,
    Timestamp "Timestamp" One,
    To "To" One,
    Unsupported "Unsupported" List,
    UserAgent "User-Agent" One,
    Via "Via" List,
    Warning "Warning" List,
    WwwAuthenticate "WWW-Authenticate" One,
}

impl<'a> HeaderName<'a> {
    /// The name that `name`, in whatever case, long or compact, stands for.
    pub fn from_name(name: &'a str) -> HeaderName<'a> {
        HeaderName::from_number(lookup(name.as_bytes())).unwrap_or(HeaderName::Other(name))
    }

    /// The known name of that number.
    pub(crate) fn from_number(number: u8) -> Option<HeaderName<'a>> {
        KNOWN.get(usize::from(number)).map(|(known, _, _)| *known)
    }

    /// Whether the field is a comma list, so that one field of two values means the same as two fields (RFC 3261 §7.3.1).
    pub fn is_list(self) -> bool {
        let known = KNOWN.get(usize::from(self.number()));
        known.is_some_and(|(_, _, kind)| *kind == Kind::List)
    }
}

impl PartialEq for HeaderName<'_> {
    fn eq(&self, other: &HeaderName<'_>) -> bool {
        self.number() == other.number() && self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for HeaderName<'_> {}

impl<'a> From<&'a str> for HeaderName<'a> {
    fn from(name: &'a str) -> HeaderName<'a> {
        HeaderName::from_name(name)
    }
}

impl<'a> From<&'a String> for HeaderName<'a> {
    fn from(name: &'a String) -> HeaderName<'a> {
        HeaderName::from_name(name)
    }
}

impl fmt::Display for HeaderName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The number of a name, [`OTHER`] if it is not known.
pub(crate) fn lookup(name: &[u8]) -> u8 {
    if let [letter] = name {
        return compact(letter.to_ascii_lowercase());
    }
    let mut slot = hash(name);
    loop {
        let number = SLOTS.get(slot).copied().unwrap_or(OTHER);
        match KNOWN.get(usize::from(number)) {
            None => return OTHER,
            // Most write names as the RFC does, and equality is cheaper than equality without case.
            Some((_, known, _)) if known.as_bytes() == name => return number,
            Some((_, known, _)) if known.as_bytes().eq_ignore_ascii_case(name) => return number,
            Some(_) => slot = (slot + 1) % SLOT_COUNT,
        }
    }
}

/// The compact forms (RFC 3261 §20, RFC 3515, 3841, 3892, 4028, 4474, 6665).
fn compact(letter: u8) -> u8 {
    let name = match letter {
        b'a' => HeaderName::AcceptContact,
        b'b' => HeaderName::ReferredBy,
        b'c' => HeaderName::ContentType,
        b'd' => HeaderName::RequestDisposition,
        b'e' => HeaderName::ContentEncoding,
        b'f' => HeaderName::From,
        b'i' => HeaderName::CallId,
        b'j' => HeaderName::RejectContact,
        b'k' => HeaderName::Supported,
        b'l' => HeaderName::ContentLength,
        b'm' => HeaderName::Contact,
        b'n' => HeaderName::IdentityInfo,
        b'o' => HeaderName::Event,
        b'r' => HeaderName::ReferTo,
        b's' => HeaderName::Subject,
        b't' => HeaderName::To,
        b'u' => HeaderName::AllowEvents,
        b'v' => HeaderName::Via,
        b'x' => HeaderName::SessionExpires,
        b'y' => HeaderName::Identity,
        _ => return OTHER,
    };
    name.number()
}

const SLOT_COUNT: usize = 512;

/// An open-addressed table from [`hash`] to the number of a name, made by the compiler.
#[allow(clippy::indexing_slicing)] // The compiler runs it: a slip is an error there, no panic.
const SLOTS: [u8; SLOT_COUNT] = {
    let mut slots = [OTHER; SLOT_COUNT];
    let mut number = 0;
    while number < KNOWN.len() {
        let mut slot = hash(KNOWN[number].1.as_bytes());
        while slots[slot] != OTHER {
            slot = (slot + 1) % SLOT_COUNT;
        }
        slots[slot] = number as u8;
        number += 1;
    }
    slots
};

/// Of the length and the first, middle and last letter, without case.
const fn hash(name: &[u8]) -> usize {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return 0;
    };
    let middle = match name.split_at_checked(name.len() / 2) {
        Some((_, behind)) => match behind.first() {
            Some(byte) => *byte,
            None => 0,
        },
        None => 0,
    };
    let sum = name.len() * 7
        + (*first | 0x20) as usize * 3
        + (middle | 0x20) as usize * 31
        + (*last | 0x20) as usize * 13;
    sum % SLOT_COUNT
}

#[cfg(test)]
mod tests;
