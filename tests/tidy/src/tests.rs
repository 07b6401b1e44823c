//! One test a rule. A failure lists every place that breaks it, as `file:line`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that are pure: no clock, no sockets, no tasks, no plugins' runtime.
const CORE: [&str; 5] = [
    "host/sip",
    "host/media",
    "host/routing",
    "host/call",
    "host/phone",
];
const MAX_LINES: usize = 700;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace exists")
}

/// Every Rust file of the tree with its path relative to the root, build output left out.
fn rust_files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["host", "sdk", "plugins", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(
        found.len() > 50,
        "only {} Rust files found: is the walk broken?",
        found.len()
    );
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder)
        .expect("a folder of the tree can be read")
        .flatten()
    {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "node_modules"].contains(&name.as_str()) && !name.starts_with('.') {
                collect(&path, found);
            }
        } else if name.ends_with(".rs") {
            let relative = path
                .strip_prefix(root())
                .expect("below the root")
                .to_string_lossy()
                .into_owned();
            found.push((
                relative,
                fs::read_to_string(&path).expect("source is UTF-8"),
            ));
        }
    }
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("tests.rs")
        || path.contains("/benches/")
}

fn in_core(path: &str) -> bool {
    CORE.iter()
        .any(|folder| path.starts_with(&format!("{folder}/src/")))
}

/// Asserts that no line of the chosen files contains one of the words, comments included.
fn none_contains(files: impl Fn(&str) -> bool, words: &[&str], why: &str) {
    let mut places = Vec::new();
    for (path, text) in rust_files() {
        if path.starts_with("tests/tidy/") || !files(&path) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                places.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(places.is_empty(), "{why}\n{}", places.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let long: Vec<String> = rust_files()
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(
        long.is_empty(),
        "files stop at {MAX_LINES} lines\n{}",
        long.join("\n")
    );
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = rust_files()
        .into_iter()
        .filter(|(path, text)| !path.ends_with("build.rs") && !starts_with_its_purpose(text))
        .map(|(path, _)| path)
        .collect();
    assert!(
        silent.is_empty(),
        "these files do not open with `//!`\n{}",
        silent.join("\n")
    );
}

/// Whether the first line that is not an inner attribute is a module comment.
fn starts_with_its_purpose(text: &str) -> bool {
    text.lines()
        .find(|line| !line.starts_with("#!"))
        .is_some_and(|line| line.starts_with("//!"))
}

#[test]
fn core_crates_depend_on_no_clock_socket_task_or_sandbox() {
    for folder in CORE {
        let manifest =
            fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a core crate");
        for word in ["tokio", "wasmtime", "mio", "socket2", "async-std"] {
            assert!(!manifest.contains(word), "{folder}/Cargo.toml names {word}");
        }
    }
    none_contains(
        |path| in_core(path) && !is_test(path),
        &[
            "Instant::now",
            "SystemTime::now",
            "UdpSocket",
            "TcpStream",
            "thread::spawn",
            "thread::sleep",
            "Mutex<",
        ],
        "time, chance and the network are arguments of the core",
    );
}

#[test]
fn core_crates_deny_panics_on_what_the_network_sends() {
    for folder in CORE.iter().filter(|folder| **folder != "host/routing") {
        let library =
            fs::read_to_string(root().join(folder).join("src/lib.rs")).expect("a core crate");
        for lint in [
            "clippy::unwrap_used",
            "clippy::expect_used",
            "clippy::indexing_slicing",
            "forbid(unsafe_code)",
        ] {
            assert!(
                library.contains(lint),
                "{folder}/src/lib.rs does not have {lint}"
            );
        }
    }
}

#[test]
fn sip_does_not_know_sdp_media_does_not_know_sip_and_call_does_not_know_wasm() {
    // A dependency stands at the beginning of its line.
    let knows = |folder: &str, other: &str| {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml"));
        manifest
            .expect("a crate")
            .lines()
            .any(|line| line.starts_with(other))
    };
    assert!(!knows("host/sip", "switchhook-"));
    assert!(!knows("host/media", "switchhook-"));
    assert!(!knows("host/call", "switchhook-wasm"));
    assert!(!knows("host/wasm", "switchhook-call"));
    assert!(!knows("host/wasm", "switchhook-sip"));
}

#[test]
fn wit_types_cross_at_one_place() {
    none_contains(
        |path| {
            path.starts_with("host/wasm/src/")
                && !["convert.rs", "linking.rs"]
                    .iter()
                    .any(|file| path.ends_with(file))
                && !["/contract/", "/imports/"]
                    .iter()
                    .any(|folder| path.contains(folder))
                && !is_test(path)
        },
        &["bindings::exports", "bindings::switchhook"],
        "only contract/, convert.rs, linking.rs and imports/ name generated types",
    );
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    none_contains(
        |_| true,
        &["todo!(", "unimplemented!(", "FIXME", "XXX"],
        "finish it or say it in the issue",
    );
    none_contains(
        |_| true,
        &["#[ignore", "assert!(true"],
        "a test that cannot fail is a defect",
    );
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    none_contains(
        |_| true,
        &["/work/", "/home/", "/root/"],
        "paths of a machine do not belong in the project",
    );
}

#[test]
fn tests_below_the_real_daemon_never_sleep() {
    none_contains(
        |path| {
            is_test(path)
                && !path.starts_with("tests/e2e/")
                && !path.starts_with("tests/bench/")
                && !path.starts_with("host/daemon/")
        },
        &["thread::sleep", "time::sleep"],
        "wait for an event or move virtual time",
    );
}

#[test]
fn a_released_contract_never_changes() {
    let wit = root().join("wit");
    let mut frozen = 0;
    for entry in fs::read_dir(&wit).expect("wit/") {
        let folder = entry.expect("an entry").path();
        let sums = folder.join("SHA256SUMS");
        let name = folder.file_name().and_then(|name| name.to_str());
        if !folder.is_dir() || name == Some("deps") {
            continue;
        }
        assert!(
            sums.is_file(),
            "{} is missing: `sha256sum *.wit` makes it when a version is released",
            sums.display()
        );
        let checked = Command::new("sha256sum")
            .args(["--check", "--quiet", "SHA256SUMS"])
            .current_dir(&folder)
            .output()
            .expect("sha256sum");
        assert!(
            checked.status.success(),
            "{} was changed after its release: {}",
            folder.display(),
            String::from_utf8_lossy(&checked.stdout)
        );
        frozen += 1;
    }
    assert!(frozen > 0, "no released version of the contract was found");
}
