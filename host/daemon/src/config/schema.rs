//! Settings of plugins against the JSON Schema that their authors wrote. Nothing is fetched: a schema refers to itself only.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::limits;

/// What is wrong with one place of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The place, as a JSON pointer (RFC 6901); empty: the whole document.
    pub pointer: String,
    /// What is wrong, without the value: it may be a secret.
    pub message: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pointer = if self.pointer.is_empty() {
            "/"
        } else {
            &self.pointer
        };
        write!(f, "{pointer}: {}", self.message)
    }
}

/// Everything in the settings that the schema does not allow, [`limits::VIOLATIONS`] at most.
///
/// # Errors
/// A sentence: the schema itself, or the settings, cannot be read.
pub fn violations(schema: &str, settings: &str) -> Result<Vec<Violation>, String> {
    let schema: Value =
        serde_json::from_str(schema).map_err(|error| format!("it is no JSON: {error}"))?;
    let settings = if settings.is_empty() { "{}" } else { settings };
    let settings: Value = serde_json::from_str(settings)
        .map_err(|error| format!("the settings are no JSON: {error}"))?;
    let validator = validator(&schema)?;
    let found = validator.iter_errors(&settings).take(limits::VIOLATIONS);
    let mut violations: Vec<_> = found.flat_map(|error| violation(&error)).collect();
    violations.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Ok(violations)
}

fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::options().build(schema).map_err(|error| {
        format!(
            "it is no JSON Schema: {}: {error}",
            error.instance_path().as_str()
        )
    })
}

/// Of alternatives that all fail, the one that was followed farthest is what was meant.
fn violation(error: &ValidationError<'_>) -> Vec<Violation> {
    match deepest(error) {
        Some(meant) => told(meant),
        None => told(error),
    }
}

fn told(error: &ValidationError<'_>) -> Vec<Violation> {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let unknown = |key: &String| Violation {
                pointer: format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
                message: "unknown key".to_owned(),
            };
            unexpected.iter().map(unknown).collect()
        }
        _ => vec![Violation {
            pointer: pointer.to_owned(),
            message: error.masked_with("the value").to_string(),
        }],
    }
}

fn deepest<'e>(error: &'e ValidationError<'_>) -> Option<&'e ValidationError<'static>> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) =
        error.kind()
    else {
        return None;
    };
    let depth = |error: &ValidationError<'_>| error.instance_path().as_str().matches('/').count();
    let mut best: Option<&ValidationError<'static>> = None;
    for alternative in context.iter().flatten() {
        let candidate = deepest(alternative).unwrap_or(alternative);
        if depth(candidate) > best.map_or_else(|| depth(error), |best| depth(best)) {
            best = Some(candidate);
        }
    }
    best
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
