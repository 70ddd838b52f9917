//! `jeton repo`: repositories and their collaborators.

use serde_json::{Value, json};

use super::words::{FullName, RepositoryName, RoleWord, VisibilityWord};
use super::{check_changes, put_text};
use crate::error::ClientError;
use crate::person::sure;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Repositories and their collaborators.
#[derive(Debug, clap::Subcommand)]
pub enum Repo {
    /// Make an empty repository
    Create {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
        /// Who sees it
        #[arg(long, default_value = "private")]
        visibility: VisibilityWord,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
    },
    /// List the repositories that you can reach
    List {
        /// Only those of this person or organization
        #[arg(long, value_name = "LOGIN")]
        owner: Option<String>,
    },
    /// Show a repository
    Show {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
    },
    /// Change description or default branch
    Edit {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// The branch that a clone checks out
        #[arg(long, value_name = "BRANCH")]
        default_branch: Option<String>,
        /// Has a command of its own; here only for the hint.
        #[arg(long, hide = true)]
        visibility: Option<VisibilityWord>,
    },
    /// Give a repository another name; the old one leads to it, for Git too, until somebody takes it
    Rename {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
        /// The new name, without the owner
        new: String,
    },
    /// Choose who sees a repository
    Visibility {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
        /// Who sees it
        visibility: VisibilityWord,
    },
    /// Delete a repository
    Delete {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// People with a direct role on a repository
    #[command(subcommand)]
    Collaborator(Collaborator),
}

/// People with a direct role on a repository.
#[derive(Debug, clap::Subcommand)]
pub enum Collaborator {
    /// List them
    List {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
    },
    /// Give a person a role
    Add {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
        /// The person
        login: String,
        /// Which
        #[arg(long, default_value = "read")]
        role: RoleWord,
    },
    /// Take a person's direct role away
    Remove {
        /// OWNER/NAME, or NAME for one of your own
        repository: RepositoryName,
        /// The person
        login: String,
    },
}

pub(super) const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("REPOSITORY", "/full_name", Form::Text),
    Column("VISIBILITY", "/visibility", Form::Text),
    Column("ROLE", "/role_name", Form::Text),
    Column("DESCRIPTION", "/description", Form::Text),
];

const FIELDS: &[Column] = &[
    Column("Id", "/id", Form::Text),
    Column("Repository", "/full_name", Form::Text),
    Column("Visibility", "/visibility", Form::Text),
    Column("Description", "/description", Form::Text),
    Column("Default branch", "/default_branch", Form::Text),
    Column("Your role", "/role_name", Form::Text),
    Column("Created", "/created_at", Form::Moment),
    Column("Clone", "/clone_url", Form::Text),
];

const COLLABORATORS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("LOGIN", "/login", Form::Text),
    Column("ROLE", "/role_name", Form::Text),
];

impl Repo {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::Create {
                repository,
                visibility,
                description,
            } => create(session, &repository, visibility, description),
            Self::List { owner } => list(session, owner.as_deref()),
            Self::Show { repository } => {
                let FullName { owner, name } = repository.full(session)?;
                let found = session.get(Door::GitHub, &["repos", &owner, &name])?;
                session.screen.one(FIELDS, &found)
            }
            Self::Edit {
                repository,
                description,
                default_branch,
                visibility,
            } => {
                let repository = repository.full(session)?;
                if let Some(visibility) = visibility {
                    return Err(ClientError::usage(
                        "who sees a repository is not changed by `edit`",
                        format!("jeton repo visibility {repository} {}", visibility.wire()),
                    ));
                }
                let mut body = json!({});
                put_text(&mut body, "description", description);
                put_text(&mut body, "default_branch", default_branch);
                edit(
                    session,
                    &repository,
                    body,
                    &format!("{repository} is changed."),
                )
            }
            Self::Rename { repository, new } => {
                let repository = repository.full(session)?;
                let sentence = format!("{repository} is called {}/{new} now.", repository.owner);
                edit(session, &repository, json!({ "name": new }), &sentence)
            }
            Self::Visibility {
                repository,
                visibility,
            } => {
                let repository = repository.full(session)?;
                let sentence = format!("{repository} is {} now.", visibility.wire());
                edit(
                    session,
                    &repository,
                    json!({ "visibility": visibility.wire() }),
                    &sentence,
                )
            }
            Self::Delete { repository, yes } => {
                let repository = repository.full(session)?;
                sure(
                    session.person,
                    yes,
                    &format!("Delete {repository} with everything in it?"),
                )?;
                let ask = Ask::delete(
                    Door::GitHub,
                    &["repos", &repository.owner, &repository.name],
                );
                session.change(&ask, &format!("{repository} is deleted."))
            }
            Self::Collaborator(command) => command.run(session),
        }
    }
}

