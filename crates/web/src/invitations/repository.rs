//! An invitation to a repository that waits for the person who is signed in.

use askama::Template;
use jeton_api::ops;
use jeton_app::invitations::{self, OwnRepositoryInvitation};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

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
    ),
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

fn waiting(visit: &Visit<'_>) -> Result<Option<OwnRepositoryInvitation>, AppError> {
    let (owner, name) = (visit.input.path("owner"), visit.input.path("repo"));
    let own =
        invitations::own_repositories(visit.app, &visit.own(ops::invitations::REPOSITORY_OWN))?;
    Ok(own.into_iter().find(|each| {
        each.repository.owner_login.eq_ignore_ascii_case(owner)
            && each.repository.name.eq_ignore_ascii_case(name)
    }))
}

fn seen(found: &OwnRepositoryInvitation) -> Seen {
    Seen::of(&found.row.id, found.row.role.name())
}

/// Where it leads when it waits no more.
fn answered(app: &App, input: &Input) -> Result<Answer, AppError> {
    super::answered(app, input.path("owner"), Some(input.path("repo")))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match waiting(&visit)? {
        Some(found) => page(&visit, found, false),
        None => answered(app, input),
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
    let Some(found) = waiting(&visit)? else {
        return answered(app, input);
    };
    if !seen(&found).is_in(input) {
        return page(&visit, found, true);
    }
    invitations::accept_repository(app, call, found.row.id)?;
    Ok(Said::ROLE_TAKEN.redirect(app, &format!("/{}", found.repository.full_name())))
}

fn decline(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit)? else {
        return answered(app, input);
    };
    if !seen(&found).is_in(input) {
        return page(&visit, found, true);
    }
    invitations::decline_repository(app, call, found.row.id)?;
    Ok(Said::DECLINED.redirect(app, "/settings/repositories"))
}
