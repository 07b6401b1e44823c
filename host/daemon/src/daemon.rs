//! Starts a switch from its settings, and holds what runs: the loop's thread, the workers, the watcher, the control socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use switchhook_call::exchange::Exchange;
use switchhook_call::input::Input;
use switchhook_call::kept::Kept;
use switchhook_media::relay::RelayConfig;
use switchhook_sip::flow::{ListenerId, Transport};
use switchhook_wasm::plugins::Plugins;
use switchhook_wasm::runtime::{Runtime as Engine, RuntimeConfig};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::config::exchange;
use crate::config::settings::{self, Listen, Settings};
use crate::control;
use crate::decider::Decider;
use crate::directory::Directory;
use crate::event_loop::{EventLoop, Message, Parts, Status};
use crate::limits;
use crate::media_shell::config::{MediaAddress, MediaShellConfig};
use crate::media_shell::{MediaShell, raise_open_files};
use crate::observers::{self, Observers};
use crate::operator::Operator;
use crate::records::Records;
use crate::resolver::Resolver;
use crate::state_file::StateFile;
use crate::streams::tls::Tls;
use crate::streams::{self, Streams};
use crate::udp::{self, Udp};
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
    thread: Option<JoinHandle<()>>,
    workers: Option<Runtime>,
}

/// Starts a switch: binds its sockets, loads its plugins, then serves.
///
/// A plugin that cannot be loaded does not keep the switch from serving: its calls go down the fallback ladder.
///
/// # Errors
/// A socket, the records file, the control socket or a thread cannot be had.
pub async fn start(settings: Settings) -> anyhow::Result<Running> {
    let files = open_files(&settings);
    let workers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("worker")
        .build()
        .context("the worker threads cannot be started")?;
    let sockets = Sockets::bind(&settings.listen)?;
    let bound = sockets.addresses();
    // Before anything is read again: what changes from here on is noticed.
    let watch = Watch::new(settings.files());
    let directory = Arc::new(Directory::default());
    let plugins = plugins(&settings, &directory)?;
    load_plugins(&settings, &plugins, &workers).await?;

    let observers = Arc::new(Observers::new(
        Arc::clone(&plugins),
        workers.handle().clone(),
        observers::by_domain(&settings.domains),
    ));
    let tls = Arc::new(Tls::new(&settings.tls()).map_err(|error| anyhow!(error))?);
    let (state, kept) = state(&settings)?;
    let (sender, messages) = unbounded_channel();
    let parts = LoopParts {
        media: media(&settings, files, sender.clone())?,
        records: records(&settings)?,
        state: Arc::new(state),
        kept,
        decider: Decider::new(
            Arc::clone(&plugins),
            workers.handle().clone(),
            sender.clone(),
        ),
        resolver: resolver(&settings, &workers, &sender, &tls),
        tls: Arc::clone(&tls),
        directory: Arc::clone(&directory),
        observers: Arc::clone(&observers),
        messages,
        sockets,
        config: Arc::new(exchange::config(&settings, &bound)),
    };
    let (ready, is_ready) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("signalling".to_owned())
        .spawn(|| parts.run(ready))?;
    if timeout(READY, is_ready).await.is_err() {
        tracing::warn!("no media port is there yet: calls get 503 until one is");
    }

    let listeners = settings
        .listen
        .iter()
        .map(|listen| listen.transport)
        .zip(bound.clone());
    let listeners = listeners.collect();
    let drain = settings.limits.drain;
    let control_socket = settings.control_socket.clone();
    let operator = Arc::new(Operator::new(
        plugins, observers, tls, sender, bound, settings,
    ));
    serve_operator(&workers, &operator, watch, &control_socket)?;
    Ok(Running {
        listeners,
        operator,
        directory,
        control_socket,
        drain,
        thread: Some(thread),
        workers: Some(workers),
    })
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
    workers: &Runtime,
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
        if !self
            .operator
            .observers()
            .flush(limits::OBSERVERS_FLUSH)
            .await
        {
            tracing::warn!("observers were not told everything");
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
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the signalling thread panicked");
        }
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
    sender: UnboundedSender<Message>,
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
    let config = MediaShellConfig {
        addresses: addresses
            .map(|bind| MediaAddress {
                bind: *bind,
                advertised: external(bind),
            })
            .collect(),
        first_port: *media.ports.start(),
        last_port: last_port(media, files),
        threads: media.threads,
        relay: RelayConfig {
            timeout: media.timeout,
            ..RelayConfig::default()
        },
        ..MediaShellConfig::default()
    };
    let sink = move |input| drop(sender.send(Message::Input(input)));
    MediaShell::start(config, Arc::new(sink)).context("the media relay cannot be started")
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
    workers: &Runtime,
    sender: &UnboundedSender<Message>,
    tls: &Arc<Tls>,
) -> Resolver {
    let listening = settings.listen.iter().map(|listen| listen.transport);
    let (runtime, answers) = (workers.handle().clone(), sender.clone());
    Resolver::new(runtime, answers, Arc::clone(tls), &settings.dns, listening)
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
    workers: &Runtime,
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

/// The signalling sockets, bound but not yet watched by any runtime.
struct Sockets {
    udp: Vec<(ListenerId, std::net::UdpSocket)>,
    streams: Vec<(ListenerId, Transport, std::net::TcpListener)>,
    bound: Vec<SocketAddr>,
}

impl Sockets {
    fn bind(listeners: &[Listen]) -> anyhow::Result<Sockets> {
        let mut sockets = Sockets {
            udp: Vec::new(),
            streams: Vec::new(),
            bound: Vec::new(),
        };
        for (index, listen) in listeners.iter().enumerate() {
            let id = ListenerId(index as u16);
            let Listen {
                transport, address, ..
            } = listen;
            let bound = match transport {
                Transport::Udp => udp::bind(*address).and_then(|socket| {
                    let bound = socket.local_addr();
                    sockets.udp.push((id, socket));
                    bound
                }),
                Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                    streams::bind(*address).and_then(|socket| {
                        let bound = socket.local_addr();
                        sockets.streams.push((id, *transport, socket));
                        bound
                    })
                }
            };
            let bound =
                bound.with_context(|| format!("{transport} {address} cannot be listened on"))?;
            sockets.bound.push(bound);
        }
        Ok(sockets)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.bound.clone()
    }
}

