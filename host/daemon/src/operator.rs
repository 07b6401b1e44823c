//! What an operator can do to a running switch: reload its configuration and its plugins, ask how it is, end it.
//! Whoever asks (a signal, the watcher, the control socket, a test) asks here.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use switchhook_call::config::Config;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::{Command, Input};
use switchhook_call::owner::{Shares, exchange_of_domain};
use switchhook_wasm::error::PluginError;
use switchhook_wasm::metrics::Series;
use switchhook_wasm::plugins::Plugins;
use switchhook_wasm::spec::PoolSpec;
use switchhook_wasm::status::{PluginStatus, VersionInfo};
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout_at;

use crate::archive::Archive;
use crate::config;
use crate::config::components;
use crate::config::exchange;
use crate::config::plugins;
use crate::config::problem::Report;
use crate::config::settings::{Listen, Plugin, Settings};
use crate::doctor::{Evidence, Listening, Observed, Registered};
use crate::event_loop::{Message, Status};
use crate::limits;
use crate::loops::Loops;
use crate::observers::{self, Observers};
use crate::prompts::shelf::Shelf;
use crate::shield::Shield;
use crate::streams::tls::{Tls, TlsSettings};

/// A running switch as its operator sees it.
pub struct Operator {
    plugins: Arc<Plugins>,
    observers: Arc<Observers>,
    tls: Arc<Tls>,
    loops: Arc<Loops>,
    shield: Arc<Shield>,
    archive: Archive,
    shelf: Shelf,
    bound: Vec<SocketAddr>,
    /// Also keeps two reloads from running at once.
    settings: Mutex<Settings>,
    /// By plugin: what its schema did not allow when it was loaded last.
    refused: std::sync::Mutex<HashMap<String, String>>,
}

/// What an operator reaches of a running switch.
pub struct Reach {
    /// The plugins.
    pub plugins: Arc<Plugins>,
    /// Those that are told what happens.
    pub observers: Arc<Observers>,
    /// The certificates.
    pub tls: Arc<Tls>,
    /// The loops.
    pub loops: Arc<Loops>,
    /// Who is heard.
    pub shield: Arc<Shield>,
    /// Recordings and mailboxes.
    pub archive: Archive,
    /// Where prompts come from.
    pub shelf: Shelf,
}

impl Operator {
    /// For a switch whose listeners are bound to `bound`, in the order of the settings.
    pub fn new(reach: Reach, bound: Vec<SocketAddr>, settings: Settings) -> Operator {
        let Reach {
            plugins,
            observers,
            tls,
            loops,
            shield,
            archive,
            shelf,
        } = reach;
        Operator {
            plugins,
            observers,
            tls,
            loops,
            shield,
            archive,
            shelf,
            bound,
            settings: Mutex::new(settings),
            refused: std::sync::Mutex::default(),
        }
    }

