//! The invitations of an organization: those that wait, those that came to nothing.

use askama::Template;
use jeton_api::ops;
use jeton_app::invitations::{self, Invitation, Listed};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Clean, Id, InvitationId, Operation, OrganizationRole, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Route};

use super::{Head, ORG, role_word};
use crate::operation::page as page_operation;
use crate::pager::Pager;
use crate::{Frame, Said, Visit};

static PAGE: Operation = page_operation(
    "page.invitations",
    "Show the invitations of an organization.",
    TargetKind::Organization,
    jeton_domain::Least::Organization(OrganizationRole::Owner),
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/invitations", &PAGE, ORG, show)
        .query(&[Field::optional(
            FAILED,
            Form::Text,
            "Which page of those that came to nothing.",
        )])
        .paged(),
    Route::new(
        Method::Post,
        "/orgs/{org}/invitations/{invitation_id}/resend",
        ops::invitations::RESEND,
        ORG,
        resend,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/invitations/{invitation_id}/cancel",
        ops::invitations::CANCEL,
        ORG,
        cancel,
    ),
];

/// Which page of the failed ones.
const FAILED: &str = "failed";

struct Row {
    id: i64,
    who: String,
    role: &'static str,
    inviter: String,
    teams: String,
    sent: String,
    ends: String,
    expired: bool,
}

#[derive(Template)]
#[template(path = "organizations/invitations.html")]
struct Page {
    frame: Frame,
    head: Head,
    pending: Vec<Row>,
    failed: Vec<Row>,
    failed_total: u64,
    failed_pager: Pager,
    total: u64,
    pager: Pager,
}

fn row(invitation: &Invitation) -> Row {
    let row = &invitation.row;
    let teams: Vec<String> = invitation
        .teams
        .iter()
        .map(|team| team.name.plain())
        .collect();
    Row {
        id: row.id.get(),
        who: invitations::invited(row).plain(),
        role: role_word(row.role),
        inviter: row.inviter_login.clone(),
        teams: teams.join(", "),
        sent: row.sent_at.date(),
        ends: row.expires_at.date(),
        expired: invitation.state == jeton_domain::InvitationState::Expired,
    }
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let org = input.path("org");
    let head = Head::of(&visit, org, "invitations")?;
    let named = Named::Organization(org.to_owned());
    let at = input.page();
    let call = visit.to(ops::invitations::LIST, named.clone());
    let (pending, total) = invitations::list(app, &call, Listed::Pending, at.offset(), at.size)?;
    let call = visit.to(ops::invitations::FAILED, named);
    let later = input.page_of(FAILED);
    let (failed, failed_total) =
        invitations::list(app, &call, Listed::Failed, later.offset(), later.size)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Invitations of {}", head.name)),
            pending: pending.iter().map(row).collect(),
            failed: failed.iter().map(row).collect(),
            failed_total,
            failed_pager: Pager::of(input, FAILED, "Pages of failed invitations", failed_total),
            total,
            pager: Pager::new(input, total),
            head,
        },
    )
}

fn id(input: &Input) -> Result<InvitationId, AppError> {
    InvitationId::from_i64(input.id("invitation_id")?).ok_or(AppError::Missing("invitation"))
}

fn back(input: &Input) -> String {
    format!("/orgs/{}/invitations", input.path("org"))
}

fn resend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    invitations::resend(app, call, id(input)?)?;
    Ok(Said::INVITED.redirect(app, &back(input)))
}

fn cancel(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    invitations::cancel(app, call, id(input)?)?;
    Ok(Said::INVITATION_CANCELLED.redirect(app, &back(input)))
}
