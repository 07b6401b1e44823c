//! Dialogs (RFC 3261 §12): who talks to whom, in which order, over which route. It sends nothing and keeps no session.

use std::borrow::Cow;

use crate::build::Builder;
use crate::message::fields::Fields;
use crate::message::header_name::HeaderName;
use crate::message::request::Request;
use crate::message::response::Response;
use crate::uri::view::{Uri, UriBuf};

mod route_set;

use route_set::RouteSet;

#[cfg(test)]
mod tests;

/// What a dialog is known by (RFC 3261 §12). Compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialogId {
    /// Call-ID.
    pub call_id: String,
    /// The tag of our side.
    pub local_tag: String,
    /// The tag of the other side; empty if it is of RFC 2543 and has none.
    pub remote_tag: String,
}

impl DialogId {
    /// The dialog that a received request belongs to; `None` if it has no To tag and so belongs to none.
    pub fn of_request(request: &Request) -> Option<DialogId> {
        Some(DialogId::new(
            request.call_id(),
            request.to().tag()?,
            request.from().tag().unwrap_or_default(),
        ))
    }

    /// The dialog that a received response belongs to.
    pub fn of_response(response: &Response) -> DialogId {
        DialogId::new(
            response.call_id(),
            response.from().tag().unwrap_or_default(),
            response.to().tag().unwrap_or_default(),
        )
    }

    fn new(call_id: &str, local_tag: &str, remote_tag: &str) -> DialogId {
        DialogId {
            call_id: call_id.to_owned(),
            local_tag: local_tag.to_owned(),
            remote_tag: remote_tag.to_owned(),
        }
    }
}

/// Why a message makes no dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogError {
    /// The response is a 100, or a final one that is no success.
    NoDialogResponse,
    /// The request has no Contact that names a place to send requests to: to be answered 400.
    NoContact,
    /// A Record-Route is malformed, or there are more than [`crate::limits::ROUTE_SET`]: to be answered 400.
    BadRecordRoute,
}

/// The sequence number of a request is lower than one that came before: to be answered 500 (RFC 3261 §12.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale;

/// What of an INVITE of ours its dialogs go back to.
#[derive(Debug, Clone, Copy)]
pub struct Invite<'a> {
    /// The Request-URI.
    pub uri: Uri<'a>,
    /// The value of From, tag included.
    pub from: &'a [u8],
    /// The number of CSeq.
    pub cseq: u32,
}

/// One dialog, early or confirmed.
#[derive(Debug, Clone)]
pub struct Dialog {
    id: DialogId,
    /// The value of From in our requests, tag included.
    local: Box<[u8]>,
    /// The value of To in our requests, tag included.
    remote: Box<[u8]>,
    local_seq: u32,
    remote_seq: Option<u32>,
    remote_target: UriBuf,
    route_set: RouteSet,
    is_early: bool,
}

impl Dialog {
    /// The dialog of a UAC, from a 101–199 or 2xx (RFC 3261 §12.1.2). Each To tag makes one of its own: an INVITE that forks
    /// has several. A response without Contact leaves the Request-URI as remote target.
    ///
    /// # Errors
    /// [`DialogError::NoDialogResponse`], [`DialogError::BadRecordRoute`].
    pub fn uac(request: &Request, response: &Response) -> Result<Dialog, DialogError> {
        let invite = Invite {
            uri: request.uri(),
            from: request.from().as_bytes(),
            cseq: request.cseq().number,
        };
        Dialog::uac_of(invite, response)
    }

    /// As [`Dialog::uac`], for an INVITE that is not at hand as a message.
    ///
    /// # Errors
    /// As [`Dialog::uac`].
    pub fn uac_of(invite: Invite<'_>, response: &Response) -> Result<Dialog, DialogError> {
        if !(101..300).contains(&response.status()) {
            return Err(DialogError::NoDialogResponse);
        }
        let remote_target = contact(response).unwrap_or_else(|| invite.uri.to_owned());
        Ok(Dialog {
            id: DialogId::of_response(response),
            local: invite.from.into(),
            remote: response.to().as_bytes().into(),
            local_seq: invite.cseq,
            remote_seq: None,
            remote_target,
            route_set: RouteSet::of_uac(response)?,
            is_early: response.is_provisional(),
        })
    }

    /// The dialog of a UAS, early until [`Dialog::confirm_uas`] (RFC 3261 §12.1.1).
    ///
    /// # Errors
    /// [`DialogError::NoContact`], [`DialogError::BadRecordRoute`].
    pub fn uas(request: &Request, local_tag: &str) -> Result<Dialog, DialogError> {
        let mut local = request.to().as_bytes().to_vec();
        if request.to().tag().is_none() {
            local.extend_from_slice(b";tag=");
            local.extend_from_slice(local_tag.as_bytes());
        }
        let remote_tag = request.from().tag().unwrap_or_default();
        let local_tag = request.to().tag().unwrap_or(local_tag);
        Ok(Dialog {
            id: DialogId::new(request.call_id(), local_tag, remote_tag),
            local: local.into(),
            remote: request.from().as_bytes().into(),
            local_seq: 0,
            remote_seq: Some(request.cseq().number),
            remote_target: contact(request).ok_or(DialogError::NoContact)?,
            route_set: RouteSet::of_uas(request)?,
            is_early: true,
        })
    }

