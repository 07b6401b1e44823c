//! Writes a new project. It never writes over anything.

use std::path::{Path, PathBuf};

use crate::error::Mistake;
use crate::manifest::{self, Language};
use crate::sdk::{self, File};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The project's folder.
    pub folder: PathBuf,
    /// How many files.
    pub files: usize,
    /// The case file to begin with, in the folder.
    pub cases: Option<String>,
}

/// Writes a project of this name into a folder that is not there yet, or is empty.
///
/// # Errors
/// The name cannot be used, the folder has something in it, there is no SDK, or it cannot be written.
pub fn write(name: &str, language: Language, folder: &Path) -> Result<Written, Mistake> {
    manifest::check_name(name)?;
    let files = sdk::project(language);
    if !sdk::languages().contains(&language) {
        return Err(Mistake(format!(
            "this program was built without the SDK for {}; it has {}",
            language.title(),
            sdk::languages()
                .iter()
                .map(|l| l.name())
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    if folder.exists()
        && folder
            .read_dir()
            .map_or(true, |mut found| found.next().is_some())
    {
        return Err(Mistake(format!(
            "{} is there already and not empty: take another name, or --dir",
            folder.display()
        )));
    }
    for file in &files {
        put(name, folder, file)
            .map_err(|error| Mistake(format!("{}: {error}", folder.join(&file.path).display())))?;
    }
    let cases = files.iter().find(|file| file.path == "cases.json");
    Ok(Written {
        folder: folder.to_owned(),
        files: files.len(),
        cases: cases.map(|file| file.path.clone()),
    })
}

fn put(name: &str, folder: &Path, file: &File) -> std::io::Result<()> {
    let is_sdk = file.path.starts_with("sdk/");
    let filled = |text: &str| {
        text.replace("{{name}}", name)
            .replace("{{name_snake}}", &name.replace('-', "_"))
    };
    let path = folder.join(if is_sdk {
        file.path.clone()
    } else {
        filled(&file.path)
    });
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match std::str::from_utf8(file.content) {
        Ok(text) if !is_sdk => std::fs::write(&path, filled(text))?,
        _ => std::fs::write(&path, file.content)?,
    }
    #[cfg(unix)]
    if path.extension().is_some_and(|ending| ending == "sh") {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "scaffold_tests.rs"]
mod tests;
