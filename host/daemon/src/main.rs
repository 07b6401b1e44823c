//! The binary `switchhook`: everything is in the library.

use std::process::ExitCode;

/// A call is some hundred small values that live as long as it does, made on one thread and often freed on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    switchhook_daemon::cli::main()
}
