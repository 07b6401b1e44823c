//! Tests of new projects, each in a folder of its own.

use super::*;
use crate::case::CaseFile;
use crate::manifest::Project;

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("switchhook-new-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn a_project_of_each_language_can_be_opened_and_has_cases() {
    for language in sdk::languages() {
        let folder = scratch(language.name());
        let written = write("front-desk", language, &folder).expect("it is written");
        let project = Project::open(&folder).expect("it is a project");
        assert_eq!(project.manifest.plugin.name, "front-desk", "{language}");
        assert_eq!(project.manifest.plugin.language, language.name());
        assert!(folder.join("sdk/build.sh").is_file(), "{language}");
        for file in project.cases() {
            CaseFile::read(&file).expect("the cases are right");
        }
        assert!(written.files > 5);
        assert_no_placeholder(&folder);
        std::fs::remove_dir_all(&folder).expect("it was there");
    }
}

/// No `{{name}}` is left in the project's own files.
fn assert_no_placeholder(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("sdk") {
                assert_no_placeholder(&path);
            }
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            assert!(!text.contains("{{name"), "{}", path.display());
        }
    }
}

#[test]
fn nothing_is_written_over() {
    let Some(language) = sdk::languages().first().copied() else {
        return;
    };
    let folder = scratch("over");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("mine"), "mine").expect("a file");
    let error = write("front-desk", language, &folder).expect_err("it is not empty");
    assert!(error.0.contains("not empty"), "{error}");
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1);
    std::fs::remove_dir_all(&folder).expect("it was there");
}

#[test]
fn a_name_that_cannot_be_one_writes_nothing() {
    let folder = scratch("name");
    assert!(write("Front Desk", Language::Rust, &folder).is_err());
    assert!(!folder.exists());
}
