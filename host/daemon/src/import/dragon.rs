//! Converts a configuration of Dragon PBX into a `switchhook.toml`, its passwords into files beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::config::settings::is_pattern;
use crate::import::dragon_config::{Client, Domain, DragonConfig, Hook, Ordered, Outbound, Trunk};
use crate::import::dragon_routes;
use crate::import::toml_text::{array, key, quoted, table, value};
use crate::import::urls::{grant_of, host_and_port};

/// The plugin that speaks to the applications.
const PLUGIN: &str = "webhook";
/// The variables that it reads a route's URLs from.
const CALL_HOOK: &str = "webhook.call-hook";
const STATUS_HOOK: &str = "webhook.status-hook";
/// How long a question may take: what Dragon PBX waits, and a little for the plugin itself.
const WALL_MILLISECONDS: u32 = 3_500;

/// What is not in the file that is converted.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The address that the switch listens on.
    pub address: std::net::IpAddr,
    /// The plugin's component, as the configuration is to name it.
    pub component: &'a str,
    /// The folder of the secrets, as the configuration is to name it.
    pub secrets: &'a str,
    /// Reads a `file:` URL's file, by its path.
    pub read: &'a dyn Fn(&Path) -> Option<String>,
}

/// What became of a configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The `switchhook.toml`.
    pub text: String,
    /// The files of the secrets: name within their folder, content.
    pub secrets: Vec<(String, String)>,
    /// What is different from before or was left out, a sentence each. No secret is in it.
    pub notes: Vec<String>,
}

/// Converts.
///
/// # Errors
/// A sentence: the text is no configuration of Dragon PBX.
pub fn import(text: &str, surroundings: Surroundings<'_>) -> Result<Imported, String> {
    let config: DragonConfig = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut import = Import {
        surroundings,
        imported: Imported::default(),
        hosts: BTreeSet::new(),
        register: Vec::new(),
        trunk_ids: BTreeMap::new(),
        files: BTreeMap::new(),
    };
    import.leftovers("the file", config.rest.keys(), &[]);
    let mut domains = String::new();
    for (name, domain) in &config.domains.0 {
        domains.push_str(&import.domain(name, domain));
    }
    import.imported.text = format!("{}{}{domains}", import.head(), import.plugin());
    Ok(import.imported)
}

struct Import<'a> {
    surroundings: Surroundings<'a>,
    imported: Imported,
    /// What the plugin is granted.
    hosts: BTreeSet<String>,
    /// RegHook's URLs by `username@domain`.
    register: Vec<(String, String)>,
    trunk_ids: BTreeMap<String, String>,
    /// Scripts that `file:` URLs name.
    files: BTreeMap<String, Value>,
}

