//! The proxies that stay in the path of a dialog, and how a request is addressed through them, be they loose or strict
//! routers (RFC 3261 §12.2.1.1).

use std::borrow::Cow;

use super::DialogError;
use crate::limits;
use crate::message::fields::Fields;
use crate::message::name_addr::NameAddr;
use crate::uri::view::Uri;

/// Values of Record-Route, the next proxy first. Each is well formed.
#[derive(Debug, Clone, Default)]
pub(super) struct RouteSet {
    values: Vec<Box<[u8]>>,
}

impl RouteSet {
    /// §12.1.2: in reverse order.
    pub(super) fn of_uac(response: &Fields) -> Result<RouteSet, DialogError> {
        let mut set = RouteSet::of_uas(response)?;
        set.values.reverse();
        Ok(set)
    }

    /// §12.1.1: in the order of the request.
    pub(super) fn of_uas(request: &Fields) -> Result<RouteSet, DialogError> {
        let mut values = Vec::new();
        for route in request.record_routes() {
            let route = route.map_err(|_| DialogError::BadRecordRoute)?;
            if values.len() == limits::ROUTE_SET {
                return Err(DialogError::BadRecordRoute);
            }
            values.push(route.as_bytes().into());
        }
        Ok(RouteSet { values })
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.iter().map(AsRef::as_ref)
    }

    /// The URI of the next proxy.
    pub(super) fn first(&self) -> Option<Uri<'_>> {
        let first = self.values.first()?;
        NameAddr::parse(first).ok().map(|address| address.uri())
    }

    /// The Request-URI: the remote target, or the next proxy if that is a strict router.
    pub(super) fn request_uri<'a>(&'a self, target: Uri<'a>) -> Cow<'a, str> {
        allowed(self.strict_router().unwrap_or(target))
    }

    /// The values of Route: all proxies, or with a strict router all but that and the remote target behind them.
    pub(super) fn routes(&self, target: Uri<'_>) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let is_strict = self.strict_router().is_some();
        let last = is_strict.then(|| Cow::Owned(format!("<{target}>").into_bytes()));
        let proxies = self.values().skip(usize::from(is_strict));
        proxies.map(Cow::Borrowed).chain(last)
    }

    /// The next proxy, if its URI lacks the parameter `lr`.
    fn strict_router(&self) -> Option<Uri<'_>> {
        self.first().filter(|uri| !uri.params().has("lr"))
    }
}

/// The URI without what a Request-URI may not have: headers and the parameter `method` (§19.1.1).
fn allowed(uri: Uri<'_>) -> Cow<'_, str> {
    let text = uri.as_str();
    let headers = uri.raw_headers();
    let text = match headers {
        "" => text,
        headers => text
            .strip_suffix(headers)
            .and_then(|text| text.strip_suffix('?'))
            .unwrap_or(text),
    };
    let params = uri.params();
    if !params.has("method") {
        return Cow::Borrowed(text);
    }
    let Some(base) = text
        .strip_suffix(params.as_str())
        .and_then(|text| text.strip_suffix(';'))
    else {
        return Cow::Borrowed(text);
    };
    let mut allowed = base.to_owned();
    for param in params.iter() {
        if !param.name.eq_ignore_ascii_case("method") {
            allowed.push(';');
            allowed.push_str(param.name);
            if let Some(value) = param.raw_value {
                allowed.push('=');
                allowed.push_str(value);
            }
        }
    }
    Cow::Owned(allowed)
}
