//! Packs the SDKs, the contract and the vocabulary into the program, so that `switchhook plugin new` needs no repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Folders that are made by tools, or are of use only here.
const LEFT_OUT: [&str; 9] = [
    "target",
    "node_modules",
    ".venv",
    "__pycache__",
    "example",
    "examples",
    "tests",
    "build",
    "dist",
];
/// What is packed, from the root of the repository.
const PACKED: [&str; 7] = [
    "sdk/rust",
    "sdk/js",
    "sdk/python",
    "sdk/c",
    "sdk/go",
    "wit",
    "host/routing",
];
/// A file of an SDK is a source or a lock file. What is larger is there by mistake.
const LARGEST: u64 = 512 << 10;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../..")
        .canonicalize()
        .expect("the repository is there");
    let mut files = Vec::new();
    for folder in PACKED {
        collect(&root, &root.join(folder), &mut files);
    }
    files.sort();
    let mut source = String::from("pub(crate) static FILES: &[(&str, &[u8])] = &[\n");
    for relative in &files {
        let path = root.join(relative);
        println!("cargo::rerun-if-changed={}", path.display());
        let _ = writeln!(source, "    ({relative:?}, include_bytes!({path:?})),");
    }
    source.push_str("];\n");
    source.push_str(&workspace(&root));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("files.rs");
    fs::write(out, source).expect("the output folder can be written");
    println!("cargo::rerun-if-changed=build.rs");
    println!(
        "cargo::rerun-if-changed={}",
        root.join("Cargo.toml").display()
    );
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let entries: Vec<_> = entries.flatten().collect();
    let left_out =
        |name: &str| LEFT_OUT.contains(&name) || (name.starts_with('.') && name != ".gitignore");
    let names = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    // Cargo looks through a watched folder as a whole: one in which tools work would never come to rest.
    if !entries.iter().any(|entry| left_out(&names(entry))) {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    for entry in entries {
        let (name, path) = (names(&entry), entry.path());
        let frozen = folder == root.join("wit") && name.starts_with(|c: char| c.is_ascii_digit());
        if left_out(&name) || frozen {
            continue;
        }
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            collect(root, &path, files);
        } else if kind.is_file() {
            if entry.metadata().is_ok_and(|data| data.len() > LARGEST) {
                println!(
                    "cargo::warning={} is too large to be packed",
                    path.display()
                );
                continue;
            }
            let relative = path.strip_prefix(root).expect("below the root");
            files.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// What the vocabulary's manifest takes from the workspace: `key = value` lines of its package and of its dependencies.
fn workspace(root: &Path) -> String {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has one");
    let section = |name: &str| {
        let header = format!("[workspace.{name}]\n");
        let rest = manifest.split_once(&header).map_or("", |(_, rest)| rest);
        rest.split("\n[").next().unwrap_or("").to_owned()
    };
    format!(
        "pub(crate) static PACKAGE: &str = {:?};\npub(crate) static DEPENDENCIES: &str = {:?};\n",
        section("package"),
        section("dependencies")
    )
}
