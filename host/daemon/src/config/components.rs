//! What is known of a plugin's component before it is loaded: what it can be used for, and the schema of its settings.

use std::path::{Path, PathBuf};

use switchhook_wasm::inspect::{Inspection, inspect};
use switchhook_wasm::status::Roles;

const PACKAGE: &str = "switchhook:plugin/";

/// A component that was looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it can be used for.
    pub roles: Roles,
    /// The JSON Schema of its settings and where it was found, if there is one.
    pub schema: Option<Schema>,
}

/// A JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Its file, or the component's if it is embedded there.
    pub file: PathBuf,
    /// The document.
    pub text: String,
}

/// A plugin as the other sections of a configuration see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPlugin {
    /// Its name.
    pub name: String,
    /// What it can be used for; `None`: its component could not be looked into, and that was told.
    pub roles: Option<Roles>,
}

/// Looks into a component's file, without compiling it.
///
/// # Errors
/// A sentence: it cannot be read or is no component.
pub fn look_into(file: &Path) -> Result<Component, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let inspection = inspect(&bytes).map_err(|error| error.to_string())?;
    let roles = Roles {
        router: exports(&inspection, "router"),
        gatekeeper: exports(&inspection, "gatekeeper"),
        observer: exports(&inspection, "observer"),
    };
    if roles == Roles::default() {
        return Err(format!(
            "the component exports no router, gatekeeper or observer of {PACKAGE}: it is no plugin"
        ));
    }
    let embedded: Option<Schema> = None;
    let schema = match beside(&file.with_extension("schema.json"))? {
        Some(schema) => Some(schema),
        None if embedded.is_some() => embedded,
        None => beside(&file.with_file_name("settings.schema.json"))?,
    };
    Ok(Component { roles, schema })
}

/// Whether it exports this interface of the contract, in any version.
fn exports(inspection: &Inspection, interface: &str) -> bool {
    let name = |export: &str| {
        let (name, _) = export.strip_prefix(PACKAGE)?.split_once('@')?;
        Some(name == interface)
    };
    inspection
        .exports
        .iter()
        .any(|export| name(export) == Some(true))
}

fn beside(file: &Path) -> Result<Option<Schema>, String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(Schema {
            file: file.to_owned(),
            text,
        })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}
