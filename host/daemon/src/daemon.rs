//! Starts a switch from its settings, and holds what runs: the loop's thread, the workers, the watcher, the control socket.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use switchhook_call::config::Config;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::Input;
use switchhook_call::kept::Kept;
use switchhook_call::owner::Shares;
use switchhook_media::relay::RelayConfig;
use switchhook_sip::flow::Transport;
use switchhook_wasm::plugins::Plugins;
use switchhook_wasm::runtime::{Runtime as Engine, RuntimeConfig};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::exchange;
use crate::config::settings::{self, Settings};
use crate::control;
use crate::crossing::{Crossing, first_connection};
use crate::decider::Decider;
use crate::directory::Directory;
use crate::event_loop::{EventLoop, Message, Parts, Status};
use crate::limits;
use crate::loops::Loops;
use crate::media_shell::config::{MediaAddress, MediaShellConfig};
use crate::media_shell::{MediaShell, raise_open_files};
use crate::observers::{self, Observers};
use crate::operator::{Operator, Reach};
use crate::prompts::shelf::Shelf;
use crate::records::Records;
use crate::resolver::Resolver;
use crate::shield::Shield;
use crate::sockets::{self, Sockets};
use crate::state_file::StateFile;
use crate::streams::Streams;
use crate::streams::tls::Tls;
use crate::udp::Udp;
use crate::voicemail::sounds::MailboxSounds;
use crate::watcher::Watch;

/// How often a graceful shutdown looks whether the last call has ended.
const DRAIN_POLL: Duration = Duration::from_millis(50);

/// How long a start waits for the first media ports.
const READY: Duration = Duration::from_secs(5);
/// Sockets of a call with audio: RTP and RTCP on either side.
const FILES_PER_CALL: u64 = 4;
/// Open files that are not of calls.
const FILES_BESIDE: u64 = 1024;

/// A running switch. Dropping it ends it at once; [`Running::shutdown`] lets calls finish.
pub struct Running {
    listeners: Vec<(Transport, SocketAddr)>,
    operator: Arc<Operator>,
    directory: Arc<Directory>,
    control_socket: std::path::PathBuf,
    drain: Duration,
    archive: Archive,
    threads: Vec<JoinHandle<()>>,
    workers: Option<Runtime>,
}

/// Starts a switch: binds its sockets, loads its plugins, then serves.
///
/// A plugin that cannot be loaded does not keep the switch from serving: its calls go down the fallback ladder.
///
/// # Errors
/// A socket, the records file, the control socket or a thread cannot be had.
pub async fn start(settings: Settings) -> anyhow::Result<Running> {
    let workers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("worker")
        .build()
        .context("the worker threads cannot be started")?;
    match begin(settings, workers.handle()).await {
        Ok(mut running) => {
            running.workers = Some(workers);
            Ok(running)
        }
        Err(error) => {
            // A runtime that is dropped within another one panics.
            workers.shutdown_background();
            Err(error)
        }
    }
}

/// Starts all but the worker threads.
async fn begin(settings: Settings, workers: &Handle) -> anyhow::Result<Running> {
    let files = open_files(&settings);
    let exchanges = settings.exchanges;
    let (sockets, bound) = sockets::bind(&settings.listen, exchanges)?;
    // Before anything is read again: what changes from here on is noticed.
    let watch = Watch::new(settings.files());
    let directory = Arc::new(Directory::default());
    let plugins = plugins(&settings, &directory)?;
    load_plugins(&settings, &plugins, workers).await?;

    let observers = Arc::new(Observers::new(
        Arc::clone(&plugins),
        workers.clone(),
        observers::by_domain(&settings.domains),
    ));
    let tls = Arc::new(Tls::new(&settings.tls()).map_err(|error| anyhow!(error))?);
    let (state, kept) = state(&settings)?;
    let (loops, mailboxes) = Loops::new(exchanges);
    let archive = Archive::start(&settings, &loops).context("the recorder cannot be started")?;
    let (shares, configs) = Shares::split(exchange::config(&settings, &bound), exchanges);
    let shield = Arc::new(Shield::new(exchange::protection(&settings)));
    let shelf = Shelf::new(settings.prompts(), workers.clone());
    let shared = Shared {
        shield: Arc::clone(&shield),
        plugins: Arc::clone(&plugins),
        workers: workers.clone(),
        tls: Arc::clone(&tls),
        directory: Arc::clone(&directory),
        observers: Arc::clone(&observers),
        records: Arc::new(records(&settings)?),
        state: Arc::new(state),
        shelf: shelf.clone(),
        loops: Arc::clone(&loops),
        archive: archive.clone(),
        shares: Arc::new(shares),
    };
    let own = own_parts(&shared.shares, sockets, mailboxes, configs, kept);
    let threads = start_loops(&settings, &shared, files, own).await?;

    let listeners = settings
        .listen
        .iter()
        .map(|listen| listen.transport)
        .zip(bound.clone());
    let listeners = listeners.collect();
    let drain = settings.limits.drain;
    let control_socket = settings.control_socket.clone();
    let operator = Arc::new(Operator::new(
        Reach {
            plugins,
            observers,
            tls,
            loops,
            shield,
            archive: archive.clone(),
            shelf,
        },
        bound,
        settings,
    ));
    serve_operator(workers, &operator, watch, &control_socket)?;
    Ok(Running {
        listeners,
        operator,
        directory,
        control_socket,
        drain,
        archive,
        threads,
        workers: None,
    })
}

