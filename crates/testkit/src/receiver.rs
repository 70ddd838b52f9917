//! A receiver of webhooks on loopback: keeps what it hears, and answers as it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

/// The longest wait for the next that should come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Path and query.
    pub path: String,
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Heard {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The event and its action.
    pub fn event(&self) -> (String, String) {
        let event = self.header("X-GitHub-Event").unwrap().to_owned();
        let action = self.json()["action"].as_str().unwrap_or("").to_owned();
        (event, action)
    }
}

#[derive(Debug)]
struct Shared {
    heard: Mutex<Vec<Heard>>,
    came: Condvar,
    /// 0: no answer ever comes.
    status: Mutex<u16>,
}

/// A receiver. Its thread goes with the process.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Default for Receiver {
    fn default() -> Self {
        Self::start()
    }
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap())
    }

    /// The same, where somebody was told that it is.
    pub fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            heard: Mutex::default(),
            came: Condvar::new(),
            status: Mutex::new(200),
        });
        let kept = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&kept);
                std::thread::spawn(move || hear(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Where it is.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on it answers this; 0: it never answers.
    pub fn answers(&self, status: u16) {
        *self.shared.status.lock().unwrap() = status;
    }

    /// What it heard by now.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// What it heard, once it is so much.
    #[track_caller]
    pub fn wait(&self, count: usize) -> Vec<Heard> {
        let mut heard = self.shared.heard.lock().unwrap();
        while heard.len() < count {
            // As long as something comes, it is worth waiting.
            let (then, late) = self.shared.came.wait_timeout(heard, PATIENCE).unwrap();
            heard = then;
            assert!(!late.timed_out(), "{} of {count} came", heard.len());
        }
        heard.clone()
    }
}

fn hear(mut stream: TcpStream, shared: &Shared) {
    let mut bytes = Vec::new();
    let mut piece = [0; 16384];
    let heard = loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
        if let Some(heard) = read(&bytes) {
            break heard;
        }
    };
    shared.heard.lock().unwrap().push(heard);
    shared.came.notify_all();
    let status = *shared.status.lock().unwrap();
    if status == 0 {
        // Until the other end has enough.
        let _ = stream.read(&mut piece);
        return;
    }
    let answer = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nheard"
    );
    let _ = stream.write_all(answer.as_bytes());
}

/// The request, once it is whole.
fn read(bytes: &[u8]) -> Option<Heard> {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
    let first = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = first.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let request = Heard {
        path,
        headers,
        body: bytes[end + 4..].to_vec(),
    };
    let length: usize = request.header("content-length").unwrap().parse().unwrap();
    (request.body.len() >= length).then_some(request)
}
