//! `jeton serve` as a process that is killed and started again on the same data.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use super::process;
use crate::support::database::Database;
use crate::support::world::PASSWORD;

const PROGRAM: &str = env!("CARGO_BIN_EXE_jeton");

/// What a start may warn of after a kill: each is something that it brought in order.
const MENDED: [&str; 4] = [
    "pushes that an earlier end left open were resolved",
    "a folder without a repository goes into the trash",
    "database and tombstone file were brought together reconciled.appended=",
    "the torn last line of the tombstone file was dropped",
];

/// How a server is killed.
#[derive(Clone, Copy, Debug)]
pub enum Killed {
    /// Only the server: its children have to notice.
    Alone,
    /// With all that it started, at one moment: as by a loss of power, or by a service manager.
    WithAllItStarted,
}

/// What outlives the server: its data folder and its database.
pub struct Place {
    folder: tempfile::TempDir,
    pub database: Database,
}

impl Place {
    pub fn new(database: Database) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database,
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

pub struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    data: PathBuf,
    // Open, so that nothing the server says meets a closed pipe.
    _said: BufReader<ChildStdout>,
}

fn command(data: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("JETON_DATA", data);
    if let Some(url) = database {
        command.env("JETON_DATABASE", url);
    }
    command
}

impl Server {
    pub fn start(place: &Place) -> Self {
        let data = place.data();
        let log = data.with_extension("log");
        let mut child = command(&data, place.database.url().as_deref())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("Jeton serves http://")
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            panic!(
                "the server did not start: {line}{}",
                std::fs::read_to_string(&log).unwrap()
            );
        };
        Self {
            child,
            address,
            log,
            data,
            _said: said,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// A person, made by the operator.
    pub fn add_user(&self, login: &str) {
        let mut child = command(&self.data, None)
            .args([
                "admin",
                "user",
                "create",
                login,
                "--email",
                &format!("{login}@example.org"),
            ])
            // Who administers the site adds people at once.
            .args((login == "olivia").then_some("--administrator"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(
            child.wait().unwrap().success(),
            "`{login}` could not be made"
        );
    }

    /// Kills it. Gives how many processes it had started.
    pub fn kill(&mut self, how: Killed) -> usize {
        let server = self.id();
        let mut started = Vec::new();
        match how {
            Killed::Alone => started = process::descendants(server),
            Killed::WithAllItStarted => {
                // Stopped first, so that no child is told before it is killed itself.
                process::signal(server, Signal::STOP);
                loop {
                    let found = process::descendants(server);
                    let fresh: Vec<i32> = found
                        .into_iter()
                        .filter(|child| !started.contains(child))
                        .collect();
                    if fresh.is_empty() {
                        break;
                    }
                    for child in &fresh {
                        process::signal(*child, Signal::STOP);
                    }
                    started.extend(fresh);
                }
                for child in &started {
                    process::signal(*child, Signal::KILL);
                }
            }
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        started.len()
    }

    /// No process of an earlier server is left. What was told to end may take a moment.
    pub fn nothing_is_left(&self) {
        let mut left = Vec::new();
        for _ in 0..200 {
            let ours = process::descendants(self.id());
            left = process::on(&self.data);
            left.retain(|(process, _)| *process != self.id() && !ours.contains(process));
            if left.is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("processes of a dead server are left: {left:?}");
    }

    /// Starting and serving had nothing to complain of but what a kill leaves.
    pub fn said_nothing_bad(&self) {
        let log = std::fs::read_to_string(&self.log).unwrap();
        for line in log.lines() {
            let mended = MENDED.iter().any(|text| line.contains(text));
            assert!(
                !line.contains("ERROR") && (!line.contains("WARN") || mended),
                "the server said: {line}"
            );
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
