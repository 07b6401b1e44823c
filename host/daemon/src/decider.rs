//! Decisions: a chain of plugins is asked, its answer handed to the loop. A call's plugin versions are kept here from its
//! first decision until it ends.
//!
//! A decision in WebAssembly takes some microseconds; handing it to another thread and back would cost more than the
//! decision. So its first step is taken at once, on the loop's own thread. That step is short whatever the plugin does:
//! it ends where the plugin waits for anything, or at the first tick of the epoch ([`switchhook_wasm::limits::TICK`]). What
//! is not finished then goes on elsewhere, and so do the next decisions of a chain that was not finished at once.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use switchhook_call::dialplan::PluginStep;
use switchhook_call::input::Input;
use switchhook_call::keys::{CallKey, Ticket};
use switchhook_call::output::DecideRequest;
use switchhook_routing::decision::Decided;
use switchhook_wasm::pins::Pins;
use switchhook_wasm::plugins::{Plugins, Step};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;

use crate::event_loop::Message;

/// A chain whose first step took longer than this, or was not the last, is asked elsewhere for a while.
const AT_ONCE: Duration = Duration::from_micros(500);
/// For how many decisions. Then one is tried at once again.
const ELSEWHERE: u32 = 100;

type Work = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Asks plugins on behalf of one loop.
pub struct Decider {
    plugins: Arc<Plugins>,
    runtime: Handle,
    answers: UnboundedSender<Message>,
    pins: HashMap<CallKey, Pins>,
    /// By the first plugin of a chain: how many more decisions are made elsewhere.
    elsewhere: HashMap<String, u32>,
    at_once: VecDeque<Answer>,
}

impl Decider {
    /// Decisions that are not made at once run on `runtime`; their answers go to `answers`.
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
            elsewhere: HashMap::new(),
            at_once: VecDeque::new(),
        }
    }

    /// Asks; [`Decider::take_answer`] has the answer, or `Message::Decided` brings it.
    pub fn decide(&mut self, request: DecideRequest) {
        let ticket = request.ticket;
        let chain = Arc::clone(&request.plugins);
        let chain = chain.first().map_or("", |first| first.name.as_str());
        let work = self.work(request);
        match self.elsewhere.get_mut(chain) {
            Some(left) if *left > 0 => {
                *left -= 1;
                self.go_on_elsewhere(work);
            }
            _ => self.begin(ticket, chain, work),
        }
    }

    /// An answer that was there at once.
    pub fn take_answer(&mut self) -> Option<Answer> {
        self.at_once.pop_front()
    }

    fn begin(&mut self, ticket: Ticket, chain: &str, mut work: Work) {
        let started = Instant::now();
        // Timers and connections of the plugin belong to the plugins' runtime.
        let context = self.runtime.enter();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        }));
        drop(context);
        if matches!(polled, Ok(Poll::Pending)) || started.elapsed() > AT_ONCE {
            self.elsewhere.insert(chain.to_owned(), ELSEWHERE);
        }
        match polled {
            Ok(Poll::Ready(answer)) => self.at_once.push_back(answer),
            Ok(Poll::Pending) => self.go_on_elsewhere(work),
            Err(_) => {
                tracing::error!("asking a plugin panicked");
                self.at_once.push_back(Answer::none(ticket));
            }
        }
    }

    fn go_on_elsewhere(&self, work: Work) {
        let answers = self.answers.clone();
        self.runtime.spawn(async move {
            let _ = answers.send(Message::Decided(Box::new(work.await)));
        });
    }

    fn work(&mut self, request: DecideRequest) -> Work {
        let DecideRequest {
            ticket,
            mut call,
            plugins: steps,
        } = request;
        let mut pins = self.pins.entry(ticket.call).or_default().clone();
        let plugins = Arc::clone(&self.plugins);
        Box::pin(async move {
            let chain: Vec<_> = steps.iter().map(step).collect();
            let decided = plugins.decide(&mut pins, &chain, &mut call).await;
            Answer {
                ticket,
                decided,
                pins,
            }
        })
    }

    /// Takes the versions back from an answer and gives what the exchange is told.
    pub fn decided(&mut self, answer: Answer) -> Input {
        let Answer {
            ticket,
            decided,
            pins,
        } = answer;
        // Absent: the call has ended meanwhile.
        if let Some(kept) = self.pins.get_mut(&ticket.call) {
            *kept = pins;
        }
        Input::Decided { ticket, decided }
    }

    /// Lets go of the versions of a call that has ended.
    pub fn call_ended(&mut self, call: CallKey) {
        self.pins.remove(&call);
    }
}

fn step(step: &PluginStep) -> Step<'_> {
    Step {
        plugin: &step.name,
        fail_open: step.fail_open,
    }
}

/// A decision and the plugin versions that its call keeps.
pub struct Answer {
    ticket: Ticket,
    decided: Decided,
    pins: Pins,
}

impl Answer {
    fn none(ticket: Ticket) -> Answer {
        Answer {
            ticket,
            decided: Decided {
                script: None,
                stages: Vec::new(),
            },
            pins: Pins::default(),
        }
    }
}
