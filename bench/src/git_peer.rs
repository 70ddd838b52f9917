//! The baseline for Git: `git http-backend` behind nginx and fcgiwrap; and the repositories for both sides.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jeton_token::Random;

use crate::error::Error;
use crate::process::{Running, run};
use crate::{nginx, peers};

/// Who signs in at the baseline.
pub(crate) const USER: &str = "bench";
pub(crate) const PASSWORD: &str = "bench-password";

/// A running baseline that serves the repositories of one folder.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) nginx: Running,
    _fcgiwrap: Running,
    pub(crate) address: SocketAddr,
    projects: PathBuf,
}

impl Peer {
    /// Starts it in `folder`.
    pub(crate) fn start(folder: &Path) -> Result<Self, Error> {
        let fcgiwrap = peers::debian("fcgiwrap", "fcgiwrap")?;
        let (socket, projects) = (folder.join("fcgi.sock"), folder.join("projects"));
        std::fs::create_dir(&projects).map_err(Error::io(&projects))?;
        let backend = run(Command::new("git").arg("--exec-path"))?;
        let backend = Path::new(backend.trim()).join("git-http-backend");
        let people = folder.join("htpasswd");
        std::fs::write(&people, format!("{USER}:{{PLAIN}}{PASSWORD}\n"))
            .map_err(Error::io(&people))?;
        let fcgiwrap = Running::start(
            Command::new(fcgiwrap)
                .args(["-c", "2", "-s"])
                .arg(format!("unix:{}", socket.display())),
            &folder.join("fcgiwrap.log"),
        )?;
        let (nginx, address) = nginx::start(folder, &server(folder, &socket, &projects, &backend))?;
        Ok(Self {
            nginx,
            _fcgiwrap: fcgiwrap,
            address,
            projects,
        })
    }

    /// Where a repository of it lies.
    pub(crate) fn repository(&self, name: &str) -> PathBuf {
        self.projects.join(format!("{name}.git"))
    }

    /// Its address, with the sign-in.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://{USER}:{PASSWORD}@{}/{name}.git", self.address)
    }
}

fn server(folder: &Path, socket: &Path, projects: &Path, backend: &Path) -> String {
    format!(
        "    client_max_body_size 0;
    auth_basic git;
    auth_basic_user_file {folder}/htpasswd;
    location / {{
      fastcgi_pass unix:{socket};
      fastcgi_buffering off;
      fastcgi_param SCRIPT_FILENAME {backend};
      fastcgi_param GIT_PROJECT_ROOT {projects};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
    }}
",
        folder = folder.display(),
        socket = socket.display(),
        projects = projects.display(),
        backend = backend.display(),
    )
}

/// Git without anybody's own settings.
pub(crate) fn git(home: &Path) -> Command {
    let mut git = Command::new("git");
    git.env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("HOME", home)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
    git
}

/// Fills the bare repository at `path`: so many commits with one file each, incompressible, and a tag on every one.
pub(crate) fn fill(home: &Path, path: &Path, commits: u32, bytes: usize) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::program("git fast-import", error.to_string());
    let mut child = git(home)
        .arg("--git-dir")
        .arg(path)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(stdin) = child.stdin.take() {
        let mut out = std::io::BufWriter::new(stdin);
        let mut noise = Noise(5);
        let mut content = vec![0; bytes];
        for commit in 1..=commits {
            noise.fill(&mut content);
            write!(out, "blob\nmark :{commit}\ndata {bytes}\n").map_err(failed)?;
            out.write_all(&content).map_err(failed)?;
            let mark = commits + commit;
            let second = 1_795_000_000 + commit;
            write!(
                out,
                "\ncommit refs/heads/main\nmark :{mark}\ncommitter Bench <bench@example.test> {second} +0000\n\
                 data 4\nwork\nM 100644 :{commit} files/{:02}/{commit}\n\nreset refs/tags/v{commit}\nfrom :{mark}\n\n",
                commit % 50
            )
            .map_err(failed)?;
        }
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(Error::program(
            "git fast-import",
            format!("failed: {status}"),
        ));
    }
    // Alike on both sides, whatever fast-import left.
    run(git(home)
        .arg("--git-dir")
        .arg(path)
        .args(["pack-refs", "--all"]))?;
    run(git(home)
        .arg("--git-dir")
        .arg(path)
        .args(["repack", "-adbq"]))
    .map(drop)
}

/// A copy with every file alike.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    run(Command::new("cp").arg("-r").arg(from).arg(to)).map(drop)
}

/// Repeatable noise that no compressor makes smaller.
struct Noise(u64);

impl Random for Noise {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            *byte = self.0.to_le_bytes()[3];
        }
    }
}
