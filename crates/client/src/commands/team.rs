//! `jeton team`.

use serde_json::{Value, json};

use super::org::PEOPLE;
use super::words::{FullName, RepositoryName, RoleWord};
use super::{check_changes, put, put_text, repo};
use crate::error::ClientError;
use crate::person::sure;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Teams. A team is named by its slug: its name in lower case, with hyphens.
#[derive(Debug, clap::Subcommand)]
pub enum Team {
    /// List an organization's teams
    List {
        /// The organization
        org: String,
    },
    /// Make a team
    Create {
        /// The organization
        org: String,
        /// Its name
        name: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// The team whose roles it inherits
        #[arg(long, value_name = "TEAM")]
        parent: Option<String>,
    },
    /// Change a team
    Edit {
        /// The organization
        org: String,
        /// The team
        team: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// The team whose roles it inherits
        #[arg(long, value_name = "TEAM", conflicts_with = "no_parent")]
        parent: Option<String>,
        /// Inherit from no team
        #[arg(long)]
        no_parent: bool,
    },
    /// Delete a team; teams below it stay, without a parent
    Delete {
        /// The organization
        org: String,
        /// The team
        team: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// A team's members
    #[command(subcommand)]
    Member(TeamMember),
    /// A team's roles on repositories
    #[command(subcommand)]
    Repo(TeamRepo),
}

/// A team's members.
#[derive(Debug, clap::Subcommand)]
pub enum TeamMember {
    /// List them
    List {
        /// The organization
        org: String,
        /// The team
        team: String,
    },
    /// Add a member of the organization
    Add {
        /// The organization
        org: String,
        /// The team
        team: String,
        /// The person
        login: String,
    },
    /// Remove a person
    Remove {
        /// The organization
        org: String,
        /// The team
        team: String,
        /// The person
        login: String,
    },
}

/// A team's roles on repositories.
#[derive(Debug, clap::Subcommand)]
pub enum TeamRepo {
    /// List them
    List {
        /// The organization
        org: String,
        /// The team
        team: String,
    },
    /// Give the team a role on a repository
    Add {
        /// The organization
        org: String,
        /// The team
        team: String,
        /// The repository: its name, or OWNER/NAME
        repository: RepositoryName,
        /// Which
        #[arg(long, default_value = "read")]
        role: RoleWord,
    },
    /// Take the team's role on a repository away
    Remove {
        /// The organization
        org: String,
        /// The team
        team: String,
        /// The repository: its name, or OWNER/NAME
        repository: RepositoryName,
    },
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("TEAM", "/slug", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("PARENT", "/parent/slug", Form::Text),
    Column("DESCRIPTION", "/description", Form::Text),
];

impl Team {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org } => {
                session.show_all(Ask::get(Door::GitHub, &["orgs", &org, "teams"]), COLUMNS)
            }
            Self::Create {
                org,
                name,
                description,
                parent,
            } => {
                let mut body = json!({ "name": name });
                put_text(&mut body, "description", description);
                put(&mut body, "parent_team_id", id_of(session, &org, parent)?);
                session.change(
                    &Ask::post(Door::GitHub, &["orgs", &org, "teams"], body),
                    &format!("The team {name} is made."),
                )
            }
            Self::Edit {
                org,
                team,
                name,
                description,
                parent,
                no_parent,
            } => {
                let mut body = json!({});
                put_text(&mut body, "name", name);
                put_text(&mut body, "description", description);
                put(
                    &mut body,
                    "parent_team_id",
                    if no_parent {
                        Some(Value::Null)
                    } else {
                        id_of(session, &org, parent)?
                    },
                );
                check_changes(&body)?;
                session.change(
                    &Ask::patch(Door::GitHub, &["orgs", &org, "teams", &team], body),
                    &format!("The team {team} is changed."),
                )
            }
            Self::Delete { org, team, yes } => {
                sure(
                    session.person,
                    yes,
                    &format!("Delete the team {team} of {org}?"),
                )?;
                session.change(
                    &Ask::delete(Door::GitHub, &["orgs", &org, "teams", &team]),
                    &format!("The team {team} is deleted."),
                )
            }
            Self::Member(command) => command.run(session),
            Self::Repo(command) => command.run(session),
        }
    }
}

/// The wire names a parent by its id, people by its slug.
fn id_of(
    session: &mut Session<'_>,
    org: &str,
    team: Option<String>,
) -> Result<Option<Value>, ClientError> {
    let Some(team) = team else { return Ok(None) };
    let found = session.get(Door::GitHub, &["orgs", org, "teams", &team])?;
    Ok(found.get("id").cloned())
}

fn membership<'a>(org: &'a str, team: &'a str, login: &'a str) -> [&'a str; 6] {
    ["orgs", org, "teams", team, "memberships", login]
}

fn role_path<'a>(org: &'a str, team: &'a str, repository: &'a FullName) -> [&'a str; 7] {
    [
        "orgs",
        org,
        "teams",
        team,
        "repos",
        &repository.owner,
        &repository.name,
    ]
}

impl TeamMember {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org, team } => session.show_all(
                Ask::get(Door::GitHub, &["orgs", &org, "teams", &team, "members"]),
                PEOPLE,
            ),
            Self::Add { org, team, login } => {
                let path = membership(&org, &team, &login);
                session.change(
                    &Ask::put(Door::GitHub, &path, json!({ "role": "member" })),
                    &format!("{login} is in {team}."),
                )
            }
            Self::Remove { org, team, login } => {
                let path = membership(&org, &team, &login);
                session.change(
                    &Ask::delete(Door::GitHub, &path),
                    &format!("{login} is not in {team} any more."),
                )
            }
        }
    }
}

impl TeamRepo {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org, team } => session.show_all(
                Ask::get(Door::GitHub, &["orgs", &org, "teams", &team, "repos"]),
                repo::COLUMNS,
            ),
            Self::Add {
                org,
                team,
                repository,
                role,
            } => {
                let repository = repository.of(&org);
                let body = json!({ "permission": role.wire() });
                let ask = Ask::put(Door::GitHub, &role_path(&org, &team, &repository), body);
                let role = role.name();
                let done = format!("{team} has the role {role} on {repository}.");
                session.change(&ask, &done)
            }
            Self::Remove {
                org,
                team,
                repository,
            } => {
                let repository = repository.of(&org);
                let path = role_path(&org, &team, &repository);
                session.change(
                    &Ask::delete(Door::GitHub, &path),
                    &format!("{team} has no role on {repository} any more."),
                )
            }
        }
    }
}
