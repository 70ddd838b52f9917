//! Things of people and repositories as pages show them: plain text without characters that can't be seen.

use jeton_app::access::{RepositoryAccess, Source};
use jeton_app::organizations::Losses;
use jeton_app::repositories::RepositoryView;
use jeton_domain::{Clean, Role, counted};

/// A repository in a list.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) full_name: String,
    pub(crate) visibility: &'static str,
    pub(crate) description: String,
    /// The reader's role; empty where they have none.
    pub(crate) role: &'static str,
}

impl Repository {
    pub(crate) fn of(view: &RepositoryView) -> Self {
        Self {
            full_name: view.row.full_name(),
            visibility: view.row.visibility.name(),
            description: view.row.description.plain(),
            role: view.role.map_or("", Role::name),
        }
    }
}

/// One thing that gives a role.
#[derive(Clone, Debug)]
pub(crate) struct Through {
    pub(crate) role: &'static str,
    pub(crate) words: String,
}

/// Where a role comes from.
pub(crate) fn through(sources: &[Source]) -> Vec<Through> {
    sources
        .iter()
        .map(|source| Through {
            role: source.role().name(),
            words: source.words().plain(),
        })
        .collect()
}

/// A repository among those that somebody loses.
#[derive(Clone, Debug)]
pub(crate) struct Lost {
    pub(crate) full_name: String,
    pub(crate) role: &'static str,
}

/// What somebody loses, in words.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    pub(crate) teams: Vec<String>,
    pub(crate) repositories: Vec<Lost>,
    /// How many more repositories there are than are named; empty for none.
    pub(crate) more: String,
    pub(crate) tokens: Vec<String>,
    pub(crate) requests: String,
    /// Why it can't be done; empty where it can.
    pub(crate) blocked: String,
}

impl Loss {
    pub(crate) fn of(losses: Losses) -> Self {
        let more = losses
            .repositories_total
            .saturating_sub(losses.repositories.len() as u64);
        Self {
            teams: losses.teams.iter().map(|team| team.plain()).collect(),
            repositories: losses.repositories.iter().map(lost).collect(),
            more: match (more, losses.withheld) {
                (0, _) => String::new(),
                (_, false) => format!("and {more} more"),
                (_, true) => format!(
                    "{}, not named to you as long as the organization's rules refuse you",
                    counted(more, "repository", "repositories")
                ),
            },
            tokens: losses.tokens.iter().map(|(_, name)| name.plain()).collect(),
            requests: if losses.requests == 0 {
                String::new()
            } else {
                counted(losses.requests, "request", "requests")
            },
            blocked: losses.blocked.unwrap_or_default(),
        }
    }

    /// Nothing goes with the place itself.
    pub(crate) fn is_nothing(&self) -> bool {
        self.teams.is_empty()
            && self.repositories.is_empty()
            && self.more.is_empty()
            && self.tokens.is_empty()
            && self.requests.is_empty()
    }
}

fn lost(access: &RepositoryAccess) -> Lost {
    Lost {
        full_name: access.row.full_name(),
        role: access.role.name(),
    }
}
