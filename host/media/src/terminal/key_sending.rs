//! Keys that are sent to a side: when each begins and ends. How they sound or look in packets is the sender's business.

use std::collections::VecDeque;
use std::time::Duration;

use crate::audio::digit::Event;
use crate::limits;

/// The time of a step: milliseconds.
pub const STEP_MS: u32 = 20;
/// How often the end of a key is sent (RFC 4733 §2.5.1.4).
const ENDS: u32 = 3;
/// What is left free after the ends: milliseconds.
const GAP_MS: u32 = 40;
/// What a `,` among the keys means: milliseconds.
const PAUSE_MS: u32 = 500;
/// The shortest key (ITU-T Q.24) and the longest one that an event has room for at 8,000 Hz: milliseconds.
const KEY_MS: std::ops::RangeInclusive<u32> = 40..=8_000;

/// What is sent in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStep {
    /// A key is held down.
    Down {
        /// Its number (RFC 4733 §3.2).
        number: u8,
        /// For how long it has been at the end of this step: milliseconds.
        lasted_ms: u32,
        /// Whether it begins with this step.
        first: bool,
    },
    /// It was let go; told several times.
    Up {
        /// Its number.
        number: u8,
        /// How long it was: milliseconds.
        lasted_ms: u32,
    },
    /// The time between two keys.
    Quiet,
}

/// Keys that are being sent. Default: none.
#[derive(Debug, Clone, Default)]
pub struct KeySending {
    queue: VecDeque<Item>,
    current: Option<Current>,
}

#[derive(Debug, Clone, Copy)]
enum Item {
    /// `None`: until it is let go.
    Key {
        number: u8,
        length_ms: Option<u32>,
    },
    Pause {
        length_ms: u32,
    },
}

#[derive(Debug, Clone, Copy)]
enum Current {
    Down {
        number: u8,
        lasted_ms: u32,
        length_ms: Option<u32>,
    },
    Up {
        number: u8,
        lasted_ms: u32,
        left: u32,
    },
    Quiet {
        left_ms: u32,
    },
}

impl KeySending {
    /// Sends these keys after those that wait: `0123456789*#ABCD` in either case, `,` for half a second of nothing; anything else
    /// is passed over. How many were too many: beyond [`limits::KEYS_WAITING`] they are not sent.
    pub fn send(&mut self, keys: &str, length: Duration) -> usize {
        let length_ms = u32::try_from(length.as_millis()).unwrap_or(u32::MAX);
        let length_ms = length_ms.clamp(*KEY_MS.start(), *KEY_MS.end());
        let mut left_out = 0;
        for key in keys.chars() {
            let item = match (key, Event::number_of(key)) {
                (',', _) => Item::Pause {
                    length_ms: PAUSE_MS,
                },
                (_, Some(number)) => Item::Key {
                    number,
                    length_ms: Some(length_ms),
                },
                (_, None) => continue,
            };
            left_out += usize::from(!self.push(item));
        }
        left_out
    }

    /// Presses a key that is held until [`KeySending::release`].
    pub fn press(&mut self, key: char) {
        if let Some(number) = Event::number_of(key) {
            self.push(Item::Key {
                number,
                length_ms: None,
            });
        }
    }

    /// Lets go of the key that is held.
    pub fn release(&mut self) {
        for item in &mut self.queue {
            if let Item::Key { length_ms, .. } = item {
                length_ms.get_or_insert(*KEY_MS.start());
            }
        }
        if let Some(Current::Down {
            lasted_ms,
            length_ms,
            ..
        }) = &mut self.current
        {
            length_ms.get_or_insert((*lasted_ms).max(*KEY_MS.start()));
        }
    }

    fn push(&mut self, item: Item) -> bool {
        let has_room = self.queue.len() < limits::KEYS_WAITING;
        if has_room {
            self.queue.push_back(item);
        }
        has_room
    }

    /// Whether anything is being sent, or waits for it.
    pub fn is_busy(&self) -> bool {
        self.current.is_some() || !self.queue.is_empty()
    }

    /// What is sent in the next [`STEP_MS`]; `None`: nothing is left.
    pub fn step(&mut self) -> Option<KeyStep> {
        if self.current.is_none() {
            self.current = Some(match self.queue.pop_front()? {
                Item::Key { number, length_ms } => Current::Down {
                    number,
                    lasted_ms: 0,
                    length_ms,
                },
                Item::Pause { length_ms } => Current::Quiet { left_ms: length_ms },
            });
        }
        let (step, next) = match self.current? {
            Current::Down {
                number,
                lasted_ms,
                length_ms,
            } => down(number, lasted_ms, length_ms),
            Current::Up {
                number,
                lasted_ms,
                left,
            } => {
                let next = match left - 1 {
                    0 => Current::Quiet { left_ms: GAP_MS },
                    left => Current::Up {
                        number,
                        lasted_ms,
                        left,
                    },
                };
                (KeyStep::Up { number, lasted_ms }, Some(next))
            }
            Current::Quiet { left_ms } => {
                let left_ms = left_ms.saturating_sub(STEP_MS);
                let next = (left_ms > 0).then_some(Current::Quiet { left_ms });
                (KeyStep::Quiet, next)
            }
        };
        self.current = next;
        Some(step)
    }
}

fn down(number: u8, before_ms: u32, length_ms: Option<u32>) -> (KeyStep, Option<Current>) {
    let lasted_ms = before_ms + STEP_MS;
    let step = KeyStep::Down {
        number,
        lasted_ms,
        first: before_ms == 0,
    };
    let over = lasted_ms >= length_ms.unwrap_or(*KEY_MS.end());
    let next = if over {
        Current::Up {
            number,
            lasted_ms,
            left: ENDS,
        }
    } else {
        Current::Down {
            number,
            lasted_ms,
            length_ms,
        }
    };
    (step, Some(next))
}

#[cfg(test)]
mod tests;
