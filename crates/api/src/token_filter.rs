//! The filters that GitHub's lists of requests and grants share.

use jeton_app::AppError;
use jeton_app::tokens::TokenFilter;
use jeton_domain::{PermissionKey, Time};
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

/// Reads the query. What can't be read is refused: a filter that vanished would show too much.
pub(crate) fn read(input: &Input) -> Result<TokenFilter, AppError> {
    let moment = |name| input.query(name).and_then(Time::parse_bound);
    let permission = match input.query("permission") {
        None => None,
        Some(key) => Some(
            permission(key)
                .ok_or_else(|| AppError::invalid("Query", "permission", "names no permission"))?,
        ),
    };
    let tokens = input
        .query_all("token_id")
        .map(|text| {
            text.parse()
                .map_err(|fault| AppError::invalid("Query", "token_id", fault))
        })
        .collect::<Result<_, _>>()?;
    Ok(TokenFilter {
        creators: input.query_all("owner").map(str::to_owned).collect(),
        tokens,
        repository: input.query("repository").map(str::to_owned),
        permission,
        used_before: moment("last_used_before"),
        used_after: moment("last_used_after"),
        oldest_first: input.query("direction") == Some("asc"),
    })
}

/// A permission by its key, or as GitHub's clients write it: `contents_read`.
fn permission(word: &str) -> Option<PermissionKey> {
    PermissionKey::parse(word).or_else(|| {
        let (key, level) = word.rsplit_once('_')?;
        matches!(level, "read" | "write" | "admin").then(|| PermissionKey::parse(key))?
    })
}
