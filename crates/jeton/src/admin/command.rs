//! `jeton admin …`: beside a running server over its socket; where none runs, the data folder is
//! opened for the one command.
//!
//! Long: every command of the operator stands here, with what each asks and says.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use http::StatusCode;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::certificate;
use super::socket::{SocketError, ask};
use crate::config::{Config, Database, Keys};
use crate::serve::ways_in;
use crate::server::{self, Doors, KeysError, Outside, StartError, TlsError};

/// What an operator does on the server's own machine.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Tell how the server is.
    Status,
    /// Make a new code for the first administrator; works for one hour.
    SetupCode,
    /// People.
    #[command(subcommand)]
    User(User),
    /// The root keys.
    #[command(subcommand)]
    Key(Key),
    /// Secrets for jobs: how they lie, and the keys that they are sealed with.
    #[command(subcommand)]
    Secrets(Secrets),
    /// A certificate for a server that has none.
    #[command(subcommand)]
    Tls(Tls),
}

/// People. Passwords are asked for, or read from standard input where that is no terminal.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a person.
    Create {
        /// Their name.
        login: String,
        /// Their e-mail address; counts as verified.
        #[arg(long)]
        email: String,
        /// They administer the site.
        #[arg(long)]
        administrator: bool,
    },
    /// List all people.
    List,
    /// Give a person another password; their sign-ins end.
    Password {
        /// Their name.
        login: String,
    },
    /// Make a person an administrator.
    Administrator {
        /// Their name.
        login: String,
    },
    /// Suspend a person: every credential of theirs is refused, nothing is revoked.
    Suspend {
        /// Their name.
        login: String,
    },
    /// Let a suspended person go on.
    Resume {
        /// Their name.
        login: String,
    },
}

/// The root keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Add a fresh root key to the key file. The server writes under it from its next start on.
    Add,
}

/// Secrets for jobs.
#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Tell how many are kept, and how many lie under an earlier root key yet.
    Status,
    /// Seal anew, under the newest root key, what lies under an earlier one. The server does so by itself within minutes.
    Reseal,
    /// Replace the pairs of keys that clients seal with. The earlier ones are taken for a day yet.
    Rotate {
        /// Those of one place alone: `ACCOUNT`, or `OWNER/NAME` of a repository.
        #[arg(long, value_name = "PLACE")]
        place: Option<String>,
    },
}

/// A certificate.
#[derive(Debug, Subcommand)]
pub enum Tls {
    /// Make a local authority and a certificate of it, in the folder `tls` of the data folder.
    Init {
        /// A host name or address that clients use; may be repeated. Default: this machine's loopback names.
        #[arg(long = "name", value_name = "HOST")]
        hosts: Vec<String>,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The socket.
    #[error(transparent)]
    Socket(#[from] SocketFault),
    /// The data folder could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server said no.
    #[error("{message}")]
    Refused {
        /// Its status.
        status: u16,
        /// Its sentence.
        message: String,
    },
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Nobody can tell how it is.
    #[error("no server runs on the data folder `{folder}`: `jeton serve{typed}` starts one")]
    NotRunning {
        /// The folder.
        folder: String,
        /// The settings that lead to it.
        typed: String,
    },
    /// A name that no certificate can be made for.
    #[error("`--name`: `{host}` {why}; nothing was made")]
    Host {
        /// What was given.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Keys that are in no file.
    #[error(
        "the keys are given by value (`keys`), so a new one is added where they are kept: a line `id:base64` with a higher id"
    )]
    KeysByValue,
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The two were not the same.
    #[error("the two passwords differ; nothing was changed")]
    Different,
    /// The terminal, or what stands for it.
    #[error("standard input or output: {0}")]
    Terminal(#[from] io::Error),
}

/// See [`AdminError::Socket`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SocketFault(SocketError);

/// Where answers go, and in which form.
struct Told<'a> {
    out: &'a mut (dyn Write + Send),
    json: bool,
}

impl Told<'_> {
    /// An answer: as JSON, or as `text` writes it for people.
    fn answer(
        &mut self,
        answer: &Value,
        text: impl FnOnce(&mut dyn Write, &Value) -> io::Result<()>,
    ) -> Result<(), AdminError> {
        let written = if self.json {
            writeln!(self.out, "{answer:#}")
        } else {
            text(self.out, answer)
        };
        Ok(written?)
    }

