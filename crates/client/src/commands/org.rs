//! `jeton org`: organizations, members, outside collaborators.

use serde_json::json;

use super::invitation::{Invitations, Invite};
use super::words::{BaseWord, OrganizationRoleWord};
use super::{check_changes, put, put_text};
use crate::error::ClientError;
use crate::person::sure;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Organizations, their members and outside collaborators.
#[derive(Debug, clap::Subcommand)]
pub enum Org {
    /// List the organizations that you belong to
    List,
    /// Make an organization; you become its owner
    Create {
        /// Its login
        org: String,
        /// The name to show
        #[arg(long)]
        name: Option<String>,
    },
    /// Show an organization
    Show {
        /// Its login
        org: String,
    },
    /// Change its name, or what every member may do in every repository
    Edit {
        /// Its login
        org: String,
        /// The name to show
        #[arg(long)]
        name: Option<String>,
        /// What every member has on every repository
        #[arg(long, value_name = "LEVEL")]
        base_permission: Option<BaseWord>,
    },
    /// Give an organization another login
    Rename {
        /// Its login
        org: String,
        /// The new login
        new: String,
    },
    /// Delete an organization that has no repositories
    Delete {
        /// Its login
        org: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Invite somebody, by login or by e-mail address
    Invite(Invite),
    /// Invitations that wait, or came to nothing, and those for you
    #[command(subcommand)]
    Invitations(Invitations),
    /// Its members and owners
    #[command(subcommand)]
    Member(Member),
    /// People with a role on some of its repositories, and no membership
    #[command(subcommand)]
    Outside(Outside),
}

/// An organization's members and owners.
#[derive(Debug, clap::Subcommand)]
pub enum Member {
    /// List them
    List {
        /// The organization
        org: String,
    },
    /// Invite a person; an administrator of the site adds them at once
    Add {
        /// The organization
        org: String,
        /// The person
        login: String,
        /// As what
        #[arg(long, default_value = "member")]
        role: OrganizationRoleWord,
    },
    /// Make a member an owner, or an owner a member
    Role {
        /// The organization
        org: String,
        /// The person
        login: String,
        /// As what
        role: OrganizationRoleWord,
    },
    /// Remove a member; the access of all their tokens there is withdrawn
    Remove {
        /// The organization
        org: String,
        /// The person
        login: String,
    },
    /// Leave an organization yourself
    Leave {
        /// The organization
        org: String,
    },
}

/// People with a role on some repositories, and no membership.
#[derive(Debug, clap::Subcommand)]
pub enum Outside {
    /// List them
    List {
        /// The organization
        org: String,
    },
    /// Make a member an outside collaborator, who keeps direct roles only
    Convert {
        /// The organization
        org: String,
        /// The person
        login: String,
    },
    /// Remove an outside collaborator from all repositories
    Remove {
        /// The organization
        org: String,
        /// The person
        login: String,
    },
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("LOGIN", "/login", Form::Text),
    Column("NAME", "/name", Form::Text),
];

const FIELDS: &[Column] = &[
    Column("Id", "/id", Form::Text),
    Column("Login", "/login", Form::Text),
    Column("Name", "/name", Form::Text),
    Column(
        "Base permission",
        "/default_repository_permission",
        Form::Text,
    ),
    Column("Created", "/created_at", Form::Moment),
    Column("Address", "/html_url", Form::Text),
];

pub(super) const PEOPLE: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("LOGIN", "/login", Form::Text),
    Column("ROLE", "/role_name|/role", Form::Text),
];

