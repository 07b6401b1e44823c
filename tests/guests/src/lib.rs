//! Plugins for tests, written as text: one that behaves, some that misbehave, one that uses what the host offers. No Wasm toolchain
//! is needed to build them.
//!
//! A guest is a core module in `guests/`; `contract.wat` wraps it into a component. It imports memory and `realloc` from `libc` and
//! the host's functions, lowered, from `host`, and exports `route`. Those are of contract 0.1.0; [`component_of`] makes guests of the
//! newest.

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

/// A component for contract 0.2.0 around the fields of a core module, given as text: `world` names what it imports and exports
/// (`export switchhook:plugin/router@0.2.0;`), the core functions have the names of the canonical ABI. `guests/prelude.wat` stands
/// before it.
///
/// # Panics
/// If the text is not valid.
pub fn component_of(world: &str, core: &str) -> Vec<u8> {
    build(world, core).unwrap_or_else(|error| panic!("the guest is not valid: {error:#}"))
}

type Failure = Box<dyn std::error::Error>;

fn build(world: &str, core: &str) -> Result<Vec<u8>, Failure> {
    let mut resolve = wit_parser::Resolve::default();
    let wit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    resolve.push_dir(&wit)?;
    let text = format!("package switchhook:guest;\nworld guest {{\n{world}\n}}\n");
    let package = resolve.push_str("guest.wit", &text)?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    let prelude = include_str!("../guests/prelude.wat");
    // Imports stand before everything else in a module.
    let (imports, rest): (Vec<_>, Vec<_>) =
        core.lines().partition(|line| line.starts_with("(import "));
    let (imports, rest) = (imports.join("\n"), rest.join("\n"));
    let mut module = wat::parse_str(format!("(module {imports}\n{prelude}\n{rest})"))?;
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false)?;
    let mut encoder = wit_component::ComponentEncoder::default();
    Ok(encoder.module(&module)?.validate(true).encode()?)
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
    fn a_guest_of_the_newest_contract_is_a_component() {
        let core = r#"(func (export "switchhook:plugin/observer@0.2.0#on-event") (param i32))"#;
        let component = super::component_of("export switchhook:plugin/observer@0.2.0;", core);
        assert!(component.starts_with(b"\0asm\x0d\0\x01\0"));
    }

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