    /// What was done, in a sentence. Where the server answered nothing, the sentence is the answer.
    fn done(&mut self, answer: Value, sentence: &str) -> Result<(), AdminError> {
        let sentence = jeton_domain::plain(sentence);
        let answer = match answer {
            Value::Null => json!({ "message": sentence }),
            answer => answer,
        };
        self.answer(&answer, |out, _| writeln!(out, "{sentence}"))
    }
}

/// Where the server is, and how that was said.
#[derive(Debug)]
pub struct Given {
    /// The settings.
    pub config: Config,
    /// Those that were typed, for commands that are shown, with a space before each word.
    pub typed: String,
}

/// Runs a command; what it answers goes to `out`, as JSON if wanted.
pub async fn run(
    command: Admin,
    given: Given,
    outside: Outside,
    json: bool,
    out: &mut (dyn Write + Send),
) -> Result<(), AdminError> {
    let Given { config, typed } = given;
    let mut told = Told { out, json };
    match command {
        Admin::Status => {
            let path = "/admin/status";
            let answered = match ask(&socket(&config), "GET", path, None).await {
                Err(SocketError::Nobody) => {
                    // One that is starting, or hangs, holds the folder and does not listen yet.
                    known(&config)?;
                    server::Folder::check(&config.data).map_err(StartError::from)?;
                    let folder = config.data.display().to_string();
                    let typed = if typed.is_empty() {
                        crate::typed::words(["--data", &folder])
                    } else {
                        typed
                    };
                    return Err(AdminError::NotRunning { folder, typed });
                }
                answered => answered,
            };
            told.answer(&answer(answered)?, show)
        }
        Admin::SetupCode => {
            let code = Request {
                begins: true,
                ..Request::new("POST", "/admin/setup-code", Some(json!({})))
            };
            let answer = call(&config, &outside, code).await?;
            told.answer(&answer, |out, answer| {
                let text = |name| answer.get(name).and_then(Value::as_str).unwrap_or_default();
                writeln!(
                    out,
                    "Become the first administrator (within an hour, once):"
                )?;
                ways_in(out, text("link"), text("command"))
            })
        }
        Admin::User(command) => user(command, &config, &outside, &mut told).await,
        Admin::Key(Key::Add) => {
            let Keys::File(path) = &config.keys else {
                return Err(AdminError::KeysByValue);
            };
            known(&config)?;
            let id = server::add_key(path, outside.entropy.as_ref())?;
            let path = path.display().to_string();
            told.answer(&json!({ "id": id.get(), "file": path }), |out, _| {
                writeln!(out, "Added the root key `{id}` to `{path}`.")?;
                writeln!(
                    out,
                    "Copy the file to where its backup is kept, then start the server anew: from then on it writes under this key."
                )
            })
        }
        Admin::Secrets(command) => secrets(command, &config, &outside, &mut told).await,
        Admin::Tls(Tls::Init { hosts }) => {
            let hosts = if hosts.is_empty() {
                server::local_hosts()
            } else {
                hosts
            };
            for host in &hosts {
                certificate::check_host(host).map_err(|why| AdminError::Host {
                    host: jeton_domain::plain(host),
                    why,
                })?;
            }
            let made = server::init_tls(&config.data.join("tls"), &hosts, outside.clock.now())?;
            let words = certificate::Words {
                config: &config,
                hosts: &hosts,
                typed: &typed,
            };
            certificate(&mut told, &made, &words)
        }
    }
}

