//! The servers that are measured: child processes that end when they are dropped, and how the switch is started as one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::sample;

/// How long a server may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// A running server. Dropping it ends the process.
#[derive(Debug)]
pub struct Server(Child);

impl Server {
    /// Starts it; what it prints on its standard output goes nowhere.
    ///
    /// # Errors
    /// The program cannot be run.
    pub fn start(command: &mut Command) -> io::Result<Server> {
        command.stdout(Stdio::null()).spawn().map(Server)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)) | Err(_))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: the process is our child and not yet waited for.
        unsafe { libc::kill(self.0.id() as libc::pid_t, libc::SIGTERM) };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.has_ended() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder for the files of one run of a benchmark. Dropping it removes it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it, in the temporary directory.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn make(benchmark: &str) -> io::Result<Folder> {
        let name = format!("switchhook-{benchmark}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the temporary directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Which daemon is measured, and where.
#[derive(Debug, Clone)]
pub struct Switch {
    /// The program.
    pub program: PathBuf,
    /// The cores that it runs on, as `taskset` takes them; `None`: those of this process.
    pub cpus: Option<String>,
}

impl Default for Switch {
    /// The one that `SWITCHHOOK` names, else the daemon that was built with this program.
    fn default() -> Switch {
        let beside = || Some(std::env::current_exe().ok()?.parent()?.join("switchhook"));
        let named = std::env::var_os("SWITCHHOOK").map(PathBuf::from);
        Switch {
            program: named.or_else(beside).unwrap_or_default(),
            cpus: None,
        }
    }
}

impl Switch {
    /// Starts it with this configuration, in which the path of a plugin P stands as `BENCH_PLUGINS/P.wasm` and the folder as
    /// `BENCH_FOLDER`.
    ///
    /// # Errors
    /// The plugins cannot be built, the configuration cannot be written, or the program cannot be run.
    pub fn start(
        &self,
        configuration: &str,
        plugins: &[&str],
        folder: &Path,
    ) -> io::Result<Server> {
        let plugins =
            sample::plugins(plugins).map_err(|error| io::Error::other(error.to_string()))?;
        let plugins = fs::canonicalize(plugins)?;
        let config = folder.join("switchhook.toml");
        let text = configuration
            .replace("BENCH_PLUGINS", &plugins.display().to_string())
            .replace("BENCH_FOLDER", &folder.display().to_string());
        fs::write(&config, text)?;
        let mut command = match &self.cpus {
            Some(cpus) => {
                let mut command = Command::new("taskset");
                command.arg("-c").arg(cpus).arg(&self.program);
                command
            }
            None => Command::new(&self.program),
        };
        Server::start(command.arg("serve").arg("--config").arg(&config)).map_err(|error| {
            let program = self.program.display();
            io::Error::new(error.kind(), format!("{program}: {error}"))
        })
    }
}
