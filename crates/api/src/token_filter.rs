//! The filters that GitHub's lists of requests and grants share.

use jeton_app::tokens::TokenView;
use jeton_app::{App, AppError};
use jeton_domain::{Grant, PermissionKey, Selection, Time, TokenId};
use jeton_http::{Answer, Field, Form, Input};
use serde_json::Value;

/// The query of both lists.
pub(crate) const QUERY: &[Field] = &[
    Field::optional("page", Form::Number, "The page."),
    Field::optional(
        "per_page",
        Form::Number,
        "Items on a page: 30, at most 100.",
    ),
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
        let moment = |name: &'static str| match input.query(name) {
            None => Ok(None),
            Some(text) => match Time::parse_iso(text) {
                Some(at) => Ok(Some(at)),
                None => Err(AppError::invalid("Query", name, "is no moment of ISO 8601")),
            },
        };
        let permission =
            match input.query("permission") {
                None => None,
                Some(key) => Some(PermissionKey::parse(key).ok_or_else(|| {
                    AppError::invalid("Query", "permission", "names no permission")
                })?),
            };
        let ascending = match input.query("direction") {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => {
                return Err(AppError::invalid(
                    "Query",
                    "direction",
                    "is none of `asc`, `desc`",
                ));
            }
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
            used_before: moment("last_used_before")?,
            used_after: moment("last_used_after")?,
            tokens,
            ascending,
        })
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
        views.sort_by_key(|view| at(view));
        if !self.ascending {
            views.reverse();
        }
    }
}

/// The repositories of a selection, as GitHub's minimal repositories.
pub(crate) fn repositories(
    app: &App,
    input: &Input,
    selection: &Selection,
) -> Result<Answer, AppError> {
    let ids: Vec<_> = match selection {
        Selection::Only(set) => set.iter().copied().collect(),
        Selection::Public | Selection::All => Vec::new(),
    };
    let page = crate::paging::slice(input, &ids);
    let items: Vec<Value> = crate::shapes::minimal_repositories(app, page)?;
    Ok(Answer::page(input, &items, ids.len() as u64))
}
