//! HTTP as bytes, so that a test can send what no client would.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// What an observer can compare: everything but the request's own number, the date, and how many requests there were.
    pub fn bytes(&self) -> (u16, Vec<(String, String)>, String) {
        let own = [
            "x-github-request-id",
            "date",
            "x-ratelimit-remaining",
            "x-ratelimit-used",
        ];
        let headers = self
            .headers
            .iter()
            .filter(|(n, _)| !own.contains(&n.as_str()))
            .cloned()
            .collect();
        (self.status, headers, self.text())
    }
}

/// Sends one request on a connection of its own and reads the whole answer.
pub fn send(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    raw(to, &request(to, method, target, headers, body))
}

/// As [`send`], where the server may go away: no answer, or not all of one, is an error.
pub fn try_send(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(&request(to, method, target, headers, body))?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let answer = parse(&bytes);
    let length = answer
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let whole =
        answer.status != 0 && length.is_none_or(|length: usize| answer.body.len() == length);
    if whole {
        Ok(answer)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn request(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request = format!("{request}{name}: {value}\r\n");
    }
    if !body.is_empty() {
        request = format!("{request}content-length: {}\r\n", body.len());
    }
    request.push_str("\r\n");
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Sends bytes as they are.
pub fn raw(to: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(to).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    // The server may answer and close before it has read all.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&answer)
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|l| l.split(' ').nth(1))
        .and_then(|s| s.parse().ok())
        .unwrap_or(0);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut body = answer.get(end + 4..).unwrap_or_default().to_vec();
    if headers
        .iter()
        .any(|(n, v)| n == "transfer-encoding" && v == "chunked")
    {
        body = unchunk(&body);
    }
    Answer {
        status,
        headers,
        body,
    }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size =
            usize::from_str_radix(String::from_utf8_lossy(&rest[..end]).trim(), 16).unwrap_or(0);
        let Some(piece) = rest.get(end + 2..end + 2 + size) else {
            break;
        };
        if size == 0 {
            break;
        }
        body.extend_from_slice(piece);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

/// `Basic` with this user and password.
pub fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))
    )
}

/// Every way one value can be carried.
pub fn carriers(value: &str) -> Vec<(&'static str, String)> {
    vec![
        ("Bearer", format!("Bearer {value}")),
        ("token", format!("token {value}")),
        ("Basic password", basic("anybody", value)),
        ("Basic user", basic(value, "")),
        ("Basic user x-oauth-basic", basic(value, "x-oauth-basic")),
    ]
}
