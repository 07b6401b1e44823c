//! Packs the SDKs, the contract and the vocabulary into the program, so that `switchhook plugin new` needs no repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Folders that are made by tools, or are of use only here.
const LEFT_OUT: [&str; 10] = [
    "target",
    "node_modules",
    ".venv",
    "__pycache__",
    "example",
    "example-cpp",
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
    let (mut index, mut content) = (String::new(), Vec::new());
    for relative in &files {
        let path = root.join(relative);
        println!("cargo::rerun-if-changed={}", path.display());
        // Gone since the folder was read: somebody is at work there, and this runs again.
        let Ok(mut file) = fs::read(&path) else {
            continue;
        };
        let (start, length) = (content.len(), file.len());
        let _ = writeln!(index, "    ({relative:?}, {start}, {length}),");
        content.append(&mut file);
    }
    let source = format!(
        "static CONTENT: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/files.bin\"));\n\
         static INDEX: &[(&str, usize, usize)] = &[\n{index}];\n"
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("files.rs"), source).expect("the output folder can be written");
    fs::write(out.join("files.bin"), content).expect("the output folder can be written");
    println!("cargo::rerun-if-changed=build.rs");
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let entries: Vec<_> = entries.flatten().collect();
    let left_out =
        |name: &str| LEFT_OUT.contains(&name) || (name.starts_with('.') && name != ".gitignore");
    let name_of = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    // Cargo looks through a watched folder as a whole: one in which tools work would never come to rest.
    if !entries.iter().any(|entry| left_out(&name_of(entry))) {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    for entry in entries {
        let (name, path) = (name_of(&entry), entry.path());
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
