//! Token pages: the entry page, the lists, making, showing, changing, rotating and ending tokens.

mod list;

use jeton_http::Route;

/// Where the menu stands on each of them.
const MENU: &str = "/settings/personal-access-tokens";

pub(crate) static ROUTES: &[Route] = list::ROUTES;
