//! What a component may import: the interfaces of `wit/` and WASI. Linked once; each import asks the store of its own decision
//! what it may do.

use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::bindings::switchhook::plugin;
use crate::store::Host;

/// A linker with everything that the host offers.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::<Host>::new(engine);
    plugin::log::add_to_linker::<_, Host>(&mut linker, |host| host)?;
    plugin::settings::add_to_linker::<_, Host>(&mut linker, |host| host)?;
    plugin::state::add_to_linker::<_, Host>(&mut linker, |host| host)?;
    plugin::directory::add_to_linker::<_, Host>(&mut linker, |host| host)?;
    plugin::types::add_to_linker::<_, Host>(&mut linker, |host| host)?;
    plugin::http::add_to_linker::<_, Host>(&mut linker, |host| host)?;
    // All of WASI, because the standard libraries of many languages name all of it: there are no files, no environment and no
    // sockets behind it, see `imports::wasi`.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    Ok(linker)
}

/// Types alone; there is nothing to do.
impl plugin::types::Host for Host {}
