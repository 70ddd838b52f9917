//! One's own organizations, the invitations that wait, and leaving.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, Named, invitations, organizations};
use jeton_domain::{Clean, Least, Operation, OrganizationRole, TargetKind};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::losses::LossPage;
use super::{ORG, role_word};
use crate::operation::{departing, own_page, page as page_operation};
use crate::shown::Loss;
use crate::{Frame, Said, Visit, settings};

static PAGE: Operation = own_page("page.organizations", "Show one's own organizations.");
static LEAVING: Operation = departing(page_operation(
    "page.leave",
    "Show what one would lose by leaving an organization.",
    TargetKind::Organization,
    Least::Organization(OrganizationRole::Member),
));

const PATH: &str = "/settings/organizations";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(
        Method::Get,
        "/settings/organizations/{org}/leave",
        &LEAVING,
        ORG,
        ask,
    ),
    Route::new(
        Method::Post,
        "/settings/organizations/{org}/leave",
        ops::members::LEAVE,
        ORG,
        leave,
    ),
];

struct Row {
    login: String,
    name: String,
    role: &'static str,
    owner: bool,
}

struct Invited {
    id: String,
    login: String,
    role: &'static str,
    inviter: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "organizations/own.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    rows: Vec<Row>,
    invited: Vec<Invited>,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let found = organizations::of_oneself(app, &visit.own(ops::organizations::OWN))?;
    let waiting = invitations::own(app, &visit.own(ops::invitations::OWN))?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Organizations"),
            menu: PATH,
            rows: found
                .into_iter()
                .map(|view| Row {
                    role: view.membership.map_or("", role_word),
                    owner: view.membership == Some(OrganizationRole::Owner),
                    name: view.row.name.plain(),
                    login: view.row.login,
                })
                .collect(),
            invited: waiting
                .into_iter()
                .map(|each| Invited {
                    id: each.row.id.to_string(),
                    role: role_word(each.row.role),
                    ends: each.row.expires_at.date(),
                    inviter: each.row.inviter_login,
                    login: each.row.organization_login,
                })
                .collect(),
        },
    )
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let org = input.path("org");
    let call = visit.to(ops::access::LEAVING, Named::Organization(org.to_owned()));
    let losses = organizations::losses_of_leaving(app, &call)?;
    visit.page(
        200,
        &LossPage {
            frame: visit.frame(format!("Leave {org}")),
            heading: format!("Leave {org}?"),
            who: "yours".to_owned(),
            loss: Loss::of(losses),
            action: format!("/settings/organizations/{org}/leave"),
            button: format!("Leave {org}"),
            back: PATH.to_owned(),
            keeps: String::new(),
            ends: "your membership, and with it:",
        },
    )
}

fn leave(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    organizations::leave(app, call)?;
    Ok(Said::LEFT.redirect(app, PATH))
}
