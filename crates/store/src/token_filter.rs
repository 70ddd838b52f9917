//! Which tokens a reviewer's list shows, for requests and for grants alike.

use jeton_domain::{PermissionKey, RepositoryId, Time, TokenId};

use crate::conditions::Conditions;
use crate::sql::like;

/// What is looked for. Each that is said narrows further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// Made by one of these, by folded login.
    pub creators: Vec<String>,
    /// One of these.
    pub tokens: Vec<TokenId>,
    /// Which repository it has to reach.
    pub repository: Option<Reaches>,
    /// It holds this at some level.
    pub permission: Option<PermissionKey>,
    /// Not used at or after this moment.
    pub used_before: Option<Time>,
    /// Used after this moment.
    pub used_after: Option<Time>,
    /// The oldest first, and not the newest.
    pub oldest_first: bool,
}

/// A repository that a token has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaches {
    /// This one, by itself or with all of the owner's.
    One(RepositoryId),
    /// One that whoever looks does not know: tokens for all of the owner's reach it whatever it is.
    All,
}

/// How an approval or a request writes that it is about all of the owner's repositories.
const ALL_ASKED: &str = "LIKE '%\"selection\":\"all\"%'";

/// The filter with its arguments ready.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    filter: &'a TokenFilter,
    repository: Option<RepositoryId>,
    /// A key as it stands in JSON.
    permission: Option<String>,
}

impl TokenFilter {
    pub(crate) fn ready(&self) -> Ready<'_> {
        Ready {
            filter: self,
            repository: match self.repository {
                Some(Reaches::One(id)) => Some(id),
                Some(Reaches::All) | None => None,
            },
            permission: self
                .permission
                .map(|key| like(&format!("\"{}\":", key.name()))),
        }
    }

    /// `DESC` or `ASC`.
    pub(crate) const fn direction(&self) -> &'static str {
        if self.oldest_first { "ASC" } else { "DESC" }
    }
}

impl<'a> Ready<'a> {
    /// Of tokens `t`, by what is in force: wanted, and approved where an owner was asked.
    pub(crate) fn narrow_grants(&'a self, conditions: &mut Conditions<'a>) {
        self.narrow_tokens(conditions);
        conditions.narrow(
            "t.permissions LIKE ? ESCAPE '!' AND (t.approved IS NULL OR t.approved LIKE ? ESCAPE '!')",
            self.permission.as_ref(),
        );
        let approved_all = format!("t.approved IS NULL OR t.approved {ALL_ASKED}");
        conditions.narrow(
            &format!(
                "(t.selection = 'all' OR EXISTS \
                   (SELECT 1 FROM token_repositories x WHERE x.token_id = t.id AND x.repository_id = ?)) \
                 AND ({approved_all} OR EXISTS \
                   (SELECT 1 FROM approved_repositories y WHERE y.token_id = t.id AND y.repository_id = ?))"
            ),
            self.repository.as_ref(),
        );
        if self.filter.repository == Some(Reaches::All) {
            conditions.and(&format!("t.selection = 'all' AND ({approved_all})"));
        }
    }

    /// Of requests `r` of tokens `t`, by what is asked for.
    pub(crate) fn narrow_requests(&'a self, conditions: &mut Conditions<'a>) {
        self.narrow_tokens(conditions);
        conditions.narrow("r.asked LIKE ? ESCAPE '!'", self.permission.as_ref());
        conditions.narrow(
            &format!(
                "(r.asked {ALL_ASKED} OR EXISTS \
                   (SELECT 1 FROM request_repositories x WHERE x.request_id = r.id AND x.repository_id = ?))"
            ),
            self.repository.as_ref(),
        );
        if self.filter.repository == Some(Reaches::All) {
            conditions.and(&format!("r.asked {ALL_ASKED}"));
        }
    }

    fn narrow_tokens(&'a self, conditions: &mut Conditions<'a>) {
        let filter = self.filter;
        if !filter.creators.is_empty() {
            conditions.among(
                "t.creator_id IN (SELECT c.id FROM accounts c WHERE c.login_key IN (?) AND c.state <> 'deleted')",
                &filter.creators,
            );
        }
        if !filter.tokens.is_empty() {
            conditions.among("t.id IN (?)", &filter.tokens);
        }
        let used = "EXISTS (SELECT 1 FROM last_uses u JOIN secrets v ON v.id = u.secret_id WHERE v.token_id = t.id";
        conditions.narrow(
            &format!("NOT {used} AND u.at >= ?)"),
            filter.used_before.as_ref(),
        );
        conditions.narrow(&format!("{used} AND u.at > ?)"), filter.used_after.as_ref());
    }
}
