//! CPU time and memory of processes, read from `/proc`. Linux only.

use std::fs;
use std::time::Duration;

/// CPU time that this thread has used, user and kernel. Reading it costs a system call.
pub fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a timespec of our own. The clock exists on every Linux, so the call does not fail.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// CPU time that a process and its present children have used, user and kernel: seconds. Resolution 10 ms.
pub fn process_seconds(pid: u32) -> f64 {
    let ticks: u64 = family(pid).into_iter().filter_map(ticks_of).sum();
    // SAFETY: a query without arguments that point anywhere.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    ticks as f64 / per_second as f64
}

/// The threads of a process by their names, and the CPU time of each, user and kernel: seconds. Resolution 10 ms.
pub fn thread_seconds(pid: u32) -> Vec<(String, f64)> {
    // SAFETY: a query without arguments that point anywhere.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let mut threads: Vec<_> = tasks
        .filter_map(|task| {
            let folder = task.ok()?.path();
            let name = fs::read_to_string(folder.join("comm")).ok()?;
            let ticks = ticks_in(&fs::read_to_string(folder.join("stat")).ok()?)?;
            Some((name.trim().to_owned(), ticks as f64 / per_second as f64))
        })
        .collect();
    threads.sort_by(|a, b| a.0.cmp(&b.0));
    threads
}

/// Memory that a process and its present children hold resident, shared pages counted by share: KiB.
pub fn resident_kib(pid: u32) -> u64 {
    family(pid).into_iter().filter_map(proportional_kib).sum()
}

/// Memory that one process holds resident, shared pages counted in full: KiB. Cheaper for the process than [`resident_kib`].
pub fn resident_set_kib(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The descriptors that a process has open.
pub fn descriptors(pid: u32) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

fn proportional_kib(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    text.lines().find_map(|line| {
        line.strip_prefix("Pss:")?
            .trim()
            .strip_suffix("kB")?
            .trim()
            .parse()
            .ok()
    })
}

/// User and system ticks: fields 14 and 15 of `/proc/PID/stat`, counted behind the name in parentheses.
fn ticks_of(pid: u32) -> Option<u64> {
    ticks_in(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn ticks_in(text: &str) -> Option<u64> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

fn family(pid: u32) -> Vec<u32> {
    let mut members = vec![pid];
    let mut at = 0;
    while at < members.len() {
        let parent = members[at];
        at += 1;
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))
            .unwrap_or_default();
        members.extend(
            children
                .split_whitespace()
                .filter_map(|child| child.parse::<u32>().ok()),
        );
    }
    members
}
