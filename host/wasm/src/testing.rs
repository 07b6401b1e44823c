//! What the tests of this crate share: one engine, files in a directory that goes away, calls.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use switchhook_routing::call::{Attestation, Call, Header, Origin};
use switchhook_routing::decision::{Decided, Phase, StageOutcome};

use crate::directory::Directory;
use crate::error::PluginError;
use crate::pins::Pins;
use crate::plugins::{Plugins, Step};
use crate::runtime::{Runtime, RuntimeConfig};
use crate::spec::PluginSpec;
use crate::status::VersionInfo;

/// One engine for all tests of the process.
pub(crate) fn runtime() -> Arc<Runtime> {
    static RUNTIME: OnceLock<Arc<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        Runtime::new(RuntimeConfig {
            concurrent_decisions: 100,
            ..RuntimeConfig::default()
        })
        .unwrap()
    });
    Arc::clone(runtime)
}

/// A directory that is removed when the value is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Scratch {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("switchhook-wasm-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind in the temporary directory does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One client, `1001`, in the domain `example.org`, with one contact and two calls. A client named `panic` breaks it.
struct OneClient;

impl Directory for OneClient {
    fn contacts(&self, domain: &str, client: &str) -> Vec<String> {
        assert_ne!(client, "panic", "a directory that panics");
        if (domain, client) == ("example.org", "1001") {
            vec!["sip:1001@192.0.2.7:5060".into()]
        } else {
            Vec::new()
        }
    }

    fn active_calls(&self, domain: &str, client: &str) -> u32 {
        if (domain, client) == ("example.org", "1001") {
            2
        } else {
            0
        }
    }
}

/// Plugins with their files.
pub(crate) struct Bench {
    pub(crate) plugins: Plugins,
    pub(crate) scratch: Scratch,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench {
            plugins: Plugins::new(runtime(), Arc::new(OneClient)),
            scratch: Scratch::new(),
        }
    }

    /// A plugin of this name whose file holds the guest of that name.
    pub(crate) fn spec(&self, name: &str, guest: &str) -> PluginSpec {
        let bytes = switchhook_guests::guest(guest);
        PluginSpec::new(name, self.scratch.file(&format!("{name}.wasm"), &bytes))
    }

    /// Loads a component as a plugin of this name.
    pub(crate) async fn load_bytes(
        &self,
        name: &str,
        bytes: &[u8],
    ) -> Result<VersionInfo, PluginError> {
        self.plugins.load(self.spec_of(name, bytes)).await
    }

    /// A plugin of this name whose file holds a component.
    pub(crate) fn spec_of(&self, name: &str, bytes: &[u8]) -> PluginSpec {
        PluginSpec::new(name, self.scratch.file(&format!("{name}.wasm"), bytes))
    }

    pub(crate) async fn load(&self, name: &str, guest: &str) {
        self.plugins.load(self.spec(name, guest)).await.unwrap();
    }

    /// What the chain decides about a new call.
    pub(crate) async fn decide(&self, chain: &[&str]) -> Decided {
        self.decide_call(&mut Pins::default(), chain, &mut call("1001", "1002"))
            .await
    }

    pub(crate) async fn decide_call(
        &self,
        pins: &mut Pins,
        chain: &[&str],
        call: &mut Call,
    ) -> Decided {
        let steps: Vec<_> = chain
            .iter()
            .map(|plugin| Step {
                plugin,
                phase: Phase::Route,
                fail_open: false,
            })
            .collect();
        self.plugins.decide(pins, &steps, call).await
    }

    /// What came of asking the current version of a plugin about a new call.
    pub(crate) async fn outcome(&self, plugin: &str, caller: &str, callee: &str) -> StageOutcome {
        let mut call = call(caller, callee);
        let mut decided = self
            .decide_call(&mut Pins::default(), &[plugin], &mut call)
            .await;
        decided.stages.remove(0).outcome
    }
}

/// The world of a router, and of everything that the host offers.
pub(crate) const ROUTER: &str = "
    import switchhook:plugin/directory@0.2.0;
    import switchhook:plugin/log@0.2.0;
    import switchhook:plugin/metrics@0.2.0;
    import switchhook:plugin/state@0.2.0;
    import switchhook:plugin/time@0.2.0;
    export switchhook:plugin/router@0.2.0;";

/// A router of contract 0.2.0: the bodies of `route` and `resume`, and what stands before them.
pub(crate) fn router(before: &str, route: &str, resume: &str) -> Vec<u8> {
    let core = format!(
        r#"{before}
        (func (export "switchhook:plugin/router@0.2.0#route") (param $call i32) (result i32) {route})
        (func (export "switchhook:plugin/router@0.2.0#resume") (param $asked i32) (result i32) {resume})"#
    );
    switchhook_guests::component_of(ROUTER, &core)
}

/// A call from a client.
pub(crate) fn call(caller: &str, callee: &str) -> Call {
    Call {
        id: "0001".into(),
        sip_call_id: "a84b4c76e66710".into(),
        domain: "example.org".into(),
        caller: caller.into(),
        caller_name: "Alice".into(),
        callee: callee.into(),
        origin: Origin::Client("1001".into()),
        source_address: "192.0.2.7:5060".into(),
        received_at: 1_700_000_000_000,
        attempt: 0,
        transferred: false,
        answered: false,
        headers: vec![Header {
            name: "Max-Forwards".into(),
            value: "70".into(),
        }],
        codecs: vec!["PCMA".into()],
        attestation: Attestation::Unknown,
        variables: Vec::new(),
        proposed: Vec::new(),
    }
}
