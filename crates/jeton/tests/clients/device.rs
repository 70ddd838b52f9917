//! Signing in by a device's code: the client shows a code, Ann types it at the server's page and says yes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::browser::Browser;
use crate::world::{Said, World};

/// A code as it is typed: `BDFH-KLMN`.
fn code(line: &str) -> Option<&str> {
    line.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
        .find(|word| {
            word.len() == 9
                && word.bytes().enumerate().all(|(at, byte)| match at {
                    4 => byte == b'-',
                    _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
                })
        })
}

/// Runs a client until it shows its code, answers for Ann, and lets it come to its end.
pub(crate) fn signs_in(world: &World, client: Command, answer: &str) -> Said {
    converses(client, |line| {
        let code = code(line);
        if let Some(code) = code {
            answered(world, code, answer);
        }
        code.is_some()
    })
}

/// Runs a client, hands each of its lines over until one was what was waited for, and lets it come to its end. What it said
/// stands in its order, on whichever of its two ways out.
pub(crate) fn converses(mut client: Command, mut heard: impl FnMut(&str) -> bool) -> Said {
    let (reader, writer) = std::io::pipe().unwrap();
    let child = client
        .stdin(Stdio::null())
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .spawn()
        .unwrap();
    // The ways in that it was given are the client's alone from here on.
    drop(client);
    let mut child = Ended(child);
    let mut out = String::new();
    let mut asked = false;
    for line in BufReader::new(reader).lines() {
        let Ok(line) = line else { break };
        asked = asked || heard(&line);
        out.push_str(&line);
        out.push('\n');
    }
    let status = child.0.wait().unwrap();
    let said = Said {
        code: status.code().unwrap_or(-1),
        out,
        err: String::new(),
    };
    assert!(asked, "nothing was shown to answer: {said:?}");
    said
}

/// Ann signs in at the pages, types the code and answers.
fn answered(world: &World, code: &str, answer: &str) {
    let browser = Browser::signed_in(world);
    let page = browser.page("/login/device");
    let asks = browser.form(&page, "/login/device", &[("user_code", code)]);
    // The page says who asks, and from where.
    for words in ["act for you?", "127.0.0.1, just now", code] {
        assert!(asks.contains(words), "no `{words}` in {asks}");
    }
    browser.form(&asks, "/login/device/answer", &[("answer", answer)]);
}

/// A client that is ended with its test, should it wait for somebody who never comes.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
