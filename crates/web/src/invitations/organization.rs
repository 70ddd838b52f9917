//! An invitation into an organization that waits for the person who is signed in.

use askama::Template;
use jeton_api::ops;
use jeton_app::invitations::{self, Invitation};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, Operation, OrganizationRole};
use jeton_http::{Answer, Input, Method, Names, Route};

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
    ),
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
    accept: String,
    decline: String,
}

/// The caller's invitation into the organization that the path names. What is not there, and what is somebody
/// else's, is one answer.
fn waiting(visit: &Visit<'_>) -> Result<Option<Invitation>, AppError> {
    let org = visit.input.path("org");
    let own = invitations::own(visit.app, &visit.own(ops::invitations::OWN))?;
    Ok(own
        .into_iter()
        .find(|each| each.row.organization_login.eq_ignore_ascii_case(org)))
}

/// Where it leads when it waits no more.
fn answered(input: &Input) -> Result<Answer, AppError> {
    super::answered(input.path("org"), None)
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit)? else {
        return answered(input);
    };
    let offer = Offer::of(&found);
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Invitation to {}", offer.organization)),
            accept: format!("/orgs/{}/invitation/accept", offer.organization),
            decline: format!("/orgs/{}/invitation/decline", offer.organization),
            offer,
        },
    )
}

fn accept(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit)? else {
        return answered(input);
    };
    let joined = invitations::accept(app, call, found.row.id)?;
    Ok(Said::JOINED.redirect(app, &format!("/{}", joined.row.organization_login)))
}

fn decline(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(found) = waiting(&visit)? else {
        return answered(input);
    };
    invitations::decline(app, call, found.row.id)?;
    Ok(Said::DECLINED.redirect(app, "/settings/organizations"))
}
