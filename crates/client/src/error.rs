//! What can go wrong, which exit code it has, and what a person can do about it.

use std::io;
use std::path::{Path, PathBuf};

use jeton_domain::plain;
use serde_json::Value;

use crate::exit::{Exit, of_signal};

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The command line itself.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// No sign-in is kept for the server.
    #[error("you are not signed in{}", .0.as_ref().map(|host| format!(" to `{host}`")).unwrap_or_default())]
    NotSignedIn(Option<String>),
    /// The server said no.
    #[error("{} ({})", .0.message, .0.status)]
    Refused(Box<Refusal>),
    /// What was named is not in a list that was read here.
    #[error("{message}")]
    Missing { message: String, hint: &'static str },
    /// The server could not be asked.
    #[error("`{host}` could not be asked: {cause}")]
    Network {
        host: String,
        cause: String,
        hint: String,
    },
    /// What was to be changed is called otherwise by now; nothing was done.
    #[error("what was named is called `{to}` now; nothing was done")]
    Moved { to: String },
    /// A file of ours.
    #[error("`{}`: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    /// A file of ours that others can read, or that can't be understood.
    #[error("`{}` {what}", path.display())]
    BadFile {
        path: PathBuf,
        what: String,
        hint: String,
    },
    /// Whoever reads our output went away.
    #[error("output: {0}")]
    Output(io::Error),
    /// A command that was to be run here did not begin.
    #[error("`{}`: {}", program.display(), if cause.kind() == io::ErrorKind::NotFound { "there is no such command".to_owned() } else { format!("can't be executed: {cause}") })]
    NotRun { program: PathBuf, cause: io::Error },
    /// A command that was run here ended so, and said itself why.
    #[error("the command ended with {0}")]
    Ended(u8),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// A refusal by the server, as its body says it.
#[derive(Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    /// The stable word: `permission_missing`, `last_owner`, …
    pub(crate) reason: String,
    /// What is missing, what is wrong with which field, facts about the credential.
    pub(crate) sentences: Vec<String>,
    /// The command that mends it, and an address that says more.
    pub(crate) fix: Option<String>,
    pub(crate) fix_url: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// Method and address of what was asked, without its query; empty where it is not known.
    pub(crate) asked: String,
}

impl Refusal {
    /// Reads the body of a refusal. Whatever it holds, something is said.
    pub(crate) fn read(status: u16, body: &Value, retry_after: Option<String>) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(plain);
        let mut sentences: Vec<String> = text("missing").into_iter().collect();
        for error in array(body, "errors") {
            let say = |name: &str| error.get(name).and_then(Value::as_str).map(plain);
            let field = say("field").unwrap_or_default();
            sentences.push(
                say("message")
                    .unwrap_or_else(|| format!("`{field}`: {}", say("code").unwrap_or_default())),
            );
        }
        let facts = array(body, "credential")
            .iter()
            .filter_map(|fact| fact.get("message").and_then(Value::as_str));
        sentences.extend(facts.map(plain));
        let message = text("message").unwrap_or_else(|| "the server said no".to_owned());
        sentences.retain(|sentence| *sentence != message);
        Self {
            status,
            message,
            reason: text("reason").or_else(|| text("code")).unwrap_or_default(),
            sentences,
            fix: text("fix"),
            fix_url: text("fix_url"),
            request_id: text("request_id"),
            retry_after,
            asked: String::new(),
        }
    }

    /// With what was asked, so that the way to an explanation can be typed as it stands.
    pub(crate) fn about(mut self, asked: &str) -> Self {
        let (asked, _) = asked.split_once('?').unwrap_or((asked, ""));
        self.asked = plain(asked);
        for sentence in &mut self.sentences {
            *sentence = sentence.replace("METHOD URL", &self.asked);
        }
        self
    }
}

fn array<'a>(body: &'a Value, name: &str) -> &'a [Value] {
    body.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