    /// The plugins and how they are.
    pub fn list(&self) -> Vec<PluginStatus> {
        let mut list = self.plugins.list();
        let refused = self.refused();
        for status in &mut list {
            if let Some(refused) = refused.get(&status.current.name) {
                status.last_error = Some(refused.clone());
            }
        }
        list
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The warm pools that the settings want, by the plugin's name.
    pub async fn pools(&self) -> HashMap<String, PoolSpec> {
        let settings = self.settings.lock().await;
        let specs = settings.plugins.iter().map(|plugin| &plugin.spec);
        specs
            .filter_map(|spec| Some((spec.name.clone(), spec.pool?)))
            .collect()
    }

    /// Whether there is such a plugin.
    pub fn knows(&self, plugin: &str) -> bool {
        self.plugins.status(plugin).is_some()
    }

    /// The numbers that a plugin keeps about its work.
    pub fn metrics(&self, plugin: &str) -> Vec<Series> {
        self.plugins.metrics(plugin)
    }

    /// The plugins that are told what happens.
    pub fn observers(&self) -> &Observers {
        &self.observers
    }

    /// Recordings and mailboxes.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Who is heard, and whom it bans.
    pub fn shield(&self) -> &Shield {
        &self.shield
    }

    /// Every file that the switch should be told of when it changes.
    pub async fn files(&self) -> Vec<PathBuf> {
        self.settings.lock().await.files()
    }

    /// Loads a plugin's file again. Calls that are up keep the version they have.
    ///
    /// # Errors
    /// The new version cannot be used; the old one stays.
    pub async fn reload_plugin(&self, name: &str) -> Result<VersionInfo, PluginError> {
        self.load_again(name, None).await
    }

    /// Puts another component in a plugin's place, with the plugin's settings, budget and grants. It stays until the plugin is
    /// loaded again; the configuration does not change.
    ///
    /// # Errors
    /// The component cannot be used; the version before stays.
    pub async fn deploy(&self, name: &str, file: PathBuf) -> Result<VersionInfo, PluginError> {
        self.load_again(name, Some(file)).await
    }

    async fn load_again(
        &self,
        name: &str,
        file: Option<PathBuf>,
    ) -> Result<VersionInfo, PluginError> {
        let settings = self.settings.lock().await;
        let mut plugins = settings.plugins.iter();
        let Some(plugin) = plugins.find(|plugin| plugin.spec.name == name) else {
            return Err(PluginError::Unknown(name.to_owned()));
        };
        let mut plugin = plugin.clone();
        if let Some(file) = file {
            plugin.spec.path = file;
        }
        let configuration = settings.file.clone().unwrap_or_default();
        let checked = tokio::task::spawn_blocking(move || {
            let found = setting_problems_of(&plugin, &configuration);
            (plugin, found)
        });
        let (plugin, found) = checked
            .await
            .map_err(|error| PluginError::Invalid(error.to_string()))?;
        if !found.0.is_empty() {
            tracing::warn!(
                plugin = name,
                "plugin not replaced, the old version stays:\n{found}"
            );
            self.refused().insert(name.to_owned(), found.to_string());
            return Err(PluginError::Invalid(found.to_string()));
        }
        self.refused().remove(name);
        self.plugins.load(plugin.spec).await
    }

    /// Reads the configuration file again and puts it in place, the plugins that it changes included. Calls go on.
    ///
    /// # Errors
    /// What is wrong, a line each with file and line; then nothing has changed.
    pub async fn reload_configuration(&self) -> Result<(), String> {
        let mut settings = self.settings.lock().await;
        let Some(file) = settings.file.clone() else {
            return Ok(());
        };
        let loaded = tokio::task::spawn_blocking(move || config::load(&file)).await;
        let (new, report) = match loaded {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(report)) => return Err(report.to_string()),
            Err(error) => return Err(error.to_string()),
        };
        for warning in &report.0 {
            tracing::warn!("{warning}");
        }
        self.load_changed(&settings, &new).await?;
        warn_of_restart(&settings, &new);

        let mut new = new;
        // What a running switch cannot change stays as it is.
        let same_sockets = is_same_sockets(&settings.listen, &new.listen);
        if !same_sockets {
            new.listen = settings.listen.clone();
        }
        new.media = settings.media.clone();
        new.exchanges = settings.exchanges;
        self.reload_certificates(&new.tls());
        self.observers.configure(observers::by_domain(&new.domains));
        self.shield.configure(exchange::protection(&new));
        self.archive.configure(&new);
        self.shelf.configure(new.prompts());
        self.configure(exchange::config(&new, &self.bound));
        for old in &settings.plugins {
            if !new
                .plugins
                .iter()
                .any(|plugin| plugin.spec.name == old.spec.name)
            {
                self.plugins.remove(&old.spec.name);
            }
        }
        *settings = new;
        // All settings have been checked.
        self.refused().clear();
        tracing::info!("configuration reloaded");
        Ok(())
    }

    /// Reloads the configuration and every plugin's file.
    ///
    /// # Errors
    /// What went wrong, a line each; the rest has been reloaded.
    pub async fn reload_all(&self) -> Result<(), String> {
        let mut errors = Vec::new();
        if let Err(error) = self.reload_configuration().await {
            errors.push(error);
        }
        let names: Vec<_> = self
            .settings
            .lock()
            .await
            .plugins
            .iter()
            .map(|p| p.spec.name.clone())
            .collect();
        for name in names {
            if let Err(error) = self.reload_plugin(&name).await {
                errors.push(format!("plugin {name}: {error}"));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors.join("\n"))
        }
    }