impl Org {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List => session.show_all(Ask::get(Door::GitHub, &["user", "orgs"]), COLUMNS),
            Self::Create { org, name } => {
                let mut body = json!({ "login": org });
                put_text(&mut body, "name", name);
                session.change(
                    &Ask::post(Door::Own, &["orgs"], body),
                    &format!("The organization {org} is made; you own it."),
                )
            }
            Self::Show { org } => {
                let found = session.get(Door::GitHub, &["orgs", &org])?;
                session.screen.one(FIELDS, &found)
            }
            Self::Edit {
                org,
                name,
                base_permission,
            } => {
                let mut body = json!({});
                put_text(&mut body, "name", name);
                put(
                    &mut body,
                    "default_repository_permission",
                    base_permission.map(|base| json!(base.wire())),
                );
                check_changes(&body)?;
                session.change(
                    &Ask::patch(Door::GitHub, &["orgs", &org], body),
                    &format!("{org} is changed."),
                )
            }
            Self::Rename { org, new } => {
                let ask = Ask::patch(
                    Door::Own,
                    &["orgs", &org, "rename"],
                    json!({ "login": new }),
                );
                session.change(&ask, &format!("{org} is called {new} now."))
            }
            Self::Delete { org, yes } => {
                sure(
                    session.person,
                    yes,
                    &format!("Delete the organization {org} for good?"),
                )?;
                session.change(
                    &Ask::delete(Door::Own, &["orgs", &org]),
                    &format!("The organization {org} is deleted."),
                )
            }
            Self::Invite(command) => command.run(session),
            Self::Invitations(command) => command.run(session),
            Self::Member(command) => command.run(session),
            Self::Outside(command) => command.run(session),
        }
    }
}

/// The wire's list of members does not say who owns; asked for by role, it does.
fn list(session: &mut Session<'_>, org: &str) -> Result<(), ClientError> {
    let ask = Ask::get(Door::GitHub, &["orgs", org, "members"]);
    let mut people = Vec::new();
    for role in [OrganizationRoleWord::Owner, OrganizationRoleWord::Member] {
        let found = session.all(ask.clone().query("role", Some(role.wire())), usize::MAX)?;
        people.extend(found.into_iter().map(|mut person| {
            put_text(&mut person, "role", Some(role.name().to_owned()));
            person
        }));
    }
    session.screen.list(PEOPLE, &people)
}

impl Member {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org } => list(session, &org),
            Self::Add { org, login, role } | Self::Role { org, login, role } => {
                let ask = Ask::put(
                    Door::GitHub,
                    &["orgs", &org, "memberships", &login],
                    json!({ "role": role.wire() }),
                );
                let made = session.ask(&ask)?.body;
                let what = role.article();
                let pending = made.get("state").is_some_and(|state| state == "pending");
                let sentence = if pending {
                    format!("{login} is invited to {org} as {what}, and is one once they accept.")
                } else {
                    format!("{login} is {what} of {org}.")
                };
                session.screen.done(&made, &sentence)
            }
            Self::Remove { org, login } => {
                let ask = Ask::delete(Door::GitHub, &["orgs", &org, "memberships", &login]);
                session.change(
                    &ask,
                    &format!(
                        "{login} is no member of {org} any more; their tokens have no access there."
                    ),
                )
            }
            Self::Leave { org } => {
                let ask = Ask::post(Door::Own, &["orgs", &org, "leave"], json!({}));
                session.change(&ask, &format!("You have left {org}."))
            }
        }
    }
}

impl Outside {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org } => session.show_all(
                Ask::get(Door::GitHub, &["orgs", &org, "outside_collaborators"]),
                PEOPLE,
            ),
            Self::Convert { org, login } => {
                let ask = Ask::put(
                    Door::GitHub,
                    &["orgs", &org, "outside_collaborators", &login],
                    json!({}),
                );
                session.change(
                    &ask,
                    &format!("{login} is an outside collaborator of {org} now."),
                )
            }
            Self::Remove { org, login } => {
                let ask = Ask::delete(
                    Door::GitHub,
                    &["orgs", &org, "outside_collaborators", &login],
                );
                session.change(
                    &ask,
                    &format!("{login} has no role on {org}'s repositories any more."),
                )
            }
        }
    }
}
