//! Signing in by a device's code: the client shows a code, Ann types it at the server's page and says yes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::world::{PASSWORD, Said, World};

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

/// Runs a client until it shows its code, answers for Ann, and lets it come to its end. What it said stands in its order, on
/// whichever of its two ways out.
pub(crate) fn signs_in(world: &World, mut client: Command, answer: &str) -> Said {
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
        if !asked && let Some(code) = code(&line) {
            asked = true;
            answered(world, code, answer).well();
        }
        out.push_str(&line);
        out.push('\n');
    }
    let status = child.0.wait().unwrap();
    let said = Said {
        code: status.code().unwrap_or(-1),
        out,
        err: String::new(),
    };
    assert!(asked, "no code was shown: {said:?}");
    said
}

/// Ann signs in at the pages, types the code and answers, with forms as a browser without scripts sends them.
fn answered(world: &World, code: &str, answer: &str) -> Said {
    let script = "\
        ask() { curl -sf --cacert \"$CA\" -b jar -c jar \"$@\"; } && \
        key() { sed -n 's/.*name=\"csrf\" value=\"\\([^\"]*\\)\".*/\\1/p' | head -n1; } && \
        ask -o /dev/null --data-urlencode login=ann --data-urlencode \"password=$PASSWORD\" \"$URL/login\" && \
        key=$(ask \"$URL/login/device\" | key) && \
        asks=$(ask --data-urlencode \"csrf=$key\" --data-urlencode \"user_code=$CODE\" \"$URL/login/device\") && \
        printf '%s' \"$asks\" && \
        ask -o /dev/null --data-urlencode \"csrf=$key\" --data-urlencode \"user_code=$CODE\" -d \"answer=$ANSWER\" \"$URL/login/device/answer\"";
    let more = [("CODE", code), ("PASSWORD", PASSWORD), ("ANSWER", answer)];
    let said = world.shell(script, &more);
    // The page says who asks, and from where.
    for words in ["act for you?", "127.0.0.1, just now", code] {
        assert!(said.out.contains(words), "no `{words}` in {said:?}");
    }
    said
}

/// A client that is ended with its test, should it wait for somebody who never comes.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
