//! Tests of the developer's loop with the plugin `table`, through the functions that the command line calls.

use std::path::{Path, PathBuf};

use switchhook_wasm::inspect::inspect;
use switchhook_workbench::manifest::Project;

use crate::cli::paint::Paint;
use crate::cli::plugin::test::{Subject, TestArgs};
use crate::cli::plugin::{build, report, run, test};
use crate::cli::runtime::block_on;

const SETTINGS: &str =
    r#"{"routes": {"100": [{"connect": {"targets": [{"endpoint": {"client": "alice"}}]}}]}}"#;
const CASES: &str = r#"{"cases": [
    {"name": "100 is alice", "call": {"callee": "100"},
     "expect": {"script": [{"connect": {"targets": [{"endpoint": {"client": "alice"}}]}}]}},
    {"name": "nobody is 101", "call": {"callee": "101"}, "expect": {"next": []}},
    {"name": "settings of its own", "call": {"callee": "101"},
     "settings": {"default": [{"respond": {"status": 404}}]},
     "expect": {"script": [{"respond": {"status": 404}}]}}
]}"#;

/// The shipped plugin, which `make test` builds first.
fn table() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("target/plugins/table.wasm");
    assert!(file.is_file(), "plugins/build.sh builds {}", file.display());
    file.canonicalize().expect("it is there")
}

/// A project whose build is to copy `table`, in a folder of its own.
fn project(name: &str) -> Project {
    let folder = std::env::temp_dir().join(format!("switchhook-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let manifest = format!(
        "[plugin]\nname = \"copied\"\nlanguage = \"rust\"\n\
         [build]\ncommand = \"mkdir -p build && cp {} build/copied.wasm\"\ncomponent = \"build/copied.wasm\"\n\
         [test]\ncases = [\"cases.json\"]\nsettings = \"settings.json\"\n",
        table().display()
    );
    let write = |file: &str, text: &str| std::fs::write(folder.join(file), text).expect("a file");
    write("plugin.toml", &manifest);
    write("settings.json", SETTINGS);
    write("settings.schema.json", r#"{"type": "object"}"#);
    write("cases.json", CASES);
    Project::open(&folder).expect("a project")
}

fn arguments(project: &Project) -> TestArgs {
    TestArgs {
        targets: vec![project.folder.clone()],
        filter: None,
        json: false,
        no_build: false,
    }
}

#[test]
fn a_project_is_built_described_and_tested() {
    let project = project("tested");
    test::run(&arguments(&project)).expect("every case passes");
    let bytes = std::fs::read(project.component()).expect("it was built");
    let inspection = inspect(&bytes).expect("a component");
    assert_eq!(inspection.manifest.as_deref(), Some(project.text.as_str()));
    assert!(inspection.schema.is_some());
    // Nothing has changed since, so nothing is built.
    assert!(!switchhook_workbench::building::is_needed(&project));
    std::fs::remove_dir_all(&project.folder).expect("it was there");
}

#[test]
fn a_case_that_fails_shows_what_was_expected_and_what_came() {
    let project = project("failing");
    build::build(&project).expect("it is built");
    let cases = project.folder.join("cases.json");
    let text = CASES.replace("\"alice\"}}]}}]}},", "\"bob\"}}]}}]}},");
    std::fs::write(&cases, text).expect("a file");
    let subject = Subject::of(std::slice::from_ref(&project.folder)).expect("a project");
    let results = block_on(test::test(&subject, None)).expect("they run");
    assert_eq!((results.results.len(), results.failed()), (3, 1));
    let (_, case, verdict) = &results.results[0];
    assert_eq!(case.name, "100 is alice");
    let shown = report::faults(verdict, Paint::plain());
    assert!(
        shown.contains("-               \"client\": \"bob\""),
        "{shown}"
    );
    assert!(
        shown.contains("+               \"client\": \"alice\""),
        "{shown}"
    );
    let error = test::run(&arguments(&project)).expect_err("a case fails");
    assert_eq!(error.to_string(), "1 of 3 cases failed");
    std::fs::remove_dir_all(&project.folder).expect("it was there");
}

#[test]
fn a_build_that_fails_names_the_command_and_a_file_that_is_no_plugin_says_so() {
    let mut project = project("broken");
    project.manifest.build.command = "exit 3".to_owned();
    let error = build::build(&project).expect_err("it ends with 3");
    assert!(
        error.to_string().contains("ended with status 3: exit 3"),
        "{error}"
    );
    project.manifest.build.command = "mkdir -p build && echo hello > build/copied.wasm".to_owned();
    let error = build::build(&project).expect_err("it is text");
    assert!(error.to_string().contains("not WebAssembly"), "{error}");
    std::fs::remove_dir_all(&project.folder).expect("it was there");
}

#[test]
fn one_call_is_run_and_a_case_that_is_not_there_is_told() {
    let project = project("run");
    let arguments = |case: Option<&str>| run::RunArgs {
        targets: vec![project.folder.clone(), project.folder.join("cases.json")],
        settings: None,
        at: None,
        case: case.map(str::to_owned),
        http: None,
        live: false,
        json: false,
        no_build: false,
    };
    run::run(&arguments(None)).expect("the first case");
    run::run(&arguments(Some("2"))).expect("by number");
    run::run(&arguments(Some("of its own"))).expect("by a part of its name");
    let error = run::run(&arguments(Some("nobody"))).err();
    assert!(error.is_none());
    let error = run::run(&arguments(Some("no such case"))).expect_err("there is none");
    assert!(error.to_string().contains("settings of its own"), "{error}");
    std::fs::remove_dir_all(&project.folder).expect("it was there");
}
