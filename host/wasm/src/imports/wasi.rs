//! WASI for the components that name it: clocks, randomness and HTTP within the grants. No files, no environment, no sockets, no
//! input; what is printed goes to the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tracing::Level;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::imports::log;
use crate::imports::wasi_http::Hooks;
use crate::limits;
use crate::store::Host;

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
}

impl Host {
    fn wasi(&mut self) -> &mut Wasi {
        let version = &self.version;
        let (deadline, call_id) = (self.deadline, &self.call_id);
        self.wasi.get_or_insert_with(|| {
            let response_bytes = version.spec().budget.response_bytes;
            let mut table = ResourceTable::new();
            table.set_max_capacity(HANDLES);
            let printed = Printed {
                plugin: version.info().name.clone(),
                call_id: call_id.clone(),
                lines: Arc::default(),
            };
            let mut context = WasiCtx::builder();
            context
                .max_random_size(RANDOM_BYTES)
                .stdout(printed.clone())
                .stderr(printed);
            Box::new(Wasi {
                context: context.build(),
                table,
                http: WasiHttpCtx::new(),
                hooks: Hooks::new(version.http().clone(), deadline, response_bytes),
            })
        })
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
        let wasi = self.wasi();
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
    call_id: String,
    lines: Arc<AtomicU32>,
}

impl Printed {
    fn print(&self, bytes: &[u8]) {
        for line in String::from_utf8_lossy(bytes)
            .lines()
            .filter(|line| !line.is_empty())
        {
            if self.lines.fetch_add(1, Ordering::Relaxed) < limits::LOG_LINES {
                log::write(&self.plugin, &self.call_id, Level::INFO, line);
            }
        }
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
