//! CPU time of single threads of this process, found by name.

use std::fs;

/// CPU time, user and kernel, that all threads whose name begins with `prefix` have used: nanoseconds.
pub fn cpu_nanoseconds(prefix: &str) -> u64 {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return 0;
    };
    tasks
        .filter_map(|task| {
            let task = task.ok()?;
            let name = fs::read_to_string(task.path().join("comm")).ok()?;
            let id: i32 = task.file_name().to_str()?.parse().ok()?;
            name.starts_with(prefix).then(|| clock(id))
        })
        .sum()
}

/// The CPU clock of a thread. Linux makes the identifier of that clock from the thread's (`MAKE_THREAD_CPUCLOCK`).
fn clock(thread: i32) -> u64 {
    let clock = (!thread << 3) | 4 | 2;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a timespec of ours.
    let failed = unsafe { libc::clock_gettime(clock, &raw mut time) } != 0;
    if failed {
        return 0;
    }
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
