//! What the measuring programs do with their words: read options, measure, say what went wrong.

use std::error::Error;

/// Runs a program: `measure` with the options that `parse` reads from its words, or the help if there are none because it was asked
/// for. Ends with status 2 where the words are wrong, 1 where measuring fails.
pub fn run<O, E: Into<Box<dyn Error>>>(
    name: &str,
    help: &str,
    parse: impl FnOnce(&mut dyn Iterator<Item = String>) -> Result<Option<O>, String>,
    measure: impl FnOnce(&O) -> Result<(), E>,
) {
    match parse(&mut std::env::args().skip(1)) {
        Ok(Some(options)) => {
            if let Err(error) = measure(&options) {
                eprintln!("{name}: {}", error.into());
                std::process::exit(1);
            }
        }
        Ok(None) => print!("{help}"),
        Err(message) => {
            eprintln!("{name}: {message}\n\n{help}");
            std::process::exit(2);
        }
    }
}

/// Reads pairs of an option and its value; `None` if help was asked for. `set` says whether it knows the option and why it does not
/// take the value.
///
/// # Errors
/// What is wrong with the words.
pub fn options(
    words: &mut dyn Iterator<Item = String>,
    mut set: impl FnMut(&str, String) -> Result<(), Wrong>,
) -> Result<Option<()>, String> {
    while let Some(word) = words.next() {
        if word == "--help" || word == "-h" {
            return Ok(None);
        }
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        match set(&word, value.clone()) {
            Ok(()) => {}
            Err(Wrong::Option) => return Err(format!("unknown option {word}")),
            Err(Wrong::Value) => return Err(format!("{word} does not take {value}")),
        }
    }
    Ok(Some(()))
}

/// What can be wrong with an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// There is none of this name.
    Option,
    /// It does not take this value.
    Value,
}

/// Reads a value.
///
/// # Errors
/// [`Wrong::Value`].
pub fn value<T: std::str::FromStr>(text: &str) -> Result<T, Wrong> {
    text.parse().map_err(|_| Wrong::Value)
}