/// Starts the loops, and waits a while until calls can be taken.
async fn start_loops(
    settings: &Settings,
    shared: &Shared,
    files: u64,
    own: Vec<Own>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let (mut threads, mut ready) = (Vec::new(), Vec::new());
    for own in own {
        let number = own.number;
        let media = media(settings, files, number, shared)?;
        let parts = shared.parts(settings, own, media);
        let (tell, is_ready) = oneshot::channel();
        let thread = std::thread::Builder::new().name(format!("signalling-{number}"));
        threads.push(thread.spawn(|| parts.run(tell))?);
        ready.push(is_ready);
    }
    let all_ready = async {
        for is_ready in ready {
            let _ = is_ready.await;
        }
    };
    if timeout(READY, all_ready).await.is_err() {
        tracing::warn!("no media port is there yet: calls get 503 until one is");
    }
    Ok(threads)
}

/// Raises the limit of open files to what the calls of the settings take, and says so if it cannot.
fn open_files(settings: &Settings) -> u64 {
    let wanted = FILES_PER_CALL * settings.limits.calls as u64 + FILES_BESIDE;
    let files = raise_open_files(wanted);
    if files < wanted {
        let calls = files.saturating_sub(FILES_BESIDE) / FILES_PER_CALL;
        tracing::warn!(
            files,
            "the limit of open files is enough for {calls} calls with audio"
        );
    }
    files
}

async fn load_plugins(
    settings: &Settings,
    plugins: &Arc<Plugins>,
    workers: &Handle,
) -> anyhow::Result<()> {
    for plugin in &settings.plugins {
        let (spec, plugins) = (plugin.spec.clone(), Arc::clone(plugins));
        let loaded = workers
            .spawn(async move { plugins.load(spec).await })
            .await?;
        if let Err(error) = loaded {
            let plugin = &plugin.spec.name;
            tracing::error!(plugin, %error, "plugin not loaded: its calls go to their fallbacks");
        }
    }
    Ok(())
}

impl Running {
    /// The transports and the addresses that they are really bound to, in the order of the settings.
    pub fn listeners(&self) -> &[(Transport, SocketAddr)] {
        &self.listeners
    }

    /// The first address of a transport.
    pub fn address(&self, transport: Transport) -> Option<SocketAddr> {
        self.listeners
            .iter()
            .find(|(t, _)| *t == transport)
            .map(|(_, address)| *address)
    }

    /// What an operator can do to it.
    pub fn operator(&self) -> &Arc<Operator> {
        &self.operator
    }

    /// What plugins may read.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// How it is; `None` if its loop has ended.
    pub async fn status(&self) -> Option<Status> {
        self.operator.status().await
    }

    /// Takes no new calls, waits until those that exist have ended, hangs up those that have not when the configured time
    /// has passed, tells observers what happened last, and ends.
    pub async fn shutdown(self) {
        self.operator.drain();
        let left = self.calls_left(self.drain).await;
        if left > 0 {
            tracing::warn!(calls = left, "calls are hung up: they took too long to end");
            self.operator.hang_up_all();
            let left = self.calls_left(limits::HANG_UP_ALL).await;
            if left > 0 {
                tracing::warn!(
                    calls = left,
                    "calls are cut off: their BYE was not answered"
                );
            }
        }
        self.trunks_left().await;
        if !self
            .operator
            .observers()
            .flush(limits::OBSERVERS_FLUSH)
            .await
        {
            tracing::warn!("observers were not told everything");
        }
    }

    /// Waits until no trunk has our contact any more. It takes a few seconds at most, whatever they do.
    async fn trunks_left(&self) {
        let leaving = |exchange: &Exchange| exchange.is_leaving();
        while self.operator.inspect(leaving).await.contains(&true) {
            tokio::time::sleep(DRAIN_POLL).await;
        }
    }

