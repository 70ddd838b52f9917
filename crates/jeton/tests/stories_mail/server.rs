//! `jeton serve` as a process that can be killed.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::support::http::send;
use super::support::world::PASSWORD;

const PROGRAM: &str = env!("CARGO_BIN_EXE_jeton");

pub struct Server {
    folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
    running: Option<(Child, SocketAddr)>,
}

impl Server {
    pub fn new(settings: &[(&'static str, String)]) -> Self {
        let variable = |key: &str| format!("JETON_{}", key.to_uppercase().replace('.', "_"));
        Self {
            folder: tempfile::tempdir().unwrap(),
            settings: settings
                .iter()
                .map(|(key, value)| (variable(key), value.clone()))
                .collect(),
            running: None,
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("JETON_DATA", self.data());
        command
    }

    pub fn start(&mut self) {
        let log = self.folder.path().join("log");
        let mut child = self
            .command()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .envs(self.settings.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("Jeton serves http://")
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| panic!("{line}{}", std::fs::read_to_string(&log).unwrap()));
        self.running = Some((child, address));
    }

    pub fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn add_user(&self, login: &str) {
        let email = format!("{login}@example.org");
        let mut child = self
            .command()
            .args(["admin", "user", "create", login, "--email", &email])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// What a person's signed-in client carries.
    pub fn sign_in(&self, login: &str) -> String {
        let body = json!({ "login": login, "password": PASSWORD, "label": "test" });
        let signed = self.must("POST", "/api/jeton/v1/sign-in", "", &body);
        signed["token"].as_str().unwrap().to_owned()
    }

    /// A request that must be done. `credential`: empty for none; no body where that is null.
    pub fn must(&self, method: &str, path: &str, credential: &str, body: &Value) -> Value {
        let (_, address) = self.running.as_ref().unwrap();
        let bearer = format!("Bearer {credential}");
        let mut headers = vec![("content-type", "application/json")];
        if !credential.is_empty() {
            headers.push(("authorization", &bearer));
        }
        let body = if body.is_null() {
            vec![]
        } else {
            serde_json::to_vec(body).unwrap()
        };
        let answer = send(*address, method, path, &headers, &body);
        assert!([200, 201].contains(&answer.status), "{}", answer.text());
        answer.json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
