//! Builds a project with its own command, and puts into the component what the switch should know of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use switchhook_wasm::inspect::{self, Inspection};
use switchhook_wasm::status::Roles;

use crate::component;
use crate::error::Mistake;
use crate::manifest::Project;

/// Folders that builds write into.
const MADE: [&str; 6] = [
    "target",
    "node_modules",
    ".venv",
    "__pycache__",
    "build",
    ".git",
];

/// A component that was built.
#[derive(Debug, Clone)]
pub struct Built {
    /// The file.
    pub component: PathBuf,
    /// What it is.
    pub inspection: Inspection,
    /// How long building took.
    pub took: Duration,
}

/// Whether something was changed after the component was built, or there is none.
pub fn is_needed(project: &Project) -> bool {
    let Some(built) = modified(&project.component()) else {
        return true;
    };
    if project.manifest.build.command.is_empty() {
        return false;
    }
    let sources = project.manifest.build.watch.iter();
    let sources = sources.map(|path| project.path(path));
    // Cases and settings are read anew by every test, the manifest and the schema are part of the component.
    let not_built = project.cases();
    let settings = project.manifest.test.settings.as_ref();
    let settings = settings.map(|path| project.path(path));
    let mut own = ["plugin.toml", "settings.schema.json", "sdk"]
        .map(|name| project.folder.join(name))
        .into_iter()
        .chain(sources.filter(|path| !not_built.contains(path) && Some(path) != settings.as_ref()));
    own.any(|path| newest(&path).is_some_and(|changed| changed > built))
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

/// When the last of the files in a folder was changed.
pub fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return modified(path);
    }
    let entries = std::fs::read_dir(path).ok()?.flatten();
    let own = entries.filter(|entry| {
        let name = entry.file_name();
        !MADE.iter().any(|made| name == *made)
    });
    own.filter_map(|entry| newest(&entry.path())).max()
}

/// Runs the build command, then embeds the manifest and the settings schema. The command's output goes to standard error.
///
/// # Errors
/// The command failed, or what it made is no plugin of this contract.
pub fn build(project: &Project) -> Result<Built, Mistake> {
    let begun = Instant::now();
    let command = &project.manifest.build.command;
    if !command.is_empty() {
        run(project, command)?;
    }
    let file = project.component();
    let bytes = std::fs::read(&file).map_err(|error| {
        let hint = if command.is_empty() {
            "[build] has no `command` that makes it"
        } else {
            "the build command did not make what [build] `component` names"
        };
        Mistake(format!("{}: {error}; {hint}", file.display()))
    })?;
    let schema = project.schema()?;
    inspect::inspect(&bytes).map_err(|error| Mistake(error.to_string()).at(file.display()))?;
    let described = component::embed(&bytes, &project.text, schema.as_deref())
        .map_err(|mistake| mistake.at(file.display()))?;
    let inspection = inspect::inspect(&described)
        .map_err(|error| Mistake(error.to_string()).at(file.display()))?;
    check(&file, &inspection)?;
    replace(&file, &bytes, &described)
        .map_err(|error| Mistake(format!("{}: {error}", file.display())))?;
    Ok(Built {
        component: file,
        inspection,
        took: begun.elapsed(),
    })
}

fn run(project: &Project, command: &str) -> Result<(), Mistake> {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(match project.folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => &project.folder,
        })
        .stdin(Stdio::null())
        // Standard output is for the report.
        .stdout(std::io::stderr());
    let status = shell
        .status()
        .map_err(|error| Mistake(format!("sh -c '{command}': {error}")))?;
    if status.success() {
        return Ok(());
    }
    let how = match status.code() {
        Some(code) => format!("ended with status {code}"),
        None => "was ended by a signal".to_owned(),
    };
    Err(Mistake(format!(
        "the build command {how}: {command}\n(run in {}; its output is above)",
        project.folder.display()
    )))
}

/// Whether a component is a plugin of this contract.
///
/// # Errors
/// What it lacks.
pub fn check(file: &Path, inspection: &Inspection) -> Result<(), Mistake> {
    if component::roles(inspection) == Roles::default() {
        let exports = match inspection.exports.join(", ") {
            none if none.is_empty() => "none".to_owned(),
            some => some,
        };
        return Err(Mistake(format!(
            "{}: it is a component, but no plugin: it exports no router, gatekeeper or observer of switchhook:plugin (its exports: {exports})",
            file.display()
        )));
    }
    Ok(())
}

/// Puts the described component in place of the built one at once, so that who watches it never sees half of it.
fn replace(component: &Path, old: &[u8], new: &[u8]) -> std::io::Result<()> {
    if old != new {
        let beside = component.with_extension("wasm.new");
        std::fs::write(&beside, new)?;
        return std::fs::rename(&beside, component);
    }
    // Tools leave a file alone that did not change; it is up to date all the same.
    std::fs::File::options()
        .append(true)
        .open(component)?
        .set_modified(SystemTime::now())
}
