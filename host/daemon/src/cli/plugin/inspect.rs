//! `switchhook plugin inspect`: what a component says of itself.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use switchhook_wasm::inspect::{Inspection, inspect};
use switchhook_workbench::component;
use switchhook_workbench::manifest::{Manifest, Project};

use crate::cli::paint::{self, Paint};

/// What is looked into.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchhook plugin inspect build/reception.wasm
  switchhook plugin inspect . --json")]
pub struct InspectArgs {
    /// The component, or the folder of its project
    #[arg(default_value = ".")]
    pub component: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints it.
///
/// # Errors
/// There is no such file, or it is no component.
pub fn run(args: &InspectArgs) -> anyhow::Result<()> {
    let file = if args.component.is_dir() {
        Project::open(&args.component)?.component()
    } else {
        args.component.clone()
    };
    let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
    let looked = Looked::of(&bytes).with_context(|| file.display().to_string())?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&looked))?);
    } else {
        println!("{}", file.display());
        print!("{}", text(&looked, Paint::stdout()));
    }
    Ok(())
}

/// What a component does for the switch: `router, observer`.
pub fn roles(inspection: &Inspection) -> String {
    match component::role_names(component::roles(inspection)).join(", ") {
        none if none.is_empty() => "no plugin".to_owned(),
        some => some,
    }
}

/// What the component says of itself, beside what it is.
struct Looked {
    inspection: Inspection,
    manifest: Option<Manifest>,
}

impl Looked {
    fn of(bytes: &[u8]) -> anyhow::Result<Looked> {
        let inspection = inspect(bytes)?;
        let text = inspection.manifest.as_deref();
        Ok(Looked {
            manifest: text.and_then(|text| Manifest::parse(text).ok()),
            inspection,
        })
    }

    /// The hosts that it wants to be granted.
    fn hosts(&self) -> &[String] {
        let manifest = self.manifest.as_ref();
        manifest.map_or(&[], |manifest| &manifest.needs.http)
    }
}

fn text(looked: &Looked, paint: Paint) -> String {
    let inspection = &looked.inspection;
    let mut lines = Vec::new();
    let mut line = |name: &str, text: &str| lines.push(format!("{name:<10} {text}\n"));
    if let Some(manifest) = &looked.manifest {
        let about = &manifest.plugin;
        let name = format!("{} {} ({})", about.name, about.version, about.language);
        line("plugin", &paint.bold(&name));
        if !about.description.is_empty() {
            line("", &about.description);
        }
    }
    line("is", &roles(inspection));
    line("contract", inspection.contract.as_deref().unwrap_or("-"));
    line("version", inspection.version());
    line("size", &paint::bytes(inspection.size));
    for export in &inspection.exports {
        line("exports", export);
    }
    for import in &inspection.imports {
        line("imports", import);
    }
    let hosts = looked.hosts();
    if !hosts.is_empty() {
        line(
            "grant",
            &format!("[plugins.NAME.grants] http = {}", json!(hosts)),
        );
    } else if inspection.uses_http() {
        line("grant", "HTTP hosts, which its manifest does not name");
    } else {
        line("grant", "nothing");
    }
    if let Some(pool) = looked.manifest.as_ref().and_then(|manifest| manifest.pool) {
        let text = format!(
            "it suggests a warm pool: size = {}, uses = {}",
            pool.size, pool.uses
        );
        line("pool", &text);
    }
    match &inspection.schema {
        Some(schema) => line(
            "settings",
            &format!("{} of JSON Schema", paint::bytes(schema.len())),
        ),
        None => line("settings", "no schema"),
    }
    lines.concat()
}

fn as_json(looked: &Looked) -> serde_json::Value {
    let inspection = &looked.inspection;
    let schema = inspection.schema.as_deref();
    json!({
        "roles": component::role_names(component::roles(inspection)),
        "contract": inspection.contract,
        "version": inspection.version(),
        "size": inspection.size,
        "exports": inspection.exports,
        "imports": inspection.imports,
        "uses_http": inspection.uses_http(),
        "needs": { "http": looked.hosts() },
        "manifest": inspection.manifest,
        "settings_schema": schema.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()),
    })
}
