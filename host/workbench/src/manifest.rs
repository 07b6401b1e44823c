//! `plugin.toml`: what a plugin project says of itself, and where its things are.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Mistake, suggestion};

/// The name of the file.
pub const FILE: &str = "plugin.toml";

/// A language that there is an SDK for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Rust.
    Rust,
    /// JavaScript.
    Js,
    /// TypeScript, with the SDK of JavaScript.
    Ts,
    /// Python.
    Python,
    /// C.
    C,
    /// C++, with the SDK of C.
    Cpp,
    /// Go.
    Go,
}

impl Language {
    /// All of them, in the order they are named.
    pub const ALL: [Language; 7] = [
        Language::Rust,
        Language::Js,
        Language::Ts,
        Language::Python,
        Language::C,
        Language::Cpp,
        Language::Go,
    ];

    /// As `--lang` and `plugin.toml` name it.
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Js => "js",
            Language::Ts => "ts",
            Language::Python => "python",
            Language::C => "c",
            Language::Cpp => "cpp",
            Language::Go => "go",
        }
    }

    /// As people call it.
    pub fn title(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::Js => "JavaScript",
            Language::Ts => "TypeScript",
            Language::Python => "Python",
            Language::C => "C",
            Language::Cpp => "C++",
            Language::Go => "Go",
        }
    }

    /// The folder of its SDK below `sdk/`.
    pub fn sdk(self) -> &'static str {
        match self {
            Language::Ts => "js",
            Language::Cpp => "c",
            other => other.name(),
        }
    }

    /// The folder of its template within the SDK.
    pub fn template(self) -> &'static str {
        match self {
            Language::Ts => "template-ts",
            Language::Cpp => "template-cpp",
            _ => "template",
        }
    }

    /// A language by its name, or a usual other one.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn parse(name: &str) -> Result<Language, Mistake> {
        let lower = name.to_ascii_lowercase();
        Ok(match lower.as_str() {
            "javascript" => Language::Js,
            "typescript" => Language::Ts,
            "py" => Language::Python,
            "c++" | "cxx" => Language::Cpp,
            "golang" => Language::Go,
            "rs" => Language::Rust,
            name => {
                let found = Language::ALL.into_iter().find(|known| known.name() == name);
                return found.ok_or_else(|| {
                    let near = suggestion(name, Language::ALL.map(Language::name));
                    Mistake::new(format!("there is no SDK for \"{name}\"{near}"))
                });
            }
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A plugin project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// The text of its `plugin.toml`.
    pub text: String,
    /// What that says.
    pub manifest: Manifest,
}

/// What `plugin.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What it is.
    pub plugin: About,
    /// How it is built; absent: the component is there already.
    #[serde(default)]
    pub build: Build,
    /// How it is tested.
    #[serde(default)]
    pub test: Test,
    /// What it asks the operator to grant.
    #[serde(default)]
    pub needs: Needs,
    /// The warm pool that it suggests; absent: a fresh instance for every call.
    pub pool: Option<Pool>,
}

/// `[plugin]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The name.
    pub name: String,
    /// The version, as its author counts.
    #[serde(default)]
    pub version: String,
    /// The language.
    #[serde(default)]
    pub language: String,
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
}

/// `[build]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The command, run by `sh` in the project's folder; empty: nothing is to be built.
    #[serde(default)]
    pub command: String,
    /// The component that it makes, from the project's folder.
    #[serde(default)]
    pub component: PathBuf,
    /// Files and folders whose changes ask for another build.
    #[serde(default)]
    pub watch: Vec<PathBuf>,
}

/// `[test]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The case files.
    #[serde(default)]
    pub cases: Vec<PathBuf>,
    /// The settings of cases that bring none, and of `plugin run`.
    pub settings: Option<PathBuf>,
}

/// `[needs]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Hosts that it sends HTTP requests to.
    #[serde(default)]
    pub http: Vec<String>,
}

/// `[pool]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Instances.
    pub size: u32,
    /// Calls that each instance decides before it is replaced.
    pub uses: u32,
}

