//! Writes the guests as components into a folder, for tests that start the daemon as a program of its own.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "target/guests".into()),
    );
    std::fs::create_dir_all(&folder)?;
    for (name, _) in switchhook_guests::GUESTS {
        switchhook_guests::write(name, &folder.join(name).with_extension("wasm"))?;
    }
    Ok(())
}
