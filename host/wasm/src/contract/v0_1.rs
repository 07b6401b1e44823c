//! Version 0.1.0 of `switchhook:plugin`: a router that cannot be asked back, five verbs, no phases. Its types are parts of those of
//! 0.2.0, into which its decisions are turned; its imports are those of 0.2.0 under its own names.

use switchhook_routing::call::{self as routing, Call};
use wasmtime::component::{Component, Instance, InstancePre, Linker};
use wasmtime::{Store, StoreContextMut};

use crate::contract::function::{Index, call, index};
use crate::contract::v0_2::{directory, http, log, settings, state, types as new};
use crate::store::Host;

use bindings::exports::switchhook::plugin as exports;
use bindings::switchhook::plugin::types as old;

/// Generated; the types of a call and of a decision alone are used.
#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused,
    reason = "generated"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/0.1.0",
        inline: "
            package switchhook:host;
            world guest {
                export switchhook:plugin/router@0.1.0;
            }
        ",
        world: "switchhook:host/guest",
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// The version as it stands in the names of its interfaces.
pub(crate) const VERSION: &str = "0.1.0";

type Context<'a> = StoreContextMut<'a, Host>;

/// What a plugin of this version may import: the same functions as of 0.2.0, whose types are the same in both.
pub(crate) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.instance("switchhook:plugin/types@0.1.0")?;
    let mut instance = linker.instance("switchhook:plugin/log@0.1.0")?;
    instance.func_wrap("write", |mut host: Context<'_>, (level, message)| {
        log::Host::write(host.data_mut(), level, message);
        Ok(())
    })?;
    let mut instance = linker.instance("switchhook:plugin/settings@0.1.0")?;
    instance.func_wrap("get", |mut host: Context<'_>, (pointer,)| {
        Ok((settings::Host::get(host.data_mut(), pointer),))
    })?;
    instance.func_wrap("names", |mut host: Context<'_>, (pointer,)| {
        Ok((settings::Host::names(host.data_mut(), pointer),))
    })?;
    link_state(linker)?;
    let mut instance = linker.instance("switchhook:plugin/directory@0.1.0")?;
    instance.func_wrap("registered", |mut host: Context<'_>, (client,)| {
        Ok((directory::Host::registered(host.data_mut(), client),))
    })?;
    instance.func_wrap("contacts", |mut host: Context<'_>, (client,)| {
        Ok((directory::Host::contacts(host.data_mut(), client),))
    })?;
    instance.func_wrap("active-calls", |mut host: Context<'_>, (client,)| {
        Ok((directory::Host::active_calls(host.data_mut(), client),))
    })?;
    let mut instance = linker.instance("switchhook:plugin/http@0.1.0")?;
    instance.func_wrap_async("fetch", |mut host: Context<'_>, (request,)| {
        Box::new(async move { Ok((http::Host::fetch(host.data_mut(), request).await,)) })
    })
}

fn link_state(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let mut instance = linker.instance("switchhook:plugin/state@0.1.0")?;
    instance.func_wrap("get", |mut host: Context<'_>, (key,)| {
        Ok((state::Host::get(host.data_mut(), key),))
    })?;
    instance.func_wrap("set", |mut host: Context<'_>, (key, value, ttl)| {
        Ok((state::Host::set(host.data_mut(), key, value, ttl),))
    })?;
    instance.func_wrap("delete", |mut host: Context<'_>, (key,)| {
        Ok((state::Host::delete(host.data_mut(), key),))
    })?;
    instance.func_wrap("increment", |mut host: Context<'_>, (key, by, ttl)| {
        Ok((state::Host::increment(host.data_mut(), key, by, ttl),))
    })
}

/// The exported `router`.
#[derive(Debug, Clone)]
pub(crate) struct Router {
    route: Index,
}

impl Router {
    pub(crate) const NAME: &str = "switchhook:plugin/router@0.1.0";

    pub(crate) fn of(component: &Component) -> Option<Router> {
        let route = index(component, Self::NAME, "route")?;
        Some(Router { route })
    }

