//! Decisions: asked of the plugins on a runtime of their own, answered to the loop. A call's plugin versions are kept here
//! from its first decision until it ends.

use std::collections::HashMap;
use std::sync::Arc;

use switchhook_call::keys::{CallKey, Ticket};
use switchhook_call::output::DecideRequest;
use switchhook_routing::decision::Decided;
use switchhook_wasm::pins::Pins;
use switchhook_wasm::plugins::{Plugins, Step};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;

use crate::event_loop::Message;

/// Asks plugins on behalf of one loop.
pub struct Decider {
    plugins: Arc<Plugins>,
    runtime: Handle,
    answers: UnboundedSender<Message>,
    pins: HashMap<CallKey, Pins>,
}

impl Decider {
    /// Decisions run on `runtime`; answers go to `answers`.
    pub fn new(
        plugins: Arc<Plugins>,
        runtime: Handle,
        answers: UnboundedSender<Message>,
    ) -> Decider {
        Decider {
            plugins,
            runtime,
            answers,
            pins: HashMap::new(),
        }
    }

    /// Asks; `Message::Decided` answers.
    pub fn decide(&mut self, request: DecideRequest) {
        let DecideRequest {
            ticket,
            mut call,
            plugins: steps,
        } = request;
        let mut pins = self.pins.entry(ticket.call).or_default().clone();
        let plugins = Arc::clone(&self.plugins);
        let answers = self.answers.clone();
        self.runtime.spawn(async move {
            let chain = steps.iter();
            let chain: Vec<_> = chain
                .map(|step| Step {
                    plugin: &step.name,
                    fail_open: step.fail_open,
                })
                .collect();
            let decided = plugins.decide(&mut pins, &chain, &mut call).await;
            let _ = answers.send(Message::Decided(Box::new(Answer {
                ticket,
                decided,
                pins,
            })));
        });
    }

    /// Takes the versions back from an answer and gives what the exchange is told.
    pub fn decided(&mut self, answer: Answer) -> (Ticket, Decided) {
        let Answer {
            ticket,
            decided,
            pins,
        } = answer;
        // Absent: the call has ended meanwhile.
        if let Some(kept) = self.pins.get_mut(&ticket.call) {
            *kept = pins;
        }
        (ticket, decided)
    }

    /// Lets go of the versions of a call that has ended.
    pub fn call_ended(&mut self, call: CallKey) {
        self.pins.remove(&call);
    }
}

/// A decision and the plugin versions that its call keeps.
pub struct Answer {
    ticket: Ticket,
    decided: Decided,
    pins: Pins,
}
