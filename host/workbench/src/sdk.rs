//! The files that this program carries: the SDKs with their templates, the contract, and the vocabulary that Rust plugins share
//! with the switch.

use std::borrow::Cow;

use crate::manifest::Language;

mod packed {
    //! Written by the build script.
    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

/// A file of a new project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the project, with `/`.
    pub path: String,
    /// Its content.
    pub content: Cow<'static, [u8]>,
}

/// The languages whose SDK was there when this program was built.
pub fn languages() -> Vec<Language> {
    let has = |language: &Language| {
        let template = format!("sdk/{}/{}/", language.sdk(), language.template());
        packed::FILES
            .iter()
            .any(|(path, _)| path.starts_with(&template))
    };
    Language::ALL.into_iter().filter(has).collect()
}

/// The files of a project in this language: template and SDK. Empty if there is no SDK.
pub fn project(language: Language) -> Vec<File> {
    let sdk = format!("sdk/{}/", language.sdk());
    let template = format!("{}/", language.template());
    let mut files = Vec::new();
    for (path, content) in packed::FILES {
        let content = Cow::Borrowed(*content);
        if let Some(rest) = path.strip_prefix(&sdk) {
            if let Some(rest) = rest.strip_prefix(&template) {
                let path = rest.strip_suffix(".template").unwrap_or(rest).to_owned();
                files.push(File { path, content });
            } else if !rest.starts_with("template") {
                files.push(of_sdk(language, rest, content));
            }
        } else if path.starts_with("wit/") {
            let path = format!("sdk/{path}");
            files.push(File { path, content });
        } else if let Some(rest) = path.strip_prefix("host/routing/")
            && language == Language::Rust
        {
            files.push(of_routing(rest, content));
        }
    }
    files
}

fn of_sdk(language: Language, path: &str, content: Cow<'static, [u8]>) -> File {
    let content = match path {
        "Cargo.toml" if language == Language::Rust => {
            replaced(&content, "../../host/routing", "routing")
        }
        _ => content,
    };
    let path = format!("sdk/{path}");
    File { path, content }
}

fn of_routing(path: &str, content: Cow<'static, [u8]>) -> File {
    let content = match path {
        "Cargo.toml" => Cow::Owned(standalone(&String::from_utf8_lossy(&content)).into_bytes()),
        _ => content,
    };
    let path = format!("sdk/routing/{path}");
    File { path, content }
}

fn replaced(content: &[u8], from: &str, to: &str) -> Cow<'static, [u8]> {
    let text = String::from_utf8_lossy(content).replace(from, to);
    Cow::Owned(text.into_bytes())
}

/// A manifest of the workspace without the workspace: what it inherits is written out.
fn standalone(manifest: &str) -> String {
    let value = |section: &str, key: &str| {
        let mut lines = section.lines();
        let found = lines.find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then(|| value.trim().to_owned())
        });
        found.unwrap_or_default()
    };
    let mut written = String::new();
    let mut skipped = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            skipped = line == "[lints]";
        }
        if skipped {
            continue;
        }
        if let Some((key, _)) = line.split_once(".workspace = true") {
            let inherited = value(packed::PACKAGE, key.trim());
            written.push_str(&format!("{key} = {inherited}\n"));
        } else if let Some((key, rest)) = line.split_once("= { workspace = true") {
            let inherited = value(packed::DEPENDENCIES, key.trim());
            let inherited = match inherited.strip_prefix('{') {
                Some(table) => table.trim_end_matches('}').trim().to_owned(),
                None => format!("version = {inherited}"),
            };
            written.push_str(&format!("{key}= {{ {inherited}{rest}\n"));
        } else {
            written.push_str(line);
            written.push('\n');
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_stands_alone_once_what_it_inherits_is_written_out() {
        let manifest = "[package]\nname = \"x\"\nedition.workspace = true\n\n[lints]\nworkspace = true\n\n[dependencies]\n\
                        serde = { workspace = true, optional = true }\n";
        let written = standalone(manifest);
        assert!(written.contains("edition = \"2024\"\n"), "{written}");
        assert!(!written.contains("workspace"), "{written}");
        assert!(
            written.contains("features = [\"derive\"], optional = true }"),
            "{written}"
        );
        assert!(toml::from_str::<toml::Table>(&written).is_ok(), "{written}");
    }

    #[test]
    fn every_project_gets_the_contract_and_no_frozen_one() {
        for language in Language::ALL {
            let files = project(language);
            assert!(
                files.iter().any(|file| file.path == "sdk/wit/types.wit"),
                "{language}"
            );
            assert!(
                !files.iter().any(|file| file.path.contains("wit/0.")),
                "{language}"
            );
        }
    }

    #[test]
    fn a_rust_project_gets_the_vocabulary() {
        let files = project(Language::Rust);
        let manifest = files
            .iter()
            .find(|file| file.path == "sdk/routing/Cargo.toml");
        let text = String::from_utf8_lossy(&manifest.expect("it is there").content).into_owned();
        assert!(!text.contains("workspace"), "{text}");
        let sdk = files.iter().find(|file| file.path == "sdk/Cargo.toml");
        let text = String::from_utf8_lossy(&sdk.expect("it is there").content).into_owned();
        assert!(text.contains("path = \"routing\""), "{text}");
    }
}
