//! A running switch with a folder for its configuration, its plugins and its records.

use std::path::PathBuf;
use std::time::Duration;

use switchhook_daemon::cli::phone::agent::AgentConfig;
use switchhook_daemon::config;
use switchhook_daemon::daemon::{Running, start};
use switchhook_phone::config::Behaviour;
use switchhook_routing::record::CallRecord;
use switchhook_sip::flow::Transport;
use tokio::time::{Instant, interval};

use crate::folder::Folder;
use crate::telephone::Telephone;

/// How long anything that happens by itself may take.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The domain of every test.
pub const DOMAIN: &str = "example.org";
/// The password of every client.
pub const PASSWORD: &str = "a secret";

/// More time than a plugin needs by default: tests share a machine with whatever else is being built and tested.
pub const BUDGET: &str = "budget = { cpu_ms = 500, wall_ms = 10000 }";

/// What every configuration begins with: listeners, and the clients 1001 to 1004.
const HEAD: &str = r#"
[[listen]]
transport = "udp"
address = "127.0.0.1:0"

[[listen]]
transport = "tcp"
address = "127.0.0.1:0"

[media]
ports = "20000-31999"

[control]
socket = "control.sock"

[records]
file = "calls.jsonl"

[plugin_cache]
folder = "cache"
"#;

const DOMAIN_HEAD: &str = r#"
[domains."example.org"]
default_destination = ["client:1002"]
clients = [
    { username = "1001", password = "a secret" },
    { username = "1002", password = "a secret" },
    { username = "1003", password = "a secret" },
    { username = "1004", password = "a secret" },
]
"#;

/// A switch and its folder. Dropping it ends the switch.
pub struct World {
    /// The switch.
    pub running: Running,
    /// Its folder.
    pub folder: Folder,
}

/// A configuration: some plugins, and the dialplan of every client.
pub fn configuration(plugins: &str, dialplan: &str) -> String {
    format!(
        "{HEAD}\n{plugins}\n{DOMAIN_HEAD}\n[domains.\"example.org\".dialplans.default]\n{dialplan}\n"
    )
}

/// The component of a shipped plugin.
///
/// # Panics
/// It has not been built.
pub fn shipped(name: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("target/plugins").join(format!("{name}.wasm"));
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}: run plugins/build.sh", file.display()))
}

impl World {
    /// Starts a switch from a folder that has its configuration.
    ///
    /// # Panics
    /// The configuration is wrong, or the switch cannot start.
    pub async fn start(folder: Folder) -> World {
        let loaded = config::load(&folder.file("switchhook.toml"));
        let (settings, _) = loaded.unwrap_or_else(|report| panic!("{report}"));
        let running = start(settings).await.expect("the switch starts");
        World { running, folder }
    }

    /// Starts a switch with guests as plugins, each named as it is, and this dialplan.
    pub async fn with_guests(guests: &[&str], dialplan: &str) -> World {
        let folder = Folder::new();
        let mut plugins = String::new();
        for name in guests {
            let file = format!("{name}.wasm");
            folder.write(&file, switchhook_guests::guest(name));
            plugins.push_str(&format!("[plugins.{name}]\nfile = \"{file}\"\n{BUDGET}\n"));
        }
        folder.write("switchhook.toml", configuration(&plugins, dialplan));
        World::start(folder).await
    }

    /// Who a client's phone is.
    ///
    /// # Panics
    /// The switch does not listen by that transport.
    pub fn agent(&self, username: &str, transport: Transport) -> AgentConfig {
        AgentConfig {
            server: self.running.address(transport).expect("a listener"),
            transport,
            domain: DOMAIN.to_owned(),
            username: username.to_owned(),
            password: PASSWORD.to_owned(),
            local: None,
            behaviour: Behaviour::default(),
        }
    }

    /// A registered phone.
    pub async fn phone(&self, username: &str) -> Telephone {
        Telephone::registered(self.agent(username, Transport::Udp)).await
    }

    /// A registered phone that answers every call at once.
    pub async fn answering(&self, username: &str) -> Telephone {
        let mut config = self.agent(username, Transport::Udp);
        config.behaviour.auto_answer_after = Some(Duration::ZERO);
        Telephone::registered(config).await
    }

    /// The records of calls that are over, once there are so many.
    ///
    /// # Panics
    /// There are not, in time.
    pub async fn records(&self, count: usize) -> Vec<CallRecord> {
        let file = self.folder.file("calls.jsonl");
        eventually(&format!("{count} call records"), async || {
            let text = std::fs::read_to_string(&file).ok()?;
            let lines = text
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            let records: Vec<CallRecord> = lines
                .map(|line| serde_json::from_str(line).expect("a record"))
                .collect();
            (records.len() >= count).then_some(records)
        })
        .await
    }

    /// How often a plugin has been loaded, once it is at least so often.
    ///
    /// # Panics
    /// It is not, in time.
    pub async fn generation(&self, plugin: &str, at_least: u64) -> u64 {
        eventually(&format!("generation {at_least} of {plugin}"), async || {
            let plugins = self.running.operator().list();
            let found = plugins
                .iter()
                .find(|status| status.current.name == plugin)?;
            Some(found.current.generation).filter(|generation| *generation >= at_least)
        })
        .await
    }
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// There is none in time.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    let mut ticks = interval(Duration::from_millis(10));
    loop {
        ticks.tick().await;
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
    }
}
