//! `jeton secret`.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::put;
use super::words::FullName;
use crate::error::ClientError;
use crate::hidden::Hidden;
use crate::person::sure;
use crate::screen::{Column, Form};
use crate::sealing::sealed;
use crate::server::{Ask, Door};
use crate::session::Session;

/// Whose a secret is.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct SecretHome {
    /// A repository: for its jobs
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<FullName>,
    /// An organization: for jobs of its repositories
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Your own: for the jobs that you open
    #[arg(long)]
    user: bool,
}

impl SecretHome {
    /// The path of something below it, at GitHub's addresses.
    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut path = match (&self.repo, &self.org) {
            (Some(repo), _) => vec!["repos", &repo.owner, &repo.name, "actions", "secrets"],
            (_, Some(org)) => vec!["orgs", org, "actions", "secrets"],
            _ => vec!["user", "codespaces", "secrets"],
        };
        path.extend(rest);
        path
    }

    /// The same of its pair of keys, at ours.
    fn key(&self) -> Vec<&str> {
        let mut path = match (&self.repo, &self.org) {
            (Some(repo), _) => vec!["repos", &repo.owner, &repo.name],
            (_, Some(org)) => vec!["orgs", org],
            _ => vec!["user"],
        };
        path.extend(["secrets", "public-key"]);
        path
    }
}

/// For which repositories of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretVisibility {
    /// Every one
    All,
    /// Those that not everybody sees
    Private,
    /// Those that are chosen
    Selected,
}

impl SecretVisibility {
    const fn wire(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Private => "private",
            Self::Selected => "selected",
        }
    }
}

/// Secrets that jobs are given.
#[derive(Debug, clap::Subcommand)]
pub enum JobSecret {
    /// List them: names, never values
    List {
        /// Whose
        #[command(flatten)]
        home: SecretHome,
    },
    /// Set one, to all of standard input or to what you type; a line break at the end is left out
    Set {
        /// Whose
        #[command(flatten)]
        home: SecretHome,
        /// Its name, as a variable is called
        name: String,
        /// For which repositories, of an organization's; `private` where nothing is said
        #[arg(long, requires = "org")]
        visibility: Option<SecretVisibility>,
        /// A repository that it is for; may be repeated
        #[arg(long = "for", value_name = "OWNER/NAME", conflicts_with = "repo")]
        repositories: Vec<FullName>,
    },
    /// Delete one for good
    Delete {
        /// Whose
        #[command(flatten)]
        home: SecretHome,
        /// Its name
        name: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Replace the pair of keys that they are sealed with on their way
    RotateKey {
        /// Whose
        #[command(flatten)]
        home: SecretHome,
    },
}

const COLUMNS: &[Column] = &[
    Column("NAME", "/name", Form::Text),
    Column("FOR", "/visibility", Form::Text),
    Column("CHANGED", "/updated_at", Form::Moment),
];

impl JobSecret {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { home } => {
                let ask = Ask::get(Door::GitHub, &home.path(&[]));
                let items = session.all_named(ask, Some("secrets"), usize::MAX)?;
                session.screen.list(COLUMNS, &items)
            }
            Self::Set {
                home,
                name,
                visibility,
                repositories,
            } => set(session, &home, &name, visibility, &repositories),
            Self::Delete { home, name, yes } => {
                sure(session.person, yes, &format!("Delete the secret {name}?"))?;
                session.change(
                    &Ask::delete(Door::GitHub, &home.path(&[&name])),
                    &format!("The secret {name} is deleted."),
                )
            }
            Self::RotateKey { home } => session.change(
                &Ask::post(Door::Own, &home.key(), json!({})),
                "The keys are replaced. What was sealed with the earlier ones is taken for a day yet.",
            ),
        }
    }
}

fn set(
    session: &mut Session<'_>,
    home: &SecretHome,
    name: &str,
    visibility: Option<SecretVisibility>,
    repositories: &[FullName],
) -> Result<(), ClientError> {
    let chosen = numbers(session, repositories)?;
    let value = value(session)?;
    let key = session.get(Door::GitHub, &home.path(&["public-key"]))?;
    let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(sealed) = sealed(text("key"), value.expose().as_bytes()) else {
        return Err(ClientError::other(
            "the server's answer holds no public key",
        ));
    };
    let mut body = json!({ "encrypted_value": sealed, "key_id": text("key_id") });
    if home.org.is_some() {
        let implied = if chosen.is_empty() {
            SecretVisibility::Private
        } else {
            SecretVisibility::Selected
        };
        let word = visibility.unwrap_or(implied).wire();
        put(&mut body, "visibility", Some(json!(word)));
    }
    let chosen = (!chosen.is_empty()).then(|| json!(chosen));
    put(&mut body, "selected_repository_ids", chosen);
    session.change(
        &Ask::put(Door::GitHub, &home.path(&[name]), body),
        &format!("The secret {name} is set."),
    )
}

/// The numbers of repositories.
fn numbers(session: &mut Session<'_>, named: &[FullName]) -> Result<Vec<Value>, ClientError> {
    let mut numbers = Vec::with_capacity(named.len());
    for repo in named {
        let found = session.get(Door::GitHub, &["repos", &repo.owner, &repo.name])?;
        let id = found.get("id").cloned();
        numbers.push(id.ok_or_else(|| {
            ClientError::other("the server's answer holds no number of the repository")
        })?);
    }
    Ok(numbers)
}

/// What it is set to: never an argument, which others on the machine see.
fn value(session: &mut Session<'_>) -> Result<Hidden, ClientError> {
    let asked = |error: std::io::Error| ClientError::other(format!("terminal: {error}"));
    if session.person.is_there() {
        return session.person.password("Its value:").map_err(asked);
    }
    session
        .person
        .piped()
        .map_err(|error| ClientError::other(format!("standard input: {error}")))
}
