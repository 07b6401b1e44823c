//! The bindings to the interface in `wit/`, generated: the imports and all types once, then the three exports by themselves, so that
//! a component exports what its plugin has and no more. Only `convert` and `backend_wasm.rs` touch them.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    dead_code,
    unused_imports,
    clippy::all
)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "imports",
    generate_all,
});

/// The exports of one role; its types and imports are those of the module above.
macro_rules! exports {
    ($role:ident, $world:tt, $module:tt) => {
        pub mod $role {
            wit_bindgen::generate!({
                path: "../../wit",
                world: $world,
                pub_export_macro: true,
                default_bindings_module: $module,
                with: {
                    "switchhook:plugin/types@0.2.0": crate::bindings::switchhook::plugin::types,
                    "switchhook:plugin/log@0.2.0": crate::bindings::switchhook::plugin::log,
                    "switchhook:plugin/settings@0.2.0": crate::bindings::switchhook::plugin::settings,
                    "switchhook:plugin/state@0.2.0": crate::bindings::switchhook::plugin::state,
                    "switchhook:plugin/directory@0.2.0": crate::bindings::switchhook::plugin::directory,
                    "switchhook:plugin/http@0.2.0": crate::bindings::switchhook::plugin::http,
                    "switchhook:plugin/time@0.2.0": crate::bindings::switchhook::plugin::time,
                    "switchhook:plugin/metrics@0.2.0": crate::bindings::switchhook::plugin::metrics,
                    "wasi:clocks/wall-clock@0.2.12": crate::bindings::wasi::clocks::wall_clock,
                    "wasi:random/random@0.2.12": crate::bindings::wasi::random::random,
                },
            });
        }
    };
}

exports!(
    router,
    "router-plugin",
    "switchhook_sdk::__private::bindings::router"
);
exports!(
    gatekeeper,
    "gatekeeper-plugin",
    "switchhook_sdk::__private::bindings::gatekeeper"
);
exports!(
    observer,
    "observer-plugin",
    "switchhook_sdk::__private::bindings::observer"
);
