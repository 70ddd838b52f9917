//! A value just made: shown here, once.

use askama::Template;
use jeton_app::AppError;
use jeton_app::tokens::{Created, TokenView};
use jeton_domain::Time;
use jeton_http::Answer;
use jeton_token::Secret;

use super::Pages;
use crate::around::Around;
use crate::{Frame, Visit, settings};

#[derive(Template)]
#[template(path = "tokens/made.html")]
struct Page<'a> {
    frame: Frame,
    around: Around,
    home: Home,
    name: &'a str,
    /// SECURITY: the only place where a page holds a value; the answer is kept by nobody (`no-store`).
    value: &'a str,
    owner: &'a str,
    pending: bool,
    expires: String,
    old_ends: Option<String>,
    /// Whose the earlier value is, where it is somebody else's token.
    leaver: Option<String>,
    /// Why the owner's policy refuses the earlier value; empty where it doesn't.
    refused: String,
    /// A value shown before, by the same form, was ended for this one.
    again: bool,
    /// A repository to try it on.
    repository: String,
    url: &'a str,
}

/// The value before, after a rotation or a hand-over.
#[derive(Default)]
pub(crate) struct Earlier {
    /// When it ends, where it goes on.
    pub(crate) ends: Option<Time>,
    /// Why the owner's policy refuses it; empty where it doesn't.
    pub(crate) refused: String,
    /// Whose it is, where it is somebody else's token.
    pub(crate) leaver: Option<String>,
}

/// Where the token stands.
pub(crate) struct Home {
    /// The page to go on to.
    pub(crate) page: String,
    /// What it is called.
    pub(crate) title: &'static str,
    /// An earlier value can be ended there.
    pub(crate) finishes: bool,
}

/// Shows the value of a token that was made just now.
pub(super) fn created(visit: &Visit<'_>, created: &Created) -> Result<Answer, AppError> {
    let earlier = Earlier::default();
    page(
        visit,
        &created.view,
        &created.secret,
        earlier,
        created.again,
    )
}

/// Shows a value of one's own token. `again`: the form was sent before.
pub(super) fn page(
    visit: &Visit<'_>,
    view: &TokenView,
    secret: &Secret,
    earlier: Earlier,
    again: bool,
) -> Result<Answer, AppError> {
    let pages = Pages::of(view);
    let home = Home {
        page: pages.of_token(view.row.id),
        title: "token's page",
        finishes: true,
    };
    let at = (Around::own(pages.root), home);
    page_at(visit, at, (view, secret), earlier, again)
}

/// Shows a value, among whichever pages.
pub(crate) fn page_at(
    visit: &Visit<'_>,
    (around, home): (Around, Home),
    (view, secret): (&TokenView, &Secret),
    earlier: Earlier,
    again: bool,
) -> Result<Answer, AppError> {
    let url = visit.app.public_url();
    let pages = Pages::of(view);
    let named = view.repositories(&view.row.wanted.selection);
    visit.page(
        200,
        &Page {
            frame: visit.frame("Your token"),
            around,
            home,
            name: &view.row.name,
            value: secret.expose(),
            owner: &view.owner.0,
            pending: view.state == "pending",
            expires: view
                .expiry()
                .and_then(jeton_domain::Expiry::moment)
                .map_or_else(
                    || "It never expires.".to_owned(),
                    |at| format!("It expires on {}.", at.date()),
                ),
            old_ends: earlier.ends.map(Time::minute),
            leaver: earlier.leaver,
            refused: earlier.refused,
            again,
            repository: named.into_iter().next().unwrap_or_else(|| {
                if pages.is_classic() {
                    "OWNER/REPOSITORY".to_owned()
                } else {
                    format!("{}/REPOSITORY", view.owner.0)
                }
            }),
            url,
        },
    )
}
