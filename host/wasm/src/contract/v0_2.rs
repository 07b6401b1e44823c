//! Version 0.2.0 of `switchhook:plugin`: all of the contract. The imports are served in `imports`, by these types.

use switchhook_routing::call::Call;
use switchhook_routing::event::Event;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::registration::Registration;
use wasmtime::Store;
use wasmtime::component::{Component, Instance, InstancePre, Linker};

use crate::contract::function::{Index, call, index};
use crate::convert::call::{CallLists, outcome};
use crate::convert::event::{self, EventLists};
use crate::convert::registration::RegistrationLists;
use crate::store::Host;

use bindings::exports::switchhook::plugin as exports;
pub(crate) use bindings::switchhook::plugin::{
    directory, http, log, metrics, settings, state, time, types,
};

/// Generated. The host declares a world of its own from the interfaces of `wit/`, so that WASI, which wasmtime's own crates bring,
/// is not generated twice.
#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused,
    reason = "generated"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package switchhook:host;
            world guest {
                import switchhook:plugin/log@0.2.0;
                import switchhook:plugin/settings@0.2.0;
                import switchhook:plugin/state@0.2.0;
                import switchhook:plugin/directory@0.2.0;
                import switchhook:plugin/http@0.2.0;
                import switchhook:plugin/time@0.2.0;
                import switchhook:plugin/metrics@0.2.0;
                export switchhook:plugin/router@0.2.0;
                export switchhook:plugin/gatekeeper@0.2.0;
                export switchhook:plugin/observer@0.2.0;
            }
        ",
        world: "switchhook:host/guest",
        imports: { "switchhook:plugin/http.fetch": async },
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// The version as it stands in the names of its interfaces.
pub(crate) const VERSION: &str = "0.2.0";

/// What a plugin of this version may import.
pub(crate) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, Host>(linker, |host| host)?;
    log::add_to_linker::<_, Host>(linker, |host| host)?;
    settings::add_to_linker::<_, Host>(linker, |host| host)?;
    state::add_to_linker::<_, Host>(linker, |host| host)?;
    directory::add_to_linker::<_, Host>(linker, |host| host)?;
    http::add_to_linker::<_, Host>(linker, |host| host)?;
    time::add_to_linker::<_, Host>(linker, |host| host)?;
    metrics::add_to_linker::<_, Host>(linker, |host| host)
}

/// Types alone; there is nothing to do.
impl types::Host for Host {}

/// The exported `router`.
#[derive(Debug, Clone)]
pub(crate) struct Router {
    route: Index,
    resume: Index,
}

impl Router {
    pub(crate) const NAME: &str = "switchhook:plugin/router@0.2.0";

    pub(crate) fn of(component: &Component) -> Option<Router> {
        Some(Router {
            route: index(component, Self::NAME, "route")?,
            resume: index(component, Self::NAME, "resume")?,
        })
    }

    pub(crate) async fn route(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
        asked: &Call,
    ) -> wasmtime::Result<Result<types::Decision, String>> {
        let lists = CallLists::of(asked);
        let proposed = lists.proposed(asked);
        let arguments = (lists.with(asked, &proposed),);
        let (answer,) = call!(store, instance, self.route, (types::Call<'_>,) => (Result<types::Decision, String>,), arguments);
        Ok(answer)
    }

    pub(crate) async fn resume(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
        asked: &Call,
        tag: &str,
        result: &Outcome,
    ) -> wasmtime::Result<Result<types::Continuation, String>> {
        let lists = CallLists::of(asked);
        let proposed = lists.proposed(asked);
        let arguments = (lists.with(asked, &proposed), tag, outcome(result));
        let (answer,) = call!(store, instance, self.resume,
            (types::Call<'_>, &str, types::Outcome<'_>) => (Result<types::Continuation, String>,), arguments);
        Ok(answer)
    }
}

/// The exported `gatekeeper`.
#[derive(Debug, Clone)]
pub(crate) struct Gatekeeper {
    register: Index,
}

impl Gatekeeper {
    pub(crate) const NAME: &str = "switchhook:plugin/gatekeeper@0.2.0";

    pub(crate) fn of(component: &Component) -> Option<Gatekeeper> {
        let register = index(component, Self::NAME, "register")?;
        Some(Gatekeeper { register })
    }

    pub(crate) async fn register(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
        registration: &Registration,
    ) -> wasmtime::Result<Result<types::Grant, types::Refusal>> {
        let lists = RegistrationLists::of(registration);
        let arguments = (lists.with(registration),);
        let (answer,) = call!(store, instance, self.register,
            (types::Registration<'_>,) => (Result<types::Grant, types::Refusal>,), arguments);
        Ok(answer)
    }
}

/// The exported `observer`.
#[derive(Debug, Clone)]
pub(crate) struct Observer {
    on_event: Index,
}

impl Observer {
    pub(crate) const NAME: &str = "switchhook:plugin/observer@0.2.0";

    pub(crate) fn of(component: &Component) -> Option<Observer> {
        let on_event = index(component, Self::NAME, "on-event")?;
        Some(Observer { on_event })
    }

    pub(crate) async fn on_event(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
        event: &Event,
    ) -> wasmtime::Result<()> {
        let lists = EventLists::of(event);
        let arguments = (event::with(event, &lists),);
        call!(store, instance, self.on_event, (types::Event<'_>,) => (), arguments);
        Ok(())
    }
}

/// Compares the types of what an instance exports of this version with those of the contract.
pub(crate) fn check(
    store: &mut Store<Host>,
    pre: &InstancePre<Host>,
    instance: &Instance,
) -> wasmtime::Result<()> {
    let component = pre.component();
    if component.get_export_index(None, Router::NAME).is_some() {
        exports::router::GuestIndices::new(pre)?.load(&mut *store, instance)?;
    }
    if component.get_export_index(None, Gatekeeper::NAME).is_some() {
        exports::gatekeeper::GuestIndices::new(pre)?.load(&mut *store, instance)?;
    }
    if component.get_export_index(None, Observer::NAME).is_some() {
        exports::observer::GuestIndices::new(pre)?.load(&mut *store, instance)?;
    }
    Ok(())
}
