//! Token pages: the list of each kind, making, showing, changing, rotating and ending tokens, and both kinds side by
//! side. What only one kind has stands in a folder or file of its own; the rest serves both.

mod bounds;
mod changing;
pub(crate) mod children;
pub(crate) mod classic;
pub(crate) mod draft;
pub(crate) mod edit;
pub(crate) mod entry;
pub(crate) mod expiry;
pub(crate) mod form;
pub(crate) mod life;
pub(crate) mod list;
mod lived;
pub(crate) mod made;
pub(crate) mod new;
pub(crate) mod npm;
mod opens;
pub(crate) mod purpose;
pub(crate) mod rotate;
pub(crate) mod show;
mod told;

use jeton_app::AppError;
use jeton_app::tokens::TokenView;
use jeton_domain::{CredentialKind, Id as _, TokenId};
use jeton_http::{Answer, Input};

/// Where the pages of a kind of tokens are, and what they call them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pages {
    kind: CredentialKind,
    /// Of the list, where the menu stands on each of them; the others lie below it.
    pub(crate) root: &'static str,
    /// What the list is called.
    pub(crate) title: &'static str,
}

pub(crate) static FINE_GRAINED: Pages = Pages {
    kind: CredentialKind::FineGrained,
    root: "/settings/personal-access-tokens",
    title: "Fine-grained tokens",
};

pub(crate) static CLASSIC: Pages = Pages {
    kind: CredentialKind::Classic,
    root: "/settings/tokens",
    title: "Tokens (classic)",
};

impl Pages {
    /// Those where a token is at home.
    fn of(view: &TokenView) -> &'static Self {
        Self::of_kind(view.row.kind)
    }

    fn of_kind(kind: CredentialKind) -> &'static Self {
        match kind {
            CredentialKind::Classic => &CLASSIC,
            _ => &FINE_GRAINED,
        }
    }

    /// The page of one token.
    fn of_token(&self, id: TokenId) -> String {
        format!("{}/{}", self.root, id.get())
    }

    fn is_classic(&self) -> bool {
        self.kind == CredentialKind::Classic
    }
}

/// A token that is asked for among another kind's pages is shown among its own: a link may not know its kind.
fn elsewhere(view: &TokenView, asked: &Pages, page: &str) -> Option<Answer> {
    let pages = Pages::of(view);
    (pages != asked).then(|| Answer::see_other(&(pages.of_token(view.row.id) + page)))
}

/// The token that a path names.
fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("token_id")?).ok_or(AppError::Missing("token"))
}
