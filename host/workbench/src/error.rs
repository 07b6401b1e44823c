//! What a person did wrong, in a sentence that names the place and what to do.

use std::fmt;

/// A sentence for whoever wrote the file or typed the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake(pub String);

impl Mistake {
    /// From anything that can be a sentence.
    pub fn new(text: impl Into<String>) -> Mistake {
        Mistake(text.into())
    }

    /// The same, with the place put before it.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Mistake {
        Mistake(format!("{place}: {}", self.0))
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

/// Adds a suggestion to a word that is not known: ` (did you mean …?)`, or what there is.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, candidate)) => format!("; did you mean `{candidate}`?"),
        None => format!("; there is {}", known.join(", ")),
    }
}
