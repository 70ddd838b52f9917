//! A server that answers what it was told to, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `POST /api/jeton/v1/tokens`, query included.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// For which request line, what is answered.
struct Answer {
    line: String,
    status: u16,
    headers: String,
    body: String,
}

#[derive(Default)]
struct State {
    answers: Vec<Answer>,
    asked: Vec<Asked>,
}

/// The server.
pub(crate) struct StandIn {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &shared);
            }
        });
        Self { url, state }
    }

    /// Answers the next request of that line once.
    pub(crate) fn answer(&self, line: &str, status: u16, body: &str) {
        self.answer_with(line, status, "", body);
    }

    /// The same, with further headers.
    pub(crate) fn answer_with(&self, line: &str, status: u16, headers: &str, body: &str) {
        self.state.lock().unwrap().answers.push(Answer {
            line: line.to_owned(),
            status,
            headers: headers.to_owned(),
            body: body.to_owned(),
        });
    }

    /// What was asked since the last look. Every answer must have been asked for.
    pub(crate) fn taken(&self) -> Vec<Asked> {
        let mut state = self.state.lock().unwrap();
        let left: Vec<_> = state
            .answers
            .iter()
            .map(|answer| answer.line.clone())
            .collect();
        assert!(
            left.is_empty(),
            "never asked for: {left:?}; asked: {:?}",
            state.asked
        );
        std::mem::take(&mut state.asked)
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = next();
    let mut headers = Vec::new();
    loop {
        let line = next();
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(n, _)| n == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let line = first.trim_end_matches(" HTTP/1.1").to_owned();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let mut state = state.lock().unwrap();
    let found = state.answers.iter().position(|answer| answer.line == line);
    let (status, more, text) = match found.map(|at| state.answers.remove(at)) {
        Some(answer) => (answer.status, answer.headers, answer.body),
        None => (
            599,
            String::new(),
            format!(r#"{{"message":"unexpected {line}"}}"#),
        ),
    };
    state.asked.push(Asked {
        line,
        headers,
        body,
    });
    drop(state);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{more}\r\n{text}",
        text.len()
    )
    .unwrap();
}
