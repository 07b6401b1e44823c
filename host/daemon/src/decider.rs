//! Questions to plugins on behalf of the loop: decisions, what follows a verb, who may register. A call's plugin versions are
//! kept here from its first decision until it ends.
//!
//! A decision in WebAssembly takes some microseconds; handing it to another thread and back would cost more than the
//! decision. So its first step is taken at once, on the loop's own thread. That step is short whatever the plugin does:
//! it ends where the plugin waits for anything, or at the first tick of the epoch ([`switchhook_wasm::limits::TICK`]). What
//! is not finished then goes on elsewhere, and so do the next decisions of a chain that was not finished at once. What
//! follows a verb is asked in the same way; gatekeepers, which ask somebody else as a rule, always elsewhere.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use switchhook_call::dialplan::PluginStep;
use switchhook_call::input::Input;
use switchhook_call::keys::{CallKey, Ticket};
use switchhook_call::output::{DecideRequest, GateRequest, ResumeRequest};
use switchhook_routing::decision::{Decided, Resumed};
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
        let DecideRequest {
            ticket,
            mut call,
            plugins: steps,
        } = request;
        let mut pins = self.pins.entry(ticket.call).or_default().clone();
        let plugins = Arc::clone(&self.plugins);
        let first = Arc::clone(&steps);
        let work = Box::pin(async move {
            let chain: Vec<_> = steps.iter().map(step).collect();
            let decided = plugins.decide(&mut pins, &chain, &mut call).await;
            Answer {
                ticket,
                what: What::Decided(decided),
                pins,
            }
        });
        let chain = first.first().map_or("", |first| first.name.as_str());
        self.ask(chain, work, || Answer {
            ticket,
            what: What::Decided(Decided::default()),
            pins: Pins::default(),
        });
    }

    /// Asks what follows a verb; the answer comes as with [`Decider::decide`].
    pub fn resume(&mut self, request: ResumeRequest) {
        let ResumeRequest {
            ticket,
            call,
            plugin,
            tag,
            outcome,
            vetoes,
        } = request;
        let mut pins = self.pins.entry(ticket.call).or_default().clone();
        let plugins = Arc::clone(&self.plugins);
        let author = plugin.clone();
        let work = Box::pin(async move {
            let vetoes: Vec<_> = vetoes.iter().map(step).collect();
            let resumed = plugins
                .resume(&mut pins, &plugin, &call, &tag, &outcome, &vetoes)
                .await;
            Answer {
                ticket,
                what: What::Resumed(resumed),
                pins,
            }
        });
        self.ask(&author, work, || Answer {
            ticket,
            what: What::Resumed(Resumed::default()),
            pins: Pins::default(),
        });
    }

    /// Asks a gatekeeper; `Message::Input` brings its answer.
    pub fn gate(&self, request: GateRequest) {
        let GateRequest {
            ticket,
            plugin,
            registration,
        } = request;
        let plugins = Arc::clone(&self.plugins);
        let answers = self.answers.clone();
        self.runtime.spawn(async move {
            let gated = plugins.register(&plugin, &registration).await;
            let _ = answers.send(Message::Input(Input::Gated { ticket, gated }));
        });
    }

    /// An answer that was there at once.
    pub fn take_answer(&mut self) -> Option<Answer> {
        self.at_once.pop_front()
    }

    /// Asks at once, unless the chain that `first` begins is known to take longer.
    fn ask(&mut self, first: &str, work: Work, none: impl FnOnce() -> Answer) {
        match self.elsewhere.get_mut(first) {
            Some(left) if *left > 0 => {
                *left -= 1;
                self.go_on_elsewhere(work);
            }
            _ => self.begin(first, work, none),
        }
    }

    fn begin(&mut self, first: &str, mut work: Work, none: impl FnOnce() -> Answer) {
        let started = Instant::now();
        // Timers and connections of the plugin belong to the plugins' runtime.
        let context = self.runtime.enter();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        }));
        drop(context);
        if matches!(polled, Ok(Poll::Pending)) || started.elapsed() > AT_ONCE {
            self.elsewhere.insert(first.to_owned(), ELSEWHERE);
        }
        match polled {
            Ok(Poll::Ready(answer)) => self.at_once.push_back(answer),
            Ok(Poll::Pending) => self.go_on_elsewhere(work),
            Err(_) => {
                tracing::error!("asking a plugin panicked");
                self.at_once.push_back(none());
            }
        }
    }

    fn go_on_elsewhere(&self, work: Work) {
        let answers = self.answers.clone();
        self.runtime.spawn(async move {
            let _ = answers.send(Message::Decided(Box::new(work.await)));
        });
    }

    /// Takes the versions back from an answer and gives what the exchange is told.
    pub fn decided(&mut self, answer: Answer) -> Input {
        let Answer { ticket, what, pins } = answer;
        // Absent: the call has ended meanwhile.
        if let Some(kept) = self.pins.get_mut(&ticket.call) {
            *kept = pins;
        }
        match what {
            What::Decided(decided) => Input::Decided { ticket, decided },
            What::Resumed(resumed) => Input::Resumed { ticket, resumed },
        }
    }

    /// Lets go of the versions of a call that has ended.
    pub fn call_ended(&mut self, call: CallKey) {
        self.pins.remove(&call);
    }
}

fn step(step: &PluginStep) -> Step<'_> {
    Step {
        plugin: &step.name,
        phase: step.phase,
        fail_open: step.fail_open,
    }
}

/// An answer and the plugin versions that its call keeps.
pub struct Answer {
    ticket: Ticket,
    what: What,
    pins: Pins,
}

enum What {
    Decided(Decided),
    Resumed(Resumed),
}
