//! The versions of the contract that the host keeps, and what a component exports of them. A version is one module: what its
//! plugins import, what they export, and how its types become those of the newest.

mod function;
mod v0_1;
pub(crate) mod v0_2;

use switchhook_routing::decision::Continuation;
use wasmtime::Store;
use wasmtime::component::{Component, Instance, InstancePre, Linker};

use crate::convert::{decision, registration};
use crate::error::PluginError;
use crate::imports::log;
use crate::limits;
use crate::status::Roles;
use crate::store::Host;
use crate::trace::{Answer, Question};

/// The versions of `switchhook:plugin` that components may be made for, the newest last.
pub const VERSIONS: [&str; 2] = [v0_1::VERSION, v0_2::VERSION];

/// What the components of all versions may import.
pub(crate) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    v0_1::link(linker)?;
    v0_2::link(linker)
}

/// Whether the host keeps an interface, such as `switchhook:plugin/router@`, of this version.
pub(crate) fn keeps(interface: &str, version: &str) -> bool {
    [
        v0_1::Router::NAME,
        v0_2::Router::NAME,
        v0_2::Gatekeeper::NAME,
        v0_2::Observer::NAME,
    ]
    .iter()
    .any(|name| name.strip_prefix(interface) == Some(version))
}

/// What a component exports.
#[derive(Debug, Clone)]
pub(crate) struct Exports {
    router: Option<Router>,
    gatekeeper: Option<v0_2::Gatekeeper>,
    observer: Option<v0_2::Observer>,
}

#[derive(Debug, Clone)]
enum Router {
    V0_1(v0_1::Router),
    V0_2(v0_2::Router),
}

/// What came of asking an instance: its answer, or why that is none. The outer error is what stopped the guest.
type Given = wasmtime::Result<Result<Answer, PluginError>>;

impl Exports {
    pub(crate) fn of(component: &Component) -> Exports {
        let router = v0_2::Router::of(component)
            .map(Router::V0_2)
            .or_else(|| v0_1::Router::of(component).map(Router::V0_1));
        Exports {
            router,
            gatekeeper: v0_2::Gatekeeper::of(component),
            observer: v0_2::Observer::of(component),
        }
    }

    /// Compares the types of all exports with those of the contract. It must have succeeded with one instance of a component before
    /// any is asked.
    pub(crate) fn check(
        store: &mut Store<Host>,
        pre: &InstancePre<Host>,
        instance: &Instance,
    ) -> wasmtime::Result<()> {
        v0_1::check(store, pre, instance)?;
        v0_2::check(store, pre, instance)
    }

    pub(crate) fn roles(&self) -> Roles {
        Roles {
            router: self.router.is_some(),
            gatekeeper: self.gatekeeper.is_some(),
            observer: self.observer.is_some(),
        }
    }

    /// The answer that needs no instance: a plugin that cannot be asked back lets the rest of the script follow.
    ///
    /// # Errors
    /// [`PluginError::Unavailable`] if the component does not export what the question is for.
    pub(crate) fn without_asking(
        &self,
        question: &Question<'_>,
    ) -> Result<Option<Answer>, PluginError> {
        let (is_there, name) = match (question, &self.router) {
            (Question::Resume { .. }, Some(Router::V0_1(_))) => {
                return Ok(Some(Answer::Continuation(Continuation::Proceed)));
            }
            (Question::Route(_) | Question::Resume { .. }, router) => (router.is_some(), "router"),
            (Question::Register(_), _) => (self.gatekeeper.is_some(), "gatekeeper"),
            (Question::Observe(_), _) => (self.observer.is_some(), "observer"),
        };
        if is_there {
            Ok(None)
        } else {
            Err(PluginError::Unavailable(format!("it exports no {name}")))
        }
    }

    /// Asks an instance.
    pub(crate) async fn ask(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
        question: Question<'_>,
    ) -> Given {
        let bad = PluginError::BadDecision;
        match (question, &self.router) {
            (Question::Route(call), Some(router)) => {
                let given = match router {
                    Router::V0_1(router) => router.route(store, instance, call).await?,
                    Router::V0_2(router) => router.route(store, instance, call).await?,
                };
                let given = given.map_err(refused);
                Ok(given.and_then(|given| {
                    let decision = decision::decision(given).map_err(bad)?;
                    Ok(Answer::Decision(decision))
                }))
            }
            (Question::Resume { call, tag, outcome }, Some(Router::V0_2(router))) => {
                let given = router.resume(store, instance, call, tag, outcome).await?;
                let given = given.map_err(refused);
                Ok(given.and_then(|given| {
                    let continuation = decision::continuation(given).map_err(bad)?;
                    Ok(Answer::Continuation(continuation))
                }))
            }
            (Question::Register(asked), _) if self.gatekeeper.is_some() => {
                self.register(store, instance, asked).await
            }
            (Question::Observe(event), _) => match &self.observer {
                Some(observer) => {
                    observer.on_event(store, instance, event).await?;
                    Ok(Ok(Answer::Observed))
                }
                None => Ok(Err(unexpected())),
            },
            _ => Ok(Err(unexpected())),
        }
    }

    async fn register(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
        asked: &switchhook_routing::registration::Registration,
    ) -> Given {
        let Some(gatekeeper) = &self.gatekeeper else {
            return Ok(Err(unexpected()));
        };
        let answer = match gatekeeper.register(store, instance, asked).await? {
            Ok(grant) => registration::grant(grant).map(Ok),
            Err(refusal) => registration::refusal(refusal).map(Err),
        };
        Ok(answer
            .map(Answer::Registration)
            .map_err(PluginError::BadDecision))
    }
}

fn refused(text: String) -> PluginError {
    PluginError::Refused(log::cut(&text, limits::ERROR_TEXT).to_owned())
}

/// `without_asking` has said so before.
fn unexpected() -> PluginError {
    PluginError::Unavailable("it does not export what it is asked for".into())
}