impl Project {
    /// Reads the project in a folder (or the one whose `plugin.toml` is named).
    ///
    /// # Errors
    /// There is none, or its `plugin.toml` has a mistake; the text names the line.
    pub fn open(path: &Path) -> Result<Project, Mistake> {
        let (folder, file) = if path.is_dir() {
            (path.to_owned(), path.join(FILE))
        } else {
            let folder = path.parent().unwrap_or(Path::new(""));
            (folder.to_owned(), path.to_owned())
        };
        let text = std::fs::read_to_string(&file).map_err(|error| {
            let hint = if error.kind() == std::io::ErrorKind::NotFound {
                "; run this in a plugin's folder, or make one with `switchhook plugin new`"
            } else {
                ""
            };
            Mistake::new(format!("{}: {error}{hint}", file.display()))
        })?;
        let manifest = Manifest::parse(&text).map_err(|mistake| mistake.at(file.display()))?;
        Ok(Project {
            folder,
            text,
            manifest,
        })
    }

    /// A path of `plugin.toml`, from where the program runs.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The component.
    pub fn component(&self) -> PathBuf {
        self.path(&self.manifest.build.component)
    }

    /// The case files.
    pub fn cases(&self) -> Vec<PathBuf> {
        let cases = &self.manifest.test.cases;
        cases.iter().map(|file| self.path(file)).collect()
    }

    /// What is watched for changes: what `[build] watch` says, the case files, the settings and `plugin.toml`.
    pub fn watched(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = (self.manifest.build.watch.iter())
            .chain(&self.manifest.test.cases)
            .chain(&self.manifest.test.settings)
            .map(|path| self.path(path))
            .collect();
        paths.push(self.folder.join(FILE));
        paths.sort();
        paths.dedup();
        paths
    }

    /// The settings schema, if the project has one: `settings.schema.json`.
    ///
    /// # Errors
    /// It cannot be read, or is no JSON.
    pub fn schema(&self) -> Result<Option<String>, Mistake> {
        let file = self.folder.join("settings.schema.json");
        let text = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|error| Mistake::new(error.to_string()).at(file.display()))?,
        };
        serde_json::from_str::<serde_json::Value>(&text)
            .map_err(|error| Mistake::new(error.to_string()).at(file.display()))?;
        Ok(Some(text))
    }
}

impl Manifest {
    /// Reads the text of a `plugin.toml`.
    ///
    /// # Errors
    /// With the line.
    pub fn parse(text: &str) -> Result<Manifest, Mistake> {
        let manifest: Manifest = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or("").matches('\n').count() + 1;
            Mistake::new(format!("line {line}: {}", error.message()))
        })?;
        check_name(&manifest.plugin.name)?;
        if manifest.build.component.as_os_str().is_empty() {
            return Err(Mistake::new(
                "[build] needs `component`: the file that the build makes, such as \"build/NAME.wasm\"",
            ));
        }
        Ok(manifest)
    }
}

/// Whether a text can name a plugin: it becomes a folder, a crate, a package and a module.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), Mistake> {
    /// Names that a language or a file system keeps for itself.
    const TAKEN: [&str; 12] = [
        "test",
        "std",
        "core",
        "alloc",
        "main",
        "sdk",
        "switchhook",
        "build",
        "con",
        "nul",
        "plugin",
        "self",
    ];
    let wrong = |why: &str| {
        Err(Mistake::new(format!(
            "\"{name}\" cannot name a plugin: {why}; take a letter, then letters, digits and `-`, such as `front-desk`"
        )))
    };
    let mut characters = name.chars();
    match characters.next() {
        None => return wrong("it is empty"),
        Some(first) if !first.is_ascii_lowercase() => {
            return wrong("it does not begin with a lower-case letter");
        }
        Some(_) => {}
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(other) = characters.find(|c| !allowed(*c)) {
        return wrong(&format!("it has `{other}` in it"));
    }
    if name.ends_with('-') || name.contains("--") {
        return wrong("a `-` stands between two other characters");
    }
    if name.len() > 64 {
        return wrong("it is longer than 64 characters");
    }
    if TAKEN.contains(&name) {
        return wrong("that name is taken");
    }
    Ok(())
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