async fn secrets(
    command: Secrets,
    config: &Config,
    outside: &Outside,
    told: &mut Told<'_>,
) -> Result<(), AdminError> {
    let request = match command {
        Secrets::Status => Request::new("GET", "/admin/secrets", None),
        Secrets::Reseal => Request::new("POST", "/admin/secrets/reseal", Some(json!({}))),
        Secrets::Rotate { place } => {
            let body = json!({ "place": place });
            let request = Request::new("POST", "/admin/secrets/rotate", Some(body));
            let answer = call(config, outside, request).await?;
            let pairs = answer.get("pairs").and_then(Value::as_u64).unwrap_or(0);
            let done = format!(
                "Replaced {}.",
                jeton_domain::counted(pairs, "pair of keys", "pairs of keys")
            );
            return told.done(answer, &done);
        }
    };
    let answer = call(config, outside, request).await?;
    told.answer(&answer, show)
}

async fn user(
    command: User,
    config: &Config,
    outside: &Outside,
    told: &mut Told<'_>,
) -> Result<(), AdminError> {
    let begins = matches!(
        command,
        User::Create {
            administrator: true,
            ..
        }
    );
    // Before a password is asked for. A server that listens here may have its database elsewhere, as it
    // alone was told.
    if !begins && !socket(config).exists() {
        known(config)?;
    }
    let (method, path, body, done) = match command {
        User::List => {
            let list_all = Request::new("GET", "/admin/users", None);
            let people = call(config, outside, list_all).await?;
            return told.answer(&people, list);
        }
        User::Create {
            login,
            email,
            administrator,
        } => {
            let body = json!({
                "login": login, "email": email, "administrator": administrator, "password": *password()?,
            });
            (
                "POST",
                "/admin/users".to_owned(),
                body,
                format!("Added `{login}`."),
            )
        }
        User::Password { login } => {
            let done = format!("`{login}` has another password; their sign-ins are ended.");
            (
                "PUT",
                at(&login, "password"),
                json!({ "password": *password()? }),
                done,
            )
        }
        User::Administrator { login } => (
            "PUT",
            at(&login, "administrator"),
            json!({}),
            format!("`{login}` administers the site."),
        ),
        User::Suspend { login } => (
            "POST",
            at(&login, "suspend"),
            json!({}),
            format!("`{login}` is suspended."),
        ),
        User::Resume { login } => (
            "POST",
            at(&login, "resume"),
            json!({}),
            format!("`{login}` can go on."),
        ),
    };
    let request = Request {
        begins,
        ..Request::new(method, &path, Some(body))
    };
    let answer = call(config, outside, request).await?;
    let (answer, done) = with_ownerless(answer, done);
    told.done(answer, &done)
}

/// What was done, with the organizations that a suspension left without an owner who can act.
fn with_ownerless(answer: Value, done: String) -> (Value, String) {
    let Some(ownerless) = answer.get("organizations_without_owner") else {
        return (answer, done);
    };
    let names: Vec<&str> = ownerless
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() {
        return (Value::Null, done);
    }
    let done = format!(
        "{done} Nobody can act as an owner of {} now.",
        names.join(", ")
    );
    let told = json!({ "message": done, "organizations_without_owner": names });
    (told, done)
}

/// A path about a person. What no login holds is encoded, and so names nobody.
fn at(login: &str, what: &str) -> String {
    let login: String = login
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("/admin/users/{login}/{what}")
}

/// A password, typed twice, or the first line of standard input where that is no terminal.
fn password() -> Result<Zeroizing<String>, AdminError> {
    if !io::stdin().is_terminal() {
        let mut line = Zeroizing::new(String::new());
        io::stdin().read_line(&mut line)?;
        return Ok(Zeroizing::new(
            line.trim_end_matches(['\n', '\r']).to_owned(),
        ));
    }
    let first = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let again = Zeroizing::new(rpassword::prompt_password("Again: ")?);
    if *first == *again {
        Ok(first)
    } else {
        Err(AdminError::Different)
    }
}

fn list(out: &mut dyn Write, people: &Value) -> io::Result<()> {
    let text = |person: &Value, name: &str| {
        jeton_domain::plain(person.get(name).and_then(Value::as_str).unwrap_or_default())
    };
    for person in people.as_array().into_iter().flatten() {
        let administrator = if person.get("administrator") == Some(&Value::Bool(true)) {
            "administrator"
        } else {
            ""
        };
        let (login, state, email) = (
            text(person, "login"),
            text(person, "state"),
            text(person, "email"),
        );
        writeln!(out, "{login:<40} {state:<10} {administrator:<14} {email}")?;
    }
    Ok(())
}

