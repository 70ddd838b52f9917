//! The end of a command: the error with its hints, as text or as JSON, and the exit code.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use jeton_domain::plain;
use serde_json::{Map, Value, json};

use crate::error::{ClientError, Refusal};
use crate::exit::Exit;

/// What went wrong, ready to be said.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
    hints: Vec<String>,
    refusal: Option<Box<Refusal>>,
    /// All is said, or nobody listens: the exit code alone counts.
    silent: Option<u8>,
}

impl Failure {
    /// Of this kind, in one sentence.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hints: Vec::new(),
            refusal: None,
            silent: None,
        }
    }

    /// Standard output could not be written. Where that is because whoever read it has gone, all is
    /// well.
    pub fn output(error: &std::io::Error, message: impl Into<String>) -> Self {
        Self {
            // `jeton … | head` has read what it wanted.
            silent: (error.kind() == ErrorKind::BrokenPipe).then_some(0),
            ..Self::new(Exit::Other, message)
        }
    }

    /// With what a person can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// With the status that a server answered.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.refusal = Some(Box::new(Refusal {
            status,
            ..Refusal::default()
        }));
        self
    }

    /// The kind.
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// Says it on `err`: lines for people, or one line of JSON; nothing, where nothing is wrong.
    pub fn say(&self, json: bool, err: &mut dyn Write) -> ExitCode {
        ExitCode::from(self.told(json, err))
    }

    /// The same, with the number.
    fn told(&self, json: bool, err: &mut dyn Write) -> u8 {
        if let Some(code) = self.silent {
            return code;
        }
        let lines = if json {
            vec![self.json().to_string()]
        } else {
            self.lines()
        };
        for line in lines {
            // Nobody can be told that standard error is gone.
            let _ = writeln!(err, "{line}");
        }
        self.exit.code()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("error: {}", plain(&self.message))];
        if let (Some(refusal), Some(line)) = (&self.refusal, lines.first_mut()) {
            // Writing to a text does not fail.
            let _ = write!(line, " ({})", refusal.status);
            lines.extend(refusal.sentences.iter().map(|text| format!("  {text}")));
        }
        lines.extend(
            self.hints
                .iter()
                .map(|hint| format!("hint: {}", plain(hint))),
        );
        lines
    }

    /// What is not known is not there.
    fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("error".to_owned(), json!(self.exit.name()));
        object.insert("exit_code".to_owned(), json!(self.exit.code()));
        object.insert("message".to_owned(), json!(plain(&self.message)));
        let mut text = |name: &str, value: Option<String>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                object.insert(name.to_owned(), json!(plain(&value)));
            }
        };
        text("hint", Some(self.hints.join("; ")));
        if let Some(refusal) = &self.refusal {
            text("reason", Some(refusal.reason.clone()));
            text("fix", refusal.fix.clone());
            text("fix_url", refusal.fix_url.clone());
            text("request_id", refusal.request_id.clone());
            text("retry_after", refusal.retry_after.clone());
            object.insert("status".to_owned(), json!(refusal.status));
            if !refusal.sentences.is_empty() {
                object.insert("details".to_owned(), json!(refusal.sentences));
            }
        }
        Value::Object(object)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let (exit, hints) = (error.exit(), error.hints());
        if let ClientError::Output(cause) = &error {
            return Self::output(cause, error.to_string());
        }
        let silent = match error {
            ClientError::Ended(code) => Some(code),
            _ => None,
        };
        let (message, refusal) = match error {
            ClientError::Refused(refusal) => (refusal.message.clone(), Some(refusal)),
            other => (other.to_string(), None),
        };
        Self {
            exit,
            message,
            hints,
            refusal,
            silent,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Says what went wrong, if something did, and gives the exit code.
pub(crate) fn finish(
    done: Result<(), impl Into<Failure>>,
    json: bool,
    err: &mut dyn Write,
) -> ExitCode {
    ExitCode::from(say(done, json, err))
}

/// The same, with the number.
pub(crate) fn say(done: Result<(), impl Into<Failure>>, json: bool, err: &mut dyn Write) -> u8 {
    let failure: Option<Failure> = done.err().map(Into::into);
    failure.map_or(0, |failure| failure.told(json, err))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_object_where_json_was_asked_for() {
        let body = json!({
            "message": "Resource not accessible by personal access token",
            "reason": "permission_missing",
            "missing": "This needs `contents: write`.",
            "request_id": "R1",
            "fix": "jeton token edit 7",
            "fix_url": "http://h/x",
        });
        let refused = ClientError::Refused(Box::new(Refusal::read(403, &body, None)));
        let mut said = Vec::new();
        let _ = Failure::from(refused).say(true, &mut said);
        let said: Value = serde_json::from_slice(&said).unwrap();
        assert_eq!(said["error"], "forbidden");
        assert_eq!(said["exit_code"], 4);
        assert_eq!(said["status"], 403);
        assert_eq!(said["message"], body["message"]);
        assert_eq!(said["reason"], "permission_missing");
        assert_eq!(said["request_id"], "R1");
        assert_eq!(said["fix"], "jeton token edit 7");
        assert_eq!(said["fix_url"], "http://h/x");
        assert_eq!(said["details"], json!(["This needs `contents: write`."]));
        assert!(said["hint"].as_str().unwrap().contains("http://h/x"));

        let mut said = Vec::new();
        let _ = Failure::new(Exit::InUse, "taken").say(true, &mut said);
        assert_eq!(
            String::from_utf8(said).unwrap(),
            "{\"error\":\"in_use\",\"exit_code\":11,\"message\":\"taken\"}\n"
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        for (kind, code) in [(ErrorKind::BrokenPipe, 0), (ErrorKind::StorageFull, 1)] {
            let mut said = Vec::new();
            let failed = Err(ClientError::Output(kind.into()));
            assert_eq!(
                (say(failed, true, &mut said), said.is_empty()),
                (code, code == 0)
            );
        }
    }
}
