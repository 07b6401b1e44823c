//! URIs: sip and sips in parts, tel with its number, all other schemes as text.

mod equivalent;
pub mod escape;
pub mod host;
pub(crate) mod parse;
pub mod view;

pub use host::host_ip;
pub use view::{InvalidUri, Uri, UriBuf};

#[cfg(test)]
mod tests;