    /// Acts on changed files: the configuration and settings files through the configuration, components by themselves.
    pub async fn files_changed(&self, changed: &[PathBuf]) {
        let (configuration, components) = {
            let settings = self.settings.lock().await;
            let tls = settings.tls();
            let is_changed = tls.files().any(|file| changed.contains(&file));
            if is_changed && self.reload_certificates(&tls) {
                tracing::info!("certificates reloaded");
            }
            let configuration = settings.file.iter().any(|file| changed.contains(file))
                || settings.plugins.iter().any(|plugin| {
                    plugin
                        .settings_file
                        .as_ref()
                        .is_some_and(|file| changed.contains(file))
                });
            let components = settings
                .plugins
                .iter()
                .filter(|p| changed.contains(&p.spec.path));
            (
                configuration,
                components.map(|p| p.spec.name.clone()).collect::<Vec<_>>(),
            )
        };
        for name in components {
            // With a version to keep, the log has it already.
            if let Err(error) = self.reload_plugin(&name).await
                && self.plugins.status(&name).is_none()
            {
                tracing::error!(plugin = name, %error, "plugin not loaded");
            }
        }
        if configuration && let Err(error) = self.reload_configuration().await {
            tracing::error!("the configuration is not reloaded, the old one stays:\n{error}");
        }
    }

    /// False: they cannot be used, and the old ones stay.
    fn reload_certificates(&self, settings: &TlsSettings) -> bool {
        let reloaded = self.tls.reload(settings);
        if let Err(error) = &reloaded {
            tracing::error!(%error, "certificates are not reloaded, the old ones stay");
        }
        reloaded.is_ok()
    }

    /// Gives every exchange the configuration of its domains, and every loop what finds their owner.
    fn configure(&self, config: Config) {
        let (shares, configs) = Shares::split(config, self.exchanges());
        let shares = Arc::new(shares);
        for (number, config) in (0..).zip(configs) {
            let message = Message::Configure(Arc::new(config), Arc::clone(&shares));
            self.loops.tell(number, message);
        }
    }

    /// How many exchanges the switch has.
    pub fn exchanges(&self) -> u8 {
        self.loops.len() as u8
    }

    /// How the switch is, all its loops together; `None` once it has ended.
    pub async fn status(&self) -> Option<Status> {
        Status::of_all(&self.loops.ask(Message::Status).await)
    }