impl Import<'_> {
    fn note(&mut self, note: impl Into<String>) {
        self.imported.notes.push(note.into());
    }

    fn leftovers<'k>(
        &mut self,
        place: &str,
        keys: impl Iterator<Item = &'k String>,
        known: &[&str],
    ) {
        for key in keys.filter(|key| !known.contains(&key.as_str())) {
            self.note(format!("{place}: `{key}` is not converted"));
        }
    }

    fn head(&mut self) -> String {
        let address = self.surroundings.address;
        if address.is_loopback() {
            let note = format!(
                "the switch listens on {address} alone: give the address that phones and carriers reach it by (--address)"
            );
            self.note(note);
        }
        let socket = std::net::SocketAddr::new(address, 5060);
        let listener = |transport: &str| {
            let address = quoted(&socket.to_string());
            format!("[[listen]]\ntransport = \"{transport}\"\naddress = {address}\n\n")
        };
        format!(
            "# Converted from a configuration of Dragon PBX.\n\n{}{}",
            listener("udp"),
            listener("tcp")
        )
    }

    fn plugin(&self) -> String {
        let mut text = format!(
            "[plugins.{PLUGIN}]\nfile = {}\n# A name that leads to an address of your own network must name it: \"app.corp=10.0.0.0/8\".\ngrants = {{ http = {} }}\nbudget = {{ wall_ms = {WALL_MILLISECONDS} }}\n",
            quoted(self.surroundings.component),
            array(self.hosts.iter().map(String::as_str)),
        );
        text.push_str(&format!("\n[plugins.{PLUGIN}.settings]\n"));
        if !self.register.is_empty() {
            let urls = self.register.iter().map(|(who, url)| (&**who, &**url));
            text.push_str(&format!("register_url = {}\n", table(urls)));
        }
        if !self.trunk_ids.is_empty() {
            let ids = self.trunk_ids.iter().map(|(id, name)| (&**id, &**name));
            text.push_str(&format!("trunk_ids = {}\n", table(ids)));
        }
        if !self.files.is_empty() {
            text.push_str(&format!("\n[plugins.{PLUGIN}.settings.files]\n"));
            for (path, script) in &self.files {
                text.push_str(&format!("{} = {}\n", key(path), value(script)));
            }
        }
        text.push('\n');
        text
    }

    fn domain(&mut self, name: &str, domain: &Domain) -> String {
        self.leftovers(name, domain.rest.keys(), &["domain_id", "id"]);
        let mut dialplans = Dialplans::default();
        let mut parts = String::new();
        for client in &domain.clients {
            parts.push_str(&self.client(name, client, &mut dialplans));
        }
        for trunk in &domain.trunks {
            parts.push_str(&self.trunk(name, trunk, &mut dialplans));
        }
        let gated = domain.clients.iter().any(|c| c.reghook.is_some());
        let mut hooks = dialplans.0.iter().flat_map(|(_, plan)| &plan.0);
        let observed = gated || hooks.any(|(_, hook)| hook.status().is_some());
        for (plan, entries) in &dialplans.0 {
            parts.push_str(&self.dialplan(name, plan, entries));
        }
        let observers = if observed {
            format!("observers = [\"{PLUGIN}\"]\n")
        } else {
            String::new()
        };
        format!(
            "[domains.{}]\ndefault_destination = [{{ respond = {{ status = 480 }} }}]\n{observers}\
             registration_seconds = {{ min = 30, default = 300, max = 3600 }}\n\n{parts}",
            key(name)
        )
    }

    fn client(&mut self, domain: &str, client: &Client, dialplans: &mut Dialplans) -> String {
        let username = client.username.as_str();
        let place = format!("{domain}, client {username}");
        self.leftovers(&place, client.rest.keys(), &["id"]);
        let credential = match (&client.reghook, &client.password) {
            (Some(url), password) => {
                if password.is_some() {
                    self.note(format!(
                        "{place}: the password is not converted, `reghook` says who may register"
                    ));
                }
                self.grant(url, &place);
                self.register
                    .push((format!("{username}@{domain}"), url.clone()));
                format!("gatekeeper = \"{PLUGIN}\"\n")
            }
            (None, Some(_)) if is_pattern(username) => {
                self.note(format!(
                    "{place} is left out: a pattern needs a `reghook`, or list the usernames one by one"
                ));
                return String::new();
            }
            (None, Some(password)) if !password.is_empty() => {
                self.secret(&format!("{domain}-client-{username}"), password)
            }
            (None, _) => {
                self.note(format!(
                    "{place} is left out: it has neither `reghook` nor a password"
                ));
                return String::new();
            }
        };
        let mut text = format!(
            "[[domains.{}.clients]]\nusername = {}\n{credential}",
            key(domain),
            quoted(username)
        );
        if let Some(dialplan) = &client.dialplan {
            let name = dialplans.name(&format!("client-{username}"), dialplan);
            text.push_str(&format!("dialplan = {}\n", quoted(&name)));
        }
        if !client.codecs.is_empty() {
            let codecs = client.codecs.iter().map(String::as_str);
            text.push_str(&format!("codecs = {}\n", array(codecs)));
        }
        text.push('\n');
        text
    }

    fn trunk(&mut self, domain: &str, trunk: &Trunk, dialplans: &mut Dialplans) -> String {
        let id = trunk.id.as_ref().map(|id| match id {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        });
        let Some(name) = trunk.name.clone().or_else(|| id.clone()) else {
            self.note(format!(
                "{domain}: a trunk without `name` and `id` is left out"
            ));
            return String::new();
        };
        let place = format!("{domain}, trunk {name}");
        self.leftovers(&place, trunk.rest.keys(), &[]);
        if trunk.inbound.is_empty() && trunk.outbound.is_none() {
            self.note(format!(
                "{place} is left out: it has neither `inbound` nor `outbound`"
            ));
            return String::new();
        }
        if let Some(id) = id
            && id != name
            && let Some(other) = self.trunk_ids.insert(id.clone(), name.clone())
            && other != name
        {
            self.note(format!("{place}: the id {id} is also that of the trunk {other}: applications that name it get {name}"));
        }
        if !trunk.codecs.is_empty() {
            self.note(format!("{place}: `codecs` of a trunk are not converted"));
        }
        let mut text = format!(
            "[[domains.{}.trunks]]\nname = {}\n",
            key(domain),
            quoted(&name)
        );
        if !trunk.inbound.is_empty() {
            let sources = trunk.inbound.iter().map(String::as_str);
            text.push_str(&format!("sources = {}\n", array(sources)));
        }
        if let Some(dialplan) = &trunk.dialplan {
            let name = dialplans.name(&format!("trunk-{name}"), dialplan);
            text.push_str(&format!("dialplan = {}\n", quoted(&name)));
        }
        if let Some(outbound) = &trunk.outbound {
            let outbound = self.outbound(domain, &name, outbound);
            text.push_str(&format!("outbound = {{ {outbound} }}\n"));
        }
        text.push('\n');
        text
    }

    fn outbound(&mut self, domain: &str, trunk: &str, outbound: &Outbound) -> String {
        let place = format!("{domain}, trunk {trunk}");
        self.leftovers(&place, outbound.rest.keys(), &[]);
        let (host, port) = host_and_port(&outbound.host);
        let mut parts = vec![format!("host = {}", quoted(host))];
        parts.extend(port.map(|port| format!("port = {port}")));
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (given(&outbound.username), given(&outbound.password)) {
            (Some(username), Some(password)) => {
                parts.push(format!("username = {}", quoted(&username)));
                let secret = self.secret(&format!("{domain}-trunk-{trunk}"), &password);
                parts.push(secret.trim_end().to_owned());
                self.note(format!(
                    "{place}: the switch does not register with the carrier; it answers the carrier's challenges"
                ));
            }
            (None, None) => {}
            _ => self.note(format!("{place}: a username without a password, or a password without a username, is not converted")),
        }
        parts.join(", ")
    }

    fn dialplan(&mut self, domain: &str, name: &str, entries: &Ordered<Hook>) -> String {
        let place = format!("{domain}, dialplan {name}");
        let converted = dragon_routes::convert(entries);
        for note in converted.notes {
            self.note(format!("{place}: {note}"));
        }
        let mut text = format!("[domains.{}.dialplans.{}]\n", key(domain), key(name));
        for (pattern, hook) in &converted.routes {
            self.grant(hook.call(), &place);
            let mut variables = vec![(CALL_HOOK, hook.call())];
            if let Some(status) = hook.status() {
                self.grant(status, &place);
                variables.push((STATUS_HOOK, status));
            }
            text.push_str(&format!(
                "{} = {{ chain = [\"{PLUGIN}\"], variables = {} }}\n",
                quoted(pattern),
                table(variables)
            ));
        }
        text.push('\n');
        text
    }

    /// Grants a URL's host, or takes in the script that a `file:` URL names.
    fn grant(&mut self, url: &str, place: &str) {
        if let Some(path) = url.strip_prefix("file:") {
            let path = path.trim_start_matches('/');
            let text = (self.surroundings.read)(Path::new(path));
            match text.and_then(|text| serde_json::from_str(&text).ok()) {
                Some(script) => drop(self.files.insert(path.to_owned(), script)),
                None => self.note(format!("{place}: there is no script {path}, or it is no JSON: write it into the settings `files`")),
            }
            return;
        }
        match grant_of(url) {
            Some(grant) => drop(self.hosts.insert(grant)),
            None => self.note(format!("{place}: \"{url}\" is no http: or https: URL")),
        }
    }

    /// Keeps a secret in a file of its own; gives the line that refers to it.
    fn secret(&mut self, name: &str, secret: &str) -> String {
        let name: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "-.".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let taken = |name: &str, all: &[(String, String)]| all.iter().any(|(n, _)| n == name);
        let mut file = name.clone();
        for number in 2.. {
            if !taken(&file, &self.imported.secrets) {
                break;
            }
            file = format!("{name}-{number}");
        }
        let path = format!("{}/{file}", self.surroundings.secrets);
        self.imported.secrets.push((file, secret.to_owned()));
        format!("password_file = {}\n", quoted(&path))
    }
}

/// The dialplans of a domain: equal ones are written once.
#[derive(Debug, Default)]
struct Dialplans(Vec<(String, Ordered<Hook>)>);

impl Dialplans {
    fn name(&mut self, wanted: &str, dialplan: &Ordered<Hook>) -> String {
        if let Some((name, _)) = self.0.iter().find(|(_, other)| other == dialplan) {
            return name.clone();
        }
        self.0.push((wanted.to_owned(), dialplan.clone()));
        wanted.to_owned()
    }
}

#[cfg(test)]
#[path = "dragon_tests.rs"]
mod tests;
