//! Lines of plugins in the switch's log, cut to size.

use std::borrow::Cow;

use tracing::Level;

use crate::contract::v0_2::log as wit;
use crate::limits;
use crate::store::Host;
use crate::trace::LogLine;

impl wit::Host for Host {
    fn write(&mut self, level: wit::Level, message: String) {
        if !self.may_log() {
            return;
        }
        let (level, name) = match level {
            wit::Level::Error => (Level::ERROR, "error"),
            wit::Level::Warn => (Level::WARN, "warn"),
            wit::Level::Info => (Level::INFO, "info"),
            wit::Level::Debug => (Level::DEBUG, "debug"),
            wit::Level::Trace => (Level::TRACE, "trace"),
        };
        match &self.recorder {
            Some(recorder) => recorder.notes().log.push(LogLine {
                level: name,
                text: printable(&message).into_owned(),
            }),
            None => write(&self.core.spec.name, &self.call_id, level, &message),
        }
    }
}

impl Host {
    /// Counts a line. After the last that is allowed, one says so and the others are dropped.
    pub(crate) fn may_log(&mut self) -> bool {
        self.log_lines = self.log_lines.saturating_add(1);
        if self.log_lines == limits::LOG_LINES + 1 {
            let text = "more lines of this decision are dropped";
            write(&self.core.spec.name, &self.call_id, Level::WARN, text);
        }
        self.log_lines <= limits::LOG_LINES
    }
}

/// One line. `tracing` needs a constant level, hence the arms.
pub(crate) fn write(plugin: &str, call: &str, level: Level, message: &str) {
    let message = printable(message);
    match level {
        Level::ERROR => tracing::error!(target: "plugin", plugin, call, "{message}"),
        Level::WARN => tracing::warn!(target: "plugin", plugin, call, "{message}"),
        Level::INFO => tracing::info!(target: "plugin", plugin, call, "{message}"),
        Level::DEBUG => tracing::debug!(target: "plugin", plugin, call, "{message}"),
        Level::TRACE => tracing::trace!(target: "plugin", plugin, call, "{message}"),
    }
}

/// The text cut to the limit, without anything that could forge a line of the log or command a terminal.
pub(crate) fn printable(message: &str) -> Cow<'_, str> {
    let message = cut(message, limits::LOG_LINE_BYTES);
    if message.chars().any(char::is_control) {
        let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        return Cow::Owned(message.chars().map(clean).collect());
    }
    Cow::Borrowed(message)
}

/// The longest beginning of a text that has at most so many bytes.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cannot_forge_another_one() {
        assert_eq!(
            printable("a\nERROR b\x1b[31m"),
            "a\u{fffd}ERROR b\u{fffd}[31m"
        );
        assert_eq!(printable("grüße"), "grüße");
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = "ü".repeat(limits::LOG_LINE_BYTES);
        assert_eq!(printable(&line).len(), limits::LOG_LINE_BYTES);
        assert_eq!(cut("aü", 2), "a");
        assert_eq!(cut("aü", 3), "aü");
        assert_eq!(cut("a", 3), "a");
    }
}
