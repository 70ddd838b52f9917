//! The filters that GitHub's lists of requests and grants share.

use std::cmp::Reverse;

use jeton_app::AppError;
use jeton_app::tokens::TokenView;
use jeton_domain::{Grant, PermissionKey, Selection, Time, TokenId};
use jeton_http::{Field, Form, Input};

/// The query of both lists.
pub(crate) const QUERY: &[Field] = &[
    Field::optional("sort", Form::OneOf(&["created_at"]), "What to sort by."),
    Field::optional(
        "direction",
        Form::OneOf(&["asc", "desc"]),
        "Newest first, if not said.",
    ),
    Field::optional("owner", Form::Texts, "Only tokens of these people."),
    Field::optional(
        "repository",
        Form::Text,
        "Only tokens that select this repository.",
    ),
    Field::optional(
        "permission",
        Form::Text,
        "Only tokens with this permission.",
    ),
    Field::optional(
        "last_used_before",
        Form::Moment,
        "Only tokens last used before.",
    ),
    Field::optional(
        "last_used_after",
        Form::Moment,
        "Only tokens last used after.",
    ),
    Field::optional("token_id", Form::Numbers, "Only these tokens."),
];

/// Of GitHub's parameters of these lists all are declared.
pub(crate) const IGNORED: &[&str] = &[];

/// Which tokens are wanted.
#[derive(Debug)]
pub(crate) struct TokenFilter {
    owners: Vec<String>,
    repository: Option<String>,
    permission: Option<PermissionKey>,
    used_before: Option<Time>,
    used_after: Option<Time>,
    tokens: Vec<TokenId>,
    ascending: bool,
}

impl TokenFilter {
    /// Reads the query. What can't be read is refused: a filter that vanished would show too much.
    pub(crate) fn read(input: &Input) -> Result<Self, AppError> {
        let moment = |name| input.query(name).and_then(Time::parse_iso);
        let permission =
            match input.query("permission") {
                None => None,
                Some(key) => Some(permission(key).ok_or_else(|| {
                    AppError::invalid("Query", "permission", "names no permission")
                })?),
            };
        let tokens = input
            .query_all("token_id")
            .map(|text| {
                text.parse()
                    .map_err(|fault| AppError::invalid("Query", "token_id", fault))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            owners: input
                .query_all("owner")
                .map(str::to_ascii_lowercase)
                .collect(),
            repository: input.query("repository").map(str::to_ascii_lowercase),
            permission,
            used_before: moment("last_used_before"),
            used_after: moment("last_used_after"),
            tokens,
            ascending: input.query("direction") == Some("asc"),
        })
    }

    /// Newest first without a filter: the database pages that by itself.
    pub(crate) fn is_plain(&self) -> bool {
        self.owners.is_empty()
            && self.tokens.is_empty()
            && self.repository.is_none()
            && self.permission.is_none()
            && self.used_before.is_none()
            && self.used_after.is_none()
            && !self.ascending
    }

    /// Whether a token is wanted; `grant` is what it asks for or has.
    pub(crate) fn admits(&self, view: &TokenView, grant: &Grant) -> bool {
        let used = view.uses.first().map(|last| last.at);
        let selects = |name: &String| match &grant.selection {
            Selection::All => true,
            Selection::Public => false,
            Selection::Only(_) => view.repositories(&grant.selection).iter().any(|full| {
                let full = full.to_ascii_lowercase();
                full == *name || full.split_once('/').is_some_and(|(_, short)| short == name)
            }),
        };
        (self.owners.is_empty() || self.owners.contains(&view.creator.to_ascii_lowercase()))
            && (self.tokens.is_empty() || self.tokens.contains(&view.row.id))
            && self.repository.as_ref().is_none_or(selects)
            && self
                .permission
                .is_none_or(|key| grant.permissions.level(key).is_some())
            && self
                .used_before
                .is_none_or(|at| used.is_none_or(|used| used < at))
            && self
                .used_after
                .is_none_or(|at| used.is_some_and(|used| used > at))
    }

    /// Newest first, or oldest first.
    pub(crate) fn sort<T>(&self, views: &mut [T], at: impl Fn(&T) -> Time) {
        // Stable, and the lists come newest first: what is of one moment stays so.
        views.sort_by_key(|view| Reverse(at(view)));
        if self.ascending {
            views.reverse();
        }
    }
}

/// A permission by its key, or as GitHub's clients write it: `contents_read`.
fn permission(word: &str) -> Option<PermissionKey> {
    PermissionKey::parse(word).or_else(|| {
        let (key, level) = word.rsplit_once('_')?;
        matches!(level, "read" | "write" | "admin").then(|| PermissionKey::parse(key))?
    })
}
