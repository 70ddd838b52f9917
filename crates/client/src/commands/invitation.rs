//! `jeton org invite` and `jeton org invitations`: who is asked to join, and one's own answer.

use serde_json::{Value, json};

use super::words::OrganizationRoleWord;
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Somebody to be invited.
#[derive(Debug, clap::Args)]
pub struct Invite {
    /// The organization
    org: String,
    /// The person's login, or an e-mail address
    who: String,
    /// As what
    #[arg(long, default_value = "member")]
    role: OrganizationRoleWord,
    /// A team to be put into; may be repeated
    #[arg(long, value_name = "TEAM")]
    team: Vec<String>,
}

/// Invitations into organizations.
#[derive(Debug, clap::Subcommand)]
pub enum Invitations {
    /// List those of an organization that wait for an answer
    List {
        /// The organization
        org: String,
        /// Those that were declined, or that nobody answered in time
        #[arg(long)]
        failed: bool,
    },
    /// Send one again, with a new link and for another week
    Resend {
        /// The organization
        org: String,
        /// Its number in the list
        id: i64,
    },
    /// Cancel one; its link opens nothing from then on
    Cancel {
        /// The organization
        org: String,
        /// Its number in the list
        id: i64,
    },
    /// List those that wait for you
    Mine,
    /// Join an organization that invites you
    Accept {
        /// The organization
        org: String,
    },
    /// Decline the invitation of an organization
    Decline {
        /// The organization
        org: String,
    },
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("ORGANIZATION", "/organization", Form::Text),
    Column("WHO", "/login|/email", Form::Text),
    Column("ROLE", "/role", Form::Text),
    Column("STATE", "/state", Form::Text),
    Column("INVITED BY", "/inviter/login", Form::Text),
    Column("ENDS", "/expires_at", Form::Moment),
];

impl Invite {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let Self {
            org,
            who,
            role,
            team,
        } = self;
        let mut teams = Vec::new();
        for team in team {
            // The wire names teams by number, people by their slug.
            let found = session.get(Door::GitHub, &["orgs", &org, "teams", &team])?;
            teams.extend(found.get("id").cloned());
        }
        let by = if who.contains('@') { "email" } else { "login" };
        let wire = match role {
            OrganizationRoleWord::Member => "direct_member",
            OrganizationRoleWord::Owner => "admin",
        };
        let body = json!({ by: who, "role": wire, "team_ids": teams });
        let ask = Ask::post(Door::GitHub, &["orgs", &org, "invitations"], body);
        session.change(
            &ask,
            &format!(
                "{who} is invited to {org} as {}; the invitation ends after seven days.",
                role.article()
            ),
        )
    }
}

impl Invitations {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org, failed } => {
                let which = if failed {
                    "failed_invitations"
                } else {
                    "invitations"
                };
                session.show_all(Ask::get(Door::GitHub, &["orgs", &org, which]), COLUMNS)
            }
            Self::Resend { org, id } => {
                let path = ["orgs", &org, "invitations", &id.to_string(), "resend"];
                session.change(
                    &Ask::post(Door::Own, &path, json!({})),
                    "The invitation is sent again, for another week; the earlier link is dead.",
                )
            }
            Self::Cancel { org, id } => {
                let path = ["orgs", &org, "invitations", &id.to_string()];
                session.change(
                    &Ask::delete(Door::GitHub, &path),
                    "The invitation is cancelled; its link opens nothing.",
                )
            }
            Self::Mine => session.show_all(Ask::get(Door::Own, &["invitations"]), COLUMNS),
            Self::Accept { org } => answer(
                session,
                &org,
                "accept",
                &format!("You belong to {org} now."),
            ),
            Self::Decline { org } => {
                let done = format!("You declined the invitation of {org}.");
                answer(session, &org, "decline", &done)
            }
        }
    }
}

fn answer(
    session: &mut Session<'_>,
    org: &str,
    how: &str,
    sentence: &str,
) -> Result<(), ClientError> {
    let own = session.all(Ask::get(Door::Own, &["invitations"]), usize::MAX)?;
    let of_org = |one: &&Value| {
        one.get("organization")
            .and_then(Value::as_str)
            .is_some_and(|name| name.eq_ignore_ascii_case(org))
    };
    let id = own.iter().find(of_org).and_then(|one| one.get("id"));
    let Some(id) = id.and_then(Value::as_i64) else {
        return Err(ClientError::other(format!(
            "no invitation of {org} waits for you"
        )));
    };
    let path = ["invitations", &id.to_string(), how];
    session.change(&Ask::post(Door::Own, &path, json!({})), sentence)
}
