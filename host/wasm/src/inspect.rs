//! What a component is made of, without compiling it: its imports, its exports, the version of the contract that it speaks.

use wasmparser::{Parser, Payload};

use crate::cache;
use crate::error::PluginError;

/// The export that a plugin must have.
pub const ROUTER: &str = "switchhook:plugin/router@0.1.0";
const PACKAGE: &str = "switchhook:plugin/";

/// What a component says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// What it exports, as `package:name/interface@version`.
    pub exports: Vec<String>,
    /// What it imports, likewise.
    pub imports: Vec<String>,
    /// The version of `switchhook:plugin` that it was made for, if it names any.
    pub contract: Option<String>,
    /// The first 12 hexadecimal digits of its SHA-256.
    pub version: String,
    /// Its size: bytes.
    pub size: usize,
}

impl Inspection {
    /// Whether it sends HTTP requests, and so needs hosts granted.
    pub fn uses_http(&self) -> bool {
        self.imports.iter().any(|import| {
            import.starts_with("switchhook:plugin/http@")
                || import.starts_with("wasi:http/outgoing-handler@")
        })
    }

    /// Whether it decides calls by the contract that this host keeps.
    pub fn is_router(&self) -> bool {
        self.exports.iter().any(|export| export == ROUTER)
    }
}

/// Reads the imports and exports of a component.
///
/// # Errors
/// [`PluginError::Invalid`] if the bytes are no component; the text says what they are instead.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, PluginError> {
    check_format(bytes)?;
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let broken = |error| PluginError::Invalid(format!("the component is damaged: {error}"));
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(broken)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import.map_err(broken)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export.map_err(broken)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    let contract = exports
        .iter()
        .chain(&imports)
        .find_map(|name| name.strip_prefix(PACKAGE)?.split_once('@'))
        .map(|(_, version)| version.to_owned());
    let mut version = cache::digest(bytes);
    version.truncate(12);
    Ok(Inspection {
        exports,
        imports,
        contract,
        version,
        size: bytes.len(),
    })
}

/// Whether a component can be a plugin of this host.
pub(crate) fn check_contract(bytes: &[u8]) -> Result<(), PluginError> {
    let inspection = inspect(bytes)?;
    if inspection.is_router() {
        return Ok(());
    }
    Err(PluginError::Invalid(match &inspection.contract {
        Some(contract) => format!(
            "the component is made for version {contract} of switchhook:plugin and exports no `{ROUTER}`: build it with the wit/ \
             of this switch"
        ),
        None => format!(
            "the component exports no `{ROUTER}` (its exports: {}): it is no plugin",
            if inspection.exports.is_empty() {
                "none".into()
            } else {
                inspection.exports.join(", ")
            }
        ),
    }))
}

fn check_format(bytes: &[u8]) -> Result<(), PluginError> {
    let what = if Parser::is_component(bytes) {
        return Ok(());
    } else if Parser::is_core_wasm(bytes) {
        "a core module, not a component: link it with wasm-component-ld, or build it with plugins/build.sh"
    } else if bytes.starts_with(b"\x7fELF") {
        "machine code; a plugin is a WebAssembly component, and the switch compiles it itself"
    } else if bytes.is_empty() {
        "empty"
    } else {
        "not WebAssembly"
    };
    Err(PluginError::Invalid(format!("the file is {what}")))
}

#[cfg(test)]
mod tests;
