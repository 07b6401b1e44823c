//! Where a transfer goes: what a Refer-To means in the domain of the call, and who may ask for it.

use std::sync::Arc;

use switchhook_routing::call::Origin;
use switchhook_routing::verb::{Connect, Endpoint, Target, Verb};
use switchhook_sip::uri::Uri;

use crate::admission::{self, CallSource, is_own_host, named};
use crate::allowance::{Forbidden, may_reach};
use crate::call::party::Who;
use crate::call::routing::Plan;
use crate::config::Domain;
use crate::core::{Core, Reply};
use crate::dialplan::Route;
use crate::transfer::replaces::{Replaces, of_uri};

/// What is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whither {
    /// This number, as the dialplan of who transfers says.
    Number(String),
    /// This URI, which is none of the switch's.
    Uri(String),
    /// Nobody: the party that stays waits in a slot; empty: in any.
    Park(String),
}

/// How a new call goes on that a transfer has made.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    /// The number that is dialled, or what stands for it.
    pub(crate) callee: String,
    pub(crate) plan: Plan,
    pub(crate) route: Arc<Route>,
}

/// What a Refer-To names, and the dialog there whose place is to be taken.
pub(crate) fn whither(
    core: &Core,
    domain: &Domain,
    uri: &Uri<'_>,
) -> Result<(Whither, Option<Replaces>), Reply> {
    if !(uri.is_sip() || uri.is_tel()) {
        return Err(Reply::new(416));
    }
    let replaces = match of_uri(uri) {
        Some(Ok(replaces)) => Some(replaces),
        Some(Err(())) => return Err(Reply::new(400)),
        None => None,
    };
    let is_ours = match named(&core.config, uri) {
        Some(other) if other.name != domain.name => return Err(Reply::new(403)),
        Some(_) => true,
        None => uri.is_tel() || is_own_host(&core.config, uri),
    };
    if !is_ours {
        // Header fields of a URI are not ours to carry out (RFC 3261 §19.1.5).
        let text = uri.as_str().split('?').next().unwrap_or_default();
        return Ok((Whither::Uri(text.to_owned()), replaces));
    }
    let user = uri.user().filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| Reply::new(400))?.into_owned();
    let whither = match domain.parks(&user) {
        Some(slot) => Whither::Park(slot),
        None => Whither::Number(user),
    };
    Ok((whither, replaces))
}

/// How a call goes on that is transferred there by `who`, whose dialplan is `plan`.
pub(crate) fn course(domain: &Domain, whither: &Whither, plan: Plan) -> Result<Course, Reply> {
    match whither {
        Whither::Number(number) => {
            let route = admission::route_of(domain, &plan, number);
            let route = route.ok_or_else(|| Reply::new(404))?;
            Ok(Course {
                callee: number.clone(),
                plan,
                route,
            })
        }
        Whither::Uri(uri) if !domain.transfers_outside => {
            let _ = uri;
            Err(Reply::new(403))
        }
        Whither::Uri(uri) => Ok(straight_to(Endpoint::Uri(uri.clone()), uri.clone(), plan)),
        Whither::Park(slot) => Ok(Course {
            callee: slot.clone(),
            plan,
            route: Arc::new(Route::default()),
        }),
    }
}

/// Whether the limits of `who` let it send somebody there. How many calls it has is no matter: it leaves this one.
pub(crate) fn may_send(
    core: &Core,
    domain: &Domain,
    who: &Who,
    whither: &Whither,
) -> Result<(), Reply> {
    match (whither, &who.client) {
        (Whither::Number(to) | Whither::Uri(to), Some(client)) => {
            may_reach(core, domain, client, to).map_err(Forbidden::reply)
        }
        _ => Ok(()),
    }
}

/// To an endpoint, without anybody being asked.
pub(crate) fn straight_to(endpoint: Endpoint, callee: String, plan: Plan) -> Course {
    let target = Target {
        endpoint,
        ring_seconds: None,
    };
    let connect = Connect {
        targets: vec![target],
        ..Connect::default()
    };
    Course {
        callee,
        plan,
        route: Arc::new(Route {
            fallback: Some(vec![Verb::Connect(connect)]),
            ..Route::default()
        }),
    }
}

/// The dialplan of somebody who may transfer calls; `None`: may not. Clients may, trunks if their configuration says so.
pub(crate) fn plan_of(core: &Core, domain: &Domain, who: &Who) -> Option<Plan> {
    match &who.origin {
        Origin::Client(user) => {
            let client = domain.client(user)?;
            Some(CallSource::client(core, domain, client, user.clone()).plan)
        }
        Origin::Trunk(name) => {
            let trunk = domain.trunks.iter().find(|trunk| trunk.name == *name)?;
            trunk.transfers.then(|| Plan::Named(trunk.dialplan.clone()))
        }
        Origin::Api => None,
    }
}