impl ClientError {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self::Other(message.into())
    }

    /// A signal came before the command was run.
    pub(crate) fn ended_by(signal: i32) -> Self {
        Self::Ended(of_signal(signal))
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |cause| Self::File { path, cause }
    }

    pub(crate) fn not_run(program: &Path) -> impl FnOnce(io::Error) -> Self {
        let program = program.to_owned();
        |cause| Self::NotRun { program, cause }
    }

    /// Speaks of the options that the person typed instead of the fields that were sent.
    pub(crate) fn in_options(mut self, options: &[(&str, &str)]) -> Self {
        if let Self::Refused(refusal) = &mut self {
            for sentence in &mut refusal.sentences {
                for (field, option) in options {
                    *sentence = sentence.replace(&format!("`{field}`"), &format!("`{option}`"));
                }
            }
        }
        self
    }

    /// Whether a confirmation by password would help.
    pub(crate) fn wants_confirmation(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == 403 && refusal.reason == "confirmation_needed")
    }

    /// Whether the password was right and a code is needed beside it.
    pub(crate) fn wants_code(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == 401 && refusal.reason == "second_factor_needed")
    }

    /// Whether the server answered with this status.
    pub(crate) fn is_status(&self, status: u16) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == status)
    }

    /// The kind of error, which picks the exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::NotSignedIn(_) => Exit::NotSignedIn,
            Self::Refused(refusal) => Exit::of_status(refusal.status),
            Self::Missing { .. } => Exit::NotFound,
            Self::Network { .. } => Exit::Network,
            Self::Moved { .. } => Exit::Conflict,
            Self::NotRun { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                Exit::NoSuchCommand
            }
            Self::NotRun { .. } => Exit::NotExecutable,
            Self::File { .. }
            | Self::BadFile { .. }
            | Self::Output(_)
            | Self::Ended(_)
            | Self::Other(_) => Exit::Other,
        }
    }

    /// What a person can do about it.
    pub(crate) fn hints(&self) -> Vec<String> {
        match self {
            Self::Usage { hint, .. } | Self::BadFile { hint, .. } | Self::Network { hint, .. } => {
                vec![hint.clone()]
            }
            Self::Moved { .. } => vec!["name it as it is called now".to_owned()],
            Self::NotSignedIn(host) => {
                vec![format!(
                    "sign in: jeton login {}",
                    host.as_deref().unwrap_or("URL")
                )]
            }
            Self::Refused(refusal) => refusal.hints(),
            Self::NotRun { .. } => {
                vec!["it is run without a shell; a line of shell: -- sh -ec 'LINE'".to_owned()]
            }
            Self::Missing { hint, .. } => vec![(*hint).to_owned()],
            Self::File { .. } | Self::Output(_) | Self::Ended(_) | Self::Other(_) => Vec::new(),
        }
    }
}