fn certificate(
    told: &mut Told<'_>,
    made: &server::Made,
    words: &certificate::Words<'_>,
) -> Result<(), AdminError> {
    let absolute = |path: &Path| {
        std::path::absolute(path)
            .unwrap_or_else(|_| path.to_owned())
            .display()
            .to_string()
    };
    let answer = json!({
        "hosts": words.hosts,
        "authority": absolute(&made.authority),
        "certificate": absolute(&made.files.certificate),
        "key": absolute(&made.files.key),
    });
    told.answer(&answer, |out, answer| words.say(out, answer))
}

/// What is asked of a server.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    body: Option<Value>,
    /// It is what a new installation may begin with.
    begins: bool,
}

impl<'a> Request<'a> {
    fn new(method: &'a str, path: &'a str, body: Option<Value>) -> Self {
        Self {
            method,
            path,
            body,
            begins: false,
        }
    }
}

/// Asks the running server, or opens the data folder and asks oneself.
async fn call(
    config: &Config,
    outside: &Outside,
    request: Request<'_>,
) -> Result<Value, AdminError> {
    let Request {
        method, path, body, ..
    } = request;
    let answered = match ask(&socket(config), method, path, body.as_ref()).await {
        Err(SocketError::Nobody) => {
            if !request.begins {
                known(config)?;
            }
            let running = server::start(config.clone(), outside.clone(), Doors::Admin).await?;
            let answered = ask(&running.admin, method, path, body.as_ref()).await;
            running.stop().await;
            answered
        }
        answered => answered,
    };
    answer(answered)
}

fn socket(config: &Config) -> PathBuf {
    config.data.join("admin.sock")
}

/// Refuses a folder from which nothing was ever served.
fn known(config: &Config) -> Result<(), AdminError> {
    let database = match &config.database {
        Database::Sqlite(path) => Some(path.as_path()),
        Database::Postgres(_) => None,
    };
    Ok(server::Folder::known(&config.data, database).map_err(StartError::from)?)
}

fn answer(answered: Result<(StatusCode, Value), SocketError>) -> Result<Value, AdminError> {
    let (status, value) = answered.map_err(SocketFault)?;
    if status.is_success() {
        return Ok(value);
    }
    Err(AdminError::Refused {
        status: status.as_u16(),
        message: sentence(status, &value),
    })
}

/// What the server says, with the fields it is about.
fn sentence(status: StatusCode, value: &Value) -> String {
    let message = value
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or(status.canonical_reason().unwrap_or("refused"));
    let faults: Vec<&str> = value
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|fault| fault.get("message").and_then(Value::as_str))
        .collect();
    let text = if faults.is_empty() {
        message.to_owned()
    } else {
        format!("{message}: {}", faults.join("; "))
    };
    jeton_domain::plain(&text)
}

fn show(out: &mut dyn Write, answer: &Value) -> io::Result<()> {
    for (name, value) in answer.as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        writeln!(out, "{name:<12} {}", jeton_domain::plain(&value))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspension_says_which_organizations_nobody_can_act_for() {
        let answer =
            |names: &[&str]| json!({ "login": "mia", "organizations_without_owner": names });
        let done = || "`mia` is suspended.".to_owned();
        assert_eq!(with_ownerless(answer(&[]), done()), (Value::Null, done()));
        let said = "`mia` is suspended. Nobody can act as an owner of acme, beta now.";
        assert_eq!(
            with_ownerless(answer(&["acme", "beta"]), done()),
            (
                json!({ "message": said, "organizations_without_owner": ["acme", "beta"] }),
                said.to_owned()
            )
        );
        let other = json!({ "id": 1 });
        assert_eq!(with_ownerless(other.clone(), done()), (other, done()));
    }
}
