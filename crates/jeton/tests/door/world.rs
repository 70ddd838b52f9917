//! A server in this process, with a person, repositories and values to ask it with.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use jeton::config::Config;
use jeton::edge::{SystemClock, SystemEntropy};
use jeton::server::{self, Doors, Outside, Running};
use jeton_app::Password;
use jeton_app::{Call, Carried, Door, Named, Presented, admin, repositories, sign_in};
use jeton_domain::{Access, Kinds, Least, Operation, TargetKind, Visibility};

/// Anybody may: stands for the routes of other crates.
const fn open(name: &'static str, target: TargetKind, least: Least) -> Operation {
    Operation {
        name,
        sentence: "A step of a test.",
        target,
        access: Access::Write,
        reads_public: false,
        sets: &[&[]],
        scopes: &[],
        least,
        kinds: Kinds::SIGN_INS_AND_GRANTS,
        confirm: false,
        about_itself: false,
        departs: false,
        events: jeton_domain::Event::ALL,
    }
}

static SIGN_IN: Operation = open("test.sign_in", TargetKind::Site, Least::Anyone);
static CREATE: Operation = open("test.create", TargetKind::Own, Least::Person);

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) running: Option<Running>,
}

impl World {
    pub(crate) fn new(settings: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut flags = BTreeMap::from([
            ("data", folder.path().join("data").display().to_string()),
            ("listen", "127.0.0.1:0".to_owned()),
            ("stop.grace", "300ms".to_owned()),
        ]);
        flags.extend(
            settings
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned())),
        );
        let config = Config::load(&flags, &|_| None, None).unwrap();
        let outside = Outside {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            program: env!("CARGO_BIN_EXE_jeton").into(),
        };
        let running = runtime
            .block_on(server::start(config, outside, Doors::All))
            .unwrap();
        Self {
            folder,
            runtime,
            running: Some(running),
        }
    }

    pub(crate) fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub(crate) fn url(&self) -> &str {
        &self.running().url
    }

    pub(crate) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }

    fn call(&self, operation: &'static Operation, named: Named, value: Option<&str>) -> Call {
        let carried = value.map_or(Carried::Nothing, |value| {
            let parsed = jeton_token::parse(value.as_bytes()).unwrap();
            Carried::Value(Presented::new(self.running().app.ring(), &parsed))
        });
        Call {
            operation,
            named,
            carried,
            door: Door::Api,
            address: None,
            user_agent: "test".to_owned(),
            request_id: "test".to_owned(),
            asked: String::new(),
        }
    }

    /// Makes a person and signs them in; the value of the sign-in.
    pub(crate) fn person(&self, login: &str) -> String {
        let app = &self.running().app;
        let password = Password::new("correct horse battery staple");
        admin::create_user(
            app,
            login,
            &format!("{login}@example.com"),
            &password,
            false,
        )
        .unwrap();
        let call = self.call(&SIGN_IN, Named::Site, None);
        let signed_in = sign_in::sign_in(app, &call, login, &password, None, "test").unwrap();
        signed_in.secret.expose().to_owned()
    }

    /// Makes a repository of the person behind the value.
    pub(crate) fn repository(&self, value: &str, name: &str, visibility: Visibility) {
        let call = self.call(&CREATE, Named::Own, Some(value));
        let new = repositories::NewRepository {
            begun: false,
            team: None,
            name: name.to_owned(),
            visibility,
            description: String::new(),
        };
        repositories::create(&self.running().app, &call, &new).unwrap();
    }

    /// The address of a repository, with a value as the password.
    pub(crate) fn remote(&self, value: Option<&str>, path: &str) -> String {
        match value {
            Some(value) => format!(
                "{}/{path}",
                self.url()
                    .replace("http://", &format!("http://any:{value}@"))
            ),
            None => format!("{}/{path}", self.url()),
        }
    }

    /// Runs git with nothing of this machine's configuration.
    pub(crate) fn git(&self, folder: &Path, words: &[&str]) -> Output {
        Command::new("git")
            .args(words)
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.com")
            .output()
            .unwrap()
    }

    /// As [`World::git`], and it must come out well.
    pub(crate) fn git_well(&self, folder: &Path, words: &[&str]) -> String {
        let output = self.git(folder, words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words:?}: {said}");
        format!("{}{said}", String::from_utf8_lossy(&output.stdout))
    }

    /// A working copy with one commit.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        let work = self.folder.path().join(name);
        std::fs::create_dir_all(&work).unwrap();
        self.git_well(&work, &["init", "-q", "-b", "main"]);
        std::fs::write(work.join("file"), "one\n").unwrap();
        self.git_well(&work, &["add", "."]);
        self.git_well(&work, &["commit", "-q", "-m", "one"]);
        work
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.running().address.unwrap()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// Sends bytes, closes, and reads everything that comes.
    pub(crate) fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        // A server that closes on a client which still sends resets the connection.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(&self, line: &str, headers: &[&str], body: &str) -> Answer {
        let mut request = format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        for header in headers {
            request.push_str(header);
            request.push_str("\r\n");
        }
        if !body.is_empty() {
            request.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
        }
        let answer = self.raw(format!("{request}\r\n{body}").as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok())
            .unwrap_or(0);
        Answer {
            status,
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}