impl Refusal {
    fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if let Some(command) = &self.fix {
            hints.push(format!("to mend it: {command}"));
        } else if let Some(hint) = self.make_another_owner() {
            hints.push(hint);
        } else if let Some(hint) = self.hint() {
            hints.push(if self.asked.is_empty() {
                hint.to_owned()
            } else {
                hint.replace("METHOD URL", &self.asked)
            });
        }
        if let Some(url) = &self.fix_url
            && self.reason != "confirmation_needed"
        {
            hints.push(format!("more at {url}"));
        }
        if let Some(seconds) = &self.retry_after {
            hints.push(format!("try again in {} s", plain(seconds)));
        }
        if let Some(id) = &self.request_id
            && self.status >= 500
        {
            hints.push(format!(
                "the server's log knows more under the request id {id}"
            ));
        }
        hints
    }

    /// The message names the organizations, and says what to do: here is how.
    fn make_another_owner(&self) -> Option<String> {
        if self.reason != "last_owner" {
            return None;
        }
        let (_, rest) = self.message.split_once("is the last owner of ")?;
        let org = rest.split([',', ';']).next()?.trim();
        Some(format!(
            "jeton org member role {org} LOGIN owner; jeton org member list {org} shows whom"
        ))
    }

    /// A token that reaches public repositories only was to hold a permission.
    fn lacks_reach(&self) -> bool {
        let says = |text: &String| text.contains("for public repositories can hold no permission");
        self.sentences.iter().any(says)
    }

    fn hint(&self) -> Option<&'static str> {
        Some(match (self.status, self.reason.as_str()) {
            (401, "expired") => {
                "a token's new value: jeton token rotate NAME; a sign-in: jeton login"
            }
            (401, "bad_sign_in") => {
                "an administrator can set a new password: jeton user password LOGIN"
            }
            (401, "second_factor_needed") => {
                "give it: --code CODE; where all you have is a passkey, a recovery code does"
            }
            (401, "bad_code") => "a code is good once: wait until the app shows the next one",
            (401, _) => "sign in again: jeton login; or look at the value in JETON_TOKEN",
            (403, "confirmation_needed") => "confirm that it is you: jeton confirm",
            (403, "two_factor_required") => {
                "it is added in a browser, in your settings under Security"
            }
            (403, "permission_missing") => {
                "jeton explain METHOD URL names the permissions that would do"
            }
            (404, _) => {
                "what you may not see looks as if it were not there: jeton status says who you are"
            }
            (422, _) if self.lacks_reach() => {
                "choose what it reaches: -r NAME, or --all-repositories"
            }
            // Ending the older value is answered so where there is none.
            (409, "overlap") if !self.asked.ends_with("/finish") => {
                "end the older value first: jeton token finish NAME; or rotate with --replace"
            }
            (409, "owns_repositories") => "delete the repositories first: jeton repo list",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(status: u16, body: &Value) -> ClientError {
        ClientError::Refused(Box::new(Refusal::read(status, body, None)))
    }

    #[test]
    fn each_kind_of_error_has_its_exit_code() {
        let codes = [
            (401, 3),
            (403, 4),
            (404, 5),
            (400, 6),
            (422, 6),
            (409, 7),
            (429, 8),
            (503, 8),
            (500, 1),
            (418, 1),
        ];
        for (status, code) in codes {
            assert_eq!(refused(status, &json!({})).exit().code(), code, "{status}");
        }
        assert_eq!(ClientError::usage("", "").exit(), Exit::Usage);
        assert_eq!(ClientError::NotSignedIn(None).exit(), Exit::NotSignedIn);
        let network = ClientError::Network {
            host: String::new(),
            cause: String::new(),
            hint: String::new(),
        };
        assert_eq!(network.exit(), Exit::Network);
    }

    #[test]
    fn a_refusal_says_what_is_missing_and_where_to_mend_it() {
        let error = refused(
            403,
            &json!({
                "message": "Resource not accessible by personal access token",
                "reason": "permission_missing",
                "missing": "This needs `contents: write`, and the token does not have it.",
                "credential": [{"code": "reach", "message": "The token `x` reaches 6 of alta3's repositories."}],
                "fix_url": "http://h/-/tokens/7"
            }),
        );
        assert_eq!(
            error.to_string(),
            "Resource not accessible by personal access token (403)"
        );
        let ClientError::Refused(refusal) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(refusal.sentences.len(), 2);
        let hints = error.hints();
        assert!(
            hints
                .iter()
                .any(|hint| hint == "more at http://h/-/tokens/7"),
            "{hints:?}"
        );
        assert!(
            hints.iter().any(|hint| hint.contains("jeton explain")),
            "{hints:?}"
        );
        let fix = "jeton token edit 7 -p contents=write";
        let body = json!({"message": "m", "reason": "permission_missing", "fix": fix, "fix_url": "http://h/7"});
        assert_eq!(
            refused(403, &body).hints(),
            [
                format!("to mend it: {fix}"),
                "more at http://h/7".to_owned()
            ]
        );
        let body = json!({"message": "m", "reason": "permission_missing", "missing": "To see why: jeton explain METHOD URL --token-id 3"});
        let refusal = Refusal::read(403, &body, None).about("GET http://h/api/v3/x?page=2");
        assert_eq!(
            refusal.sentences,
            ["To see why: jeton explain GET http://h/api/v3/x --token-id 3"]
        );
        assert!(
            refusal
                .hints()
                .join("")
                .contains("jeton explain GET http://h/api/v3/x names")
        );
    }

    #[test]
    fn faults_of_fields_are_said_each() {
        let error = refused(
            422,
            &json!({"message": "Validation Failed", "errors": [
                {"resource": "Token", "field": "name", "code": "missing_field"},
                {"resource": "Token", "field": "expires_in", "code": "invalid", "message": "`expires_in` lies in the past"}
            ]}),
        );
        let ClientError::Refused(refusal) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            refusal.sentences,
            ["`name`: missing_field", "`expires_in` lies in the past"]
        );
    }

    #[test]
    fn who_has_no_older_value_to_end_is_not_told_to_end_it() {
        let body = json!({"message": "m", "reason": "overlap"});
        let hints = |asked| Refusal::read(409, &body, None).about(asked).hints();
        assert!(hints("POST http://h/tokens/7/rotate")[0].contains("jeton token finish"));
        assert!(hints("POST http://h/tokens/7/finish").is_empty());
    }

    #[test]
    fn hostile_text_from_the_server_is_made_plain() {
        let refusal = Refusal::read(403, &json!({"message": "a\u{1b}[31mb\u{202e}c"}), None);
        assert_eq!(refusal.message, "a[31mbc");
    }

    #[test]
    fn a_body_that_is_no_object_still_says_something() {
        assert_eq!(
            Refusal::read(502, &Value::Null, None).message,
            "the server said no"
        );
    }
}
