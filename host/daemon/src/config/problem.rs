//! What is wrong with a configuration: every finding with its file and line, collected rather than returned one by one.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The switch would not start with it.
    Error,
    /// It works, but probably not as meant.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file it is in, as it was named.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and what would be right where that is known.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = if self.severity == Severity::Warning {
            "warning: "
        } else {
            ""
        };
        write!(
            f,
            "{}:{}: {prefix}{}",
            self.file.display(),
            self.line,
            self.message
        )
    }
}

/// Everything that was found, in the order of the file's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report(pub Vec<Problem>);

impl Report {
    /// Whether anything in it keeps the configuration from being used.
    pub fn has_errors(&self) -> bool {
        self.0
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    /// How many errors and how many warnings there are.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self
            .0
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .count();
        (errors, self.0.len() - errors)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// Collects the findings of one file.
pub struct Problems {
    file: PathBuf,
    line_starts: Vec<usize>,
    found: RefCell<Vec<Problem>>,
}

impl Problems {
    /// Starts with none; `text` is the file's, for turning offsets into lines.
    pub fn new(file: &Path, text: &str) -> Problems {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Problems {
            file: file.to_owned(),
            line_starts,
            found: RefCell::new(Vec::new()),
        }
    }

    /// The line, counted from 1, that the byte offset lies in.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Notes an error at a byte offset.
    pub fn error(&self, offset: usize, message: impl Into<String>) {
        self.note(offset, Severity::Error, message.into());
    }

    /// Notes a warning at a byte offset.
    pub fn warning(&self, offset: usize, message: impl Into<String>) {
        self.note(offset, Severity::Warning, message.into());
    }

    /// Notes a finding whose place is known already, in this file or another.
    pub fn add(&self, problem: Problem) {
        let mut found = self.found.borrow_mut();
        if !found.contains(&problem) {
            found.push(problem);
        }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All findings, sorted by line.
    pub fn into_report(self) -> Report {
        let mut found = self.found.into_inner();
        found.sort_by_key(|problem| problem.line);
        Report(found)
    }

    fn note(&self, offset: usize, severity: Severity, message: String) {
        let line = self.line(offset);
        let problem = Problem {
            file: self.file.clone(),
            line,
            severity,
            message,
        };
        self.add(problem);
    }
}