    /// Waits until no call is left, at most for so long; gives how many are.
    async fn calls_left(&self, patience: Duration) -> usize {
        let end = tokio::time::Instant::now() + patience;
        while let Some(status) = self.status().await {
            if status.calls == 0 || tokio::time::Instant::now() >= end {
                return status.calls;
            }
            tokio::time::sleep(DRAIN_POLL).await;
        }
        0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.operator.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a signalling thread panicked");
            }
        }
        // The media threads are gone: nothing more comes.
        self.archive.recorder().finish();
        if let Some(workers) = self.workers.take() {
            workers.shutdown_background();
        }
        let _ = std::fs::remove_file(&self.control_socket);
    }
}

fn plugins(settings: &Settings, directory: &Arc<Directory>) -> anyhow::Result<Arc<Plugins>> {
    let largest = settings
        .plugins
        .iter()
        .map(|plugin| plugin.spec.budget.memory_bytes)
        .max();
    let defaults = RuntimeConfig::default();
    let engine = Engine::new(RuntimeConfig {
        cache_dir: settings.plugin_cache.clone(),
        memory_bytes_max: largest.unwrap_or(0).max(defaults.memory_bytes_max),
        ..defaults
    })?;
    Ok(Arc::new(Plugins::new(
        engine,
        Arc::clone(directory) as Arc<_>,
    )))
}

fn media(
    settings: &Settings,
    files: u64,
    number: u8,
    shared: &Shared,
) -> anyhow::Result<MediaShell> {
    let media = &settings.media;
    let external = |bind: &std::net::IpAddr| {
        let same_family = |address: &&std::net::IpAddr| address.is_ipv4() == bind.is_ipv4();
        media
            .external_addresses
            .iter()
            .find(same_family)
            .copied()
            .unwrap_or(*bind)
    };
    let addresses = media.addresses.iter();
    let ports = *media.ports.start()..=last_port(media, files);
    let ports = share_of_ports(ports, number, settings.exchanges);
    let config = MediaShellConfig {
        addresses: addresses
            .map(|bind| MediaAddress {
                bind: *bind,
                advertised: external(bind),
            })
            .collect(),
        first_port: *ports.start(),
        last_port: *ports.end(),
        threads: media.threads.div_ceil(usize::from(settings.exchanges)),
        relay: RelayConfig {
            timeout: media.timeout,
            ..RelayConfig::default()
        },
        recorder: Some(Arc::clone(shared.archive.recorder())),
        ..MediaShellConfig::default()
    };
    let sender = shared.loops.sender(number);
    let sink = move |input| drop(sender.send(Message::Input(input)));
    let voicemail = shared.archive.voicemail().cloned();
    let prompts = MailboxSounds::new(voicemail, Arc::new(shared.shelf.clone()));
    MediaShell::start(config, Arc::new(sink), Arc::new(prompts))
        .context("the media relay cannot be started")
}

/// The end of the port range, or what the limit of open files allows of it: a port is a socket.
fn last_port(media: &settings::Media, files: u64) -> u16 {
    let (first, last) = (*media.ports.start(), *media.ports.end());
    let sockets = files.saturating_sub(FILES_BESIDE).max(FILES_PER_CALL);
    let allowed = u64::from(first) + sockets - 1;
    last.min(u16::try_from(allowed).unwrap_or(u16::MAX))
}

fn resolver(
    settings: &Settings,
    runtime: Handle,
    answers: UnboundedSender<Message>,
    tls: &Arc<Tls>,
) -> Resolver {
    let listening = settings.listen.iter().map(|listen| listen.transport);
    Resolver::new(runtime, answers, Arc::clone(tls), &settings.dns, listening)
}

/// The ports of one exchange: pairs of an even and an odd one; what is left over goes to the last.
fn share_of_ports(ports: RangeInclusive<u16>, number: u8, exchanges: u8) -> RangeInclusive<u16> {
    let (first, last) = (*ports.start(), *ports.end());
    let pairs = (u32::from(last) + 1).saturating_sub(u32::from(first)) / 2;
    let share = 2 * (pairs / u32::from(exchanges)) as u16;
    let begin = first + share * u16::from(number);
    if number + 1 == exchanges {
        begin..=last
    } else {
        begin..=begin + share - 1
    }
}

fn records(settings: &Settings) -> anyhow::Result<Records> {
    let path = settings.records_file.as_deref();
    Records::open(path).with_context(|| {
        let path = path
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        format!("the call records cannot be written to {path}")
    })
}

fn state(settings: &Settings) -> anyhow::Result<(StateFile, Vec<Kept>)> {
    let path = settings.state_file.as_deref();
    StateFile::open(path).with_context(|| {
        let path = path
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        format!("what is to survive a restart cannot be kept in {path}")
    })
}