    /// The identifier.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Whether no 2xx was sent or received yet.
    pub fn is_early(&self) -> bool {
        self.is_early
    }

    /// The number of our latest request; 0 if there was none.
    pub fn local_seq(&self) -> u32 {
        self.local_seq
    }

    /// The number of the other side's latest request.
    pub fn remote_seq(&self) -> Option<u32> {
        self.remote_seq
    }

    /// Where the other side wants its requests.
    pub fn remote_target(&self) -> Uri<'_> {
        self.remote_target.as_uri()
    }

    /// The route set, the next proxy first: values of Route as they stand in our requests to a loose router.
    pub fn route_set(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.route_set.values().map(String::from_utf8_lossy)
    }

    /// The value of From in our requests.
    pub fn local(&self) -> &[u8] {
        &self.local
    }

    /// The value of To in our requests.
    pub fn remote(&self) -> &[u8] {
        &self.remote
    }

    /// The URI whose host, port and transport say where our requests go next (RFC 3261 §8.1.2): the first proxy, or the
    /// remote target.
    pub fn next_hop(&self) -> Uri<'_> {
        self.route_set
            .first()
            .unwrap_or_else(|| self.remote_target.as_uri())
    }

    /// The UAC got the 2xx of an early dialog: its Contact and route set count from now on (RFC 3261 §13.2.2.4).
    ///
    /// # Errors
    /// [`DialogError::BadRecordRoute`]; the dialog stays as it is.
    pub fn confirm_uac(&mut self, response: &Response) -> Result<(), DialogError> {
        if !self.is_early {
            return Ok(());
        }
        self.route_set = RouteSet::of_uac(response)?;
        self.is_early = false;
        self.update_target(response);
        Ok(())
    }

    /// The UAS sent a 2xx.
    pub fn confirm_uas(&mut self) {
        self.is_early = false;
    }

    /// A request of the other side, neither ACK nor CANCEL: checks and remembers its number. Gaps are allowed.
    ///
    /// # Errors
    /// [`Stale`]: the number is lower than the one before.
    pub fn accept(&mut self, request: &Request) -> Result<(), Stale> {
        let number = request.cseq().number;
        if self.remote_seq.is_some_and(|latest| number < latest) {
            return Err(Stale);
        }
        self.remote_seq = Some(number);
        Ok(())
    }

    /// A target refresh (re-INVITE, UPDATE, or a 2xx to one): the Contact, if there is one, becomes the remote target. The
    /// route set stays (RFC 3261 §12.2).
    pub fn update_target(&mut self, message: &Fields) {
        if let Some(target) = contact(message) {
            self.remote_target = target;
        }
    }

    /// A new request in the dialog, neither ACK nor CANCEL, with the next number (RFC 3261 §12.2.1.1). `via` is the whole value
    /// with a new branch. The caller adds Contact, body and what else it needs, and sends it to [`Dialog::next_hop`].
    pub fn request(&mut self, method: &str, via: &str) -> Builder {
        self.local_seq = self.local_seq.saturating_add(1);
        self.message(method, self.local_seq, via)
    }

    /// The ACK for a 2xx to our INVITE whose number was `cseq` (RFC 3261 §13.2.2.4). `via` has a branch of its own.
    pub fn ack(&self, cseq: u32, via: &str) -> Builder {
        self.message("ACK", cseq, via)
    }

    /// Takes over a number that was used outside: a request that was sent again with credentials (RFC 3261 §22.2).
    pub fn use_local_seq(&mut self, number: u32) {
        self.local_seq = self.local_seq.max(number);
    }

    fn message(&self, method: &str, number: u32, via: &str) -> Builder {
        let target = self.remote_target.as_uri();
        let mut builder = Builder::request(method, &self.route_set.request_uri(target))
            .raw_header(HeaderName::Via, via.as_bytes())
            .number(HeaderName::MaxForwards, 70);
        for route in self.route_set.routes(target) {
            builder.add_raw_header(HeaderName::Route, &route);
        }
        builder
            .raw_header(HeaderName::From, &self.local)
            .raw_header(HeaderName::To, &self.remote)
            .raw_header(HeaderName::CallId, self.id.call_id.as_bytes())
            .cseq(number, method)
    }
}

fn contact(message: &Fields) -> Option<UriBuf> {
    message.contact().map(|contact| contact.uri().to_owned())
}
