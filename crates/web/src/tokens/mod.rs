//! Token pages: the entry page, the list, making, showing, changing, rotating and ending tokens.

mod draft;
pub(crate) mod edit;
pub(crate) mod entry;
mod form;
pub(crate) mod life;
pub(crate) mod list;
mod made;
pub(crate) mod new;
mod opens;
pub(crate) mod rotate;
pub(crate) mod show;

use jeton_app::AppError;
use jeton_domain::{Id as _, TokenId};
use jeton_http::Input;

/// Where the menu stands on each of them.
const MENU: &str = "/settings/personal-access-tokens";

/// The token that a path names.
fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("token_id")?).ok_or(AppError::Missing("token"))
}
