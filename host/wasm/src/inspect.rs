//! What a component is made of, without compiling it: its imports, its exports, the version of the contract that it speaks, and
//! what was embedded into it.

use wasmparser::{Parser, Payload};

use crate::cache;
use crate::contract;
use crate::error::PluginError;
use crate::sections;
pub use crate::sections::{MANIFEST, SCHEMA};
use crate::status::Roles;

const PACKAGE: &str = "switchhook:plugin/";
/// What plugins export, without the version.
const ROUTER: &str = "switchhook:plugin/router@";
const GATEKEEPER: &str = "switchhook:plugin/gatekeeper@";
const OBSERVER: &str = "switchhook:plugin/observer@";

/// What a component says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// What it exports, as `package:name/interface@version`.
    pub exports: Vec<String>,
    /// What it imports, likewise.
    pub imports: Vec<String>,
    /// The version of `switchhook:plugin` that it was made for, if it names any.
    pub contract: Option<String>,
    /// Its SHA-256, hexadecimal.
    pub digest: String,
    /// Its size: bytes.
    pub size: usize,
    /// The manifest that was embedded.
    pub manifest: Option<String>,
    /// The JSON Schema of its settings that was embedded: JSON text.
    pub schema: Option<String>,
}

impl Inspection {
    /// What it is called in records and lists: the first 12 hexadecimal digits of its SHA-256.
    pub fn version(&self) -> &str {
        self.digest.get(..12).unwrap_or_default()
    }

    /// Whether it sends HTTP requests, and so needs hosts granted.
    pub fn uses_http(&self) -> bool {
        self.imports_any(&["switchhook:plugin/http@", "wasi:http/outgoing-handler@"])
    }

    /// Whether it keeps values that outlive a call.
    pub fn uses_state(&self) -> bool {
        self.imports_any(&["switchhook:plugin/state@"])
    }

    /// Whether it reads clients, agents or queues.
    pub fn uses_directory(&self) -> bool {
        self.imports_any(&["switchhook:plugin/directory@"])
    }

    /// Whether it keeps metrics.
    pub fn uses_metrics(&self) -> bool {
        self.imports_any(&["switchhook:plugin/metrics@"])
    }

    /// Whether it uses WASI at all: the standard libraries of most languages do.
    pub fn uses_wasi(&self) -> bool {
        self.imports_any(&["wasi:"])
    }

    /// Whether it decides calls by a version of the contract that this host keeps.
    pub fn is_router(&self) -> bool {
        self.roles().router
    }

    /// What it exports by versions of the contract that this host keeps.
    pub fn roles(&self) -> Roles {
        Roles {
            router: self.exports_known(ROUTER),
            gatekeeper: self.exports_known(GATEKEEPER),
            observer: self.exports_known(OBSERVER),
        }
    }

    fn imports_any(&self, beginnings: &[&str]) -> bool {
        let is_one = |import: &String| beginnings.iter().any(|begin| import.starts_with(begin));
        self.imports.iter().any(is_one)
    }

    fn exports_known(&self, interface: &str) -> bool {
        let version = |export: &String| export.strip_prefix(interface).map(str::to_owned);
        self.exports
            .iter()
            .filter_map(version)
            .any(|version| contract::keeps(interface, &version))
    }
}

/// Reads the imports, exports and embedded documents of a component.
///
/// # Errors
/// [`PluginError::Invalid`] if the bytes are no component; the text says what they are instead.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, PluginError> {
    check_format(bytes)?;
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let (mut manifest, mut schema) = (None, None);
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
            Payload::CustomSection(section) if depth == 0 => {
                let text = || String::from_utf8(section.data().to_vec()).ok();
                match section.name() {
                    sections::MANIFEST => manifest = text(),
                    sections::SCHEMA => schema = text(),
                    _ => {}
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
    Ok(Inspection {
        digest: cache::digest(bytes),
        exports,
        imports,
        contract,
        size: bytes.len(),
        manifest,
        schema,
    })
}

/// A component with a manifest and, if one is given, the JSON Schema of its settings embedded, in place of those that it had. Both
/// are JSON text.
///
/// # Errors
/// [`PluginError::Invalid`] if the bytes are no component, or a text is no JSON.
pub fn embed(
    component: &[u8],
    manifest: &str,
    schema: Option<&str>,
) -> Result<Vec<u8>, PluginError> {
    check_format(component)?;
    for (what, text) in [("manifest", Some(manifest)), ("settings schema", schema)] {
        let parsed = text.map(serde_json::from_str::<serde_json::Value>);
        if let Some(Err(error)) = parsed {
            return Err(PluginError::Invalid(format!(
                "the {what} is no JSON: {error}"
            )));
        }
    }
    let documents = [
        (sections::MANIFEST, Some(manifest)),
        (sections::SCHEMA, schema),
    ];
    sections::replace(component, &documents)
        .ok_or_else(|| PluginError::Invalid("the component is damaged".into()))
}

/// What a component is made of, if it can be a plugin of this host.
pub(crate) fn check_contract(bytes: &[u8]) -> Result<Inspection, PluginError> {
    let inspection = inspect(bytes)?;
    let known = contract::VERSIONS.join(" and ");
    let roles = inspection.roles();
    if roles.router || roles.gatekeeper || roles.observer {
        return Ok(inspection);
    }
    Err(PluginError::Invalid(match &inspection.contract {
        Some(contract) if !contract::VERSIONS.contains(&contract.as_str()) => format!(
            "the component is made for version {contract} of switchhook:plugin; this switch has {known}: build it with the wit/ of \
             this switch"
        ),
        _ => format!(
            "the component exports no router, gatekeeper or observer of switchhook:plugin {known} (its exports: {}): it is no plugin",
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
