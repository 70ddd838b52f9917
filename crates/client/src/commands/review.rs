//! What requests and grants share: which of them are meant, and how they are shown.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// How often all that fit are sent, those left out that are not there any more.
const TRIES: usize = 3;
/// What is answered where one of many is not what it was.
const STALE: [u16; 2] = [409, 422];

/// How many ids one call takes.
const AT_ONCE: usize = 100;

/// Which ones are meant by what they are.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Filter {
    /// Only those of this person
    #[arg(long, value_name = "LOGIN")]
    owner: Option<String>,
    /// Only those that reach this repository
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// Only those with this permission, whatever its level
    #[arg(long, value_name = "KEY")]
    permission: Option<String>,
}

/// Which ones are meant: some by number, or all that fit.
#[derive(Clone, Debug, clap::Args)]
pub struct Chosen {
    /// Their numbers in the list
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with_all = ["all", "owner", "repository", "permission"])]
    ids: Vec<i64>,
    /// All of them, or all that fit --owner, --repository and --permission
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: Filter,
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("PERSON", "/owner/login", Form::Text),
    Column("TOKEN", "/token_name", Form::Text),
    Column("PERMISSIONS", "/permissions", Form::Permissions),
    Column("REACHES", "", Form::Reach),
    Column("CONDITIONS", "", Form::Conditions),
    Column("SINCE", "/created_at|/access_granted_at", Form::Moment),
    Column("EXPIRES", "/token_expires_at", Form::Moment),
    Column("EXPIRES IF APPROVED", "/requested_expires_at", Form::Moment),
    Column("LAST USED", "/token_last_used_at", Form::Moment),
    Column("JUSTIFICATION", "/reason", Form::Text),
];

pub(super) const FIELDS: &[Column] = &[
    Column("Id", "/id", Form::Text),
    Column("Person", "/owner/login", Form::Text),
    Column("Token", "/token_name", Form::Text),
    Column("Justification", "/reason", Form::Text),
    Column("Permissions", "/permissions", Form::Permissions),
    Column("Reaches", "", Form::Reach),
    Column("Repositories", "/repositories", Form::Text),
    Column("Packages by name", "/packages", Form::Text),
    Column("Conditions", "", Form::Conditions),
    Column("In force", "/in_force/permissions", Form::Permissions),
    Column("In force for", "/in_force/repositories", Form::Text),
    Column("Life asked for", "", Form::Life),
    Column("Since", "/created_at|/access_granted_at", Form::Moment),
    Column("Expires", "/token_expires_at", Form::Moment),
    Column("Expires if approved", "/requested_expires_at", Form::Moment),
    Column("Last used", "/token_last_used_at", Form::Moment),
];

/// One of the two collections that an organization's owners review.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pile(pub(super) &'static str);

impl Pile {
    fn read(
        self,
        session: &mut Session<'_>,
        org: &str,
        filter: &Filter,
    ) -> Result<Vec<Value>, ClientError> {
        // The server knows which permissions there are: a misspelt one is no empty list.
        let ask = Ask::get(Door::GitHub, &["orgs", org, self.0])
            .query("permission", filter.permission.clone());
        let mut items = session.all(ask, usize::MAX)?;
        // SECURITY: sifted here, whatever the server makes of a query: an approval of 'all that fit'
        // must not become one of all.
        if let Some(owner) = &filter.owner {
            items.retain(|item| {
                item.pointer("/owner/login")
                    .and_then(Value::as_str)
                    .is_some_and(|login| login.eq_ignore_ascii_case(owner))
            });
        }
        if let Some(key) = &filter.permission {
            items.retain(|item| holds(item.get("permissions"), key));
        }
        if let Some(name) = &filter.repository {
            let name = name.rsplit('/').next().unwrap_or(name);
            let mut fitting = Vec::new();
            for item in items {
                if self
                    .repositories(session, org, &item)?
                    .iter()
                    .any(|full| reaches(full, name))
                {
                    fitting.push(item);
                }
            }
            items = fitting;
        }
        Ok(items)
    }

    /// Full names of the repositories that one reaches.
    fn repositories(
        self,
        session: &mut Session<'_>,
        org: &str,
        item: &Value,
    ) -> Result<Vec<Value>, ClientError> {
        let id = id(item).unwrap_or_default().to_string();
        let found = session.all(
            Ask::get(Door::GitHub, &["orgs", org, self.0, &id, "repositories"]),
            usize::MAX,
        )?;
        Ok(found
            .into_iter()
            .filter_map(|repository| repository.get("full_name").cloned())
            .collect())
    }

    pub(super) fn list(
        self,
        session: &mut Session<'_>,
        org: &str,
        filter: &Filter,
    ) -> Result<(), ClientError> {
        let items = self.read(session, org, filter)?;
        session.screen.list(COLUMNS, &items)
    }

    pub(super) fn show(
        self,
        session: &mut Session<'_>,
        org: &str,
        wanted: i64,
    ) -> Result<(), ClientError> {
        let items = self.read(session, org, &Filter::default())?;
        let Some(mut item) = items.into_iter().find(|item| id(item) == Some(wanted)) else {
            return Err(ClientError::Missing {
                message: format!("no token that reaches `{org}` has the number {wanted}"),
                hint: "jeton grant list shows them",
            });
        };
        let repositories = self.repositories(session, org, &item)?;
        super::put(&mut item, "repositories", Some(Value::Array(repositories)));
        session.screen.one(FIELDS, &item)
    }

    /// Does something to the chosen ones, as many at once as a call takes. Returns how many.
    pub(super) fn act(
        self,
        session: &mut Session<'_>,
        org: &str,
        chosen: Chosen,
        body: impl Fn(&[i64]) -> Value,
    ) -> Result<usize, ClientError> {
        let ids: Vec<i64> = if chosen.all {
            self.read(session, org, &chosen.filter)?
                .iter()
                .filter_map(id)
                .collect()
        } else {
            chosen.ids
        };
        // Each counts once, however often it was named.
        let mut seen = BTreeSet::new();
        let ids: Vec<i64> = ids.into_iter().filter(|id| seen.insert(*id)).collect();
        let mut done = 0;
        for some in ids.chunks(AT_ONCE) {
            let mut some = some.to_vec();
            let mut tries = if chosen.all { TRIES } else { 1 };
            while !some.is_empty() {
                tries -= 1;
                let ask = Ask::post(Door::GitHub, &["orgs", org, self.0], body(&some));
                match session.ask(&ask) {
                    // Somebody else dealt with one of all since the list was read: the others are still meant.
                    Err(error) if tries > 0 && STALE.iter().any(|s| error.is_status(*s)) => {
                        let found = self.read(session, org, &chosen.filter)?;
                        let there: BTreeSet<i64> = found.iter().filter_map(id).collect();
                        some.retain(|id| there.contains(id));
                    }
                    answer => {
                        answer?;
                        done += some.len();
                        break;
                    }
                }
            }
        }
        Ok(done)
    }
}

fn id(item: &Value) -> Option<i64> {
    item.get("id").and_then(Value::as_i64)
}

fn holds(permissions: Option<&Value>, key: &str) -> bool {
    permissions
        .and_then(Value::as_object)
        .is_some_and(|fields| {
            fields
                .iter()
                .any(|(name, value)| name == key && !value.is_object() || holds(Some(value), key))
        })
}

fn reaches(full_name: &Value, name: &str) -> bool {
    full_name
        .as_str()
        .and_then(|full| full.rsplit('/').next())
        .is_some_and(|last| last.eq_ignore_ascii_case(name))
}
