//! Dialplans of Dragon PBX, where the last pattern that matches wins, as ours, where the most specific one does.

use switchhook_call::dialplan::Pattern;

use crate::config::patterns;
use crate::import::dragon_config::{Hook, Ordered};

/// A converted dialplan.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// Patterns in the order in which they are to be written.
    pub routes: Vec<(String, Hook)>,
    /// What is different, a sentence each.
    pub notes: Vec<String>,
}

/// Converts a dialplan.
///
/// A pattern that a later one covers was never reached there: it is left out. Of patterns that are equally specific the
/// first wins here, so they are written in reverse order. What is left are pairs that overlap where the earlier
/// one is more specific: they are named.
pub fn convert(dialplan: &Ordered<Hook>) -> Converted {
    let mut converted = Converted::default();
    let mut entries: Vec<Entry> = Vec::new();
    for (text, hook) in &dialplan.0 {
        entries.extend(spelled_out(text, hook, &mut converted.notes));
    }
    let mut kept: Vec<Entry> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let later = &entries[index + 1..];
        let covers = |other: &&Entry| patterns::covers_all(&other.pattern, &entry.pattern);
        match later.iter().find(covers) {
            Some(other) if other.hook != entry.hook || other.text != entry.text => {
                converted.notes.push(format!(
                    "\"{}\" is left out: the later \"{}\" took all its numbers",
                    entry.text, other.text
                ));
            }
            Some(_) => {}
            None => kept.push(entry.clone()),
        }
    }
    for (index, earlier) in kept.iter().enumerate() {
        for later in &kept[index + 1..] {
            let differs = earlier.prefix > later.prefix
                && earlier.hook != later.hook
                && patterns::first_wins(&earlier.pattern, &later.pattern);
            if differs {
                converted.notes.push(format!(
                    "numbers that match both \"{}\" and \"{}\" went to the latter, the last match, and now go to the former, the more \
                     specific one: add a pattern for them if that matters",
                    earlier.text, later.text
                ));
            }
        }
    }
    // Later first; then, stable, the general before the specific.
    kept.reverse();
    kept.sort_by_key(|entry| entry.prefix);
    converted.routes = kept
        .into_iter()
        .map(|entry| (entry.text, entry.hook))
        .collect();
    converted
}

#[derive(Debug, Clone)]
struct Entry {
    text: String,
    pattern: Pattern,
    /// The length of its literal prefix.
    prefix: usize,
    hook: Hook,
}

/// A pattern as it is, or, if its alternatives are not equally specific, each of them.
fn spelled_out(text: &str, hook: &Hook, notes: &mut Vec<String>) -> Vec<Entry> {
    let pattern = match Pattern::new(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            notes.push(format!("the pattern \"{text}\" is left out: {error}"));
            return Vec::new();
        }
    };
    let prefix = |text: &str| text.find(['?', '*']).unwrap_or(text.len());
    let prefixes: Vec<_> = pattern.alternatives().iter().map(|a| prefix(a)).collect();
    let entry = |text: &str, pattern: Pattern, prefix| Entry {
        text: text.to_owned(),
        pattern,
        prefix,
        hook: hook.clone(),
    };
    match prefixes.first() {
        Some(first) if prefixes.iter().all(|prefix| prefix == first) => {
            vec![entry(text, pattern, *first)]
        }
        _ => {
            let alternatives = pattern.alternatives().iter();
            alternatives
                .filter_map(|text| Some(entry(text, Pattern::new(text).ok()?, prefix(text))))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(entries: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<String>) {
        let entries = entries
            .iter()
            .map(|(pattern, url)| ((*pattern).to_owned(), Hook::Call((*url).to_owned())));
        let converted = convert(&Ordered(entries.collect()));
        let routes = converted
            .routes
            .into_iter()
            .map(|(pattern, hook)| (pattern, hook.call().to_owned()));
        (routes.collect(), converted.notes)
    }

    fn pairs(routes: &[(&str, &str)]) -> Vec<(String, String)> {
        let pair = |(pattern, url): &(&str, &str)| ((*pattern).to_owned(), (*url).to_owned());
        routes.iter().map(pair).collect()
    }

    #[test]
    fn the_general_pattern_first_means_the_same_in_both() {
        let general_first = [("*", "a"), ("1*", "b"), ("112", "c")];
        assert_eq!(converted(&general_first), (pairs(&general_first), vec![]));
    }

    #[test]
    fn a_pattern_that_a_later_one_covers_is_left_out() {
        let (routes, notes) = converted(&[("1*", "a"), ("*", "b")]);
        assert_eq!(routes, pairs(&[("*", "b")]));
        assert_eq!(
            notes,
            ["\"1*\" is left out: the later \"*\" took all its numbers"]
        );
    }

    #[test]
    fn of_equally_specific_patterns_the_last_one_still_wins() {
        let (routes, notes) = converted(&[("1*5", "a"), ("1?5?", "b")]);
        assert_eq!(routes, pairs(&[("1?5?", "b"), ("1*5", "a")]));
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn pairs_that_decide_differently_are_named() {
        let (routes, notes) = converted(&[("1???", "a"), ("*5", "b")]);
        assert_eq!(routes, pairs(&[("*5", "b"), ("1???", "a")]));
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].starts_with("numbers that match both \"1???\" and \"*5\" went to the latter")
        );
    }

    #[test]
    fn alternatives_that_are_not_equally_specific_stand_for_themselves() {
        let (routes, notes) = converted(&[("{1,20}*", "a"), ("{", "b")]);
        assert_eq!(routes, pairs(&[("1*", "a"), ("20*", "a")]));
        assert_eq!(
            notes,
            ["the pattern \"{\" is left out: the braces of the pattern do not match"]
        );
    }
}