    pub(crate) async fn route(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
        asked: &Call,
    ) -> wasmtime::Result<Result<new::Decision, String>> {
        let lists = CallLists::of(asked);
        let arguments = (lists.with(asked),);
        let (answer,) = call!(store, instance, self.route, (old::Call<'_>,) => (Result<old::Decision, String>,), arguments);
        Ok(answer.map(decision))
    }
}

/// Compares the types of what an instance exports of this version with those of the contract.
pub(crate) fn check(
    store: &mut Store<Host>,
    pre: &InstancePre<Host>,
    instance: &Instance,
) -> wasmtime::Result<()> {
    if pre
        .component()
        .get_export_index(None, Router::NAME)
        .is_some()
    {
        exports::router::GuestIndices::new(pre)?.load(store, instance)?;
    }
    Ok(())
}

/// The lists of a call in the form that the bindings take.
struct CallLists<'a> {
    headers: Vec<old::HeaderParam<'a>>,
    codecs: Vec<&'a str>,
    variables: Vec<old::VariableParam<'a>>,
}

impl<'a> CallLists<'a> {
    fn of(call: &'a Call) -> CallLists<'a> {
        let header = |header: &'a routing::Header| old::HeaderParam {
            name: &header.name,
            value: &header.value,
        };
        let variable = |variable: &'a routing::Variable| old::VariableParam {
            name: &variable.name,
            value: &variable.value,
        };
        CallLists {
            headers: call.headers.iter().map(header).collect(),
            codecs: call.codecs.iter().map(String::as_str).collect(),
            variables: call.variables.iter().map(variable).collect(),
        }
    }

    fn with(&'a self, call: &'a Call) -> old::Call<'a> {
        old::Call {
            id: &call.id,
            sip_call_id: &call.sip_call_id,
            domain: &call.domain,
            caller: &call.caller,
            caller_name: &call.caller_name,
            callee: &call.callee,
            origin: match &call.origin {
                routing::Origin::Client(username) => old::Origin::Client(username),
                routing::Origin::Trunk(name) => old::Origin::Trunk(name),
                routing::Origin::Api => old::Origin::Api,
            },
            source_address: &call.source_address,
            received_at: call.received_at,
            attempt: call.attempt,
            transferred: call.transferred,
            answered: call.answered,
            headers: &self.headers,
            codecs: &self.codecs,
            variables: &self.variables,
        }
    }
}

fn decision(decision: old::Decision) -> new::Decision {
    match decision {
        old::Decision::Script(verbs) => {
            new::Decision::Script(verbs.into_iter().map(verb).collect())
        }
        old::Decision::Next(variables) => {
            let variable =
                |old::VariableResult { name, value }| new::VariableResult { name, value };
            new::Decision::Next(variables.into_iter().map(variable).collect())
        }
    }
}

fn verb(verb: old::Verb) -> new::VerbResult {
    match verb {
        old::Verb::Connect(verb) => new::VerbResult::Connect(connect(verb)),
        old::Verb::Respond(verb) => new::VerbResult::Respond(new::RespondResult {
            status: verb.status,
            reason: verb.reason,
            headers: headers(verb.headers),
        }),
        old::Verb::Pause(verb) => new::VerbResult::Pause(new::PauseResult {
            milliseconds: verb.milliseconds,
            tag: None,
        }),
        old::Verb::Delegate(verb) => new::VerbResult::Delegate(new::DelegateResult {
            plugin: verb.plugin,
        }),
        old::Verb::Redial(verb) => new::VerbResult::Redial(new::RedialResult {
            callee: verb.callee,
        }),
    }
}

fn connect(connect: old::Connect) -> new::ConnectResult {
    let target = |target: old::Target| new::TargetResult {
        endpoint: match target.endpoint {
            old::Endpoint::Client(username) => new::EndpointResult::Client(username),
            old::Endpoint::Trunk(old::TrunkNumber { trunk, number }) => {
                new::EndpointResult::Trunk(new::TrunkNumberResult { trunk, number })
            }
            old::Endpoint::Uri(uri) => new::EndpointResult::Uri(uri),
        },
        ring_seconds: target.ring_seconds,
    };
    new::ConnectResult {
        targets: connect.targets.into_iter().map(target).collect(),
        strategy: match connect.strategy {
            old::Strategy::Simultaneous => new::Strategy::Simultaneous,
            old::Strategy::Sequential => new::Strategy::Sequential,
        },
        timeout_seconds: connect.timeout_seconds,
        caller_id: connect.caller_id,
        caller_name: None,
        ringback: None,
        keep_caller: false,
        reconnect: false,
        label: None,
        tag: None,
        headers: headers(connect.headers),
    }
}

fn headers(headers: Vec<old::HeaderResult>) -> Vec<new::HeaderResult> {
    let header = |old::HeaderResult { name, value }| new::HeaderResult { name, value };
    headers.into_iter().map(header).collect()
}
