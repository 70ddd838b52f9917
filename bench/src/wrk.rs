//! Load over HTTP: `wrk` with a script that takes a random line of a file for each request.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::peers;
use crate::process::{Running, run};

/// Seconds of one measurement.
const SECONDS: u32 = 2;
/// The file's lines are put where the request has `@`; of a request without one, no line is used.
const SCRIPT: &str = r#"
local lines, before, after = {}, "", nil
function init(args)
  math.randomseed(7)
  local file = io.open(args[1], "rb")
  local request = file:read("*a")
  file:close()
  local at = request:find("@", 1, true)
  if at then
    before, after = request:sub(1, at - 1), request:sub(at + 1)
    for line in io.lines(args[2]) do lines[#lines + 1] = line end
  else
    before = request
  end
end
function request()
  if after then return before .. lines[math.random(#lines)] .. after end
  return before
end
"#;

/// One load on one server.
#[derive(Debug)]
pub(crate) struct Load {
    wrk: PathBuf,
    script: PathBuf,
    request: PathBuf,
    lines: PathBuf,
    address: SocketAddr,
    connections: u32,
    /// What every answer must be.
    status: u16,
}

/// What one measurement gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    /// Processor time of the server per request, in µs.
    pub(crate) cpu_micros: f64,
}

impl Load {
    /// `folder` takes the script's files; `name` tells several loads apart.
    pub(crate) fn new(
        folder: &Path,
        name: &str,
        address: SocketAddr,
        request: &str,
        lines: &Path,
    ) -> Result<Self, Error> {
        let wrk = peers::debian("wrk", "wrk")?;
        let write = |file: String, text: &str| {
            let path = folder.join(file);
            std::fs::write(&path, text)
                .map_err(Error::io(&path))
                .map(|()| path)
        };
        Ok(Self {
            wrk,
            script: write(format!("{name}.lua"), SCRIPT)?,
            request: write(format!("{name}.http"), request)?,
            lines: lines.to_owned(),
            address,
            connections: 64,
            status: 0,
        })
    }

    pub(crate) fn connections(self, connections: u32) -> Self {
        Self {
            connections,
            ..self
        }
    }

    /// What every answer must be; asks once to see it. Under load, answers are only told apart into those below 400
    /// and the others.
    pub(crate) fn expecting(self, status: u16) -> Result<Self, Error> {
        let lost = || Error::io(self.address.to_string());
        let read = |path: &Path| std::fs::read_to_string(path).map_err(Error::io(path));
        let lines = read(&self.lines)?;
        let request = read(&self.request)?.replace('@', lines.lines().next().unwrap_or_default());
        let mut stream = TcpStream::connect(self.address).map_err(lost())?;
        stream.write_all(request.as_bytes()).map_err(lost())?;
        let mut head = String::new();
        BufReader::new(stream)
            .read_line(&mut head)
            .map_err(lost())?;
        if head.split(' ').nth(1) != Some(&status.to_string()) {
            let head = head.trim();
            return Err(Error::Measure(format!(
                "`{head}` instead of the status {status} from {}",
                self.address
            )));
        }
        Ok(Self { status, ..self })
    }

    /// Runs it once. An answer that was not expected, or none, makes the measurement void.
    pub(crate) fn run(&self, server: &Running) -> Result<Rate, Error> {
        let before = server.cpu_seconds()?;
        let text = run(Command::new(&self.wrk)
            .args([
                "-t1",
                &format!("-c{}", self.connections),
                &format!("-d{SECONDS}s"),
                "-s",
            ])
            .arg(&self.script)
            .arg(format!("http://{}/", self.address))
            .arg("--")
            .arg(&self.request)
            .arg(&self.lines))?;
        let used = server.cpu_seconds()? - before;
        let (requests, bad, per_second) = counts(&text).ok_or_else(|| void(&text))?;
        let expected = match self.status {
            // Of answers that came after the last count only the one number knows.
            400.. => bad.abs_diff(requests) <= u64::from(self.connections),
            _ => bad == 0,
        };
        if requests == 0 || !expected {
            return Err(void(&text));
        }
        #[allow(clippy::cast_precision_loss, reason = "millions at the most")]
        let cpu_micros = used * 1e6 / requests as f64;
        Ok(Rate {
            per_second,
            cpu_micros,
        })
    }
}

fn void(text: &str) -> Error {
    Error::Measure(format!("not every answer was the expected one:\n{text}"))
}

/// Requests, those with an answer of 400 and above, and requests a second. `None` where something did not answer.
fn counts(text: &str) -> Option<(u64, u64, f64)> {
    if text.contains("Socket errors") {
        return None;
    }
    let after = |label: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix(label).map(str::trim))
    };
    let requests = text
        .lines()
        .find_map(|line| line.trim().split_once(" requests in")?.0.parse().ok())?;
    let bad = after("Non-2xx or 3xx responses:").map_or(Some(0), |count| count.parse().ok())?;
    Some((requests, bad, after("Requests/sec:")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_of_wrk_is_read() {
        let text = "  2 threads\n  286 requests in 3.00s, 40KB read\n  Non-2xx or 3xx responses: 5\nRequests/sec:  95.33\n";
        assert_eq!(counts(text), Some((286, 5, 95.33)));
        assert_eq!(
            counts(&text.replace("  Non-2xx or 3xx responses: 5\n", "")),
            Some((286, 0, 95.33))
        );
        assert_eq!(
            counts(&format!(
                "  Socket errors: connect 0, read 3, write 0, timeout 0\n{text}"
            )),
            None
        );
        assert_eq!(counts("bash: wrk: not found"), None);
    }
}
