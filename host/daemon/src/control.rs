//! The control socket: JSON lines over a unix socket, one request and one answer each. Who may open it may do all of it.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use switchhook_call::cidr::{Cidr, CidrError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

pub use crate::ban_lines::{BanLine, GuardLine};
pub use crate::control_lines::{PluginLine, SeriesLine};
use crate::control_phones::{self, PhoneAnswer, PhoneRequest};
use crate::control_rooms::{self, RoomAnswer, RoomRequest};
use crate::doctor::{Diagnosis, examine};
use crate::limits;
use crate::operator::Operator;
use crate::registration_lines::RegistrationLine;
use crate::trunk_lines::TrunkLine;

/// What can be asked.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Request {
    /// The plugins.
    ListPlugins,
    /// Load a plugin's file again.
    ReloadPlugin {
        /// Its name.
        name: String,
    },
    /// Put another component in a plugin's place, until the plugin is loaded again.
    DeployPlugin {
        /// The plugin's name.
        name: String,
        /// The component's file, from the root of the file system: the switch has another working folder.
        file: PathBuf,
    },
    /// The numbers that a plugin keeps about its work.
    PluginMetrics {
        /// Its name.
        name: String,
    },
    /// Who is registered.
    ListRegistrations {
        /// Only in this domain.
        domain: Option<String>,
        /// Only this client.
        client: Option<String>,
    },
    /// The trunks.
    ListTrunks {
        /// Only those of this domain.
        domain: Option<String>,
    },
    /// What is advertised, what is observed, and what of it cannot work.
    Diagnose,
    /// Load the configuration and all plugins again.
    Reload,
    /// Clients, mailboxes, who watches.
    Phones {
        /// What of them.
        request: PhoneRequest,
    },
    /// Conference rooms.
    Rooms {
        /// What of them.
        request: RoomRequest,
    },
    /// Who is banned.
    ListBans,
    /// Ban an address or a range.
    AddBan {
        /// The address or range.
        range: String,
        /// For how long; absent: until it is lifted.
        seconds: Option<u64>,
    },
    /// Lift the bans of an address or a range.
    LiftBan {
        /// The address or range.
        range: String,
    },
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// The plugins.
    Plugins {
        /// In the order of their names.
        plugins: Vec<PluginLine>,
    },
    /// The numbers of a plugin.
    Metrics {
        /// In no particular order.
        series: Vec<SeriesLine>,
    },
    /// Who is registered.
    Registrations {
        /// In the order of domains and clients.
        registrations: Vec<RegistrationLine>,
        /// How many there are, which may be more than are told.
        count: usize,
    },
    /// Clients, mailboxes, who watches.
    Phones {
        /// What was asked for.
        of: PhoneAnswer,
    },
    /// Conference rooms.
    Rooms {
        /// What was asked for.
        of: RoomAnswer,
    },
    /// The trunks.
    Trunks {
        /// By domain and name.
        trunks: Vec<TrunkLine>,
    },
    /// Who is banned.
    Bans {
        /// The operator's, then those that last longest first.
        bans: Vec<BanLine>,
        /// What the guard has counted.
        guard: GuardLine,
    },
    /// What was found.
    Diagnosis(Diagnosis),
    /// It is done.
    Done {
        /// What was done.
        message: String,
    },
    /// It could not be done.
    Failed {
        /// Why.
        message: String,
    },
}

/// Binds the socket, readable by its owner only; removes one that nobody listens on any more.
///
/// # Errors
/// Another switch listens there, or the folder does not allow it.
pub fn bind(path: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    use std::os::unix::net::{UnixListener, UnixStream};
    if path.exists() {
        if UnixStream::connect(path).is_ok() {
            let message = "another switch listens on this control socket";
            return Err(io::Error::new(io::ErrorKind::AddrInUse, message));
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves the socket.
///
/// # Errors
/// The runtime cannot watch one more file.
pub async fn serve(
    listener: std::os::unix::net::UnixListener,
    operator: Arc<Operator>,
) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    let slots = Arc::new(Semaphore::new(limits::CONTROL_CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return Ok(());
        };
        let (stream, _) = listener.accept().await?;
        let operator = Arc::clone(&operator);
        tokio::spawn(async move {
            if let Err(error) = converse(stream, &operator).await {
                tracing::debug!(%error, "control connection ended");
            }
            drop(slot);
        });
    }
}

async fn converse(stream: UnixStream, operator: &Operator) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = String::new();
        let length = (&mut reader)
            .take(limits::CONTROL_LINE_BYTES)
            .read_line(&mut line)
            .await?;
        if length == 0 {
            return Ok(());
        }
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => answer(request, operator).await,
            Err(error) => Answer::Failed {
                message: format!("not understood: {error}"),
            },
        };
        let mut line = serde_json::to_vec(&answer)?;
        line.push(b'\n');
        writer.write_all(&line).await?;
    }
}

