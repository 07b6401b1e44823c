//! The runtime of a command that needs one.

/// Runs `work` to its end on this thread.
///
/// # Errors
/// Those of `work`, or that the runtime cannot be started.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
