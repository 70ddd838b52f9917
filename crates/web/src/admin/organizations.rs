//! The organizations of the site.

use askama::Template;
use jeton_app::{App, AppError, Call, site};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{ORGANIZATIONS, admin_page};
use crate::pager::Pager;
use crate::review::counted;
use crate::{Frame, Visit};

static PAGE: Operation = admin_page("page.organizations", "Show the organizations of the site.");

pub(super) const ROUTES: &[Route] =
    &[Route::new(Method::Get, ORGANIZATIONS, &PAGE, Names::Site, list).paged()];

#[derive(Template)]
#[template(path = "admin/organizations.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    rows: Vec<(String, String, String)>,
    total: String,
    pager: Pager,
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let at = input.page();
    let (accounts, total) = site::organizations(app, call, at.offset(), at.size)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Organizations"),
            menu: ORGANIZATIONS,
            rows: accounts
                .into_iter()
                .map(|one| (one.login, one.display_name, one.created_at.date()))
                .collect(),
            total: counted(total, "organization", "organizations"),
            pager: Pager::new(input, total),
        },
    )
}
