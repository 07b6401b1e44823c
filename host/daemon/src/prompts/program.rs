//! Speech by an external program, started anew for each text: the text goes to its standard input, sound comes from its standard output.
//! No shell is involved. It runs in a process group of its own, which is killed as a whole when its time is over.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::prompts::speech::{Speaking, SpeechEngine, Utterance};

/// How much of what a program complains about is told.
const COMPLAINT_BYTES: u64 = 300;

/// A program that speaks.
#[derive(Debug)]
pub(super) struct Program {
    command: Vec<String>,
    limit: usize,
}

impl Program {
    /// The program and its arguments, with `{language}` and `{voice}` in them. It may give `limit` bytes.
    pub(super) fn new(command: Vec<String>, limit: usize) -> Program {
        Program { command, limit }
    }
}

impl SpeechEngine for Program {
    fn name(&self) -> String {
        self.command.join(" ")
    }

    fn speak(&self, utterance: Utterance) -> Speaking<'_> {
        let filled = self.command.iter().map(|part| utterance.filled_in(part));
        let command: Vec<String> = filled.collect();
        let limit = self.limit;
        Box::pin(async move {
            let running = Running::default();
            let group = Arc::clone(&running.0);
            let run = move || run(&command, &utterance.text, limit, &group);
            tokio::task::spawn_blocking(run)
                .await
                .map_err(|error| error.to_string())?
        })
    }
}

/// What is known of a process group.
#[derive(Debug, Default)]
enum Group {
    #[default]
    NotYet,
    /// It is there, and not yet waited for, so that its number is no other's.
    Is(Pid),
    /// It is gone, or must not begin any more.
    Over,
}

/// A program that is killed when nobody waits for it any more.
#[derive(Debug, Default)]
struct Running(Arc<Mutex<Group>>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut group = locked(&self.0);
        if let Group::Is(pid) = *group {
            // It may have ended just now.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        *group = Group::Over;
    }
}

fn locked(group: &Mutex<Group>) -> MutexGuard<'_, Group> {
    // There is no state that a panic could leave half done.
    group.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a program to its end. Blocks until then.
fn run(
    command: &[String],
    text: &str,
    limit: usize,
    group: &Mutex<Group>,
) -> Result<Vec<u8>, String> {
    let (program, arguments) = command.split_first().ok_or("no program is configured")?;
    let mut child = {
        let mut group = locked(group);
        if matches!(*group, Group::Over) {
            return Err("it is too late".to_owned());
        }
        let child = Command::new(program)
            .args(arguments)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program} cannot be started: {error}"))?;
        *group = Group::Is(Pid::from_child(&child));
        child
    };
    let talked = talk(&mut child, text, limit);
    if talked.is_err() {
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    }
    // Its number is free for others once it was waited for: from then on nobody may kill it.
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let _ = waitid(WaitId::Pid(Pid::from_child(&child)), ended);
    *locked(group) = Group::Over;
    let status = child.wait().map_err(|error| error.to_string())?;
    let (sound, complaint) = talked?;
    if status.success() && !sound.is_empty() {
        return Ok(sound);
    }
    let complaint = String::from_utf8_lossy(&complaint);
    let complaint = complaint.trim().replace(|c: char| c.is_control(), " ");
    let why = if status.success() {
        "it said nothing".to_owned()
    } else {
        status.to_string()
    };
    Err(format!("{program}: {why} {complaint}").trim().to_owned())
}

/// Gives a program its text and takes what it says, and what it complains about.
fn talk(child: &mut Child, text: &str, limit: usize) -> Result<(Vec<u8>, Vec<u8>), String> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        // It may begin to speak before it has read everything, and complain in between.
        scope.spawn(move || {
            if let Some(mut stdin) = stdin {
                // Who does not read its input has its reasons.
                let _ = stdin.write_all(text.as_bytes());
            }
        });
        let complaint = scope.spawn(move || {
            let mut complaint = Vec::new();
            if let Some(mut stderr) = stderr {
                let read = stderr.by_ref().take(COMPLAINT_BYTES);
                let _ = { read }.read_to_end(&mut complaint);
                let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            }
            complaint
        });
        let mut sound = Vec::new();
        if let Some(stdout) = stdout {
            let most = limit as u64 + 1;
            let read = stdout.take(most).read_to_end(&mut sound);
            read.map_err(|error| error.to_string())?;
        }
        if sound.len() > limit {
            return Err(format!("it gives more than {limit} bytes"));
        }
        let complaint = complaint.join().unwrap_or_default();
        Ok((sound, complaint))
    })
}
