//! `jeton user`: people.

use std::str::FromStr;

use serde_json::{Value, json};

use crate::error::ClientError;
use crate::person::{self, sure};
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// People.
#[derive(Debug, clap::Subcommand)]
pub enum User {
    /// List all people (administrators)
    List,
    /// Make an account (administrators)
    Create {
        /// The login
        login: String,
        /// The e-mail address
        #[arg(long)]
        email: String,
        /// The name to show
        #[arg(long)]
        name: Option<String>,
        /// May administer the site
        #[arg(long)]
        administrator: bool,
        /// Take the first password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Show a person (administrators), or yourself
    Show {
        /// The login
        login: String,
    },
    /// Give an account another login; the old one stays locked until it is released (administrators)
    Rename {
        /// The login
        login: String,
        /// The new login
        new: String,
    },
    /// Refuse every credential of a person, and revoke none (administrators)
    Suspend {
        /// The login
        login: String,
    },
    /// Let a suspended person in again (administrators)
    Resume {
        /// The login
        login: String,
    },
    /// Delete an account: its tokens are revoked, its memberships end (administrators)
    Delete {
        /// The login
        login: String,
        /// What becomes of its repositories: `delete`, or `to=ACCOUNT` to hand all of them over
        #[arg(long, value_name = "FATE")]
        repositories: Option<Fate>,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Change your password (your other sign-ins end), or set somebody's (administrators)
    Password {
        /// Whose; yours where it is left out
        login: Option<String>,
        /// Take it from standard input; for yours the present one first, then the new one, a line each
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let a login that was given up be taken again (administrators)
    Release {
        /// The login
        login: String,
    },
}

/// What becomes of a deleted account's repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They go with it.
    Delete,
    /// This account gets them.
    To(String),
}

impl FromStr for Fate {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.strip_prefix("to=") {
            Some(account) if !account.is_empty() => Ok(Self::To(account.to_owned())),
            None if word == "delete" => Ok(Self::Delete),
            _ => Err("takes `delete`, or `to=` and the login of who gets them"),
        }
    }
}

/// What the server calls the fate, in words of the command line.
const FATE: &[(&str, &str)] = &[
    ("repositories=delete", "--repositories delete"),
    ("repositories_to=ACCOUNT", "--repositories to=ACCOUNT"),
    ("repositories_to", "--repositories to=ACCOUNT"),
    ("repositories", "--repositories"),
];

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("LOGIN", "/login", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("E-MAIL", "/email", Form::Text),
    Column("ADMINISTRATOR", "/administrator|/site_admin", Form::Flag),
    Column("STATE", "/state", Form::Text),
    Column("CREATED", "/created_at", Form::Moment),
    Column("ORGANIZATIONS", "/organizations", Form::Text),
];

impl User {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List => session.show_all(Ask::get(Door::Own, &["users"]), COLUMNS),
            Self::Create {
                login,
                email,
                name,
                administrator,
                password_stdin,
            } => {
                let password =
                    person::password(session.person, password_stdin, "First password:", true)?;
                let mut body = json!({
                    "login": login, "email": email, "password": password.expose(), "administrator": administrator,
                });
                super::put_text(&mut body, "name", name);
                session.change(
                    &Ask::post(Door::Own, &["users"], body),
                    &format!("The account {login} is made."),
                )
            }
            Self::Show { login } => {
                let user = match session.get(Door::Own, &["users", &login]) {
                    // Only administrators see people so; everybody may see themselves.
                    Err(error) if error.is_status(403) => oneself(session, &login, error)?,
                    user => user?,
                };
                session.screen.one(COLUMNS, &user)
            }
            Self::Rename { login, new } => {
                let ask = Ask::patch(Door::Own, &["users", &login], json!({ "login": new }));
                session.change(&ask, &format!("{login} is called {new} now."))
            }
            Self::Suspend { login } => {
                let ask = Ask::post(Door::Own, &["users", &login, "suspend"], json!({}));
                let reply = session.ask(&ask)?;
                let ownerless: Vec<&str> = reply
                    .body
                    .get("organizations_without_owner")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let sentence =
                    format!("{login} is suspended: no credential of theirs is accepted.");
                let sentence = if ownerless.is_empty() {
                    sentence
                } else {
                    format!(
                        "{sentence} Nobody can act as an owner of {} now.",
                        ownerless.join(", ")
                    )
                };
                session.screen.done(&reply.body, &sentence)
            }
            Self::Resume { login } => {
                let ask = Ask::post(Door::Own, &["users", &login, "resume"], json!({}));
                session.change(&ask, &format!("{login} may come in again."))
            }
            Self::Delete {
                login,
                repositories,
                yes,
            } => delete(session, &login, repositories, yes),
            Self::Password {
                login,
                password_stdin,
            } => password(session, login, password_stdin),
            Self::Release { login } => {
                let ask = Ask::post(Door::Own, &["names", &login, "release"], json!({}));
                session.change(&ask, &format!("{login} may be taken again."))
            }
        }
    }
}

/// What a person may see of themselves; the refusal, where it was about somebody else.
fn oneself(
    session: &mut Session<'_>,
    login: &str,
    refused: ClientError,
) -> Result<Value, ClientError> {
    let me = session.get(Door::GitHub, &["user"])?;
    match me.get("login").and_then(Value::as_str) {
        Some(own) if own.eq_ignore_ascii_case(login) => Ok(me),
        _ => Err(refused),
    }
}

fn delete(
    session: &mut Session<'_>,
    login: &str,
    repositories: Option<Fate>,
    yes: bool,
) -> Result<(), ClientError> {
    let ask = Ask::delete(Door::Own, &["users", login]);
    let (ask, with, done) = match repositories {
        None => (ask, String::new(), String::new()),
        Some(Fate::Delete) => (
            ask.query("repositories", Some("delete")),
            " and every repository in its name space".to_owned(),
            ", its repositories with it".to_owned(),
        ),
        Some(Fate::To(account)) => {
            let with = format!(" and hand its repositories over to {account}");
            let done = format!(", its repositories belong to {account} now");
            (ask.query("repositories_to", Some(account)), with, done)
        }
    };
    let question = format!("Delete the account {login} for good{with}?");
    sure(session.person, yes, &question)?;
    session
        .change(&ask, &format!("The account {login} is deleted{done}."))
        .map_err(|error| error.in_options(FATE))
}

fn password(
    session: &mut Session<'_>,
    login: Option<String>,
    from_stdin: bool,
) -> Result<(), ClientError> {
    if let Some(login) = login {
        let new = person::password(
            session.person,
            from_stdin,
            &format!("New password of {login}:"),
            true,
        )?;
        let ask = Ask::patch(
            Door::Own,
            &["users", &login],
            json!({ "password": new.expose() }),
        );
        return session.change(&ask, &format!("{login} has a new password."));
    }
    let current = person::password(session.person, from_stdin, "Present password:", false)?;
    let new = person::password(session.person, from_stdin, "New password:", true)?;
    let body = json!({ "current": current.expose(), "new": new.expose() });
    session.change(
        &Ask::post(Door::Own, &["password"], body),
        "The password is changed; your other sign-ins have ended.",
    )
}
