//! The real binary as a child process, with a data folder and a home of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It failed with this exit code and these words on standard error; standard output is for data.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "no `{word}`: {self:?}");
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A machine: a data folder, and people's homes.
pub(crate) struct Machine {
    pub(crate) folder: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A program with nothing of this machine's environment.
    pub(crate) fn command(&self, program: &str, person: &str, words: &[&str]) -> Command {
        let home = self.folder.path().join(person);
        std::fs::create_dir_all(&home).unwrap();
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null());
        command
    }

    /// Any program.
    pub(crate) fn run(&self, program: &str, words: &[&str]) -> Said {
        Said::of(self.command(program, "home", words).output().unwrap())
    }

    /// `jeton …` as a person types it.
    pub(crate) fn jeton(&self, person: &str, words: &[&str]) -> Said {
        Said::of(
            self.command(env!("CARGO_BIN_EXE_jeton"), person, words)
                .output()
                .unwrap(),
        )
    }

    /// The same, with a line on standard input.
    pub(crate) fn jeton_told(&self, person: &str, words: &[&str], line: &str) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_jeton"), person, words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that is refused at once does not read its input.
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        Said::of(child.wait_with_output().unwrap())
    }

    /// `jeton admin …` on this machine's data.
    pub(crate) fn admin(&self, words: &[&str]) -> Said {
        self.admin_told(words, "")
    }

    pub(crate) fn admin_told(&self, words: &[&str], line: &str) -> Said {
        let data = self.data().display().to_string();
        let words: Vec<&str> = ["admin", "--data", &data]
            .iter()
            .chain(words)
            .copied()
            .collect();
        self.jeton_told("operator", &words, line)
    }

    /// `jeton admin …` on this machine's data folder with the database elsewhere.
    pub(crate) fn admin_on(&self, database: &str, words: &[&str], line: &str) -> Said {
        let file = self.path("database");
        std::fs::write(&file, database).unwrap();
        let words: Vec<&str> = ["--database-file", &file]
            .iter()
            .chain(words)
            .copied()
            .collect();
        self.admin_told(&words, line)
    }

    /// `jeton serve`, on a free port of loopback unless the settings say otherwise, up or refused.
    pub(crate) fn serve(
        &self,
        settings: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Server, Said> {
        let data = self.data().display().to_string();
        let mut words = vec!["serve", "--data", &data];
        if !settings.contains(&"--listen") {
            words.extend(["--listen", "127.0.0.1:0"]);
        }
        words.extend(settings);
        let url = |line: &str| line.strip_prefix("Jeton serves ").unwrap().to_owned();
        self.stays("operator", &words, variables, url)
    }

    /// A command that stays up, once its first line told where; what it said where it ends before. Its
    /// standard error goes to the file `log`.
    pub(crate) fn stays(
        &self,
        person: &str,
        words: &[&str],
        variables: &[(&str, &str)],
        url: impl Fn(&str) -> String,
    ) -> Result<Server, Said> {
        let program = env!("CARGO_BIN_EXE_jeton");
        self.program_stays(program, person, words, variables, url)
    }

    /// The same, started by another program.
    pub(crate) fn program_stays(
        &self,
        program: &str,
        person: &str,
        words: &[&str],
        variables: &[(&str, &str)],
        url: impl Fn(&str) -> String,
    ) -> Result<Server, Said> {
        let log = self.folder.path().join("log");
        let mut command = self.command(program, person, words);
        command
            .envs(variables.iter().copied())
            .stdout(Stdio::piped());
        command.stderr(std::fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let (told, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            out.lines()
                .map_while(Result::ok)
                .try_for_each(|line| told.send(line))
        });
        match lines.recv_timeout(Duration::from_mins(3)) {
            Ok(first) => {
                let url = url(&first);
                Ok(Server {
                    child,
                    lines,
                    first,
                    url,
                })
            }
            Err(why) => {
                if why == mpsc::RecvTimeoutError::Timeout {
                    child.kill().unwrap();
                }
                let code = child.wait().unwrap().code().unwrap_or(-1);
                let err = std::fs::read_to_string(log).unwrap();
                Err(Said {
                    code,
                    out: String::new(),
                    err,
                })
            }
        }
    }

    /// A server that comes up.
    pub(crate) fn up(&self) -> Server {
        self.serve(&[], &[]).unwrap()
    }

    /// Makes `ann` the first administrator, by the code that the operator asks for.
    pub(crate) fn set_up(&self, server: &Server, more: &[&str]) {
        let command = self.admin(&["setup-code"]).well().out;
        let (_, code) = command.trim().split_once("--code ").unwrap();
        let given = [
            "setup",
            &server.url,
            "--code",
            code,
            "--login",
            "ann",
            "--email",
            "ann@example.org",
            "--password-stdin",
        ];
        let words: Vec<&str> = given.iter().chain(more).copied().collect();
        self.jeton_told("ann", &words, PASSWORD).well();
    }

    /// Makes a person and signs them in.
    pub(crate) fn person(&self, server: &Server, login: &str) {
        let email = format!("{login}@example.org");
        self.admin_told(&["user", "create", login, "--email", &email], PASSWORD)
            .well();
        let words = ["login", &server.url, "--user", login, "--password-stdin"];
        self.jeton_told(login, &words, PASSWORD).well();
    }
}

/// A running server; told to stop when it is dropped.
pub(crate) struct Server {
    child: Child,
    lines: mpsc::Receiver<String>,
    /// The first line that it printed.
    pub(crate) first: String,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let process = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        if let Some(process) = process {
            let _ = rustix::process::kill_process(process, signal);
        }
    }

    /// Tells it to read its certificate again.
    pub(crate) fn hang_up(&self) {
        self.signal(rustix::process::Signal::HUP);
    }

    pub(crate) fn ask_to_stop(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Ends it as a loss of power does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it ends by itself; its exit code.
    pub(crate) fn ends(&mut self) -> i32 {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "the server goes on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The next line that it prints.
    pub(crate) fn next_line(&self) -> String {
        self.lines.recv_timeout(Duration::from_mins(3)).unwrap()
    }

    /// The lines that it printed after the first, to its end.
    pub(crate) fn rest(&self) -> Vec<String> {
        self.lines.iter().collect()
    }

    /// Ends it in order.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(rustix::process::Signal::TERM);
        }
        let until = Instant::now() + Duration::from_secs(20);
        while matches!(self.child.try_wait(), Ok(None)) {
            assert!(Instant::now() < until, "the server does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
