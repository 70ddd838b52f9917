//! Processes that a benchmark starts, and what the system says of them.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;

/// Longest wait for a server that was started.
const START: Duration = Duration::from_secs(30);
/// `USER_HZ`: what `/proc` counts processor time in, the same on every Linux that Rust runs on.
const TICKS_A_SECOND: f64 = 100.0;

/// A process that ends with this value.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    child: Child,
}

impl Running {
    /// Starts a server, its output in a file.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self, Error> {
        let name = command.get_program().to_string_lossy().into_owned();
        let out = std::fs::File::create(log).map_err(Error::io(log))?;
        let err = out.try_clone().map_err(Error::io(log))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .map_err(|error| Error::program(&name, error.to_string()))?;
        Ok(Self { name, child })
    }

    /// Waits until something answers there.
    pub(crate) fn wait_for(&mut self, address: SocketAddr) -> Result<(), Error> {
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(Error::program(
                    &self.name,
                    format!("ended at once: {status}"),
                ));
            }
            if began.elapsed() > START {
                return Err(Error::program(
                    &self.name,
                    format!("does not answer on {address}"),
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Processor seconds used so far, threads and ended children included.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, Error> {
        let text = self.proc("stat")?;
        // The name in brackets may hold anything; fields count from behind it, `utime` being the twelfth.
        let fields: Vec<&str> = text
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        match (ticks(11), ticks(12)) {
            (Some(user), Some(system)) => Ok((user + system) / TICKS_A_SECOND),
            _ => Err(Error::program(&self.name, "has no readable `stat`")),
        }
    }

    /// The most memory that it had at any time, in MiB; children are not in it.
    pub(crate) fn peak_mib(&self) -> Result<f64, Error> {
        let text = self.proc("status")?;
        text.lines()
            .find_map(|line| {
                line.strip_prefix("VmHWM:")?
                    .trim()
                    .strip_suffix("kB")?
                    .trim()
                    .parse::<f64>()
                    .ok()
            })
            .map(|kib| kib / 1024.0)
            .ok_or_else(|| Error::program(&self.name, "has no readable `status`"))
    }

    fn proc(&self, file: &str) -> Result<String, Error> {
        let path = PathBuf::from(format!("/proc/{}/{file}", self.child.id()));
        std::fs::read_to_string(&path).map_err(Error::io(&path))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its own children with it: nginx and fcgiwrap leave theirs behind where only they are killed. It may have
        // ended by itself, which is as good.
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.child.id())])
            .output();
        let _ = self.child.wait();
    }
}

/// A port of the loopback that was free a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::io("127.0.0.1"))?;
    listener.local_addr().map_err(Error::io("127.0.0.1"))
}

/// Runs a command to its end and gives what it printed.
pub(crate) fn run(command: &mut Command) -> Result<String, Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::program(&name, error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Error::program(
        &name,
        format!("failed: {}: {}", output.status, said.trim()),
    ))
}

/// How long a command took, in seconds.
pub(crate) fn time(command: &mut Command) -> Result<f64, Error> {
    let began = Instant::now();
    run(command)?;
    Ok(began.elapsed().as_secs_f64())
}

/// The first program of that name on the `PATH`, or where Debian puts servers.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