    /// Has `look` look at every exchange, between two of its inputs; what it saw, in the order of their numbers. Each exchange
    /// has whole domains: to show something of all domains, put the answers together.
    pub async fn inspect<T: Send + 'static>(
        &self,
        look: impl Fn(&Exchange) -> T + Send + Sync + 'static,
    ) -> Vec<T> {
        let look = Arc::new(look);
        let question = |reply: oneshot::Sender<T>| {
            let look = Arc::clone(&look);
            Message::Inspect(Box::new(move |exchange: &Exchange| {
                let _ = reply.send(look(exchange));
            }))
        };
        self.loops.ask(question).await
    }

    /// What the doctor looks at: listeners, registrations, calls and their media.
    pub async fn evidence(&self) -> Evidence {
        let mut calls = Vec::new();
        for (views, mut seen) in self.loops.ask(Message::Observe).await {
            let mut media = HashMap::new();
            // The media threads look for commands every few milliseconds; one that hangs is not waited for.
            let until = tokio::time::Instant::now() + limits::OBSERVE;
            while let Ok(Some((session, sides))) = timeout_at(until, seen.recv()).await {
                media.insert(session, sides);
            }
            calls.extend(views.into_iter().map(|call| Observed {
                media: call.session.and_then(|session| media.remove(&session)),
                call,
            }));
        }
        let look = |exchange: &Exchange| {
            let domains = exchange.domains().into_iter();
            let of_domain = |domain: String| {
                let contacts = exchange.contacts(&domain).into_iter();
                contacts.map(move |registered| Registered {
                    client: format!("{}@{domain}", registered.client),
                    contact: registered.contact.uri.to_string(),
                    source: registered.flow.peer,
                })
            };
            domains.flat_map(of_domain).collect::<Vec<_>>()
        };
        let registered = self.inspect(look).await.into_iter().flatten().collect();
        let settings = self.settings.lock().await;
        let listening = settings.listen.iter().zip(&self.bound);
        let ports = &settings.media.ports;
        Evidence {
            listening: listening
                .map(|(listen, bound)| Listening::new(listen, *bound))
                .collect(),
            media_ports: format!("{}-{}", ports.start(), ports.end()),
            registered,
            calls,
        }
    }

    /// Tells every exchange something: one that does not have what it is about does nothing.
    pub fn command(&self, command: &Command) {
        self.loops
            .tell_all(|| Message::Input(Input::Command(command.clone())));
    }

    /// Tells the exchange that owns a domain something.
    pub fn tell_domain(&self, domain: &str, input: Input) {
        let number = exchange_of_domain(domain, self.exchanges());
        self.loops.tell(number, Message::Input(input));
    }

    /// Takes no new calls from now on.
    pub fn drain(&self) {
        self.command(&Command::Drain);
    }

    /// Hangs up every call that there is.
    pub fn hang_up_all(&self) {
        self.command(&Command::HangUpAll);
    }

    /// Ends the switch, whatever calls there are.
    pub fn stop(&self) {
        self.loops.tell_all(|| Message::Stop);
    }

    /// Loads the plugins that are new or changed; if one cannot be used, those before it get their old selves back.
    async fn load_changed(&self, old: &Settings, new: &Settings) -> Result<(), String> {
        let before = |name: &str| old.plugins.iter().find(|plugin| plugin.spec.name == name);
        let mut swapped: Vec<&str> = Vec::new();
        for plugin in &new.plugins {
            let name = plugin.spec.name.as_str();
            if before(name).is_some_and(|before| before.spec == plugin.spec) {
                continue;
            }
            if let Err(error) = self.plugins.load(plugin.spec.clone()).await {
                for name in swapped {
                    match before(name) {
                        Some(plugin) => drop(self.plugins.load(plugin.spec.clone()).await),
                        None => drop(self.plugins.remove(name)),
                    }
                }
                let file = new
                    .file
                    .as_deref()
                    .unwrap_or_else(|| config::DEFAULT_FILE.as_ref());
                return Err(format!(
                    "{}:{}: plugin {name}: {error}",
                    file.display(),
                    plugin.line
                ));
            }
            swapped.push(name);
        }
        Ok(())
    }
}

/// What the schema of a plugin's component, as it is now, does not allow in its settings. A component that cannot be looked
/// into is none of it: loading it says why.
fn setting_problems_of(plugin: &Plugin, configuration: &Path) -> Report {
    let component = components::look_into(&plugin.spec.path).ok();
    let schema = component.and_then(|component| component.schema);
    let found =
        schema.map(|schema| plugins::setting_problems(plugin, &schema, configuration, None));
    Report(found.unwrap_or_default())
}

/// Whether listeners differ in nothing but how they are known and which certificates they show.
fn is_same_sockets(old: &[Listen], new: &[Listen]) -> bool {
    let socket = |listen: &Listen| (listen.transport, listen.address);
    old.iter().map(socket).eq(new.iter().map(socket))
}

fn warn_of_restart(old: &Settings, new: &Settings) {
    let sections = [
        (
            "[[listen]] (a socket)",
            !is_same_sockets(&old.listen, &new.listen),
        ),
        (
            "[nat] symmetric_responses",
            old.nat.symmetric_responses != new.nat.symmetric_responses,
        ),
        ("[media]", old.media != new.media),
        ("[dns] servers", old.dns.servers != new.dns.servers),
        ("[dns] timeout_ms", old.dns.timeout != new.dns.timeout),
        ("[signalling]", old.exchanges != new.exchanges),
        ("[log]", old.log != new.log),
        ("[control]", old.control_socket != new.control_socket),
        ("[records]", old.records_file != new.records_file),
        ("[state]", old.state_file != new.state_file),
        ("[plugin_cache]", old.plugin_cache != new.plugin_cache),
    ];
    for (section, changed) in sections {
        if changed {
            tracing::warn!("{section} has changed: that needs a restart");
        }
    }
}
