//! The SMTP server of the tests: `aiosmtpd` as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Debian's own, to which its package belongs.
const PYTHON: &str = "/usr/bin/python3";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories_mail/sink.py");

pub struct Sink {
    child: Child,
    folder: tempfile::TempDir,
    pub port: u16,
    pub security: &'static str,
    pub certificate: PathBuf,
}

/// A letter as it was received.
#[derive(Debug)]
pub struct Letter {
    pub from: String,
    pub to: Vec<String>,
    pub tls: bool,
    pub user: String,
    text: String,
}

/// A certificate for `localhost` and its key.
pub fn certificate(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (
        folder.join(format!("{name}.pem")),
        folder.join(format!("{name}.key")),
    );
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

/// Starts one. `None`, with a line that says so, where it is not installed.
#[expect(clippy::print_stderr, reason = "the test runner counts these lines")]
pub fn sink(security: &'static str) -> Option<Sink> {
    let there = Command::new(PYTHON)
        .args(["-c", "import aiosmtpd"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped: mail through SMTP: `python3-aiosmtpd` is not installed");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(folder.path(), "sink");
    let mut child = Command::new(PYTHON)
        .arg(SCRIPT)
        .arg(folder.path())
        .arg(security)
        .args([&certificate, &key])
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let port = line.trim().parse().unwrap_or_else(|_| {
        let log = std::fs::read_to_string(folder.path().join("log"));
        panic!("the sink did not start: {log:?}")
    });
    Some(Sink {
        child,
        folder,
        port,
        security,
        certificate,
    })
}

impl Sink {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it does with the next letter; nothing particular, if that is empty.
    pub fn behave(&self, how: &str) {
        std::fs::write(self.folder.path().join("behave"), how).unwrap();
    }

    /// What it received, in order.
    pub fn letters(&self) -> Vec<Letter> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .collect();
        files.sort();
        files
            .iter()
            .map(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                let field = |name: &str| value[name].as_str().unwrap().to_owned();
                Letter {
                    from: field("from"),
                    to: serde_json::from_value(value["to"].clone()).unwrap(),
                    tls: value["tls"].as_bool().unwrap(),
                    user: field("user"),
                    text: field("letter"),
                }
            })
            .collect()
    }

    /// Waits until it received so many.
    #[track_caller]
    pub fn wait(&self, number: usize) -> Vec<Letter> {
        let end = Instant::now() + Duration::from_secs(30);
        while self.letters().len() < number {
            assert!(
                Instant::now() < end,
                "only {} of {number} letters came: {:?}",
                self.letters().len(),
                std::fs::read_to_string(self.folder.path().join("log"))
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        self.letters()
    }

    /// Whether nothing comes for so long.
    pub fn never(&self, wait: Duration) -> bool {
        std::thread::sleep(wait);
        self.letters().is_empty()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Letter {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.text.split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ");
        let line = head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_default().to_owned()
    }

    /// Text and HTML, decoded.
    pub fn parts(&self) -> (String, String) {
        let boundary = self.header("Content-Type");
        let boundary = boundary.split("boundary=\"").nth(1).unwrap();
        let boundary = format!("--{}", boundary.split('"').next().unwrap());
        let mut parts = self.text.split(&boundary).skip(1).map(decoded);
        (parts.next().unwrap(), parts.next().unwrap())
    }
}

fn decoded(part: &str) -> String {
    let (head, body) = part.split_once("\r\n\r\n").unwrap();
    if head.contains("base64") {
        use base64::Engine as _;
        let body: String = body.split_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(body)
            .unwrap();
        return String::from_utf8(bytes).unwrap();
    }
    if !head.contains("quoted-printable") {
        return body.replace("\r\n", "\n");
    }
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'=' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}
