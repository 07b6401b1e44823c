//! Colour on terminals, none elsewhere or where `NO_COLOR` is set.

use std::io::IsTerminal;

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// For standard output.
    pub fn stdout() -> Paint {
        Paint::of(std::io::stdout().is_terminal(), |name| {
            std::env::var(name).ok()
        })
    }

    /// No colour.
    pub fn plain() -> Paint {
        Paint { on: false }
    }

    fn of(terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Paint {
        let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|terminal| terminal == "dumb");
        Paint {
            on: terminal && !refused && !dumb,
        }
    }

    /// Wrong, over the limit, expected and missing.
    pub fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    /// Right, new.
    pub fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Worth a look.
    pub fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// By the way.
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Nanoseconds as a person reads them.
pub fn duration(nanoseconds: u64) -> String {
    let of = |unit: u64| nanoseconds as f64 / unit as f64;
    match nanoseconds {
        0..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{:.1} µs", of(1_000)),
        1_000_000..1_000_000_000 => format!("{:.2} ms", of(1_000_000)),
        _ => format!("{:.2} s", of(1_000_000_000)),
    }
}

/// Bytes as a person reads them.
pub fn bytes(bytes: usize) -> String {
    let of = |shift: u32| bytes as f64 / f64::from(1_u32 << shift);
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{:.1} KiB", of(10)),
        _ => format!("{:.1} MiB", of(20)),
    }
}

/// A number with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        let with = |name: &'static str, value: &'static str| {
            move |asked: &str| (asked == name).then(|| value.to_owned())
        };
        assert_eq!(Paint::of(true, |_| None).red("x"), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(Paint::of(false, |_| None).red("x"), "x");
        assert_eq!(Paint::of(true, with("NO_COLOR", "1")).red("x"), "x");
        assert_eq!(Paint::of(true, with("TERM", "dumb")).red("x"), "x");
    }

    #[test]
    fn quantities_have_the_unit_that_fits() {
        assert_eq!(duration(999), "999 ns");
        assert_eq!(duration(15_600), "15.6 µs");
        assert_eq!(duration(2_000_000_000), "2.00 s");
        assert_eq!(bytes(64 << 20), "64.0 MiB");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(123), "123");
    }
}
