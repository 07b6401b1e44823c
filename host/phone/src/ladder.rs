//! A ladder diagram of who sent what to whom, as text. It is a pure collector: it reads first lines and
//! Content-Type and knows nothing about calls.

use std::fmt::Write as _;
use std::time::Duration;

use switchhook_sip::message::Message;

/// Columns between two participants.
const RUNG: usize = 40;
/// Columns that the time takes, the space behind it included.
const TIME: usize = 10;

/// What became of a message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was sent, and nothing is known against its arrival.
    Sent,
    /// The network lost it.
    Lost,
}

/// One message, or one remark of a participant to itself.
#[derive(Debug, Clone)]
struct Rung {
    at: Duration,
    from: usize,
    to: usize,
    label: String,
    fate: Fate,
}

/// Collects messages and draws them.
#[derive(Debug, Clone, Default)]
pub struct Ladder {
    names: Vec<String>,
    rungs: Vec<Rung>,
}

impl Ladder {
    /// An empty ladder whose participants stand in this order; others are added at the right as they appear.
    #[must_use]
    pub fn new(participants: &[&str]) -> Ladder {
        Ladder {
            names: participants.iter().map(ToString::to_string).collect(),
            rungs: Vec::new(),
        }
    }

    /// Adds one message, sent `at` after the start.
    pub fn message(&mut self, at: Duration, from: &str, to: &str, bytes: &[u8], fate: Fate) {
        self.add(at, from, to, summary(bytes), fate);
    }

    /// Adds a remark: something that a participant did which is no message.
    pub fn remark(&mut self, at: Duration, who: &str, text: &str) {
        self.add(at, who, who, text.to_owned(), Fate::Sent);
    }

    /// Adds the rungs of another ladder, and puts all in the order of their times.
    pub fn merge(&mut self, other: &Ladder) {
        for rung in &other.rungs {
            let (Some(from), Some(to)) = (other.names.get(rung.from), other.names.get(rung.to))
            else {
                continue;
            };
            self.add(rung.at, from, to, rung.label.clone(), rung.fate);
        }
        self.rungs.sort_by_key(|rung| rung.at);
    }

    /// Whether nothing was added yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rungs.is_empty()
    }

    /// How many messages and remarks it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rungs.len()
    }

    /// The diagram, one line per message, times in seconds at the left.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = self.heads();
        for rung in &self.rungs {
            let seconds = rung.at.as_secs_f64();
            let line = if rung.from == rung.to {
                self.remark_line(rung)
            } else {
                self.arrow_line(rung)
            };
            let _ = writeln!(text, "{seconds:<8.3}  {}", line.trim_end());
        }
        text
    }

    /// The messages as a list, one `from -> to: message` a line: for more participants than fit beside each other.
    #[must_use]
    pub fn list(&self) -> String {
        let mut text = String::new();
        let name = |index: usize| self.names.get(index).map_or("", String::as_str);
        for Rung {
            at,
            from,
            to,
            label,
            fate,
        } in &self.rungs
        {
            let seconds = at.as_secs_f64();
            let arrow = if *fate == Fate::Lost { "-x" } else { "->" };
            let _ = writeln!(
                text,
                "{seconds:<8.3}  {} {arrow} {}: {label}",
                name(*from),
                name(*to)
            );
        }
        text
    }

    fn add(&mut self, at: Duration, from: &str, to: &str, label: String, fate: Fate) {
        let from = self.column(from);
        let to = self.column(to);
        self.rungs.push(Rung {
            at,
            from,
            to,
            label,
            fate,
        });
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(index) = self.names.iter().position(|known| known == name) {
            return index;
        }
        self.names.push(name.to_owned());
        self.names.len() - 1
    }

    fn heads(&self) -> String {
        let mut line = " ".repeat(TIME);
        for (index, name) in self.names.iter().enumerate() {
            let start =
                (TIME + index * RUNG).saturating_sub(if index == 0 { 0 } else { name.len() / 2 });
            while line.len() < start {
                line.push(' ');
            }
            line.push_str(name);
            line.push(' ');
        }
        let mut line = line.trim_end().to_owned();
        line.push('\n');
        line
    }

    /// The vertical lines of all participants.
    fn rails(&self) -> Vec<char> {
        let width = self.names.len().saturating_sub(1) * RUNG + 1;
        (0..width)
            .map(|column| if column % RUNG == 0 { '|' } else { ' ' })
            .collect()
    }

    fn arrow_line(&self, rung: &Rung) -> String {
        let mut rails = self.rails();
        let left = rung.from.min(rung.to) * RUNG + 1;
        let right = rung.from.max(rung.to) * RUNG;
        let length = right.saturating_sub(left);
        let rightwards = rung.from < rung.to;
        let lost = rung.fate == Fate::Lost;
        let label: String = rung.label.chars().take(length.saturating_sub(6)).collect();
        let mut arrow = String::new();
        arrow.push(if rightwards {
            '-'
        } else if lost {
            'x'
        } else {
            '<'
        });
        arrow.push_str("- ");
        arrow.push_str(&label);
        arrow.push(' ');
        while arrow.chars().count() + 1 < length {
            arrow.push('-');
        }
        arrow.push(match (rightwards, lost) {
            (true, false) => '>',
            (true, true) => 'x',
            (false, _) => '-',
        });
        for (offset, character) in arrow.chars().take(length).enumerate() {
            if let Some(cell) = rails.get_mut(left + offset) {
                *cell = character;
            }
        }
        rails.into_iter().collect()
    }

    fn remark_line(&self, rung: &Rung) -> String {
        let text = format!("({})", rung.label);
        let start = rung.from * RUNG + 2;
        let mut rails = self.rails();
        while rails.len() < start + text.chars().count() {
            rails.push(' ');
        }
        for (cell, character) in rails.iter_mut().skip(start).zip(text.chars()) {
            *cell = character;
        }
        rails.into_iter().collect()
    }
}

/// What a message is called in a diagram: its method, or status, reason and method, and whether it carries SDP.
#[must_use]
pub fn summary(bytes: &[u8]) -> String {
    let Ok(message) = Message::parse(bytes) else {
        return "(not SIP)".to_owned();
    };
    match &message {
        Message::Request(request) => {
            let body = if request.body().is_empty() {
                ""
            } else {
                " +sdp"
            };
            format!("{}{body}", request.method())
        }
        Message::Response(response) => {
            let body = if response.body().is_empty() {
                ""
            } else {
                " +sdp"
            };
            let method = response.cseq().method;
            format!(
                "{} {} ({method}){body}",
                response.status(),
                response.reason()
            )
        }
    }
}
