//! Plugins for tests, written as text: one that behaves, some that misbehave, one that uses what the host offers. No Wasm toolchain
//! is needed to build them.
//!
//! A guest is a core module in `guests/`; `contract.wat` wraps it into a component. It imports memory and `realloc` from `libc` and
//! the host's functions, lowered, from `host`, and exports `route`.

/// The guests by name.
pub const GUESTS: [(&str, &str); 9] = [
    ("connect", include_str!("../guests/connect.wat")),
    ("busy", include_str!("../guests/busy.wat")),
    ("next", include_str!("../guests/next.wat")),
    ("spin", include_str!("../guests/spin.wat")),
    ("hog", include_str!("../guests/hog.wat")),
    ("trap", include_str!("../guests/trap.wat")),
    ("lie", include_str!("../guests/lie.wat")),
    ("sleep", include_str!("../guests/sleep.wat")),
    ("probe", include_str!("../guests/probe.wat")),
];

/// The component of a guest in `guests/`.
///
/// # Panics
/// If there is no such guest, or its text is not valid.
pub fn guest(name: &str) -> Vec<u8> {
    let (_, core) = GUESTS
        .iter()
        .find(|(guest, _)| *guest == name)
        .expect("no such guest");
    component(core)
}

/// A component around the fields of a core module, given as text.
///
/// # Panics
/// If the text is not valid.
pub fn component(core: &str) -> Vec<u8> {
    let text = include_str!("../contract.wat").replace(";; GUEST", core);
    wat::parse_str(text).unwrap_or_else(|error| panic!("the guest's text is not valid: {error}"))
}

/// Writes a guest's component to a file; what a test gives a switch as a plugin.
///
/// # Errors
/// Those of writing the file.
pub fn write(name: &str, path: &std::path::Path) -> std::io::Result<()> {
    std::fs::write(path, guest(name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_guest_is_a_valid_component() {
        for (name, _) in super::GUESTS {
            assert!(
                super::guest(name).starts_with(b"\0asm\x0d\0\x01\0"),
                "{name}"
            );
        }
    }
}