async fn answer(request: Request, operator: &Operator) -> Answer {
    let result = match request {
        Request::ListPlugins => {
            return Answer::Plugins {
                plugins: PluginLine::all(operator).await,
            };
        }
        Request::ListRegistrations { domain, client } => {
            let (registrations, count) = RegistrationLine::all(operator, domain, client).await;
            return Answer::Registrations {
                registrations,
                count,
            };
        }
        Request::ListTrunks { domain } => {
            let trunks = TrunkLine::all(operator, domain).await;
            return Answer::Trunks { trunks };
        }
        Request::Diagnose => return Answer::Diagnosis(examine(&operator.evidence().await)),
        Request::PluginMetrics { name } if operator.knows(&name) => {
            let series = operator.metrics(&name).into_iter().map(SeriesLine::from);
            return Answer::Metrics {
                series: series.collect(),
            };
        }
        Request::PluginMetrics { name } => Err(format!("there is no plugin {name}")),
        Request::DeployPlugin { file, .. } if !file.is_absolute() => {
            Err(format!("{} is no absolute path", file.display()))
        }
        Request::DeployPlugin { name, file } => operator
            .deploy(&name, file)
            .await
            .map(|info| format!("{name} is at version {}", info.version))
            .map_err(|error| format!("{name}: {error}; the version before stays")),
        Request::ReloadPlugin { name } => operator
            .reload_plugin(&name)
            .await
            .map(|info| format!("{name} is at version {}", info.version))
            .map_err(|error| format!("{name}: {error}; the version before stays")),
        Request::Phones { request } => match control_phones::answer(request, operator).await {
            Ok(answer) => return Answer::Phones { of: answer },
            Err(message) => Err(message),
        },
        Request::Rooms { request } => match control_rooms::answer(request, operator).await {
            Ok(answer) => return Answer::Rooms { of: answer },
            Err(message) => Err(message),
        },
        Request::ListBans => {
            let bans = operator.shield().bans().into_iter();
            return Answer::Bans {
                bans: bans.map(BanLine::from).collect(),
                guard: operator.shield().counters().into(),
            };
        }
        Request::AddBan { range, seconds } => add_ban(operator, &range, seconds),
        Request::LiftBan { range } => lift_ban(operator, &range),
        Request::Reload => operator.reload_all().await.map(|()| "reloaded".to_owned()),
    };
    match result {
        Ok(message) => Answer::Done { message },
        Err(message) => Answer::Failed { message },
    }
}

fn add_ban(operator: &Operator, range: &str, seconds: Option<u64>) -> Result<String, String> {
    let parsed: Cidr = range
        .parse()
        .map_err(|error: CidrError| format!("{range}: {error}"))?;
    // Longer than a clock counts is as good as for ever.
    let seconds = seconds.filter(|seconds| *seconds < 100 * 366 * 86_400);
    if operator
        .shield()
        .ban(parsed, seconds.map(Duration::from_secs))
    {
        tracing::warn!(source = range, seconds, "banned by the operator");
        Ok(format!("{range} is banned"))
    } else {
        Err("there are too many bans by the operator already: ban ranges".to_owned())
    }
}

fn lift_ban(operator: &Operator, range: &str) -> Result<String, String> {
    let parsed: Cidr = range
        .parse()
        .map_err(|error: CidrError| format!("{range}: {error}"))?;
    match operator.shield().lift(parsed) {
        0 => Err(format!(
            "{range} is not banned; what was noted of it is forgotten"
        )),
        lifted => {
            tracing::warn!(source = range, lifted, "bans lifted by the operator");
            Ok(format!("{lifted} lifted"))
        }
    }
}

/// Asks a running switch.
///
/// # Errors
/// None runs there, it does not answer, or it answers that it could not do what was asked.
pub async fn ask(socket: &Path, request: &Request) -> anyhow::Result<Answer> {
    let stream = UnixStream::connect(socket)
        .await
        .with_context(|| format!("no switch answers on {}", socket.display()))?;
    let (reader, mut writer) = stream.into_split();
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    writer.write_all(&line).await?;
    let mut answer = String::new();
    BufReader::new(reader).read_line(&mut answer).await?;
    let answer = serde_json::from_str(&answer)
        .context("the switch closed the connection without an answer")?;
    match answer {
        Answer::Failed { message } => bail!(message),
        answer => Ok(answer),
    }
}