fn serve_operator(
    workers: &Handle,
    operator: &Arc<Operator>,
    watch: notify::Result<Watch>,
    control_socket: &std::path::Path,
) -> anyhow::Result<()> {
    match watch {
        Ok(watch) => drop(workers.spawn(watch.run(Arc::clone(operator)))),
        Err(error) => {
            tracing::warn!(%error, "files are not watched: reload by SIGHUP or `switchhook plugin reload`");
        }
    }
    let listener = control::bind(control_socket)
        .with_context(|| format!("the control socket {}", control_socket.display()))?;
    let served = Arc::clone(operator);
    workers.spawn(async move {
        if let Err(error) = control::serve(listener, served).await {
            tracing::error!(%error, "the control socket is closed");
        }
    });
    Ok(())
}

/// What all loops have together.
struct Shared {
    shield: Arc<Shield>,
    plugins: Arc<Plugins>,
    workers: Handle,
    tls: Arc<Tls>,
    directory: Arc<Directory>,
    observers: Arc<Observers>,
    records: Arc<Records>,
    state: Arc<StateFile>,
    shelf: Shelf,
    loops: Arc<Loops>,
    archive: Archive,
    shares: Arc<Shares>,
}

impl Shared {
    fn parts(&self, settings: &Settings, own: Own, media: MediaShell) -> LoopParts {
        let number = own.number;
        let answers = || self.loops.sender(number);
        let (plugins, workers) = (Arc::clone(&self.plugins), self.workers.clone());
        LoopParts {
            decider: Decider::new(plugins, workers.clone(), answers()),
            resolver: resolver(settings, workers, answers(), &self.tls),
            crossing: Crossing::new(number, Arc::clone(&self.loops), Arc::clone(&self.shares)),
            tls: Arc::clone(&self.tls),
            shield: Arc::clone(&self.shield),
            directory: Arc::clone(&self.directory),
            observers: Arc::clone(&self.observers),
            records: Arc::clone(&self.records),
            state: Arc::clone(&self.state),
            archive: self.archive.clone(),
            own,
            media,
        }
    }
}

/// What each loop has for itself.
struct Own {
    number: u8,
    sockets: Sockets,
    messages: UnboundedReceiver<Message>,
    config: Arc<Config>,
    /// What was kept of its domains.
    kept: Vec<Kept>,
}

fn own_parts(
    shares: &Shares,
    sockets: Vec<Sockets>,
    mailboxes: Vec<UnboundedReceiver<Message>>,
    configs: Vec<Config>,
    kept: Vec<Kept>,
) -> Vec<Own> {
    let parts = (0..).zip(sockets.into_iter().zip(mailboxes).zip(configs));
    let mut all: Vec<Own> = parts
        .map(|(number, ((sockets, messages), config))| Own {
            number,
            sockets,
            messages,
            config: Arc::new(config),
            kept: Vec::new(),
        })
        .collect();
    for kept in kept {
        let number = shares.of_domain(kept.key().domain);
        if let Some(own) = all.get_mut(usize::from(number)) {
            own.kept.push(kept);
        }
    }
    all
}

/// What the loop's thread is started with; the rest is made on it.
struct LoopParts {
    own: Own,
    crossing: Crossing,
    decider: Decider,
    resolver: Resolver,
    tls: Arc<Tls>,
    shield: Arc<Shield>,
    media: MediaShell,
    directory: Arc<Directory>,
    observers: Arc<Observers>,
    records: Arc<Records>,
    state: Arc<StateFile>,
    archive: Archive,
}

impl LoopParts {
    fn run(self, ready: oneshot::Sender<()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let result = runtime.and_then(|runtime| runtime.block_on(self.run_loop(ready)));
        if let Err(error) = result {
            tracing::error!(%error, "the signalling loop cannot run");
        }
    }

    async fn run_loop(self, ready: oneshot::Sender<()>) -> std::io::Result<()> {
        let own = self.own;
        let clock = Clock::start();
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), clock.now());
        let mut exchange = Exchange::new(
            clock.now(),
            clock.epoch_milliseconds(),
            seed,
            own.number,
            own.config,
        );
        exchange.handle(clock.now(), Input::Restore(own.kept));
        let udp = own
            .sockets
            .udp
            .into_iter()
            .map(|(id, socket)| Udp::new(id, socket));
        let (streams, stream_events) =
            Streams::new(own.sockets.streams, self.tls, first_connection(own.number))?;
        let parts = Parts {
            exchange,
            clock,
            udp: udp.collect::<std::io::Result<_>>()?,
            shield: self.shield,
            crossing: self.crossing,
            streams,
            stream_events,
            messages: own.messages,
            decider: self.decider,
            resolver: self.resolver,
            media: self.media,
            directory: self.directory,
            observers: self.observers,
            records: self.records,
            state: self.state,
            archive: self.archive,
            number: own.number,
        };
        EventLoop::new(parts, ready).run().await;
        Ok(())
    }
}
