//! The files that this program carries: the SDKs with their templates, the contract, and the vocabulary that Rust plugins share
//! with the switch.

use crate::manifest::Language;

mod packed {
    //! Written by the build script.
    include!(concat!(env!("OUT_DIR"), "/files.rs"));

    /// Every file: its path in the repository, and its content.
    pub(super) fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
        INDEX.iter().map(|(path, start, length)| {
            let content = CONTENT.get(*start..start + length);
            (*path, content.unwrap_or_default())
        })
    }
}

/// A file of a new project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the project, with `/`.
    pub path: String,
    /// Its content.
    pub content: &'static [u8],
}

/// The languages whose SDK was there when this program was built.
pub fn languages() -> Vec<Language> {
    let has = |language: &Language| {
        let template = format!("sdk/{}/{}/", language.sdk(), language.template());
        packed::files().any(|(path, _)| path.starts_with(&template))
    };
    Language::ALL.into_iter().filter(has).collect()
}

/// The files of a project in this language: template and SDK. Empty if there is no SDK.
pub fn project(language: Language) -> Vec<File> {
    let file = |(path, content): (&str, &'static [u8])| {
        let path = place(language, path)?;
        Some(File { path, content })
    };
    packed::files().filter_map(file).collect()
}

/// Where a file of the repository belongs in a project; `None`: nowhere.
fn place(language: Language, path: &str) -> Option<String> {
    let sdk = format!("sdk/{}/", language.sdk());
    let Some(rest) = path.strip_prefix(&sdk) else {
        let shared = path.starts_with("wit/")
            || (language == Language::Rust && path.starts_with("host/routing/"));
        return shared.then(|| format!("sdk/{path}"));
    };
    if let Some(rest) = rest.strip_prefix(&format!("{}/", language.template())) {
        return Some(rest.strip_suffix(".template").unwrap_or(rest).to_owned());
    }
    if rest.starts_with("template") || rest == "test.sh" {
        return None;
    }
    // The crate's paths to the contract and to the vocabulary hold in both places: it is two folders deep here as well.
    Some(match (language, rest) {
        (Language::Rust, "build.sh") => "sdk/build.sh".to_owned(),
        (Language::Rust, "workspace.toml") => "sdk/Cargo.toml".to_owned(),
        (Language::Rust, rest) => format!("sdk/crates/switchhook-sdk/{rest}"),
        (_, rest) => format!("sdk/{rest}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_project_gets_the_contract_and_no_frozen_one() {
        for language in Language::ALL {
            let files = project(language);
            let has = |path: &str| files.iter().any(|file| file.path == path);
            assert!(has("sdk/wit/types.wit"), "{language}");
            let is_frozen = |file: &File| file.path.contains("wit/0.");
            assert!(!files.iter().any(is_frozen), "{language}");
        }
    }

    #[test]
    fn a_rust_project_gets_the_vocabulary_where_the_crate_looks_for_it() {
        let files = project(Language::Rust);
        for path in [
            "sdk/Cargo.toml",
            "sdk/build.sh",
            "sdk/crates/switchhook-sdk/Cargo.toml",
            "sdk/host/routing/src/lib.rs",
            "Cargo.toml",
        ] {
            assert!(files.iter().any(|file| file.path == path), "{path}");
        }
    }

    #[test]
    fn what_is_carried_stays_small() {
        let size: usize = packed::files().map(|(_, content)| content.len()).sum();
        assert!(size < 3 << 20, "{size} bytes");
    }
}
