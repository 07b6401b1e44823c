//! Secrets that stand outside the file: `${VARIABLE}` and `${file:PATH}` in a text, and `{ env = "…" }`. An object with `file` is none
//! of them: so prompts are written.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::problem::Problems;

/// Where variables and files are looked up.
pub struct Surroundings<'a> {
    /// The folder that relative paths start from: the configuration file's.
    pub folder: &'a Path,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Surroundings<'_> {
    /// A path as written in the configuration, from the configuration's folder.
    pub fn path(&self, text: &str) -> PathBuf {
        self.folder.join(text)
    }

    /// The content of a file that holds one secret, its trailing line end removed.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn secret_file(&self, path: &str) -> Result<String, String> {
        let path = self.path(path);
        std::fs::read_to_string(&path)
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| format!("cannot read {}: {error}", path.display()))
    }

    /// The value of an environment variable.
    ///
    /// # Errors
    /// A sentence that names the variable.
    pub fn environment(&self, name: &str) -> Result<String, String> {
        (self.variable)(name).ok_or_else(|| format!("environment variable {name} is not set"))
    }

    /// The value of `{ env = "NAME" }`; `None` if `key` is something else.
    pub fn secret(&self, key: &str, name: &str) -> Option<Result<String, String>> {
        match key {
            "env" => Some(self.environment(name)),
            _ => None,
        }
    }

    /// Replaces every `${VARIABLE}` and `${file:PATH}`; `$${` stands for a literal `${`.
    ///
    /// # Errors
    /// A sentence that names what is missing.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            if let Some(escaped) = before.strip_suffix('$') {
                expanded.push_str(escaped);
                expanded.push_str("${");
                rest = &from[2..];
                continue;
            }
            expanded.push_str(before);
            let end = from.find('}').ok_or("`${` without its `}`")?;
            let name = &from[2..end];
            expanded.push_str(&match name.strip_prefix("file:") {
                Some(path) => self.secret_file(path)?,
                None => self.environment(name)?,
            });
            rest = &from[end + 1..];
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

/// Expands every text of a file, whatever it is for.
pub fn expand_table(table: &mut DeTable<'_>, surroundings: &Surroundings<'_>, problems: &Problems) {
    for (_, value) in table.iter_mut() {
        expand_value(value, surroundings, problems);
    }
}

fn expand_value(
    value: &mut Spanned<DeValue<'_>>,
    surroundings: &Surroundings<'_>,
    problems: &Problems,
) {
    let offset = value.span().start;
    match value.get_mut() {
        DeValue::String(text) if text.contains("${") => match surroundings.expand(text) {
            Ok(expanded) => *text = expanded.into(),
            Err(message) => problems.error(offset, message),
        },
        DeValue::Array(items) => {
            for item in items.iter_mut() {
                expand_value(item, surroundings, problems);
            }
        }
        DeValue::Table(table) => expand_table(table, surroundings, problems),
        _ => {}
    }
}