/// What the loop's thread is started with; the rest is made on it.
struct LoopParts {
    sockets: Sockets,
    config: Arc<switchhook_call::config::Config>,
    messages: UnboundedReceiver<Message>,
    decider: Decider,
    resolver: Resolver,
    tls: Arc<Tls>,
    media: MediaShell,
    directory: Arc<Directory>,
    observers: Arc<Observers>,
    records: Records,
    state: Arc<StateFile>,
    /// What was kept; an exchange takes what is of its domains.
    kept: Vec<Kept>,
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
        let clock = Clock::start();
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), clock.now());
        let mut exchange = Exchange::new(
            clock.now(),
            clock.epoch_milliseconds(),
            seed,
            0,
            self.config,
        );
        exchange.handle(clock.now(), Input::Restore(self.kept));
        let udp = self
            .sockets
            .udp
            .into_iter()
            .map(|(id, socket)| Udp::new(id, socket));
        let (streams, stream_events) = Streams::new(self.sockets.streams, self.tls)?;
        let parts = Parts {
            exchange,
            clock,
            udp: udp.collect::<std::io::Result<_>>()?,
            streams,
            stream_events,
            messages: self.messages,
            decider: self.decider,
            resolver: self.resolver,
            media: self.media,
            directory: self.directory,
            observers: self.observers,
            records: self.records,
            state: self.state,
        };
        EventLoop::new(parts, ready).run().await;
        Ok(())
    }
}
