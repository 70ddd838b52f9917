//! What was made from a token: shown as a tree, and ended.

use jeton_api::ops;
use jeton_app::tokens::children::{self, Tree};
use jeton_app::tokens::{self, TokenView};
use jeton_app::{App, AppError, Call, condition_lines};
use jeton_domain::{Expiry, Id as _, Selection, Time, TokenId};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::list::used;
use super::{Pages, id};
use crate::review::grants::repositories;
use crate::{Said, Visit, words};

const fn deed(path: &'static str) -> Route {
    Route::new(Method::Post, path, ops::children::END_OWN, Names::Own, end)
}

pub(crate) static ROUTES: &[Route] = &[
    deed("/settings/personal-access-tokens/{token_id}/children/end"),
    deed("/settings/tokens/{token_id}/children/end"),
];

/// The field that says which of them ends, and the word for all.
const WHICH: &str = "child";
const ALL: &str = "all";

/// One of them, in words.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Steps from what was made from the token itself.
    pub(crate) depth: usize,
    /// What it was narrowed to.
    pub(crate) narrowed: Vec<String>,
    pub(crate) until: String,
    pub(crate) used: String,
}

impl Child {
    /// Those of a tree, each before what was made from it.
    pub(crate) fn lines(trees: &[Tree], now: Time) -> Vec<Self> {
        let mut lines = Vec::new();
        gather(trees, 0, now, &mut lines);
        lines
    }
}

fn gather(trees: &[Tree], depth: usize, now: Time, lines: &mut Vec<Child>) {
    for tree in trees {
        let view = &tree.view;
        lines.push(Child {
            id: view.row.id.get(),
            name: view.row.name.clone(),
            depth,
            narrowed: narrowed(view),
            until: match view.expiry() {
                Some(Expiry::At(at)) => {
                    format!("works until {} ({})", at.minute(), words::relative(at, now))
                }
                // None is made that never ends.
                Some(Expiry::Never) | None => String::new(),
            },
            used: used(view, now),
        });
        gather(&tree.children, depth + 1, now, lines);
    }
}

/// What it may at most: repositories, permissions, conditions of its own.
fn narrowed(view: &TokenView) -> Vec<String> {
    let grant = &view.in_force;
    let names = view.repositories(&grant.selection);
    let which = match (
        &grant.selection,
        names.is_empty(),
        view.unnamed(&grant.selection),
    ) {
        (Selection::Only(_), false, 0) => names.join(", "),
        (selection, ..) => format!("{} of {}", repositories(selection), view.owner.0),
    };
    let packages = match view.packages(grant) {
        names if names.is_empty() => None,
        names => Some(format!("Packages: {}", names.join(", "))),
    };
    let levels: Vec<String> = grant
        .permissions
        .iter()
        .map(|(key, level)| format!("{}: {}", key.permission().full_title(), words::level(level)))
        .collect();
    let permissions = if levels.is_empty() {
        "no permission".to_owned()
    } else {
        levels.join(", ")
    };
    let mut lines = vec![which, permissions];
    lines.extend(packages);
    lines.extend(condition_lines(&grant.conditions));
    lines
}

/// What was made from one of the reader's tokens.
pub(super) fn of(visit: &Visit<'_>, id: TokenId) -> Result<Vec<Child>, AppError> {
    let trees = children::of_token(visit.app, &visit.own(ops::children::OF_TOKEN), id)?;
    Ok(Child::lines(&trees, visit.app.now()))
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let id = id(input)?;
    let view = tokens::show(app, &visit.own(ops::tokens::SHOW), id)?;
    let said = match input.field(WHICH) {
        ALL => {
            children::end_all(app, call, id)?;
            Said::CHILDREN_ENDED
        }
        number => {
            let child = number.parse().ok().and_then(TokenId::from_i64);
            children::end_own_child(app, call, child.ok_or(AppError::Missing("token"))?)?;
            Said::CHILD_ENDED
        }
    };
    Ok(said.redirect(app, &Pages::of(&view).of_token(id)))
}
