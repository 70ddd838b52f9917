//! An invitation into an organization that waits for the person who is signed in.

use askama::Template;
use jeton_api::ops;
use jeton_app::invitations::{self, Invitation};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, Operation, OrganizationRole};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::Seen;
use crate::operation::own_page;
use crate::{Frame, Said, Visit};

static PAGE: Operation = own_page(
    "page.invitation",
    "Show an invitation into an organization that waits for one.",
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/invitation",
        &PAGE,
        Names::Own,
        show,
    )
    .query(&[Field::optional(
        "id",
        Form::Text,
        "Which, where there are several.",
    )]),
    Route::new(
        Method::Post,
        "/orgs/{org}/invitation/accept",
        ops::invitations::ACCEPT,
        Names::Own,
        accept,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/invitation/decline",
        ops::invitations::DECLINE,
        Names::Own,
        decline,
    ),
];

/// An invitation as it is read before it is answered.
pub(super) struct Offer {
    pub(super) organization: String,
    pub(super) inviter: String,
    pub(super) owner: bool,
    pub(super) teams: String,
    pub(super) ends: String,
}

impl Offer {
    pub(super) fn of(invitation: &Invitation) -> Self {
        let teams: Vec<String> = invitation
            .teams
            .iter()
            .map(|team| team.name.plain())
            .collect();
        Self {
            organization: invitation.row.organization_login.clone(),
            inviter: invitation.row.inviter_login.clone(),
            owner: invitation.row.role == OrganizationRole::Owner,
            teams: teams.join(", "),
            ends: invitation.row.expires_at.date(),
        }
    }
}

#[derive(Template)]
#[template(path = "invitations/organization.html")]
struct Page {
    frame: Frame,
    offer: Offer,
    seen: Seen,
    changed: bool,
}

/// The caller's invitation of this number, whatever the organization is called by now; else the first into the one that
/// the path names. What is not there, and what is somebody else's, is one answer.
fn waiting(visit: &Visit<'_>, id: &str) -> Result<Option<Invitation>, AppError> {
    let org = visit.input.path("org");
    let own = invitations::own(visit.app, &visit.own(ops::invitations::OWN))?;
    let named = |each: &Invitation| each.row.organization_login.eq_ignore_ascii_case(org);
    let at = own
        .iter()
        .position(|each| each.row.id.to_string() == id)
        .or_else(|| own.iter().position(named));
    Ok(at.and_then(|at| own.into_iter().nth(at)))
}

fn seen(found: &Invitation) -> Seen {
    Seen::of(&found.row.id, found.row.role.name())
}

/// Where it leads when it waits no more.
fn answered(visit: &Visit<'_>) -> Result<Answer, AppError> {
    super::answered(visit, visit.input.path("org"), None)
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match waiting(&visit, input.query("id").unwrap_or_default())? {
        Some(found) => page(&visit, &found, false),
        None => answered(&visit),
    }
}

fn page(visit: &Visit<'_>, found: &Invitation, changed: bool) -> Result<Answer, AppError> {
    let offer = Offer::of(found);
    visit.page(
        if changed { 409 } else { 200 },
        &Page {
            frame: visit.frame(format!("Invitation to {}", offer.organization)),
            seen: seen(found),
            offer,
            changed,
        },
    )
}

fn accept(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit, input.field("id"))? else {
        return answered(&visit);
    };
    if !seen(&found).is_in(input) {
        return page(&visit, &found, true);
    }
    let joined = invitations::accept(app, call, found.row.id)?;
    Ok(Said::JOINED.redirect(app, &format!("/{}", joined.row.organization_login)))
}

fn decline(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit, input.field("id"))? else {
        return answered(&visit);
    };
    if !seen(&found).is_in(input) {
        return page(&visit, &found, true);
    }
    invitations::decline(app, call, found.row.id)?;
    Ok(Said::DECLINED.redirect(app, "/settings/organizations"))
}
