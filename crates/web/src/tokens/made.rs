//! A value just made: shown here, once.

use askama::Template;
use jeton_app::AppError;
use jeton_app::tokens::{Created, TokenView};
use jeton_domain::Time;
use jeton_http::Answer;
use jeton_token::Secret;

use super::Pages;
use crate::{Frame, Visit, settings};

#[derive(Template)]
#[template(path = "tokens/made.html")]
struct Page<'a> {
    frame: Frame,
    menu: &'static str,
    pages: &'static Pages,
    id: i64,
    name: &'a str,
    /// SECURITY: the only place where a page holds a value; the answer is kept by nobody (`no-store`).
    value: &'a str,
    owner: &'a str,
    pending: bool,
    expires: String,
    old_ends: Option<String>,
    /// Why the owner's policy refuses the earlier value; empty where it doesn't.
    refused: String,
    /// A value shown before, by the same form, was ended for this one.
    again: bool,
    /// A repository to try it on.
    repository: String,
    url: &'a str,
}

/// The value before, after a rotation.
#[derive(Default)]
pub(super) struct Earlier {
    /// When it ends, where it goes on.
    pub(super) ends: Option<Time>,
    /// Why the owner's policy refuses it; empty where it doesn't.
    pub(super) refused: String,
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

/// Shows a value. `again`: the form was sent before.
pub(super) fn page(
    visit: &Visit<'_>,
    view: &TokenView,
    secret: &Secret,
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
            menu: pages.root,
            pages,
            id: view.row.id.get(),
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
