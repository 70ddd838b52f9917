//! The real git, with an environment of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The line of a refusal 403. The number alone would be met by a port in a URL.
pub const FORBIDDEN: &str = "The requested URL returned error: 403";

/// What git printed and how it ended.
#[derive(Debug)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Whether one of the lines that git printed holds the text.
    pub fn says(&self, text: &str) -> bool {
        self.err
            .lines()
            .chain(self.out.lines())
            .any(|line| line.contains(text))
    }

    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.ok, "git failed: {}", self.err);
        self
    }

    #[track_caller]
    pub fn failed_with(self, lines: &[&str]) -> Self {
        assert!(!self.ok, "git succeeded: {}", self.out);
        for line in lines {
            assert!(
                self.says(line),
                "git did not say `{line}`, but:\n{}",
                self.err
            );
        }
        self
    }
}

/// A person's machine: home folder, git, and what answers its prompts.
pub struct Machine {
    home: tempfile::TempDir,
    program: PathBuf,
    variables: Vec<(String, String)>,
}

impl Machine {
    pub fn new() -> Self {
        Self::with(Path::new("git"))
    }

    /// With another git than the first on the path.
    pub fn with(program: &Path) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            program: program.to_owned(),
            variables: Vec::new(),
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn git(&self, arguments: &[&str]) -> Said {
        self.git_in(self.home(), arguments)
    }

    pub fn git_in(&self, folder: &Path, arguments: &[&str]) -> Said {
        self.git_with(folder, arguments, b"")
    }

    /// With something to read.
    pub fn git_with(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Said {
        let mut command = Command::new(&self.program);
        command
            .current_dir(folder)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("XDG_CONFIG_HOME", self.path(".config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        // Git may end without reading all of it.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Said {
            ok: output.status.success(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A working copy with one commit more, on `main`.
    pub fn commit(&self, folder: &Path, file: &str, text: &str) {
        std::fs::write(folder.join(file), text).unwrap();
        self.git_in(folder, &["add", "."]).succeeded();
        self.git_in(folder, &["commit", "-m", &format!("Write {file}")])
            .succeeded();
    }

    /// A fresh working copy with one commit.
    pub fn working_copy(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        self.git_in(&folder, &["init", "-b", "main"]).succeeded();
        self.commit(&folder, "README.md", name);
        folder
    }
}
