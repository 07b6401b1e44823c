//! The exchange: all signalling state of the switch, stepped by one loop. Not a server: it has no sockets, no clock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::config::Config;
use crate::input::Input;
use crate::output::Output;

/// All signalling state of the switch as one value.
///
/// *Input*: [`Exchange::handle`]. *Output*: [`Exchange::poll_output`], until it gives `None`, after each input; then
/// [`Exchange::poll_timeout`], the time at which `Input::Timeout` is due. *Getters*: the rest.
pub struct Exchange {
    outputs: VecDeque<Output>,
    config: Arc<Config>,
}

impl Exchange {
    /// An exchange without calls. `wall_epoch_ms` is the time of `now` in milliseconds since the Unix epoch, `seed`
    /// seeds all that must not be guessed, `number` is the exchange's number among those of one switch.
    pub fn new(now: Instant, wall_epoch_ms: u64, seed: u64, number: u8, config: Arc<Config>) -> Exchange {
        let _ = (now, wall_epoch_ms, seed, number);
        Exchange { outputs: VecDeque::new(), config }
    }

    /// Takes one input. Never fails: what cannot be used is answered or dropped, and counted.
    pub fn handle(&mut self, now: Instant, input: Input) {
        let _ = (now, input, &self.config);
    }

    /// The next thing to carry out.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When `Input::Timeout` is due, if nothing else happens.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Whether no call and no transaction is left. Registrations do not count.
    pub fn is_idle(&self) -> bool {
        true
    }
}
