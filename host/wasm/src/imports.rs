//! What the host offers to plugins, one file an import. Each obeys the limits of the store it is called from and nothing else.

pub(crate) mod directory;
pub(crate) mod http;
pub(crate) mod http_client;
pub(crate) mod http_connect;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod settings;
pub(crate) mod state;
pub(crate) mod time;
pub(crate) mod wasi;
pub(crate) mod wasi_http;
mod wasi_http_noted;

#[cfg(test)]
mod tests;
