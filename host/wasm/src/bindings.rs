//! The Rust side of `wit/`, generated. Only `convert` and `imports` look in here; nobody outside of this crate does.
//!
//! The host declares a world of its own from the interfaces of `wit/`, so that WASI, which wasmtime's own crates bring, is not
//! generated twice.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused_variables,
    reason = "generated"
)]

wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    inline: "
        package switchhook:host;
        world guest {
            import switchhook:plugin/log@0.1.0;
            import switchhook:plugin/settings@0.1.0;
            import switchhook:plugin/state@0.1.0;
            import switchhook:plugin/directory@0.1.0;
            import switchhook:plugin/http@0.1.0;
            export switchhook:plugin/router@0.1.0;
        }
    ",
    world: "switchhook:host/guest",
    imports: { "switchhook:plugin/http.fetch": async },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});

/// What `route` returns.
pub(crate) type RouteAnswer = Result<switchhook::plugin::types::Decision, String>;
