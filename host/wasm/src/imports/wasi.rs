//! WASI for the components that name it: clocks, randomness and HTTP within the grants. No files, no environment, no sockets, no
//! input; what is printed goes to the log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tracing::Level;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{HostWallClock, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::clock::Clock;
use crate::imports::log;
use crate::imports::wasi_http::Hooks;
use crate::limits;
use crate::recording::Recorder;
use crate::store::Host;
use crate::trace::LogLine;

/// Handles (streams, pollables, header maps …) that an instance may have at once.
const HANDLES: usize = 1_000;
/// Random bytes that a guest may ask for at once.
const RANDOM_BYTES: u64 = 64 << 10;

/// What an instance that uses WASI has.
pub(crate) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    hooks: Hooks,
    printed: Printed,
}

impl Wasi {
    fn new(host: &Host) -> Wasi {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        let printed = Printed {
            plugin: host.core.spec.name.clone(),
            question: Arc::default(),
            recorder: host.recorder.clone(),
        };
        printed.begin(&host.call_id);
        let mut context = WasiCtx::builder();
        context
            .max_random_size(RANDOM_BYTES)
            .wall_clock(Wall(Arc::clone(&host.core.shared.clock)))
            .stdout(printed.clone())
            .stderr(printed.clone());
        Wasi {
            context: context.build(),
            table,
            http: WasiHttpCtx::new(),
            hooks: Hooks::new(&host.core, host.recorder.clone()),
            printed,
        }
    }

    /// Another question begins. The instance keeps its handles.
    pub(crate) fn begin(&mut self, call_id: &str) {
        self.printed.begin(call_id);
        self.hooks.begin();
    }

    /// HTTP requests of this question.
    pub(crate) fn http_requests(&self) -> u32 {
        self.hooks.requests()
    }
}

impl Host {
    fn wasi(&mut self) -> &mut Wasi {
        let wasi = match self.wasi.take() {
            Some(wasi) => wasi,
            None => Box::new(Wasi::new(self)),
        };
        self.wasi.insert(wasi)
    }
}

/// The clock of the runtime, as WASI wants it.
struct Wall(Arc<dyn Clock>);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView {
            ctx: &mut wasi.context,
            table: &mut wasi.table,
        }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let (deadline, by_fetch) = (self.deadline, self.http_requests);
        let wasi = self.wasi();
        wasi.hooks.is_asked(deadline, by_fetch);
        WasiHttpCtxView {
            hooks: &mut wasi.hooks,
            table: &mut wasi.table,
            ctx: &mut wasi.http,
        }
    }
}

/// Standard output and error: lines for the log.
#[derive(Clone)]
struct Printed {
    plugin: String,
    question: Arc<Mutex<Asked>>,
    recorder: Option<Recorder>,
}

/// What belongs to one question.
#[derive(Default)]
struct Asked {
    call_id: String,
    lines: u32,
}

impl Printed {
    fn begin(&self, call_id: &str) {
        let mut asked = self.current();
        call_id.clone_into(&mut asked.call_id);
        asked.lines = 0;
    }

    fn print(&self, bytes: &[u8]) {
        for line in String::from_utf8_lossy(bytes)
            .lines()
            .filter(|line| !line.is_empty())
        {
            let mut asked = self.current();
            asked.lines = asked.lines.saturating_add(1);
            if asked.lines > limits::LOG_LINES {
                return;
            }
            match &self.recorder {
                Some(recorder) => recorder.notes().log.push(LogLine {
                    level: "print",
                    text: log::printable(line).into_owned(),
                }),
                None => log::write(&self.plugin, &asked.call_id, Level::INFO, line),
            }
        }
    }

    fn current(&self) -> MutexGuard<'_, Asked> {
        self.question.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.print(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(limits::LOG_LINE_BYTES)
    }
}

#[async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}
