//! The bindings to the interface in `wit/`, generated. Only `convert.rs` and `backend_wasm.rs` touch them.
#![allow(missing_docs, unsafe_code, unreachable_pub, dead_code, clippy::all)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "router-plugin",
    pub_export_macro: true,
    default_bindings_module: "switchhook_sdk::__private::bindings",
    generate_all,
});
