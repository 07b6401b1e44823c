//! What a project puts into its component, and what a component can be used for. A component is a sequence of sections; those
//! of custom data stand for nothing and may be anywhere, so ours are put at the end.

use switchhook_wasm::inspect::{Inspection, MANIFEST, SCHEMA};
use switchhook_wasm::status::Roles;

use crate::error::Mistake;

/// Magic number, version and layer.
const HEADER: usize = 8;
/// The identifier of a section of custom data.
const CUSTOM: u8 = 0;
const PACKAGE: &str = "switchhook:plugin/";

/// What a component can be used for.
pub fn roles(inspection: &Inspection) -> Roles {
    let exports = |interface: &str| {
        inspection.exports.iter().any(|export| {
            let named = export
                .strip_prefix(PACKAGE)
                .and_then(|name| name.split_once('@'));
            named.is_some_and(|(name, _)| name == interface)
        })
    };
    Roles {
        router: exports("router"),
        gatekeeper: exports("gatekeeper"),
        observer: exports("observer"),
    }
}

/// What a component can be used for, in words: `router, observer`; empty: it is no plugin.
pub fn role_names(roles: Roles) -> Vec<&'static str> {
    let named = [
        (roles.router, "router"),
        (roles.gatekeeper, "gatekeeper"),
        (roles.observer, "observer"),
    ];
    let named = named.into_iter().filter(|(has, _)| *has);
    named.map(|(_, name)| name).collect()
}

/// The component with the manifest and the schema in it, those that were there before replaced.
///
/// # Errors
/// The bytes are no component.
pub fn embed(component: &[u8], manifest: &str, schema: Option<&str>) -> Result<Vec<u8>, Mistake> {
    let mut described = component.get(..HEADER).unwrap_or_default().to_vec();
    for section in sections(component)? {
        if !matches!(section.name, Some(MANIFEST | SCHEMA)) {
            described.extend_from_slice(section.whole);
        }
    }
    put(&mut described, MANIFEST, manifest);
    if let Some(schema) = schema {
        put(&mut described, SCHEMA, schema);
    }
    Ok(described)
}

struct Section<'a> {
    whole: &'a [u8],
    /// Of custom data only.
    name: Option<&'a str>,
}

fn sections(component: &[u8]) -> Result<Vec<Section<'_>>, Mistake> {
    let damaged = || Mistake::new("it is no WebAssembly component, or a damaged one");
    if !component.starts_with(b"\0asm") || component.len() < HEADER {
        return Err(damaged());
    }
    let mut rest = component.get(HEADER..).ok_or_else(damaged)?;
    let mut sections = Vec::new();
    while let Some((id, after_id)) = rest.split_first() {
        let (size, body) = number(after_id).ok_or_else(damaged)?;
        let header = rest.len() - body.len();
        let content = body.get(..size).ok_or_else(damaged)?;
        let mut section = Section {
            whole: rest.get(..header + size).ok_or_else(damaged)?,
            name: None,
        };
        if *id == CUSTOM {
            let (length, named) = number(content).ok_or_else(damaged)?;
            let name = named.get(..length).ok_or_else(damaged)?;
            section.name = std::str::from_utf8(name).ok();
        }
        rest = rest.get(header + size..).unwrap_or_default();
        sections.push(section);
    }
    Ok(sections)
}

/// Reads a LEB128 number of up to 32 bits.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok()?;
            return Some((value as usize, bytes.get(index + 1..)?));
        }
    }
    None
}

fn put(component: &mut Vec<u8>, name: &str, text: &str) {
    let mut content = Vec::with_capacity(name.len() + text.len() + 5);
    write_number(&mut content, name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(text.as_bytes());
    component.push(CUSTOM);
    write_number(component, content.len());
    component.extend_from_slice(&content);
}

fn write_number(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use switchhook_wasm::inspect::inspect;

    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn what_is_embedded_is_found_again_and_replaced() {
        let long = "x".repeat(20_000);
        let once = embed(EMPTY, "first", Some(&long)).expect("a component");
        let found = inspect(&once).expect("a component");
        assert_eq!(found.manifest.as_deref(), Some("first"));
        assert_eq!(found.schema, Some(long));
        let twice = embed(&once, "second", None).expect("a component");
        let found = inspect(&twice).expect("a component");
        assert_eq!(found.manifest.as_deref(), Some("second"));
        assert_eq!(found.schema, None);
        assert_eq!(
            twice.len(),
            EMPTY.len() + 1 + 1 + 1 + MANIFEST.len() + "second".len()
        );
    }

    #[test]
    fn what_is_no_component_is_refused() {
        for bytes in [&b""[..], b"hello", b"\0asm\x0d\0\x01\0\0\x7f"] {
            assert!(embed(bytes, "x", None).is_err());
        }
    }
}