fn edit(
    session: &mut Session<'_>,
    repository: &FullName,
    body: Value,
    sentence: &str,
) -> Result<(), ClientError> {
    check_changes(&body)?;
    session.change(
        &Ask::patch(
            Door::GitHub,
            &["repos", &repository.owner, &repository.name],
            body,
        ),
        sentence,
    )
}

fn create(
    session: &mut Session<'_>,
    repository: &RepositoryName,
    visibility: VisibilityWord,
    description: Option<String>,
) -> Result<(), ClientError> {
    let mut body = json!({ "name": repository.name, "visibility": visibility.wire(), "private": visibility != VisibilityWord::Public });
    put_text(&mut body, "description", description);
    // The wire has one route for one's own and one for an organization's.
    let mine = match &repository.owner {
        None => true,
        Some(owner) => session.login()?.eq_ignore_ascii_case(owner),
    };
    let ask = match &repository.owner {
        Some(owner) if !mine => Ask::post(Door::GitHub, &["orgs", owner, "repos"], body),
        _ => Ask::post(Door::GitHub, &["user", "repos"], body),
    };
    let made = session.ask(&ask)?.body;
    let clone = made
        .get("clone_url")
        .and_then(Value::as_str)
        .unwrap_or(&repository.name)
        .to_owned();
    session
        .screen
        .done(&made, &format!("The repository is made: {clone}"))
}

fn list(session: &mut Session<'_>, owner: Option<&str>) -> Result<(), ClientError> {
    let Some(owner) = owner else {
        return session.show_all(Ask::get(Door::GitHub, &["user", "repos"]), COLUMNS);
    };
    match session.show_all(Ask::get(Door::GitHub, &["orgs", owner, "repos"]), COLUMNS) {
        // No such organization: a person, then.
        Err(error) if error.is_status(404) => {
            session.show_all(Ask::get(Door::GitHub, &["users", owner, "repos"]), COLUMNS)
        }
        shown => shown,
    }
}

fn collaborator<'a>(repository: &'a FullName, login: &'a str) -> [&'a str; 5] {
    [
        "repos",
        &repository.owner,
        &repository.name,
        "collaborators",
        login,
    ]
}

impl Collaborator {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { repository } => {
                let FullName { owner, name } = repository.full(session)?;
                session.show_all(
                    Ask::get(Door::GitHub, &["repos", &owner, &name, "collaborators"]),
                    COLLABORATORS,
                )
            }
            Self::Add {
                repository,
                login,
                role,
            } => {
                let repository = repository.full(session)?;
                let path = collaborator(&repository, &login);
                let ask = Ask::put(Door::GitHub, &path, json!({ "permission": role.wire() }));
                let role = role.name();
                let answer = session.ask(&ask)?.body;
                let done = if answer.get("invitee").is_some() {
                    format!(
                        "{login} is invited to {repository}, and has the role {role} once they accept."
                    )
                } else {
                    format!("{login} has the role {role} on {repository}.")
                };
                session.screen.done(&answer, &done)
            }
            Self::Remove { repository, login } => {
                let repository = repository.full(session)?;
                let path = collaborator(&repository, &login);
                session.change(
                    &Ask::delete(Door::GitHub, &path),
                    &format!("{login} has no direct role on {repository} any more."),
                )
            }
        }
    }
}
