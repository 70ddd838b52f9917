//! An invitation to a repository that waits for the person who is signed in.

use askama::Template;
use jeton_api::ops;
use jeton_app::invitations::{self, OwnRepositoryInvitation};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::Seen;
use crate::operation::own_page;
use crate::{Frame, Said, Visit};

static PAGE: Operation = own_page(
    "page.repository_invitation",
    "Show an invitation to a repository that waits for one.",
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/{owner}/{repo}/invitations",
        &PAGE,
        Names::Own,
        show,
    )
    .query(&[Field::optional(
        "id",
        Form::Text,
        "Which, whatever the repository is called by now.",
    )]),
    Route::new(
        Method::Post,
        "/{owner}/{repo}/invitations/accept",
        ops::invitations::REPOSITORY_ACCEPT,
        Names::Own,
        accept,
    ),
    Route::new(
        Method::Post,
        "/{owner}/{repo}/invitations/decline",
        ops::invitations::REPOSITORY_DECLINE,
        Names::Own,
        decline,
    ),
];

#[derive(Template)]
#[template(path = "invitations/repository.html")]
struct Page {
    frame: Frame,
    full_name: String,
    inviter: String,
    role: &'static str,
    ends: String,
    seen: Seen,
    changed: bool,
}

/// The caller's invitation of this number, whatever the repository is called by now; else the one that the path names.
fn waiting(visit: &Visit<'_>, id: &str) -> Result<Option<OwnRepositoryInvitation>, AppError> {
    let (owner, name) = (visit.input.path("owner"), visit.input.path("repo"));
    let own =
        invitations::own_repositories(visit.app, &visit.own(ops::invitations::REPOSITORY_OWN))?;
    let named = |each: &OwnRepositoryInvitation| {
        each.repository.owner_login.eq_ignore_ascii_case(owner)
            && each.repository.name.eq_ignore_ascii_case(name)
    };
    let at = own
        .iter()
        .position(|each| each.row.id.to_string() == id)
        .or_else(|| own.iter().position(named));
    Ok(at.and_then(|at| own.into_iter().nth(at)))
}

fn seen(found: &OwnRepositoryInvitation) -> Seen {
    Seen::of(&found.row.id, found.row.role.name())
}

/// Where it leads when it waits no more.
fn answered(visit: &Visit<'_>) -> Result<Answer, AppError> {
    let (owner, name) = (visit.input.path("owner"), visit.input.path("repo"));
    super::answered(visit, owner, Some(name))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match waiting(&visit, input.query("id").unwrap_or_default())? {
        Some(found) => page(&visit, found, false),
        None => answered(&visit),
    }
}

fn page(
    visit: &Visit<'_>,
    found: OwnRepositoryInvitation,
    changed: bool,
) -> Result<Answer, AppError> {
    let full_name = found.repository.full_name();
    visit.page(
        if changed { 409 } else { 200 },
        &Page {
            frame: visit.frame(format!("Invitation to {full_name}")),
            full_name,
            seen: seen(&found),
            changed,
            role: found.row.role.name(),
            ends: found.row.expires_at.date(),
            inviter: found.row.inviter_login,
        },
    )
}

fn accept(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit, input.field("id"))? else {
        return answered(&visit);
    };
    if !seen(&found).is_in(input) {
        return page(&visit, found, true);
    }
    invitations::accept_repository(app, call, found.row.id)?;
    Ok(Said::ROLE_TAKEN.redirect(app, &format!("/{}", found.repository.full_name())))
}

fn decline(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit, input.field("id"))? else {
        return answered(&visit);
    };
    if !seen(&found).is_in(input) {
        return page(&visit, found, true);
    }
    invitations::decline_repository(app, call, found.row.id)?;
    Ok(Said::DECLINED.redirect(app, "/settings/repositories"))
}
