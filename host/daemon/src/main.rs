//! The binary `switchhook`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    switchhook_daemon::cli::main()
}
